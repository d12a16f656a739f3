// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import VulnerabilityManagement

/// Ties what the web firewall detects to open findings, and assesses these by it.
///
/// It reads detections in the order of their arrival, each at least once. A row that is read again counts for as much as it
/// has grown; what was counted is remembered for at least ``growth`` after the row was seen first, which is longer than a
/// row grows. Findings that are new, and all where routes changed, are tied to the detections of the last 30 days first.
///
/// ```swift
/// let correlator = AttackCorrelator(store, feed)
/// let outcome = try correlator.run(now: now)
/// ```
package struct AttackCorrelator: Sendable {
    /// What a run did.
    package struct Outcome: Sendable, Hashable {
        /// Rows of detections that were looked at.
        package var detections = 0
        /// Attacks that were counted, once for each finding.
        package var attacks = 0
        /// Changes of findings.
        package var changes = 0
        /// Findings that were tied to the detections of the last 30 days.
        package var tied = 0
        /// Why feeds could not be asked.
        package var note: String?
    }

    /// How long a tie counts, in days.
    package static let window = 30
    /// For how long a row may grow after it was read first, in seconds.
    package static let growth = 600
    private static let rowsAtOnce = 1000
    private static let day = 86_400

    private let store: VulnerabilityStore
    private let feed: DetectionFeed
    private let facts: (any VulnerabilityFactsSource)?

    /// - Parameter facts: what feeds know of vulnerabilities, for assessments.
    package init(
        _ store: VulnerabilityStore,
        _ feed: DetectionFeed,
        facts: (any VulnerabilityFactsSource)? = nil
    ) {
        self.store = store
        self.feed = feed
        self.facts = facts
    }

    /// Takes in what was detected since the last run, ties new findings to the past, and lets the urgency of findings go on
    /// which attacks have ceased. One process runs it at a time.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: what the feed or the store throws; the next run goes on where this one ended.
    package func run(now: Int) throws -> Outcome {
        var outcome = Outcome()
        var mark = try store.attackMark()
        let newest = try feed.newest()
        // Numbers begin anew where the detections are gone.
        let isNew = newest < mark.pending
        if isNew {
            (mark.settled, mark.pending, mark.pendingSince) = (0, 0, 0)
            try store.keep(mark, isNew: true)
        }
        let parts = try Parts(store)
        let newestFinding = try store.newestFinding()
        if mark.findings < newestFinding {
            try store.keep(mark)
            try correlate(parts, after: mark.findings, now: now, &outcome)
            try store.noteTied(upTo: newestFinding, since: mark)
        }
        try follow(parts.index, after: mark.settled, since: now - Self.window * Self.day, now, &outcome)
        if now - mark.pendingSince >= Self.growth {
            mark.settled = mark.pending
            mark.pending = newest
            mark.pendingSince = now
        }
        try store.keep(mark)
        let ceased = try store.assessAttacked(now: now, facts: facts)
        outcome.changes += ceased.findings
        outcome.note = outcome.note ?? ceased.note
        return outcome
    }

    /// What detections are tied by.
    private struct Parts {
        let targets: [AttackTarget]
        let routes: [AttackRoute]
        let applications: [AttackApplication]
        let patches: [VirtualPatch]
        let index: TieIndex

        init(_ store: VulnerabilityStore) throws {
            routes = try store.attackRoutes()
            applications = try store.attackApplications()
            patches = try store.virtualPatches().filter { $0.state.isLoaded }
            targets = try store.attackTargets(routedIn: Set(routes.map(\.project)).sorted())
            index = TieIndex(targets: targets, routes: routes, applications: applications, patches: patches)
        }

        /// The index of a part of the targets, with their patches.
        func index(of targets: [AttackTarget]) -> TieIndex {
            let known = Set(targets.map(\.id))
            let patches = patches.filter { known.contains($0.finding) }
            return TieIndex(targets: targets, routes: routes, applications: applications, patches: patches)
        }
    }

    /// Ties findings to the detections of the last 30 days, whatever was counted of them before.
    private func correlate(_ parts: Parts, after finding: Int64, now: Int, _ outcome: inout Outcome) throws {
        let targets = parts.targets.filter { $0.id > finding }
        let first = now / Self.day - Self.window
        let anew = Anew(finding: finding, day: first, known: Set(targets.map(\.id)))
        try store.forgetAttacks(on: targets.map(\.id), since: first)
        outcome.tied += targets.count
        // Without targets those may still be tied whose vulnerability a rule names.
        try follow(parts.index(of: targets), after: 0, since: first * Self.day, now, anew: anew, &outcome)
    }

    /// Which findings are tied anew.
    private struct Anew {
        /// Those after it.
        var finding: Int64
        /// From this day on.
        var day: Int
        /// Those whose counts were forgotten already.
        var known: Set<Int64>
    }

    /// Counts the detections from a row on.
    ///
    /// - Parameter anew: where only some findings are tied.
    private func follow(
        _ index: TieIndex,
        after number: Int64,
        since: Int,
        _ now: Int,
        anew: Anew? = nil,
        _ outcome: inout Outcome
    ) throws {
        var number = number
        var published: [String: [AttackTarget]] = [:]
        while true {
            let rows = try feed.read(number, since, Self.rowsAtOnce)
            guard let last = rows.last else { return }
            number = last.number
            outcome.detections += rows.count
            var attacks: [ObservedAttack] = []
            for row in rows {
                for tie in index.ties(of: row) { attacks.append(Self.attack(row, tie)) }
                for tie in try named(in: row, index, anew, &published) {
                    attacks.append(Self.attack(row, tie))
                }
            }
            let recording = try store.record(attacks, now: now, facts: facts)
            outcome.attacks += recording.attacks
            outcome.changes += recording.findings
            outcome.note = outcome.note ?? recording.note
            if rows.count < Self.rowsAtOnce { return }
        }
    }

    /// Findings whose vulnerability a rule names.
    private func named(
        in row: SeenDetection,
        _ index: TieIndex,
        _ anew: Anew?,
        _ published: inout [String: [AttackTarget]]
    ) throws -> [TieIndex.Tie] {
        guard row.isAttack else { return [] }
        let names = NamedVulnerability.names(in: row.text)
        guard !names.isEmpty else { return [] }
        var ties: [TieIndex.Tie] = []
        let host = FindingAddress.host(row.host, url: nil)
        for name in names {
            let targets = try published[name] ?? load(name, anew)
            published[name] = targets
            let rule = row.rules().first { NamedVulnerability.names(in: $0.message).contains(name) }?.rule
            guard let rule else { continue }
            for target in targets.prefix(TieIndex.mostTies)
            where index.admits(row, host, target.project, own: nil) {
                ties.append(TieIndex.Tie(finding: target.id, rule: rule, basis: .vulnerability))
            }
        }
        return ties
    }

    private func load(_ vulnerability: String, _ anew: Anew?) throws -> [AttackTarget] {
        let targets = try store.attackTargets(vulnerability: vulnerability)
        guard let anew else { return targets }
        let new = targets.filter { $0.id > anew.finding }
        try store.forgetAttacks(on: new.map(\.id).filter { !anew.known.contains($0) }, since: anew.day)
        return new
    }

    private static func attack(_ row: SeenDetection, _ tie: TieIndex.Tie) -> ObservedAttack {
        ObservedAttack(
            finding: tie.finding,
            detection: row.number,
            // Of a flood only the first is known to be on this route.
            count: row.isFlood ? 1 : row.count,
            rule: tie.rule,
            time: row.time,
            lastTime: row.isFlood ? row.time : row.lastTime,
            isBlocked: row.isStopped,
            mayHaveWorked: row.mayHaveWorked,
            client: row.client,
            sample: row.identifier,
            basis: tie.basis
        )
    }
}
