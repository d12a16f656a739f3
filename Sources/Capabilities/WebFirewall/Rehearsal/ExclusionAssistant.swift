// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import Policy
package import SecLang

/// Finds the smallest exceptions that let transactions pass which rules would have ended by mistake, and tells what else
/// they would let pass. Both are tried on the kept transactions, not guessed.
package struct ExclusionAssistant: Sendable {
    private let replay: TransactionReplay

    /// One exception of a proposal; who answers for it and why is said by whoever takes it.
    package struct Draft: Sendable, Hashable {
        package var rules: RuleSelector
        package var target: TargetSelector?
        package var place: Scope.Place
    }

    /// What is proposed, and what it does to the transactions that were looked at.
    package struct Proposal: Sendable {
        /// Together they let all of ``wanted`` pass, and none can be left out.
        package var drafts: [Draft]
        /// The transactions that should pass and that rules would end today.
        package var wanted: Int
        /// Of the wanted, those that would still be ended, as something is wrong with them that no rule was seen to match.
        package var stillEnded: Int
        /// The other transactions that rules would end today.
        package var others: Int
        /// Of the others, those that would pass: look at these before taking the proposal.
        package var alsoPassing: [KeptTransaction]
    }

    package init(_ rules: RuleSet) {
        replay = TransactionReplay(rules)
    }

    /// Transactions beyond this are not looked at, newest first: more of the same show nothing new.
    package static let mostTransactions = 2_000

    /// - Parameters:
    ///   - wanted: transactions that should pass.
    ///   - others: transactions of the same place that nobody has called wanted.
    ///   - place: where the exceptions shall hold.
    ///   - progress: is told what share of the work is done; returns false to end.
    /// - Returns: nil where nothing would be ended today, or where it was told to end.
    package func propose(
        toPass wanted: [KeptTransaction],
        others: [KeptTransaction],
        at place: Scope.Place,
        progress: (Double) -> Bool = { _ in true }
    ) -> Proposal? {
        let wanted = wanted.prefix(Self.mostTransactions)
        var ended: [(kept: KeptTransaction, matches: [KeptTransaction.Match])] = []
        for kept in wanted {
            let outcome = replay.run(kept)
            if outcome.endedBy != nil { ended.append((kept, outcome.matches)) }
        }
        guard !ended.isEmpty, progress(0.2) else { return nil }
        var chosen = candidates(ended.flatMap(\.matches), at: place)
        let stillEnded = ended.filter { isEnded($0.kept, chosen) }
        let passing = ended.filter { !isEnded($0.kept, chosen) }
        guard progress(0.4) else { return nil }
        // From the rarest on: what few transactions need is most likely not needed at all.
        for candidate in chosen.reversed() where chosen.count > 1 {
            let fewer = chosen.filter { $0.draft != candidate.draft }
            if passing.allSatisfy({ !isEnded($0.kept, fewer) }) { chosen = fewer }
        }
        guard progress(0.7) else { return nil }
        let otherEnded = others.prefix(Self.mostTransactions).filter { replay.run($0).endedBy != nil }
        let alsoPassing = otherEnded.filter { !isEnded($0, chosen) }
        _ = progress(1)
        return Proposal(
            drafts: chosen.map(\.draft),
            wanted: ended.count,
            stillEnded: stillEnded.count,
            others: otherEnded.count,
            alsoPassing: alsoPassing
        )
    }

    private struct Candidate {
        let draft: Draft
        let exclusion: RuleExclusion
    }

    /// An exception for each rule and target that matched, the most frequent first. Rules that only add up what others
    /// found have no target of the request, and are left alone: without them nothing would be ended at all.
    private func candidates(_ matches: [KeptTransaction.Match], at place: Scope.Place) -> [Candidate] {
        var counts: [KeptTransaction.Match: Int] = [:]
        for match in matches { counts[match, default: 0] += 1 }
        let sorted = counts.sorted { ($1.value, $0.key.rule, $0.key.target) < ($0.value, $1.key.rule, $1.key.target) }
        return sorted.compactMap { match, _ in candidate(match, at: place) }
    }

    private func candidate(_ match: KeptTransaction.Match, at place: Scope.Place) -> Candidate? {
        let variable = match.target.prefix { $0 != ":" }
        guard match.rule > 0, variable != "TX", let target = try? TargetSelector(parsing: match.target),
            let exclusion = try? replay.rules.exclusion(
                of: .identifiers(match.rule...match.rule),
                target: target.description
            )
        else { return nil }
        return Candidate(
            draft: Draft(rules: .rule(RuleID(match.rule)), target: target, place: place),
            exclusion: exclusion
        )
    }

    private func isEnded(_ kept: KeptTransaction, _ candidates: [Candidate]) -> Bool {
        replay.run(kept, without: candidates.map(\.exclusion)).endedBy != nil
    }
}
