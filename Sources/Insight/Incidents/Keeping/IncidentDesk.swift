// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

/// Puts detections into incidents: those of one client and technique without an hour of quiet between them, for a day at
/// most.
struct IncidentDesk {
    struct Settings: Sendable {
        /// Nanoseconds without a detection that end a group.
        var quiet: Int64
        /// The longest that a group goes on, in nanoseconds.
        var longest: Int64
        /// Detections below it join an incident and open none, unless something was or would have been stopped.
        var leastSeverity: Severity
        var budgetPerDay: Int
        var mostGroups: Int
    }

    /// Detections that belong together.
    private struct Group {
        var incident: Int64
        var firstTime: Int64
        var lastTime: Int64
        /// What it would be as an incident of its own; only where it is in a summary.
        var own: IncidentTally?
    }

    private let settings: Settings
    private var groups: [IncidentGroupKey: Group] = [:]
    private var tallies: [Int64: IncidentTally] = [:]
    private var budget: AlertBudget
    private var summary: (day: Int64, id: Int64)?
    private var nextID: Int64 = 1
    private(set) var opened = 0
    private(set) var summarised = 0
    private(set) var forgotten = 0

    private static let day: Int64 = 86_400

    init(_ settings: Settings) {
        self.settings = settings
        budget = AlertBudget(perDay: settings.budgetPerDay)
    }

    var hasWork: Bool { tallies.contains { $0.value.isDirty } }
    var hasNew: Bool { tallies.contains { !$0.value.isStored } }

    // MARK: Detections

    /// The incident that a detection belongs to; opened where there is none.
    ///
    /// - Parameter now: nanoseconds since 1970; the day whose budget counts.
    mutating func incident(for row: DetectionRow, _ key: IncidentGroupKey, now: Int64) -> Int64? {
        var former: Int64?
        if let group = groups[key], let tally = tallies[group.incident] {
            let isOver = row.time - group.lastTime > settings.quiet || row.time - group.firstTime > settings.longest
            let isReopened = tally.state == .resolved
            if !isOver, !isReopened { return group.incident }
            if !tally.isSummary { former = group.incident }
        }
        guard row.severity >= settings.leastSeverity || row.outcome.isStopped || row.outcome == .wouldStop else {
            return nil
        }
        if groups.count >= settings.mostGroups { forget(now: row.time) }
        let id = open(row, key, former, now: now)
        var group = Group(incident: id, firstTime: row.time, lastTime: row.time)
        if tallies[id]?.isSummary == true {
            group.own = IncidentTally(id: 0, opened: now, row, key, isSummary: false, former: former)
        }
        groups[key] = group
        return id
    }

    /// Counts exchanges of a row.
    ///
    /// - Returns: the incident that they belong to from now on.
    mutating func count(_ row: DetectionRow, _ key: IncidentGroupKey, _ occurrences: Occurrences, now: Int64) -> Int64?
    {
        guard let id = row.incident else { return nil }
        tallies[id]?.add(row, occurrences)
        guard let place = groups.index(forKey: key), groups.values[place].incident == id else { return id }
        groups.values[place].lastTime = max(groups.values[place].lastTime, occurrences.lastTime)
        groups.values[place].own?.add(row, occurrences)
        guard let own = groups.values[place].own, own.severity == .critical, budget.take(.critical, day: Self.day(now))
        else { return id }
        // It turned out worse than what a summary may hold.
        let promoted = insert(row, key, own.former, isSummary: false, now: now)
        tallies[promoted]?.add(row, occurrences)
        groups.values[place].incident = promoted
        groups.values[place].own = nil
        return promoted
    }

    private mutating func open(_ row: DetectionRow, _ key: IncidentGroupKey, _ former: Int64?, now: Int64) -> Int64 {
        let day = Self.day(now)
        if budget.take(row.severity, day: day) {
            return insert(row, key, former, isSummary: false, now: now)
        }
        summarised += 1
        // One that people closed is not opened again behind their backs.
        if let summary, summary.day == day, tallies[summary.id]?.state.isOpen == true {
            tallies[summary.id]?.groups += 1
            tallies[summary.id]?.isDirty = true
            return summary.id
        }
        let id = insert(row, key, nil, isSummary: true, now: now)
        summary = (day, id)
        return id
    }

    private mutating func insert(
        _ row: DetectionRow,
        _ key: IncidentGroupKey,
        _ former: Int64?,
        isSummary: Bool,
        now: Int64
    ) -> Int64 {
        let id = nextID
        nextID += 1
        opened += 1
        tallies[id] = IncidentTally(id: id, opened: now, row, key, isSummary: isSummary, former: former)
        return id
    }

    private static func day(_ nanoseconds: Int64) -> Int64 { RollUpLevel.day.start(of: nanoseconds) / day }

    // MARK: People

    /// Notes what people made of incidents.
    mutating func note(_ changes: [Int64: Incident.State]) {
        for (id, state) in changes { tallies[id]?.state = state }
    }

    // MARK: Memory

    /// Lets go of groups that are quiet; where there are too many, of those that have been so for longest.
    mutating func forget(now: Int64) {
        groups = groups.filter { now - $0.value.lastTime <= settings.quiet }
        if groups.count >= settings.mostGroups {
            let times = groups.values.map(\.lastTime).sorted()
            let oldest = times[times.count / 4]
            let before = groups.count
            groups = groups.filter { $0.value.lastTime > oldest }
            forgotten += before - groups.count
        }
        let used = Set(groups.values.map(\.incident))
        tallies = tallies.filter { $0.value.isDirty || used.contains($0.key) || $0.key == summary?.id }
    }

    // MARK: The disk

    /// Goes on where an earlier process ended.
    mutating func load(_ database: Database, now: Int64) throws(StorageError) {
        let day = Self.day(now)
        let settings = settings
        let (last, incidents, opened, summaries) = try database.readNow { connection throws(StorageError) in
            let last = try connection.first(InsightSQL.lastIncident) { row throws(StorageError) in
                try row.integerOrNull(0)
            }
            let range = DetectionScan.range(now - settings.quiet, nil, nil)
            let scan = ListScan(sql: InsightSQL.incidentsByTime, values: range, limit: InsightStore.largestPage)
            let recent = try scan.page(connection) { row throws(StorageError) in
                let incident = try Incident(row)
                return (Optional(incident), incident.place)
            }
            let bounds: [Value] = [
                .integer(day * Self.day * 1_000_000_000), .integer((day + 1) * Self.day * 1_000_000_000),
            ]
            var opened = 0
            var summaries: [Incident] = []
            try connection.forEach(InsightSQL.incidentsOpened, bounds) { row throws(StorageError) in
                let isSummary = try row.int(1) != 0
                if !isSummary { opened += 1 }
                guard isSummary, let summary = try InsightStore.incident(try row.integer(0), connection) else {
                    return true
                }
                summaries.append(summary)
                return true
            }
            return (last ?? nil, recent.elements, opened, summaries)
        }
        nextID = (last ?? 0) + 1
        budget.begin(day: day, opened: opened)
        for incident in incidents.reversed() where !incident.isSummary {
            tallies[incident.id] = IncidentTally(incident)
            let key = IncidentGroupKey(
                client: incident.client?.description ?? "",
                theme: incident.technique ?? incident.kind
            )
            groups[key] = Group(
                incident: incident.id,
                firstTime: incident.firstTime,
                lastTime: incident.lastTime
            )
        }
        for incident in summaries {
            tallies[incident.id] = IncidentTally(incident)
            summary = (day, incident.id)
        }
    }

    /// - Parameter all: false to write only incidents that are new.
    func write(_ connection: Connection, all: Bool) throws(StorageError) {
        for tally in tallies.values.sorted(by: { $0.id < $1.id }) where tally.isDirty {
            if !tally.isStored {
                try tally.insert(connection)
            } else if all {
                try tally.update(connection)
            }
        }
    }

    /// What was written is on disk.
    ///
    /// - Returns: the incidents that were written.
    mutating func confirm(all: Bool) -> [Int64] {
        var written: [Int64] = []
        for (id, tally) in tallies where tally.isDirty && (all || !tally.isStored) {
            written.append(id)
            tallies[id]?.isStored = true
            tallies[id]?.isDirty = false
        }
        return written
    }
}

extension IncidentTally {
    fileprivate func insert(_ connection: Connection) throws(StorageError) {
        var former = former
        if former == nil, !isSummary, !clientText.isEmpty {
            former = try connection.first(
                InsightSQL.formerIncident,
                [.text(clientText), .text(kind), .text(orNull: technique)]
            ) { row throws(StorageError) in try row.integer(0) }
        }
        try connection.execute(
            InsightSQL.insertIncident,
            [
                .integer(id), .integer(opened), .integer(firstTime), .integer(lastTime), .integer(severity.level),
                .text(orNull: client?.description), .text(orNull: technique), .text(kind), .text(title),
                .integer(orNull: former), .integer(isSummary ? 1 : 0), .integer(requests), .integer(stopped),
                .integer(wouldStop), .integer(passed), .integer(groups), .text(Incident.Share.text(rules.list)),
                .text(Incident.Share.text(kinds.list)), .text(Incident.Share.text(applications.list)),
            ]
        )
        let before = former.map { "incident \($0)" }
        try connection.execute(
            InsightSQL.insertAct,
            [
                .integer(id), .integer(opened), .text("redoubt"), .text(IncidentAct.Kind.opened.rawValue),
                .text(orNull: before), .text(title),
            ]
        )
    }

    fileprivate func update(_ connection: Connection) throws(StorageError) {
        try connection.execute(
            InsightSQL.growIncident,
            [
                .integer(firstTime), .integer(lastTime), .integer(severity.level), .text(title), .integer(requests),
                .integer(stopped), .integer(wouldStop), .integer(passed), .integer(groups),
                .text(Incident.Share.text(rules.list)), .text(Incident.Share.text(kinds.list)),
                .text(Incident.Share.text(applications.list)), .integer(id),
            ]
        )
    }
}
