// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import Storage
internal import Synchronization

/// What was detected, decided and done about it, as rows with indexes and as numbers over time.
///
/// Reading never waits for writing. A ``DetectionKeeper`` fills it; people's acts on incidents and the decisions of the
/// policy come through its own functions. One process writes; others may read.
///
/// ```swift
/// let store = try InsightStore(path: data + "/insight.sqlite")
/// let keeper = try DetectionKeeper(store)
/// let task = Task { await keeper.keep(bus.subscribe("detections")) }
/// let page = try await store.detections(DetectionFilter(), limit: 50)
/// ```
package final class InsightStore: Sendable {
    /// How much is kept, and for how long.
    package struct Settings: Sendable {
        package var detectionAge: Duration = .seconds(400 * 86_400)
        /// Rows of detections at most; the oldest go first.
        package var maximumDetections = 2_000_000
        /// Bytes of the database at most; detections go first.
        package var maximumBytes = 4 << 30
        package var maximumEntities = 200_000
        package var decisionAge: Duration = .seconds(400 * 86_400)
        package var maximumDecisions = 1_000_000
        package var minuteAge: Duration = .seconds(2 * 86_400)
        package var hourAge: Duration = .seconds(60 * 86_400)
        package var dayAge: Duration = .seconds(5 * 366 * 86_400)

        package init() {}
    }

    package let settings: Settings
    package let live = LiveHub()
    let database: Database
    /// What people made of incidents and the keeper has not seen yet.
    let changes = Mutex<[Int64: Incident.State]>([:])

    /// Rows that one page of a list looks at.
    static let mostRowsLookedAt = 2000
    /// Rows that a page has at most.
    package static let largestPage = 500

    /// Opens the database, or makes a new one.
    package init(path: String, _ settings: Settings = Settings()) throws(StorageError) {
        self.settings = settings
        var options = Database.Settings()
        // What lies here was masked before, and whole pages of it are written again and again.
        options.overwritesDeleted = false
        options.cacheBytes = 8 << 20
        options.checkpointPages = 4000
        database = try Database(path, options, migrations: InsightSQL.migrations)
    }

    /// Writes what waits and lets go of the file.
    package func close() throws(StorageError) {
        live.close()
        try database.close()
    }

    /// Takes what people made of incidents since this was last called.
    func takeChanges() -> [Int64: Incident.State] {
        changes.withLock { changes in
            defer { changes = [:] }
            return changes
        }
    }

    /// Tells those who watch of rows that are on disk.
    func tell(rows: [DetectionRow], grown: [DetectionRow]) {
        guard live.hasWatchers else { return }
        for row in rows { live.send(.detection(row)) }
        for row in grown { live.send(.growth(id: row.id, count: row.count, lastTime: row.lastTime)) }
    }

    /// Tells those who watch of incidents that are on disk, the newest of them where there are many.
    func tell(incidents: [Int64]) {
        guard live.hasWatchers else { return }
        for id in incidents.sorted().suffix(50) {
            // Whoever watches misses a change that cannot be read, and the next one tells of it.
            guard
                let incident = try? database.readNow({ connection throws(StorageError) in
                    try Self.incident(id, connection)
                })
            else { continue }
            live.send(.incident(incident))
        }
    }

    /// The bytes of the database and its log.
    package var byteCount: Int { database.fileSizes.database + database.fileSizes.log }
}
