// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Answers with a status of 400 to 499 among all answers of a group of clients.
///
/// The requests of one client are not independent of each other. Counts of clients, and of those that got such an answer,
/// are the better measure where there are enough clients; the comparison takes either.
package struct RefusalCounts: Hashable, Sendable {
    package var total: Int
    package var refused: Int

    package init(total: Int, refused: Int) {
        self.total = max(0, total)
        self.refused = min(max(0, refused), self.total)
    }

    package var share: Double { total == 0 ? 0 : Double(refused) / Double(total) }
}

/// When a canary is taken back: its share of refusals is greater than that of the others by more than a margin, and
/// chance explains that less than once in `1 / probability` looks.
package struct ReturnRule: Hashable, Sendable {
    /// How much greater the share may be, as a share: 0.01 is one request in a hundred more.
    package var margin = 0.01
    /// Each group needs as many before anything is said.
    package var minimumTotal = 300
    /// How many standard errors the difference has to lie beyond the margin. 3.72 is once in 10,000 looks (one-sided),
    /// so that a look each minute for a day errs in 1 of 7 sound canaries at the very margin, and hardly ever below it.
    package var standardErrors = 3.72

    package init() {}
}

/// A one-sided test of two proportions with a margin: Wald's statistic with one refusal and one success added to each
/// group (Agresti and Caffo, 2000), which keeps its level at small shares and counts.
package struct ProportionComparison: Hashable, Sendable {
    package enum Outcome: String, Sendable {
        /// There is too little to say.
        case tooFew
        /// The canary is not shown to be worse.
        case sound
        /// The canary refuses more.
        case worse
    }

    package let canary: RefusalCounts
    package let others: RefusalCounts
    package let outcome: Outcome
    /// How many standard errors the difference lies above the margin; negative below it.
    package let statistic: Double

    package init(canary: RefusalCounts, others: RefusalCounts, by rule: ReturnRule = ReturnRule()) {
        self.canary = canary
        self.others = others
        func adjusted(_ counts: RefusalCounts) -> (share: Double, variance: Double) {
            let total = Double(counts.total) + 2
            let share = (Double(counts.refused) + 1) / total
            return (share, share * (1 - share) / total)
        }
        let first = adjusted(canary)
        let second = adjusted(others)
        statistic = (first.share - second.share - rule.margin) / (first.variance + second.variance).squareRoot()
        if min(canary.total, others.total) < max(1, rule.minimumTotal) {
            outcome = .tooFew
        } else {
            outcome = statistic > rule.standardErrors ? .worse : .sound
        }
    }
}
