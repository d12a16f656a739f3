// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import Matching

extension Transaction {
    /// The logged matches with secrets masked.
    public var loggableMatches: [RuleMatch] {
        guard !matches.isEmpty else {
            return []
        }
        let secrets = capturableSecrets
        return matches.map { masked($0, secrets: secrets) }
    }

    /// Whether the audit settings want this transaction recorded.
    ///
    /// - Parameter status: what the client was answered.
    public func wantsAuditLog(status: Int) -> Bool {
        switch auditEngine {
        case .off: return false
        case .on: return true
        case .relevantOnly:
            if matches.contains(where: \.isInAuditLog) {
                return true
            }
            guard let pattern = rules.settings.audit.relevantStatus else {
                return false
            }
            let text = Array("\(status)".utf8)
            return text.withUnsafeBufferPointer { pattern.matches($0, scratch: regex) }
        }
    }

    /// The audit record as one line of JSON, in the shape of ModSecurity v3.
    ///
    /// A repeated header field is an array of its values; bytes that are not UTF-8 become U+FFFD.
    public func auditRecord(status: Int) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("transaction")
        json.beginObject()
        writeConnection(&json)
        writeRequest(&json)
        writeResponse(&json, status: status)
        if auditParts.contains(UInt8(ascii: "H")) {
            writeProducer(&json)
            writeMessages(&json)
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    private func writeConnection(_ json: inout JSONWriter) {
        let time = CivilTime(nanoseconds: startTime, offset: context.timeZoneOffset)
        json.key("client_ip")
        json.string(record.connection.clientAddress)
        json.key("time_stamp")
        json.string(time.ctime)
        json.key("server_id")
        json.string(rules.settings.sensorID)
        json.key("client_port")
        json.number(record.connection.clientPort)
        json.key("host_ip")
        json.string(record.connection.serverAddress)
        json.key("host_port")
        json.number(record.connection.serverPort)
        json.key("unique_id")
        json.string(record.identifier)
    }

    private func writeRequest(_ json: inout JSONWriter) {
        json.key("request")
        json.beginObject()
        if let request = record.request {
            json.key("method")
            json.string(Array(request.bytes[request.method.bounds]))
            json.key("http_version")
            let version = Array(request.bytes[request.version.bounds]).lossyText
            let number = version.split(separator: "/").last.flatMap { Double($0) } ?? 0
            json.number(number, decimals: 1)
            json.key("uri")
            json.string(maskedTarget())
            if auditParts.contains(UInt8(ascii: "C")) {
                json.key("body")
                json.string(maskedBody())
            }
            if auditParts.contains(UInt8(ascii: "B")) {
                writeHeaders(&json, request.bytes, request.fields) { masks.masks(requestHeader: $0) }
            }
        }
        json.endObject()
    }

    private func writeResponse(_ json: inout JSONWriter, status: Int) {
        json.key("response")
        json.beginObject()
        if auditParts.contains(UInt8(ascii: "E")) {
            json.key("body")
            json.string(responseBody)
        }
        json.key("http_code")
        json.number(status)
        if auditParts.contains(UInt8(ascii: "F")) {
            if let response = record.response {
                writeHeaders(&json, response.bytes, response.fields) { masks.masks(responseHeader: $0) }
            } else {
                writeHeaders(&json, [], []) { _ in false }
            }
        }
        json.endObject()
    }

    private func writeHeaders(
        _ json: inout JSONWriter,
        _ bytes: [UInt8],
        _ fields: [HTTPFieldRange],
        isSecret: ([UInt8]) -> Bool
    ) {
        var order: [[UInt8]] = []
        var grouped: [[UInt8]: (name: [UInt8], values: [[UInt8]])] = [:]
        for field in fields {
            let name = Array(bytes[field.name.bounds])
            let key = name.asciiLowercased()
            let value = isSecret(key) ? Array("********".utf8) : Array(bytes[field.value.bounds])
            if grouped[key] == nil {
                order.append(key)
                grouped[key] = (name: name, values: [])
            }
            grouped[key]?.values.append(value)
        }
        json.key("headers")
        json.beginObject()
        for group in order.compactMap({ grouped[$0] }) {
            json.key(group.name)
            if group.values.count == 1 {
                json.string(group.values[0])
            } else {
                json.strings(group.values)
            }
        }
        json.endObject()
    }

    private func writeProducer(_ json: inout JSONWriter) {
        json.key("producer")
        json.beginObject()
        json.key("modsecurity")
        json.string("Redoubt")
        json.key("connector")
        json.string("Redoubt gateway")
        json.key("secrules_engine")
        json.string(Self.word(for: engineMode))
        json.key("components")
        json.strings(rules.settings.componentSignatures)
        json.endObject()
    }

    private func writeMessages(_ json: inout JSONWriter) {
        json.key("messages")
        json.beginArray()
        for match in loggableMatches where match.isInAuditLog {
            json.beginObject()
            json.key("message")
            json.string(match.message)
            json.key("details")
            json.beginObject()
            for (name, value) in match.auditDetails {
                json.key(name)
                json.string(value)
            }
            json.key("tags")
            json.strings(match.tags)
            json.key("maturity")
            json.string("\(match.maturity)")
            json.key("accuracy")
            json.string("\(match.accuracy)")
            json.endObject()
            json.endObject()
        }
        json.endArray()
    }
}

extension RuleMatch {
    /// The details of an audit message that come before its tags; all of them are text.
    fileprivate var auditDetails: [(String, [UInt8])] {
        [
            ("match", explanation),
            ("reference", reference),
            ("ruleId", Array("\(rule)".utf8)),
            ("file", Array(location.file.utf8)),
            ("lineNumber", Array("\(location.line)".utf8)),
            ("data", data),
            ("severity", Array("\(severity.map(String.init) ?? "0")".utf8)),
            ("ver", ver),
            ("rev", rev),
        ]
    }
}
