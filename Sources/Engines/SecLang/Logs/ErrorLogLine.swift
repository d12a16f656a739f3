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
        LogText.append(field: "hostname", Array(record.connection.serverAddress.utf8), to: &line)
        LogText.append(field: "uri", record.decodedPath, limit: 200, to: &line)
        LogText.append(field: "unique_id", record.identifier, to: &line)
        LogText.append(field: "ref", reference, limit: 200, to: &line)
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
        line += origin.lineStart
        LogText.append(field: "msg", message, to: &line)
        LogText.append(field: "data", data, limit: 200, to: &line)
        LogText.append(field: "severity", severity ?? 0, to: &line)
        line += origin.lineEnd
        if origin.literalTags == nil {
            for tag in tags {
                LogText.append(field: "tag", tag, to: &line)
            }
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
}

extension RuleMatch {
    /// Bytes as they stand between quotes in the error log: unprintable ones and quotes as `\xHH`, 200 at most.
    public static func escapedForLog(_ bytes: [UInt8]) -> [UInt8] {
        LogText.escaped(bytes, limit: 200, quotes: true)
    }
}
