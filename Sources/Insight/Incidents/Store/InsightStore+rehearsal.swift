// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import Storage

extension InsightStore {
    /// What `enforce` would have done to what was recorded, for a scope of the web firewall.
    ///
    /// Counted from the cells of whole days and, at both ends, of hours; nothing is evaluated again. Exact but for routes
    /// and clients, of which an hour keeps those apart that had most.
    ///
    /// - Parameters:
    ///   - since: nanoseconds since 1970; both ends are widened to whole hours.
    ///   - limit: the length of each list, 200 at most.
    package func rehearse(
        _ scope: Scope,
        since: Int64,
        until: Int64,
        limit: Int = 50
    ) async throws(StorageError) -> RehearsalCounts {
        let rehearsal = RecordedRehearsal(scope, since, until, limit: min(max(1, limit), 200))
        return try await database.read { connection throws(StorageError) in try rehearsal.run(connection) }
    }
}

/// Adds up what cells hold of a scope and a stretch of time.
struct RecordedRehearsal: Sendable {
    private let scope: Scope
    private let limit: Int
    private let from: Int64
    private let until: Int64
    /// Levels and stretches in seconds, which together cover the time.
    let parts: [(level: RollUpLevel, start: Int64, end: Int64)]

    init(_ scope: Scope, _ since: Int64, _ until: Int64, limit: Int) {
        self.scope = scope
        self.limit = limit
        let start = RollUpLevel.hour.start(of: since)
        let end = RollUpLevel.hour.start(of: max(since, until)) + RollUpLevel.hour.seconds
        from = start * 1_000_000_000
        self.until = end * 1_000_000_000
        parts = Self.parts(start, end)
    }

    /// Whole days as days, what is left at the ends as hours.
    private static func parts(_ start: Int64, _ end: Int64) -> [(level: RollUpLevel, start: Int64, end: Int64)] {
        let day = RollUpLevel.day.seconds
        let firstDay = RollUpLevel.day.start(of: (start + day - 1) * 1_000_000_000)
        let lastDay = RollUpLevel.day.start(of: end * 1_000_000_000)
        guard firstDay < lastDay else { return [(.hour, start, end)] }
        return [(.hour, start, firstDay), (.day, firstDay, lastDay), (.hour, lastDay, end)].filter { $0.1 < $0.2 }
    }

    func run(_ connection: Connection) throws(StorageError) -> RehearsalCounts {
        var sums = RehearsalSums(scope)
        for part in parts {
            let range: [Value] = [.integer(part.level.rawValue), .integer(part.start), .integer(part.end)]
            try addTraffic(range, connection, &sums)
            try addRoutes(range, connection, &sums)
            try addStops(range, connection, &sums)
        }
        try addClients(connection, &sums)
        var counts = sums.counts(from: from, until: until, limit: limit)
        var notes: [String: String] = [:]
        for rule in Set(counts.byRule.map(\.name) + counts.groups.map(\.rule)) {
            notes[rule] = try connection.first(InsightSQL.ruleNote, [.text(rule)]) { row throws(StorageError) in
                try row.text(0)
            }
        }
        for place in counts.byRule.indices { counts.byRule[place].note = notes[counts.byRule[place].name] }
        for place in counts.groups.indices { counts.groups[place].message = notes[counts.groups[place].rule] }
        return counts
    }

    private func addTraffic(
        _ range: [Value],
        _ connection: Connection,
        _ sums: inout RehearsalSums
    ) throws(StorageError) {
        try connection.forEach(InsightSQL.trafficTotals, range) { row throws(StorageError) in
            sums.addTraffic(application: try row.text(0), count: try row.int(3))
            return true
        }
    }

    private func addRoutes(
        _ range: [Value],
        _ connection: Connection,
        _ sums: inout RehearsalSums
    ) throws(StorageError) {
        try connection.forEach(InsightSQL.routeCells, range + [.text(orNull: application)]) {
            row throws(StorageError) in
            sums.addRoute(application: try row.text(0), route: try row.text(1), requests: try row.int(2))
            return true
        }
    }

    private func addStops(
        _ range: [Value],
        _ connection: Connection,
        _ sums: inout RehearsalSums
    ) throws(StorageError) {
        try connection.forEach(InsightSQL.stopCells, range + [.text(orNull: application)]) { row throws(StorageError) in
            let clients = try row.withBlob(6) { bytes throws(StorageError) in ClientSketch(bytes) }
            sums.addStop(
                application: try row.text(0),
                rule: try row.text(1),
                route: try row.text(2),
                statusClass: min(max(0, try row.int(3)), 5),
                wouldStop: try row.int(4),
                stopped: try row.int(5),
                clients: clients
            )
            return true
        }
    }

    /// Added up by the database, as there are many more clients than are shown.
    private func addClients(_ connection: Connection, _ sums: inout RehearsalSums) throws(StorageError) {
        var values: [Value] = [.text(orNull: application), .integer(limit + 1)]
        for place in 0..<3 {
            let part = place < parts.count ? parts[place] : (.hour, 0, 0)
            values += [.integer(part.level.rawValue), .integer(part.start), .integer(part.end)]
        }
        try connection.forEach(InsightSQL.stoppedClients, values) { row throws(StorageError) in
            sums.addClient(try row.text(0), wouldStop: try row.int(1), stopped: try row.int(2))
            return true
        }
    }

    /// The application that the scope is about; nil for all.
    private var application: String? {
        switch scope.place {
        case .installation, .namespace, .workload: nil
        case .application(let name): name
        case .route(let name, _): name
        }
    }
}
