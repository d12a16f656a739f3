// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import Policy
package import SecLang

/// Finds the smallest exceptions that let transactions pass which rules would have ended by mistake, and tells what else
/// they would let pass. Both are tried on the kept transactions, not guessed.
package struct ExclusionAssistant: Sendable {
    private let rules: RuleSet
    private let exceptions: ReplayExceptions?

    /// One exception of a proposal; who answers for it and why is said by whoever takes it.
    package struct Draft: Sendable, Hashable {
        package var rules: RuleSelector
        package var target: TargetSelector?
        package var place: Scope.Place
    }

    /// What is proposed, and what it does to the transactions that were looked at.
    package struct Proposal: Sendable {
        /// Together they let all of ``wanted`` pass that can, and none can be left out.
        package var drafts: [Draft]
        /// For each draft, how many of the wanted its rule would stop.
        package var needs: [Int]
        /// The transactions that should pass and that rules would end today.
        package var wanted: Int
        /// Of the wanted, those that would still be ended, as something is wrong with them that no exception can name.
        package var stillEnded: Int
        /// The other transactions that rules would end today and that the exceptions could touch.
        package var others: Int
        /// Of the others, those that would pass: look at these before taking the proposal.
        package var alsoPassing: [KeptTransaction]
    }

    /// - Parameter exceptions: those that hold already.
    package init(_ rules: RuleSet, exceptions: ReplayExceptions? = nil) {
        self.rules = rules
        self.exceptions = exceptions
    }

    /// Transactions beyond this are not looked at: more of the same show nothing new.
    package static let mostTransactions = 2_000
    /// On more routes than these, an exception holds for all of the place.
    private static let mostRoutes = 3
    /// What more rules match in is no mistake of single rules.
    private static let mostCandidates = 64

    /// - Parameters:
    ///   - wanted: transactions that should pass.
    ///   - others: transactions of the same place that nobody has called wanted.
    ///   - place: where the exceptions shall hold at most.
    ///   - progress: is told what share of the work is done; returns false to end.
    /// - Returns: nil where nothing would be ended today, or where it was told to end.
    package func propose(
        toPass wanted: [KeptTransaction],
        others: [KeptTransaction],
        at place: Scope.Place,
        progress: @escaping @Sendable (Double) -> Bool = { _ in true }
    ) -> Proposal? {
        let wanted = Array(wanted.prefix(Self.mostTransactions))
        let ended = self.ended(wanted, progress)
        guard !ended.isEmpty, progress(0.3) else { return nil }
        var chosen = candidates(ended, at: place)
        let passing = stillEnded(ended.map(\.kept), chosen).enumerated().filter { $0.element == false }
            .map { ended[$0.offset] }
        guard progress(0.5) else { return nil }
        // From the rarest on: what few transactions need is most likely not needed at all.
        for candidate in chosen.reversed() where chosen.count > 1 {
            let fewer = chosen.filter { $0.draft != candidate.draft }
            let touched = passing.filter { candidate.touches($0.matches, of: $0.kept) }.map(\.kept)
            if stillEnded(touched, fewer).allSatisfy({ $0 == false }) { chosen = fewer }
            guard progress(0.6) else { return nil }
        }
        // An exception that no passing transaction is touched by would only open a hole.
        if passing.isEmpty { chosen = [] }
        guard let (count, alsoPassing) = opened(by: chosen, others, progress) else { return nil }
        return Proposal(
            drafts: chosen.map(\.draft),
            needs: chosen.map { candidate in passing.count { candidate.touches($0.matches, of: $0.kept) } },
            wanted: ended.count,
            stillEnded: ended.count - passing.count,
            others: count,
            alsoPassing: alsoPassing
        )
    }

    private typealias Ended = (kept: KeptTransaction, matches: [KeptTransaction.Match])

    private func ended(_ wanted: [KeptTransaction], _ progress: @escaping @Sendable (Double) -> Bool) -> [Ended] {
        let total = Double(wanted.count)
        let outcomes = ParallelWork.map(
            wanted,
            start: { [rules] in ReplayWorker(rules) },
            goesOn: { progress(0.3 * Double($0) / total) },
            each: { [rules, exceptions] worker, kept in
                worker.run(kept, without: exceptions?.exclusions(for: kept, of: rules) ?? [])
            }
        )
        return zip(wanted, outcomes).compactMap { kept, outcome in
            guard let outcome, outcome.endedBy != nil else { return nil }
            return (kept, outcome.matches)
        }
    }

    /// The others that the exceptions can touch, and those of them that they would let pass; nil where it was told to end.
    private func opened(
        by chosen: [Candidate],
        _ others: [KeptTransaction],
        _ progress: @escaping @Sendable (Double) -> Bool
    ) -> (count: Int, passing: [KeptTransaction])? {
        // What was kept says which rules matched: where none of these did, their absence changes nothing.
        let touched = Array(
            others.filter { kept in chosen.contains { $0.touches(kept.matches, of: kept) } }
                .prefix(Self.mostTransactions)
        )
        guard progress(0.7) else { return nil }
        let before = stillEnded(touched, [])
        let ended = zip(touched, before).filter { $0.1 == true }.map(\.0)
        guard progress(0.85) else { return nil }
        let after = stillEnded(ended, chosen)
        guard progress(1) else { return nil }
        return (ended.count, zip(ended, after).filter { $0.1 == false }.map(\.0))
    }

    /// Whether transactions would be ended with exceptions.
    private func stillEnded(_ all: [KeptTransaction], _ candidates: [Candidate]) -> [Bool?] {
        ParallelWork.map(
            all,
            start: { [rules] in ReplayWorker(rules) },
            each: { [rules, exceptions] worker, kept in
                let known = exceptions?.exclusions(for: kept, of: rules) ?? []
                let more = candidates.filter { kept.isAt($0.draft.place) }.map(\.exclusion)
                return worker.endedBy(kept, without: known + more) != nil
            }
        )
    }

    // MARK: Candidates

    private struct Candidate: Sendable {
        let draft: Draft
        let match: KeptTransaction.Match
        let exclusion: RuleExclusion

        func touches(_ matches: [KeptTransaction.Match], of kept: KeptTransaction) -> Bool {
            matches.contains { $0.rule == match.rule && draft.target?.covers($0.target) ?? true }
                && kept.isAt(draft.place)
        }
    }

    /// An exception for each rule and target that matched, on each route, the most frequent first. Rules that only add up
    /// what others found have no target of the request, and are left alone: without them nothing would be ended at all.
    private func candidates(_ ended: [Ended], at place: Scope.Place) -> [Candidate] {
        struct Key: Hashable {
            var match: KeptTransaction.Match
            var place: Scope.Place
        }
        var places: [KeptTransaction.Match: Set<Scope.Place>] = [:]
        var counts: [Key: Int] = [:]
        for (kept, matches) in ended {
            let own = kept.narrowestPlace(in: place)
            for match in Set(matches) where match.isOfRequest {
                places[match, default: []].insert(own)
                counts[Key(match: match, place: own), default: 0] += 1
            }
        }
        var merged: [Key: Int] = [:]
        for (key, count) in counts {
            let isMany = (places[key.match]?.count ?? 0) > Self.mostRoutes
            merged[Key(match: key.match, place: isMany ? place : key.place), default: 0] += count
        }
        let sorted = merged.sorted {
            ($1.value, $0.key.match.rule, $0.key.match.target, $0.key.place.description) < (
                $0.value, $1.key.match.rule, $1.key.match.target, $1.key.place.description
            )
        }
        return sorted.prefix(Self.mostCandidates).compactMap { candidate($0.key.match, at: $0.key.place) }
    }

    private func candidate(_ match: KeptTransaction.Match, at place: Scope.Place) -> Candidate? {
        // What rules keep in TX is made from the request on their way, and is no part that could be left out of it.
        let isOwn = match.target.hasPrefix("TX:")
        var target: TargetSelector?
        if !isOwn { target = try? TargetSelector(parsing: match.target) }
        guard isOwn || target != nil,
            let exclusion = try? rules.exclusion(of: .identifiers(match.rule...match.rule), target: target?.description)
        else { return nil }
        let draft = Draft(rules: .rule(RuleID(match.rule)), target: target, place: place)
        return Candidate(draft: draft, match: match, exclusion: exclusion)
    }
}

extension KeptTransaction {
    /// The transaction's route, where that can be said and is narrower than a place.
    func narrowestPlace(in place: Scope.Place) -> Scope.Place {
        if case .route = place { return place }
        guard let pattern = try? RoutePattern(parsing: route) else { return place }
        let own = Scope.Place.route(application: application, pattern)
        return isAt(own) ? own : place
    }
}
