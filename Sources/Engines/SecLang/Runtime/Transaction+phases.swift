// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
public import DefenseModel

extension Transaction {
    /// Phase 1, after the request's head.
    public mutating func evaluateRequestHeaders() {
        // Arguments of the query string count from the start; those of the body follow.
        set(.argsCombinedSize, number(combinedArgumentSize))
        run(phase: 1)
    }

    /// Phase 2, after the whole body or as much of it as is looked at.
    public mutating func evaluateRequestBody() {
        if engineMode != .off {
            parseRequestBody()
        }
        run(phase: 2)
    }

    /// Phase 3, after the response's head.
    public mutating func responseHead(_ head: HTTPResponseHead) {
        record.response = head
        let copy = arena.append(head.bytes)
        func range(_ part: ByteRange) -> ByteRange {
            ByteRange(offset: copy.offset + part.offset, length: part.length)
        }
        set(.responseStatus, number(head.status))
        set(.responseProtocol, range(head.version))
        let reason = arena.array(range(head.reason)).lossyText
        set(.statusLine, "\(arena.array(range(head.version)).lossyText) \(head.status) \(reason)")
        for field in head.fields {
            let name = range(field.name)
            let value = range(field.value)
            append(name, name, to: .responseHeadersNames)
            append(name, value, to: .responseHeaders)
            if Self.equalsIgnoringCase(arena[name], lowercased: "content-type") {
                set(.responseContentType, Self.mediaType(arena.array(value)))
            } else if Self.equalsIgnoringCase(arena[name], lowercased: "content-length") {
                set(.responseContentLength, value)
            }
        }
        run(phase: 3)
    }

    private static func mediaType(_ contentType: [UInt8]) -> ArraySlice<UInt8> {
        contentType[..<(contentType.firstIndex(of: UInt8(ascii: ";")) ?? contentType.count)]
    }

    /// Whether the rules want to see the response's body; asked after ``responseHead(_:)``.
    public mutating func wantsResponseBody() -> Bool {
        guard responseBodyAccess, engineMode != .off, rules.looksAtResponseBody, !isAllowed else {
            return false
        }
        let index = scalars[Int(Variable.responseContentType.rawValue)]
        let type = index < 0 ? "" : arena.array(values[Int(index)].bytes).lossyText.lowercased().trimmingBlanks()
        let isListed = rules.settings.responseBodyMimeTypes.contains { $0 == type || ($0 == "null" && type.isEmpty) }
        if !isListed {
            debug(5, "Response Content-Type is \(type). It is not marked to be inspected.")
        }
        return isListed
    }

    /// How many bytes of the response's body are looked at.
    public var responseBodyInspectionLimit: Int { responseBodyLimit }

    /// Takes in more of the response's body; what is over the limit is not kept.
    ///
    /// - Returns: false once the limit is exceeded.
    public mutating func appendResponseBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let room = max(0, responseBodyLimit - responseBody.count)
        responseBody.append(contentsOf: bytes.prefix(room))
        guard bytes.count > room else {
            return true
        }
        noteResponseBodyOverLimit()
        return false
    }

    /// Says that the body is longer than what was appended.
    public mutating func noteResponseBodyOverLimit() {
        set(.outboundDataError, number(1))
    }

    /// Phase 4, after the whole body or as much of it as is looked at.
    public mutating func evaluateResponseBody() {
        phase = 4
        set(.responseContentLength, number(responseBody.count))
        run(phase: 4)
    }

    /// Phase 5, whatever came before.
    public mutating func finish() {
        if let intervention {
            let status = number(intervention.status)
            set(.responseStatus, status)
        }
        if isRelevant {
            debug(8, "Request was relevant to be saved.")
        }
        run(phase: 5)
    }
}

// MARK: - Bodies over their limits

extension Transaction {
    /// Whether a request body over the limit is refused rather than looked at in part.
    ///
    /// A transaction that only detects looks at what there is.
    public var rejectsRequestBodyOverLimit: Bool {
        rules.settings.requestBodyLimitAction == .reject && isEnforcing && wantsRequestBody
    }

    /// Decides as `SecRequestBodyLimitAction Reject` says; no rule is behind it.
    public mutating func denyRequestBodyOverLimit() {
        intervention = intervention ?? Intervention(kind: .deny, status: 413, rule: 0, phase: 2)
    }

    public var rejectsResponseBodyOverLimit: Bool {
        rules.settings.responseBodyLimitAction == .reject && isEnforcing
    }

    /// Decides as `SecResponseBodyLimitAction Reject` says.
    public mutating func denyResponseBodyOverLimit() {
        intervention = intervention ?? Intervention(kind: .deny, status: 500, rule: 0, phase: 4)
    }
}
