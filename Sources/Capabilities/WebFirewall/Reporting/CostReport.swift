// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import SecLang

/// What rules cost, dearest first.
package struct CostReport {
    private let entries: [RuleCosts.Entry]
    private let transactions: Int
    private let total: UInt64

    /// - Parameter limit: how many rules are shown; nil for all that were reached.
    package init(_ costs: RuleCosts, rules: RuleSet, limit: Int?) {
        let all = costs.entries.filter { $0.cost.visits > 0 }
            .sorted { ($1.cost.nanoseconds, $0.rule) < ($0.cost.nanoseconds, $1.rule) }
        entries = Array(all.prefix(limit ?? all.count))
        total = all.reduce(0) { $0 + $1.cost.nanoseconds }
        transactions = costs.transactions
    }

    package var text: String {
        var table = TextTable(
            ["RULE", "SHARE", "NS PER REQUEST", "REACHED", "CANDIDATES", "MATCHES"],
            alignments: [.right, .right, .right, .right, .right, .right]
        )
        for entry in entries {
            table.add([
                String(entry.rule), share(entry), String(entry.cost.nanoseconds / UInt64(max(transactions, 1))),
                String(entry.cost.visits), String(entry.cost.candidates), String(entry.cost.matches),
            ])
        }
        return table.text
            + "\(transactions) requests, \(total / UInt64(max(transactions, 1))) ns per request in all rules\n"
    }

    private func share(_ entry: RuleCosts.Entry) -> String {
        let tenths = total == 0 ? 0 : (entry.cost.nanoseconds * 1_000 + total / 2) / total
        return "\(tenths / 10).\(tenths % 10) %"
    }

    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("transactions")
        json.number(transactions)
        json.key("nanoseconds")
        json.number(Int(clamping: total))
        json.key("rules")
        json.beginArray()
        for entry in entries {
            write(entry, to: &json)
        }
        json.endArray()
        json.endObject()
        json.endLine()
        return json.bytes
    }

    package var ndjson: [UInt8] {
        entries.flatMap { entry in
            var json = JSONWriter()
            write(entry, to: &json)
            json.endLine()
            return json.bytes
        }
    }

    private func write(_ entry: RuleCosts.Entry, to json: inout JSONWriter) {
        json.beginObject()
        let cost = entry.cost
        for (name, value) in [
            ("rule", entry.rule), ("nanoseconds", Int(clamping: cost.nanoseconds)), ("reached", cost.visits),
            ("candidates", cost.candidates), ("matches", cost.matches),
        ] {
            json.key(name)
            json.number(value)
        }
        json.endObject()
    }
}
