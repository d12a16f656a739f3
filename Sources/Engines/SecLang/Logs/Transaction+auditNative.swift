// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

extension Transaction {
    /// The audit record in ModSecurity's native form: a section per part, each behind a line `--boundary-LETTER--`.
    ///
    /// Secrets are masked as in ``auditRecord(status:)``. Part K shows rules as they were understood rather than as
    /// they were written. Parts D and G have no content in any version.
    ///
    /// - Parameters:
    ///   - status: what the client was answered.
    ///   - boundary: letters and digits that nobody can foresee, so that no body can pretend to be a section.
    /// - Complexity: O(*n*) in what is logged.
    public func nativeAuditRecord(status: Int, boundary: [UInt8]) -> [UInt8] {
        var record = NativeAuditRecord(boundary: boundary)
        record.section("A", nativeHeader)
        for letter in ["B", "C", "I", "F", "E", "H", "J", "K"] where auditParts.contains(where: letter.utf8.contains) {
            if let content = nativeSection(letter, status: status) {
                record.section(letter, content)
            }
        }
        record.section("Z", [])
        return record.bytes
    }

    /// What stands in a section; nil where it is left out.
    private func nativeSection(_ letter: String, status: Int) -> [UInt8]? {
        switch letter {
        case "B": nativeRequestHead
        // I stands in for C.
        case "C": requestBody.isEmpty || auditParts.contains(UInt8(ascii: "I")) ? nil : maskedBody()
        case "I": compactBody
        case "F": nativeResponseHead(status: status)
        case "E": responseBody.isEmpty ? nil : responseBody
        case "H": nativeTrailer
        case "J": nativeFiles
        default: nativeRules
        }
    }

    /// `[14/Nov/2023:22:13:20 +0000] id client port server port`
    private var nativeHeader: [UInt8] {
        let connection = record.connection
        let time = CivilTime(nanoseconds: startTime, offset: context.timeZoneOffset)
        return Array("[\(time.commonLog(offset: context.timeZoneOffset))] ".utf8) + record.identifier
            + Array(
                (" \(connection.clientAddress) \(connection.clientPort) \(connection.serverAddress) "
                    + "\(connection.serverPort)\n").utf8
            )
    }

    private var nativeRequestHead: [UInt8]? {
        guard let request = record.request else {
            return nil
        }
        return maskedRequestLine + [0x0A]
            + Self.fieldLines(request.bytes, request.fields) { masks.masks(requestHeader: $0) }
    }

    /// `GET /?password=**** HTTP/1.1`
    var maskedRequestLine: [UInt8] {
        guard let request = record.request else {
            return []
        }
        let version = request.bytes[request.version.bounds]
        return Array(request.bytes[request.method.bounds]) + [0x20] + maskedTarget()
            + (version.isEmpty ? [] : [0x20] + version)
    }

    private func nativeResponseHead(status: Int) -> [UInt8]? {
        // What the client was answered may be another response than the one that the rules saw.
        guard let response = record.response, response.status == status else {
            return Array("HTTP/1.1 \(status)\n".utf8)
        }
        return Array(response.bytes[response.version.bounds]) + Array(" \(status) ".utf8)
            + response.bytes[response.reason.bounds] + [0x0A]
            + Self.fieldLines(response.bytes, response.fields) { masks.masks(responseHeader: $0) }
    }

    private static func fieldLines(
        _ bytes: [UInt8],
        _ fields: [HTTPFieldRange],
        isSecret: ([UInt8]) -> Bool
    ) -> [UInt8] {
        fields.reduce(into: []) { lines, field in
            let name = Array(bytes[field.name.bounds])
            let isMasked = isSecret(name.asciiLowercased())
            lines += name + Array(": ".utf8)
            lines += isMasked ? Array("********".utf8) : Array(bytes[field.value.bounds])
            lines.append(0x0A)
        }
    }

    /// The body, where it holds files only its fields, as a form would send them.
    private var compactBody: [UInt8]? {
        guard !requestBody.isEmpty else {
            return nil
        }
        guard bodyProcessor == .multipart else {
            return maskedBody()
        }
        var text: [UInt8] = []
        for index in lists[ValueList.argsPost.rawValue] {
            let value = values[Int(index)]
            let name = arena.array(value.key)
            let key = name.asciiLowercased()
            let isSecret = masks.masks(argument: key) || masks.argumentParts[key] != nil
            text += (text.isEmpty ? [] : [UInt8(ascii: "&")]) + Self.formEncoded(name) + [UInt8(ascii: "=")]
            text += isSecret ? Array("********".utf8) : Self.formEncoded(arena.array(value.bytes))
        }
        return text
    }

    private static func formEncoded(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.reduce(into: []) { text, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                text.append(byte)
            case 0x20:
                text.append(UInt8(ascii: "+"))
            default:
                text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    /// What matched and what came of it.
    private var nativeTrailer: [UInt8] {
        var text: [UInt8] = []
        for match in loggableMatches where match.isInAuditLog {
            text += Array("Message: ".utf8) + match.logMessage + [0x0A]
        }
        if let intervention {
            text += Array("Action: Intercepted (phase \(intervention.phase))\n".utf8)
        }
        let end = context.now()
        let duration = end > startTime ? (end - startTime) / 1_000 : 0
        text += Array("Stopwatch: \(startTime / 1_000) \(duration) (- - -)\n".utf8)
        let producers = (["Redoubt"] + rules.settings.componentSignatures).joined(separator: "; ")
        text += Array("Producer: \(producers).\n".utf8)
        let mode =
            switch engineMode {
            case .on: "ENABLED"
            case .off: "DISABLED"
            case .detectionOnly: "DETECTION_ONLY"
            }
        return text + Array("Engine-Mode: \"\(mode)\"\n".utf8)
    }

    /// Uploaded files: number, size, name and type, which is not kept.
    private var nativeFiles: [UInt8]? {
        let names = lists[ValueList.files.rawValue]
        guard bodyProcessor == .multipart, !names.isEmpty else {
            return nil
        }
        var text: [UInt8] = []
        for (number, (name, size)) in zip(names, lists[ValueList.filesSizes.rawValue]).enumerated() {
            text += Array("\(number + 1),".utf8) + arena.array(values[Int(size)].bytes) + Array(",\"".utf8)
            text += LogText.escaped(arena.array(values[Int(name)].bytes), limit: 256, quotes: true)
            text += Array("\",\"<Unknown ContentType>\"\n".utf8)
        }
        return text + Array("Total,\(names.count)\n".utf8)
    }

    /// The rules that matched, one line for each link of a chain.
    private var nativeRules: [UInt8]? {
        let lines = matches.filter(\.isInAuditLog).compactMap { rules.summary(of: $0.rule)?.directives }
        return lines.isEmpty ? nil : lines.flatMap { $0 }
    }
}

/// Puts sections together.
private struct NativeAuditRecord {
    let boundary: [UInt8]
    private(set) var bytes: [UInt8] = []

    init(boundary: [UInt8]) {
        self.boundary = boundary
    }

    /// A section ends in an empty line; the last one consists of nothing else.
    mutating func section(_ letter: String, _ content: [UInt8]) {
        bytes += Array("--".utf8) + boundary + Array("-\(letter)--\n".utf8) + content
        if !content.isEmpty, content.last != 0x0A {
            bytes.append(0x0A)
        }
        bytes.append(0x0A)
    }
}

extension RuleSummary {
    /// The rule as SecLang, put together from what it was understood as.
    fileprivate var directives: [UInt8] {
        links.enumerated().reduce(into: []) { lines, item in
            let (number, link) = item
            var actions = number == 0 ? ["id:\(id)", "phase:\(phase)"] + (action.map { [$0] } ?? []) : []
            actions += link.transformations.map { "t:\($0)" }
            actions += number == 0 ? (message.map { ["msg:'\($0)'"] } ?? []) + tags.map { "tag:'\($0)'" } : []
            actions += link.setVariables.map { "setvar:'\($0)'" } + link.controls.map { "ctl:\($0)" }
            actions += number + 1 < links.count ? ["chain"] : []
            var words = [link.operatorName == nil ? "SecAction" : "SecRule"]
            if let name = link.operatorName {
                let word = name.prefix(1).lowercased() + name.dropFirst()
                words.append("\"\(link.variables.joined(separator: "|"))\"")
                words.append("\"\(link.isNegated ? "!" : "")@\(word) \(link.operatorArgument)\"")
            }
            words.append("\"\(actions.joined(separator: ","))\"")
            lines += LogText.escaped(Array(words.joined(separator: " ").utf8)) + [0x0A]
        }
    }
}
