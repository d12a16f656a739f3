// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel
internal import Policy
package import SecLang
internal import Storage

/// The exclusion assistant at work on what was kept: which transactions should pass, what would let them, what else that
/// would let pass.
package struct ExclusionSearch: Sendable {
    /// The rules of an application, by its name; nil where it has none.
    package typealias Rules = @Sendable (_ application: String?) -> RuleSet?

    private let kept: KeptTransactions
    private let rules: Rules
    private let exceptions: ReplayExceptions

    /// What is asked for.
    package struct Order: Sendable {
        package var scope: Scope
        /// In nanoseconds since 1970.
        package var times: ClosedRange<Int64>
        /// Only transactions in which this rule matched should pass; nil for all.
        package var rule: Int?
        /// The transactions that should pass; empty for those that look benign.
        package var transactions: Set<[UInt8]>

        package init(
            _ scope: Scope,
            in times: ClosedRange<Int64>,
            rule: Int? = nil,
            transactions: Set<[UInt8]> = []
        ) {
            self.scope = scope
            self.times = times
            self.rule = rule ?? scope.rule?.number
            self.transactions = transactions
        }
    }

    /// What was found.
    package struct Finding: Sendable {
        package var drafts: [ExclusionAssistant.Draft] = []
        /// For each draft, how many of the wanted its rule would stop.
        package var needs: [Int] = []
        /// The transactions of the scope.
        package var looked = 0
        /// Of those, the ones that rules would have ended when they were kept.
        package var ended = 0
        /// Those that should pass and that rules would end today.
        package var wanted = 0
        package var stillEnded = 0
        package var others = 0
        package var alsoPassing: [KeptTransaction] = []
        /// Some of those that should pass.
        package var examples: [KeptTransaction] = []
        /// Those beyond what fits into memory, which nobody has looked at.
        package var skipped = 0
        /// Those of applications that have no rules now.
        package var withoutRules = 0
        package var damaged = 0
    }

    package init(_ kept: KeptTransactions, rules: @escaping Rules, exceptions: ReplayExceptions) {
        self.kept = kept
        self.rules = rules
        self.exceptions = exceptions
    }

    /// What all workers together hold, in bytes.
    private static let mostBytes = 64 << 20
    static let mostExamples = 20

    private struct Part: Sendable {
        var looked = 0
        var ended: [KeptTransaction] = []
        var bytes = 0
        var skipped = 0
    }

    /// - Parameter progress: is told what share is done; returns false to end.
    /// - Returns: nil where it was told to end.
    package func run(
        _ order: Order,
        progress: @escaping @Sendable (Double) -> Bool
    ) throws -> Finding? {
        let room = Self.mostBytes / ParallelWork.threads
        let (parts, walk) = try kept.walk(
            in: order.times,
            start: { Part() },
            progress: { progress(0.4 * $0) },
            each: { part, kept in
                guard kept.isIn(order.scope) else { return }
                part.looked += 1
                guard kept.decidedBy != nil else { return }
                guard part.bytes < room else {
                    part.skipped += 1
                    return
                }
                part.ended.append(kept)
                part.bytes += kept.body.count + kept.request.bytes.count + 1_024
            },
            finish: { $0 }
        )
        guard !walk.isCut else { return nil }
        let ended = parts.flatMap(\.ended).sorted(by: KeptTransaction.isNewer)
        var finding = Finding()
        finding.looked = parts.reduce(0) { $0 + $1.looked }
        finding.skipped = parts.reduce(0) { $0 + $1.skipped }
        finding.ended = ended.count + finding.skipped
        finding.damaged = walk.damaged
        return try propose(order, ended, finding, progress)
    }

    private func propose(
        _ order: Order,
        _ ended: [KeptTransaction],
        _ found: Finding,
        _ progress: @escaping @Sendable (Double) -> Bool
    ) throws -> Finding? {
        var finding = found
        let judge = BenignJudge(ended)
        func isWanted(_ kept: KeptTransaction) -> Bool {
            if let rule = order.rule, !kept.matches.contains(where: { $0.rule == rule }) { return false }
            if !order.transactions.isEmpty { return order.transactions.contains(kept.identifier) }
            return judge.likeness(kept) >= BenignJudge.threshold
        }
        // Applications have rules of their own.
        let groups = Dictionary(grouping: ended) { $0.application }
        for (number, (application, ended)) in groups.sorted(by: { $0.key ?? "" < $1.key ?? "" }).enumerated() {
            let wanted = ended.filter(isWanted)
            guard !wanted.isEmpty else { continue }
            guard let rules = rules(application) else {
                finding.withoutRules += wanted.count
                continue
            }
            let share = 0.6 / Double(groups.count)
            let begin = 0.4 + share * Double(number)
            guard progress(begin) else { return nil }
            let proposal = ExclusionAssistant(rules, exceptions: exceptions).propose(
                toPass: wanted,
                others: ended.filter { !isWanted($0) },
                at: place(order.scope, application),
                progress: { progress(begin + share * $0) }
            )
            finding.examples += wanted.prefix(Self.mostExamples - min(finding.examples.count, Self.mostExamples))
            guard let proposal else { continue }
            finding.add(proposal)
        }
        return progress(1) ? finding : nil
    }

    /// Exceptions hold in the application that they were made for.
    private func place(_ scope: Scope, _ application: String?) -> Scope.Place {
        guard case .installation = scope.place, let application else { return scope.place }
        return .application(application)
    }
}

extension ExclusionSearch.Finding {
    fileprivate mutating func add(_ proposal: ExclusionAssistant.Proposal) {
        drafts += proposal.drafts
        needs += proposal.needs
        wanted += proposal.wanted
        stillEnded += proposal.stillEnded
        others += proposal.others
        alsoPassing += proposal.alsoPassing
    }
}
