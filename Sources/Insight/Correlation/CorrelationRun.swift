// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import VulnerabilityManagement

/// One run of an ``AttackCorrelator``.
struct CorrelationRun {
    private let store: VulnerabilityStore
    private let feed: DetectionFeed
    private let facts: (any VulnerabilityFactsSource)?
    private let memory: TieMemory
    private let now: Int
    private let isCancelled: () -> Bool
    private var mark: AttackMark
    private(set) var outcome = AttackCorrelator.Outcome()
    /// Findings that wait to be assessed, with the newest day of which something was counted.
    private var counted: [Int64: Int] = [:]

    private static let rowsAtOnce = 1000
    private static let day = 86_400

    init(
        _ store: VulnerabilityStore,
        _ feed: DetectionFeed,
        _ facts: (any VulnerabilityFactsSource)?,
        _ memory: TieMemory,
        _ mark: AttackMark,
        now: Int,
        isCancelled: @escaping () -> Bool
    ) {
        self.store = store
        self.feed = feed
        self.facts = facts
        self.memory = memory
        self.mark = mark
        self.now = now
        self.isCancelled = isCancelled
    }

    mutating func run() throws {
        let newest = try feed.newest()
        if newest < mark.pending {
            // Rows are gone, as after a copy was put back: their numbers will be given to others.
            mark.pending = newest
            mark.settled = min(mark.settled, newest)
            try store.keep(mark, newest: newest)
        }
        // Looked up before the findings are read: one that comes in between is tied the next time.
        let newestFinding = try store.newestFinding()
        if mark.findings < newestFinding {
            guard try tieAnew() else { return }
            try store.noteTied(upTo: newestFinding, since: mark)
        }
        guard try follow(after: mark.settled, since: now - AttackCorrelator.window * Self.day) else { return }
        if now - mark.pendingSince >= AttackCorrelator.growth {
            mark.settled = mark.pending
            mark.pending = newest
            mark.pendingSince = now
        }
        try store.keep(mark)
        take(try store.assessAttacked(now: now, facts: facts, isCancelled: isCancelled))
        outcome.isCut = isCancelled()
    }

    /// - Returns: whether it was stopped.
    private mutating func isStopped() -> Bool {
        outcome.isCut = outcome.isCut || isCancelled()
        return outcome.isCut
    }

    private mutating func take(_ recording: AttackRecording) {
        outcome.attacks += recording.attacks
        outcome.changes += recording.findings
        outcome.note = outcome.note ?? recording.note
    }

    // MARK: The past

    /// Which findings are tied to the past.
    private struct Past {
        /// Those after it.
        var finding: Int64
        /// What was counted from this day on is forgotten, as all its detections are still there.
        var day: Int
        /// The day before, whose detections are there in part only; nil where there is none.
        var cutDay: Int?
        /// Those whose counts were forgotten already.
        var forgotten: Set<Int64> = []
        /// Those for which something of the day that is there in part was counted before, which is more than could be now.
        var countedOnCutDay: Set<Int64> = []
    }

    /// Ties findings to the detections of the last 30 days, as far as these are kept.
    ///
    /// Findings are assessed at the end, so that their history does not tell of counts that are half done.
    ///
    /// - Returns: false where it was stopped; then all of it is done again.
    private mutating func tieAnew() throws -> Bool {
        let parts = try TieParts(store)
        outcome.findingsRead += parts.targets.count
        let targets = parts.targets.filter { $0.id > mark.findings }
        outcome.tied += targets.count
        if let kept = try feed.kept() {
            var past = past(kept)
            try forget(targets.map(\.id), &past)
            let first = (past.cutDay ?? past.day) * Self.day
            // Without targets those may still be tied whose vulnerability a rule names.
            guard try follow(after: 0, since: first, in: parts.index(of: targets), past) else { return false }
        }
        let isAnew = mark.findings < 0
        take(try store.assess(counted, now: now, facts: facts, isAnew: isAnew))
        counted = [:]
        take(try store.forgetRemovedRoutes(now: now, facts: facts))
        if isAnew {
            take(try store.assessAttacked(now: now, facts: facts, isAnew: true, isCancelled: isCancelled))
        }
        return !isStopped()
    }

    private func past(_ kept: DetectionFeed.Kept) -> Past {
        let first = now / Self.day - AttackCorrelator.window
        let oldest = kept.since / Self.day
        guard kept.isCut, oldest >= first else { return Past(finding: mark.findings, day: first) }
        return Past(finding: mark.findings, day: oldest + 1, cutDay: oldest)
    }

    private mutating func forget(_ findings: [Int64], _ past: inout Past) throws {
        let new = findings.filter { !past.forgotten.contains($0) }
        guard !new.isEmpty else { return }
        try store.forgetAttacks(on: new, from: mark.source, since: past.day)
        past.forgotten.formUnion(new)
        guard let day = past.cutDay else { return }
        let counted = try store.attacked(among: new, from: mark.source, on: day)
        past.countedOnCutDay.formUnion(counted)
        // Where a run before was killed they may not have been assessed.
        for finding in counted { self.counted[finding] = max(self.counted[finding] ?? day, day) }
    }

    // MARK: Detections

    /// Counts the detections from a row on.
    ///
    /// - Parameters:
    ///   - index: nil for that of all findings.
    ///   - past: where only some findings are tied.
    /// - Returns: false where it was stopped.
    private mutating func follow(
        after number: Int64,
        since: Int,
        in index: TieIndex? = nil,
        _ past: Past? = nil
    ) throws -> Bool {
        var number = number
        var past = past
        var index = index
        var published: [String: [AttackTarget]] = [:]
        while !isStopped() {
            let rows = try feed.read(number, since, Self.rowsAtOnce)
            guard let last = rows.last else { return true }
            number = last.number
            outcome.detections += rows.count
            let ties = try index ?? memory.index(of: store, &outcome.findingsRead)
            index = ties
            var attacks: [ObservedAttack] = []
            for row in rows {
                let found = try ties.ties(of: row) + named(in: row, ties, &past, &published)
                for tie in found where !Self.isCounted(tie, row, past) { attacks.append(Self.attack(row, tie)) }
            }
            let recording = try store.record(
                attacks,
                from: mark.source,
                isAssessed: past == nil,
                now: now,
                facts: facts
            )
            take(recording)
            if past != nil { counted.merge(recording.days) { max($0, $1) } }
            if rows.count < Self.rowsAtOnce { return true }
        }
        return false
    }

    private static func isCounted(_ tie: TieIndex.Tie, _ row: SeenDetection, _ past: Past?) -> Bool {
        guard let past, let day = past.cutDay, row.time / Self.day == day else { return false }
        return past.countedOnCutDay.contains(tie.finding)
    }

    /// Findings whose vulnerability a rule names.
    private mutating func named(
        in row: SeenDetection,
        _ index: TieIndex,
        _ past: inout Past?,
        _ published: inout [String: [AttackTarget]]
    ) throws -> [TieIndex.Tie] {
        guard row.isAttack else { return [] }
        let names = NamedVulnerability.names(in: row.text)
        guard !names.isEmpty else { return [] }
        var ties: [TieIndex.Tie] = []
        let host = FindingAddress.host(row.host, url: nil)
        for name in names {
            let targets = try published[name] ?? load(name, &past)
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

    private mutating func load(_ vulnerability: String, _ past: inout Past?) throws -> [AttackTarget] {
        let targets = try store.attackTargets(vulnerability: vulnerability)
        guard var known = past else { return targets }
        let new = targets.filter { $0.id > known.finding }
        try forget(new.map(\.id), &known)
        past = known
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
            basis: tie.basis,
            route: tie.route
        )
    }
}
