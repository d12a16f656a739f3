// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

extension RuleMatch {
    /// The line that ModSecurity writes to the web server's error log, without a line end.
    ///
    /// `[client IP] ModSecurity: Warning. Matched "Operator … [id "942100"] … [unique_id "…"] [ref "…"]`; what is not
    /// printable is shown as `\xHH`, so that no request can forge a line.
    public func errorLogLine(of record: TransactionRecord) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(1_024)
        line += "[client ".utf8
        line += record.connection.clientAddress.utf8
        line += "] ModSecurity: ".utf8
        appendLogMessage(to: &line)
        line.append(0x20)
        Self.append("hostname", Array(record.connection.serverAddress.utf8), to: &line)
        Self.append("uri", record.decodedPath, limit: 200, to: &line)
        Self.append("unique_id", record.identifier, to: &line)
        Self.append("ref", reference, limit: 200, to: &line)
        line.removeLast()
        return line
    }

    /// The part of the line that tells the match, as it also stands in a native audit record.
    var logMessage: [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(768)
        appendLogMessage(to: &line)
        return line
    }

    private func appendLogMessage(to line: inout [UInt8]) {
        line += action.utf8
        line += ". ".utf8
        line += explanation
        line.append(0x20)
        Self.append("file", Array(location.file.utf8), to: &line)
        Self.append("line", location.line, to: &line)
        Self.append("id", rule, to: &line)
        Self.append("rev", rev, to: &line)
        Self.append("msg", message, to: &line)
        Self.append("data", data, limit: 200, to: &line)
        Self.append("severity", severity ?? 0, to: &line)
        Self.append("ver", ver, to: &line)
        Self.append("maturity", maturity, to: &line)
        Self.append("accuracy", accuracy, to: &line)
        for tag in tags {
            Self.append("tag", tag, to: &line)
        }
        line.removeLast()
    }

    private var action: String {
        guard let intervention else {
            return "Warning"
        }
        switch intervention.kind {
        case .drop: return "Access denied with connection close (phase \(intervention.phase))"
        case .deny, .redirect: return "Access denied with code \(intervention.status) (phase \(intervention.phase))"
        }
    }

    /// `[name "value"] `, quotes in the value escaped.
    private static func append(_ name: StaticString, _ value: [UInt8], limit: Int = .max, to line: inout [UInt8]) {
        open(name, in: &line)
        LogText.append(value, limit: limit, quotes: true, to: &line)
        line += "\"] ".utf8
    }

    private static func append(_ name: StaticString, _ number: Int, to line: inout [UInt8]) {
        open(name, in: &line)
        line += String(number).utf8
        line += "\"] ".utf8
    }

    private static func open(_ name: StaticString, in line: inout [UInt8]) {
        line.append(UInt8(ascii: "["))
        name.withUTF8Buffer { line.append(contentsOf: $0) }
        line += " \"".utf8
    }
}

extension RuleMatch {
    /// Bytes as they stand between quotes in the error log: unprintable ones and quotes as `\xHH`, 200 at most.
    public static func escapedForLog(_ bytes: [UInt8]) -> [UInt8] {
        LogText.escaped(bytes, limit: 200, quotes: true)
    }
}
