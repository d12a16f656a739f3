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
        /// The rule that tells why: ``endedBy``, or the worst of those that it sums up.
        package var telling: Int?
        package var matches: [KeptTransaction.Match]
    }

    package init(_ rules: RuleSet) {
        self.rules = rules
    }

    /// - Parameter exclusions: made for ``rules``.
    package func run(_ kept: KeptTransaction, without exclusions: [RuleExclusion] = []) -> Outcome {
        ReplayWorker(rules).run(kept, without: exclusions)
    }
}
