// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

extension RuleMatch {
    /// The line that ModSecurity writes to the web server's error log, without a line end.
    ///
    /// `[client IP] ModSecurity: Warning. Matched "Operator … [id "942100"] … [unique_id "…"] [ref "…"]`; what is not
    /// printable is shown as `\xHH`, so that no request can forge a line.
    public func errorLogLine(of record: TransactionRecord) -> [UInt8] {
        var line = Array("[client \(record.connection.clientAddress)] ModSecurity: ".utf8) + logMessage + [0x20]
        line += field("hostname", Array(record.connection.serverAddress.utf8))
        line += field("uri", record.decodedPath, limit: 200)
        line += field("unique_id", record.identifier)
        line += field("ref", reference, limit: 200)
        line.removeLast()
        return line
    }

    /// The part of the line that tells the match, as it also stands in a native audit record.
    var logMessage: [UInt8] {
        var line = Array("\(action). ".utf8)
        line += explanation
        line.append(0x20)
        line += field("file", Array(location.file.utf8))
        line += field("line", Array("\(location.line)".utf8))
        line += field("id", Array("\(rule)".utf8))
        line += field("rev", rev)
        line += field("msg", message)
        line += field("data", data, limit: 200)
        line += field("severity", Array("\(severity.map(String.init) ?? "0")".utf8))
        line += field("ver", ver)
        line += field("maturity", Array("\(maturity)".utf8))
        line += field("accuracy", Array("\(accuracy)".utf8))
        for tag in tags {
            line += field("tag", tag)
        }
        line.removeLast()
        return line
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
    private func field(_ name: String, _ value: [UInt8], limit: Int = .max) -> [UInt8] {
        Array("[\(name) \"".utf8) + LogText.escaped(value, limit: limit, quotes: true) + Array("\"] ".utf8)
    }
}

extension RuleMatch {
    /// Bytes as they stand between quotes in the error log: unprintable ones and quotes as `\xHH`, 200 at most.
    public static func escapedForLog(_ bytes: [UInt8]) -> [UInt8] {
        LogText.escaped(bytes, limit: 200, quotes: true)
    }
}
