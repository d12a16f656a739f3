// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

/// Ranks what roll-ups and cells hold of a stretch of time.
struct TopRanking: Sendable {
    private let dimension: TopDimension
    private let application: String?
    private let limit: Int
    private let level: RollUpLevel
    /// In seconds since 1970.
    private let start: Int64
    private let end: Int64

    /// More steps would cost more than a page may.
    private static let mostSteps: Int64 = 62

    init(
        _ dimension: TopDimension,
        _ since: Int64,
        _ until: Int64,
        _ application: String?,
        limit: Int
    ) {
        self.dimension = dimension
        self.application = application
        self.limit = limit
        let until = max(since, until)
        let finest = RollUpLevel.finest(from: since, until: until, steps: Self.mostSteps)
        switch dimension {
        case .clients, .routes: level = finest == .minute ? .hour : finest
        case .rules, .applications: level = finest
        }
        start = level.start(of: since)
        end = level.start(of: until) + level.seconds
    }

    func run(_ connection: Connection) throws(StorageError) -> TopList {
        var tally = Tally()
        switch dimension {
        case .rules: try countRules(connection, &tally)
        case .applications: try countApplications(connection, &tally)
        case .clients: try countClients(connection, &tally)
        case .routes: try countRoutes(connection, &tally)
        }
        var list = TopList(
            entries: tally.top(limit),
            others: tally.others,
            from: start * 1_000_000_000,
            until: end * 1_000_000_000
        )
        guard dimension == .rules else { return list }
        for place in list.entries.indices {
            list.entries[place].note = try connection.first(
                InsightSQL.ruleNote,
                [.text(list.entries[place].name)]
            ) { row throws(StorageError) in try row.text(0) }
        }
        return list
    }

    private var range: [Value] { [.integer(level.rawValue), .integer(start), .integer(end)] }

    private func countRules(_ connection: Connection, _ tally: inout Tally) throws(StorageError) {
        let sql = application == nil ? InsightSQL.ruleTotals : InsightSQL.ruleTotalsOfApplication
        let values = range + (application.map { [.text($0)] } ?? [])
        try connection.forEach(sql, values) { row throws(StorageError) in
            try tally.add(try row.text(0), nil, severity: try row.int(1), outcome: try row.int(2), try row.int(3))
            return true
        }
    }

    private func countApplications(_ connection: Connection, _ tally: inout Tally) throws(StorageError) {
        try connection.forEach(InsightSQL.applicationTotals, range) { row throws(StorageError) in
            try tally.add(try row.text(0), nil, severity: try row.int(1), outcome: try row.int(2), try row.int(3))
            return true
        }
    }

    private func countClients(_ connection: Connection, _ tally: inout Tally) throws(StorageError) {
        let values = range + [.text(orNull: application), .integer(limit + 1)]
        try connection.forEach(InsightSQL.topClients, values) { row throws(StorageError) in
            var entry = TopEntry(name: try row.text(0), count: try row.int(1), wouldStop: try row.int(2), stopped: 0)
            entry.stopped = try row.int(3)
            entry.worst = Severity(level: try row.int(4))
            tally.add(entry)
            return true
        }
    }

    private func countRoutes(_ connection: Connection, _ tally: inout Tally) throws(StorageError) {
        try connection.forEach(InsightSQL.routeCells, range + [.text(orNull: application)]) {
            row throws(StorageError) in
            let name = try row.text(0)
            var entry = TopEntry(name: try row.text(1), note: name, count: try row.int(3), wouldStop: 0, stopped: 0)
            guard entry.count > 0 else { return true }
            entry.wouldStop = try row.int(4)
            entry.stopped = try row.int(5)
            tally.add(entry)
            return true
        }
    }

    /// Entries as they are added up.
    private struct Tally {
        private struct Key: Hashable {
            var name: String
            var note: String?
        }

        private var entries: [Key: TopEntry] = [:]
        var others = 0

        mutating func add(
            _ name: String,
            _ note: String?,
            severity: Int,
            outcome: Int,
            _ count: Int
        ) throws(StorageError) {
            let outcome = DetectionOutcome(rawValue: outcome) ?? .other
            add(
                TopEntry(
                    name: name,
                    note: note,
                    count: count,
                    wouldStop: outcome == .wouldStop ? count : 0,
                    stopped: outcome.isStopped ? count : 0,
                    worst: Severity(level: severity)
                )
            )
        }

        mutating func add(_ entry: TopEntry) {
            guard entry.name != CellNames.others else {
                others += entry.count
                return
            }
            let key = Key(name: entry.name, note: entry.note)
            guard var sum = entries[key] else {
                entries[key] = entry
                return
            }
            sum.count += entry.count
            sum.wouldStop += entry.wouldStop
            sum.stopped += entry.stopped
            if let worst = entry.worst { sum.worst = max(sum.worst ?? worst, worst) }
            entries[key] = sum
        }

        func top(_ limit: Int) -> [TopEntry] {
            Array(
                entries.values
                    .sorted { ($1.count, $0.name, $0.note ?? "") < ($0.count, $1.name, $1.note ?? "") }
                    .prefix(limit)
            )
        }
    }
}
