// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Policy
package import SecLang

/// Tries rules on kept transactions: what would they say today, with exceptions or without.
///
/// The bodies of responses are not kept, so rules that look at them see none. Persistent collections start empty for each
/// transaction, as counters of clients then are not those of now.
package struct TransactionReplay: Sendable {
    package let rules: RuleSet

    /// What rules said about a transaction.
    package struct Outcome: Sendable {
        /// The rule that would have ended it; nil where it passes.
        package var endedBy: Int?
        package var matches: [KeptTransaction.Match]
    }

    package init(_ rules: RuleSet) {
        self.rules = rules
    }

    /// - Parameter exclusions: made for ``rules``.
    package func run(_ kept: KeptTransaction, without exclusions: [RuleExclusion] = []) -> Outcome {
        let context = TransactionContext(
            identifier: kept.identifier,
            now: { UInt64(max(0, kept.time)) },
            collections: PersistentCollections(capacity: 64),
            observesOnly: true
        )
        var transaction = Transaction(rules: rules, context: context)
        transaction.connection(kept.connection)
        transaction.requestHead(kept.request)
        transaction.exclude(exclusions)
        transaction.evaluateRequestHeaders()
        _ = kept.body.withUnsafeBufferPointer { transaction.appendRequestBody($0) }
        transaction.evaluateRequestBody()
        if let response = kept.response {
            transaction.responseHead(response)
            transaction.evaluateResponseBody()
        }
        transaction.finish()
        return Outcome(
            endedBy: transaction.would?.rule,
            matches: transaction.matches.map {
                KeptTransaction.Match(rule: $0.rule, target: String(decoding: $0.variable, as: UTF8.self))
            }
        )
    }
}
