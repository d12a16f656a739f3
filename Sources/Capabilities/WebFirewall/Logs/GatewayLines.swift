// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Policy
internal import SecLang

/// The error-log line of a request that the HTTP parser refused.
enum RefusalLine {
    static func make(_ refusal: HTTPRefusal, record: TransactionRecord) -> [UInt8] {
        let text =
            "[client \(record.connection.clientAddress)] Redoubt: Request refused with code \(refusal.status). "
            + "\(refusal.reason) "
        return Array(text.utf8) + LogFields.common(record)
    }
}

/// The error-log line of a request that `enforce` would not have let pass.
enum ObservationLine {
    static func make(_ would: Intervention, record: TransactionRecord) -> [UInt8] {
        let text =
            "[client \(record.connection.clientAddress)] Redoubt: Observed only, enforce would have answered "
            + "\(would.status) (phase \(would.phase)). [id \"\(would.rule)\"] "
        return Array(text.utf8) + LogFields.common(record)
    }
}

/// The error-log line of a request that a block or a limit of the policy ended.
enum PolicyLine {
    static func make(_ ruling: Ruling, record: TransactionRecord) -> [UInt8] {
        let text =
            "[client \(record.connection.clientAddress)] Redoubt: Access denied by the policy. "
            + "[msg \"\(String(decoding: RuleMatch.escapedForLog(Array(ruling.message.utf8)), as: UTF8.self))\"] "
        return Array(text.utf8) + LogFields.common(record)
    }
}

/// What ends a line of the error log.
enum LogFields {
    static func common(_ record: TransactionRecord) -> [UInt8] {
        var bytes = Array("[hostname \"\(record.connection.serverAddress)\"] [uri \"".utf8)
        bytes += RuleMatch.escapedForLog(record.decodedPath)
        bytes += Array("\"] [unique_id \"".utf8) + record.identifier + Array("\"]".utf8)
        return bytes
    }
}
