// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
internal import Policy
internal import SecLang
internal import Storage

/// Replays what was kept on rules as they would be, and tells what would change.
///
/// A transaction that meets none of the rules that differ is decided as it was, see ``RuleSetDifference``. Of the others it is
/// known what was decided when they were kept, so each is evaluated once, on the changed rules. Only where these decide
/// otherwise, the rules of today are asked too: what they decide otherwise as well is not the change's doing.
package struct RuleComparison: Sendable {
    private let kept: KeptTransactions
    private let today: ExclusionSearch.Rules
    private let changed: ExclusionSearch.Rules
    private let exceptions: ReplayExceptions?
    /// nil where all transactions are evaluated.
    private let differences: RuleSetDifferences?

    /// Transactions of one rule or route.
    package struct Part: Sendable, Hashable {
        package var name: String
        /// Those that would be stopped and are not today.
        package var more = 0
        /// Those that are stopped today and would not be.
        package var fewer = 0
    }

    /// What was found.
    package struct Finding: Sendable {
        /// The transactions of the scope that were replayed.
        package var replayed = 0
        /// Those among them that meet none of the rules that differ, and so are decided as they were.
        package var untouched = 0
        package var stoppedToday = 0
        package var stoppedThen = 0
        /// Those that the rules of today decide otherwise than when they were kept, whatever the change; not looked for among
        /// those that the change cannot touch.
        package var drifted = 0
        package var more: [KeptTransaction] = []
        package var fewer: [KeptTransaction] = []
        package var moreCount = 0
        package var fewerCount = 0
        package var byRule: [Part] = []
        package var byRoute: [Part] = []
        /// Those of applications that have no rules.
        package var withoutRules = 0
        package var damaged = 0
    }

    /// - Parameters:
    ///   - today: the rules in force.
    ///   - changed: the rules as they would be.
    ///   - evaluatesAll: whether also those are evaluated that the change cannot touch.
    package init(
        _ kept: KeptTransactions,
        today: @escaping ExclusionSearch.Rules,
        changed: @escaping ExclusionSearch.Rules,
        exceptions: ReplayExceptions? = nil,
        evaluatesAll: Bool = false
    ) {
        self.kept = kept
        differences = evaluatesAll ? nil : RuleSetDifferences()
        self.today = today
        self.changed = changed
        self.exceptions = exceptions
    }

    private static let mostExamples = 20
    /// Rules and routes that are told apart.
    private static let mostParts = 10_000

    /// - Parameter progress: is told what share is done; returns false to end.
    /// - Returns: nil where it was told to end.
    package func run(
        _ scope: Scope,
        in times: ClosedRange<Int64>,
        progress: @escaping @Sendable (Double) -> Bool
    ) throws -> Finding? {
        let place = scope.place
        let (parts, walk) = try kept.walk(
            in: times,
            start: { [today, changed, exceptions, differences] in
                Worker(today: today, changed: changed, exceptions: exceptions, differences: differences)
            },
            progress: progress,
            each: { worker, kept in
                if kept.isAt(place) { worker.compare(kept) }
            },
            finish: { $0.sum }
        )
        guard !walk.isCut else { return nil }
        var finding = Finding()
        var rules: [String: Part] = [:]
        var routes: [String: Part] = [:]
        for part in parts { part.add(to: &finding, &rules, &routes) }
        finding.damaged = walk.damaged
        finding.more.sort(by: KeptTransaction.isNewer)
        finding.fewer.sort(by: KeptTransaction.isNewer)
        finding.byRule = Self.sorted(rules)
        finding.byRoute = Self.sorted(routes)
        return finding
    }

    private static func sorted(_ parts: [String: Part]) -> [Part] {
        Array(
            parts.values.sorted { ($1.more + $1.fewer, $0.name) < ($0.more + $0.fewer, $1.name) }.prefix(50)
        )
    }

    /// What one thread has found.
    private struct Sum: Sendable {
        var finding = Finding()
        var rules: [String: Part] = [:]
        var routes: [String: Part] = [:]

        mutating func note(_ kept: KeptTransaction, rule: Int?, isMore: Bool) {
            Self.note(rule.map { "\($0)" } ?? "none", isMore, &rules)
            Self.note(kept.route, isMore, &routes)
            if isMore {
                finding.moreCount += 1
                if finding.more.count < RuleComparison.mostExamples { finding.more.append(kept) }
            } else {
                finding.fewerCount += 1
                if finding.fewer.count < RuleComparison.mostExamples { finding.fewer.append(kept) }
            }
        }

        private static func note(_ name: String, _ isMore: Bool, _ parts: inout [String: Part]) {
            // Whoever makes up routes cannot fill the memory.
            let name = parts[name] != nil || parts.count < RuleComparison.mostParts ? name : "others"
            var part = parts[name] ?? Part(name: name)
            if isMore { part.more += 1 } else { part.fewer += 1 }
            parts[name] = part
        }

        func add(to all: inout Finding, _ rules: inout [String: Part], _ routes: inout [String: Part]) {
            all.replayed += finding.replayed
            all.untouched += finding.untouched
            all.stoppedToday += finding.stoppedToday
            all.stoppedThen += finding.stoppedThen
            all.drifted += finding.drifted
            all.withoutRules += finding.withoutRules
            all.moreCount += finding.moreCount
            all.fewerCount += finding.fewerCount
            all.more = Array((all.more + finding.more).prefix(RuleComparison.mostExamples))
            all.fewer = Array((all.fewer + finding.fewer).prefix(RuleComparison.mostExamples))
            for (mine, target) in [(self.rules, 0), (self.routes, 1)] {
                for part in mine.values {
                    var sum = (target == 0 ? rules[part.name] : routes[part.name]) ?? Part(name: part.name)
                    sum.more += part.more
                    sum.fewer += part.fewer
                    if target == 0 { rules[part.name] = sum } else { routes[part.name] = sum }
                }
            }
        }
    }

    /// One thread, with the rules that it has used.
    private struct Worker {
        let today: ExclusionSearch.Rules
        let changed: ExclusionSearch.Rules
        let exceptions: ReplayExceptions?
        let differences: RuleSetDifferences?
        var sum = Sum()
        private var workers: [Key: ReplayWorker?] = [:]
        private var probes: [String?: ChangeProbe?] = [:]

        private struct Key: Hashable {
            var application: String?
            var isChanged: Bool
        }

        init(
            today: @escaping ExclusionSearch.Rules,
            changed: @escaping ExclusionSearch.Rules,
            exceptions: ReplayExceptions?,
            differences: RuleSetDifferences?
        ) {
            self.today = today
            self.changed = changed
            self.exceptions = exceptions
            self.differences = differences
        }

        mutating func compare(_ kept: KeptTransaction) {
            if let probe = probe(kept.application), !probe.touches(kept, without: { exclusions(kept, $0) }) {
                sum.finding.replayed += 1
                sum.finding.untouched += 1
                guard kept.decidedBy != nil else { return }
                sum.finding.stoppedToday += 1
                sum.finding.stoppedThen += 1
                return
            }
            guard let then = evaluate(kept, isChanged: true) else {
                sum.finding.withoutRules += 1
                return
            }
            sum.finding.replayed += 1
            var wasStopped = kept.decidedBy != nil
            if wasStopped != then {
                let now = evaluate(kept, isChanged: false)
                if let now, now != wasStopped {
                    sum.finding.drifted += 1
                    wasStopped = now
                }
            }
            if wasStopped { sum.finding.stoppedToday += 1 }
            if then { sum.finding.stoppedThen += 1 }
            if wasStopped != then { sum.note(kept, rule: telling(kept, isChanged: then), isMore: then) }
        }

        private mutating func probe(_ application: String?) -> ChangeProbe? {
            if let known = probes[application] { return known }
            var made: ChangeProbe?
            if let differences, let today = today(application), let changed = changed(application) {
                made = differences.difference(today, changed).map { ChangeProbe($0) }
            }
            probes[application] = .some(made)
            return made
        }

        private mutating func worker(_ kept: KeptTransaction, isChanged: Bool) -> ReplayWorker? {
            let key = Key(application: kept.application, isChanged: isChanged)
            if let known = workers[key] { return known }
            let made = (isChanged ? changed : today)(kept.application).map { ReplayWorker($0) }
            workers[key] = .some(made)
            return made
        }

        /// Whether a transaction would be stopped; nil without rules.
        private mutating func evaluate(_ kept: KeptTransaction, isChanged: Bool) -> Bool? {
            guard let worker = worker(kept, isChanged: isChanged) else { return nil }
            return worker.endedBy(kept, without: exclusions(kept, worker)) != nil
        }

        private mutating func telling(_ kept: KeptTransaction, isChanged: Bool) -> Int? {
            guard let worker = worker(kept, isChanged: isChanged) else { return kept.decidedBy }
            return worker.run(kept, without: exclusions(kept, worker)).telling ?? kept.decidedBy
        }

        private func exclusions(_ kept: KeptTransaction, _ worker: ReplayWorker) -> [RuleExclusion] {
            exceptions?.exclusions(for: kept, of: worker.rules) ?? []
        }
    }
}
