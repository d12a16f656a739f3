// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes

/// Writes what the firewall made of transactions, one JSON object per line.
package struct ResultEncoder {
    private var json = JSONWriter(reservingCapacity: 16 * 1024)

    package init() {}

    /// The answer to one transaction, with its line feed.
    package mutating func encode(_ result: TransactionResult, id: String) -> [UInt8] {
        json.removeAll()
        json.beginObject()
        json.key("id")
        json.string(id)
        write(result.outcome)
        if let would = result.would {
            json.key("would")
            json.beginObject()
            write(would)
            json.endObject()
        }
        json.key("matches")
        json.beginArray()
        for match in result.matches {
            write(match)
        }
        json.endArray()
        json.key("errorLog")
        json.strings(result.errorLog)
        json.key("auditLog")
        if let record = result.auditLog {
            json.raw(record)
        } else {
            json.null()
        }
        json.key("debugLog")
        json.strings(result.debugLog)
        json.key("error")
        json.stringOrNull(result.error)
        json.endObject()
        json.endLine()
        return json.bytes
    }

    /// The answer to a line that could not be evaluated: no verdict, and why.
    package mutating func encode(failure message: String, id: String?) -> [UInt8] {
        json.removeAll()
        json.beginObject()
        json.key("id")
        json.stringOrNull(id)
        for name in ["verdict", "status", "location", "rule", "phase"] {
            json.key(name)
            json.null()
        }
        for name in ["matches", "errorLog"] {
            json.key(name)
            json.strings([String]())
        }
        json.key("auditLog")
        json.null()
        json.key("debugLog")
        json.strings([String]())
        json.key("error")
        json.string(message)
        json.endObject()
        json.endLine()
        return json.bytes
    }

    private mutating func write(_ outcome: TransactionResult.Outcome) {
        json.key("verdict")
        json.string(outcome.verdict.rawValue)
        json.key("status")
        json.number(outcome.status)
        json.key("location")
        json.stringOrNull(outcome.location)
        json.key("rule")
        json.numberOrNull(outcome.rule)
        json.key("phase")
        json.numberOrNull(outcome.phase)
    }

    private mutating func write(_ match: TransactionResult.Match) {
        json.beginObject()
        json.key("rule")
        json.number(match.rule)
        json.key("phase")
        json.number(match.phase)
        json.key("message")
        json.string(match.message)
        json.key("data")
        json.string(match.data)
        json.key("severity")
        json.numberOrNull(match.severity)
        json.key("tags")
        json.strings(match.tags)
        json.key("variable")
        json.string(match.variable)
        json.key("value")
        json.string(match.value)
        json.endObject()
    }
}
