// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension Transaction {
    /// Whether the rules want to see the request's body.
    public var wantsRequestBody: Bool { requestBodyAccess && engineMode != .off }

    /// How many bytes of the request's body are looked at.
    public var requestBodyInspectionLimit: Int { requestBodyLimit }

    /// Takes in more of the request's body; what is over the limit is not kept.
    ///
    /// - Returns: false once the limit is exceeded.
    public mutating func appendRequestBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let room = max(0, requestBodyLimit - requestBody.count)
        requestBody.append(contentsOf: bytes.prefix(room))
        guard bytes.count > room else {
            return true
        }
        noteRequestBodyOverLimit()
        return false
    }

    /// Says that the body is longer than what was appended.
    public mutating func noteRequestBodyOverLimit() {
        set(.inboundDataError, number(1))
    }

    /// Forgets what was appended of a body that will never be complete.
    public mutating func discardRequestBody() {
        requestBody = []
    }

    /// Takes the request's body apart, before phase 2.
    mutating func parseRequestBody() {
        set(.requestBodyLength, number(requestBody.count))
        defer {
            set(.argsCombinedSize, number(combinedArgumentSize))
        }
        guard requestBodyAccess, !requestBody.isEmpty else {
            return
        }
        switch bodyProcessor {
        case .urlencoded: parseURLEncoded()
        case .multipart: parseMultipart()
        case .json: parseJSON()
        case .xml: parseXML()
        case .raw, nil: break
        }
    }

    /// Sets the error variables of the body parsers.
    mutating func failBody(_ message: String) {
        let one = number(1)
        let text = arena.append(Array(message.utf8))
        set(.reqbodyError, one)
        set(.reqbodyErrorMessage, text)
        set(.reqbodyProcessorError, one)
        set(.reqbodyProcessorErrorMessage, text)
        debug(4, "Failed to parse request body: \(message)")
    }

    /// Bodies without files over their limit are not parsed.
    private mutating func isOverNoFilesLimit(_ length: Int) -> Bool {
        guard length > rules.settings.requestBodyNoFilesLimit else {
            return false
        }
        set(.inboundDataError, number(1))
        failBody("Request body excluding files is bigger than the maximum expected.")
        return true
    }

    private mutating func parseURLEncoded() {
        guard !isOverNoFilesLimit(requestBody.count) else {
            return
        }
        addArguments(requestBody, at: requestHeadersEnd, isBody: true)
    }

    private mutating func parseJSON() {
        guard !isOverNoFilesLimit(requestBody.count) else {
            return
        }
        var found: [(ByteRange, ByteRange)] = []
        let settings = rules.settings
        let room = max(0, settings.argumentsLimit - argumentCount)
        let error = requestBody.withUnsafeBufferPointer { bytes in
            JSONBody.parse(
                bytes,
                maxDepth: settings.requestBodyJSONDepthLimit,
                maxArguments: room,
                into: &arena
            ) { found.append(($0, $1)) }
        }
        for (name, value) in found {
            addArgument(name, value, nameOrigin: .none, valueOrigin: .none, isBody: true)
        }
        if let error {
            failBody("JSON parsing error: \(error.message)")
        }
    }

    private mutating func parseXML() {
        guard !isOverNoFilesLimit(requestBody.count) else {
            return
        }
        let document = requestBody.withUnsafeBufferPointer { XMLBody($0) }
        if let error = document.error {
            failBody("XML parsing error: \(error.message)")
        }
        // Of a broken document the part before the fault can still be looked at.
        xml = document
    }

    // MARK: Multipart

    private mutating func parseMultipart() {
        let contentType =
            lists[ValueList.requestHeaders.rawValue]
            .first { Self.equalsIgnoringCase(arena[values[Int($0)].key], lowercased: "content-type") }
            .map { arena.array(values[Int($0)].bytes) } ?? []
        let limits = MultipartLimits(maxFiles: rules.settings.uploadFileLimit)
        let parser = contentType.withUnsafeBufferPointer { MultipartBody(contentType: $0, limits: limits) }
        var messages: [(level: Int, text: [UInt8])] = []
        let collects = context.collectsDebugLog
        let result = requestBody.withUnsafeBufferPointer { bytes in
            parser.parse(
                bytes,
                into: &arena,
                trace: collects ? { messages.append((level: $0, text: $1)) } : nil
            )
        }
        for message in messages {
            appendDebug(message.level, message.text)
        }
        store(result)
        if let error = result.error {
            failBody("Multipart parsing error: \(error.message)")
        } else if isOverNoFilesLimit(result.lengthWithoutFiles) {
            return
        }
    }

    private mutating func store(_ result: MultipartResult) {
        setFlags(of: result)
        var fileSizes = 0
        for part in result.parts {
            for header in result.headers[part.headers] {
                append(
                    part.name.bytes,
                    header.line,
                    to: .multipartPartHeaders,
                    origin: bodyOrigin(header.offset, header.line.count)
                )
            }
            if part.isFile {
                storeFile(part)
                fileSizes += part.content.count
            } else {
                storeField(part)
            }
        }
        set(.filesCombinedSize, number(fileSizes))
    }

    private func bodyOrigin(_ offset: Int, _ length: Int) -> Origin {
        Origin(offset: requestHeadersEnd + UInt32(clamping: offset), length: UInt32(clamping: length))
    }

    private func bodyBytes(_ range: ByteRange) -> [UInt8] {
        range.bounds.upperBound <= requestBody.count ? Array(requestBody[range.bounds]) : []
    }

    private mutating func storeField(_ part: MultipartPart) {
        guard argumentCount < rules.settings.argumentsLimit else {
            failBody("SecArgumentsLimit exceeded")
            return
        }
        let value = arena.append(bodyBytes(part.content))
        addArgument(
            part.name.bytes,
            value,
            nameOrigin: bodyOrigin(part.name.offset, part.name.bytes.count),
            valueOrigin: bodyOrigin(Int(part.content.offset), part.content.count),
            isBody: true
        )
    }

    private mutating func storeFile(_ part: MultipartPart) {
        let name = part.name.bytes
        let nameOrigin = bodyOrigin(part.name.offset, name.count)
        if let filename = part.filename {
            let origin = bodyOrigin(filename.offset, filename.bytes.count)
            append(name, filename.bytes, to: .files, origin: origin)
            append(name, filename.bytes, to: .multipartFilename, origin: origin)
        }
        append(name, name, to: .filesNames, origin: nameOrigin)
        append(name, name, to: .multipartName, origin: nameOrigin)
        append(name, number(part.content.count), to: .filesSizes)
        // Uploads stay in memory; there is no name of a temporary file to show, but rules count them.
        append(name, .empty, to: .filesTmpNames)
        if rules.looksAtFileContents {
            let origin = bodyOrigin(Int(part.content.offset), part.content.count)
            append(name, arena.append(bodyBytes(part.content)), to: .filesTmpContent, origin: origin)
        }
    }

    private mutating func setFlags(of result: MultipartResult) {
        let flags: [(Variable, Bool)] = [
            (.multipartBoundaryQuoted, result.flags.contains(.boundaryQuoted)),
            (.multipartBoundaryWhitespace, result.flags.contains(.boundaryWhitespace)),
            (.multipartCRLFLFLines, result.hasMixedLineEnds),
            (.multipartDataAfter, result.flags.contains(.dataAfter)),
            (.multipartDataBefore, result.flags.contains(.dataBefore)),
            (.multipartFileLimitExceeded, result.flags.contains(.fileLimitExceeded)),
            (.multipartHeaderFolding, result.flags.contains(.headerFolding)),
            (.multipartInvalidHeaderFolding, result.flags.contains(.invalidHeaderFolding)),
            (.multipartInvalidPart, result.flags.contains(.invalidPart)),
            (.multipartInvalidQuoting, result.flags.contains(.invalidQuoting)),
            (.multipartLFLine, result.flags.contains(.lfLine)),
            (.multipartMissingSemicolon, result.flags.contains(.missingSemicolon)),
            (.multipartStrictError, result.strictError),
        ]
        let one = number(1)
        for (variable, isSet) in flags where isSet {
            set(variable, one)
        }
        set(.multipartUnmatchedBoundary, number(result.unmatchedBoundary))
    }
}
