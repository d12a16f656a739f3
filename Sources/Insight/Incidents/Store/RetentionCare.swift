// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// Keeps the database within age and size, in steps so small that writing hardly waits for them.
final class RetentionCare {
    private let store: InsightStore
    private let clock: @Sendable () -> Int64
    private(set) var removedDetections = 0
    private(set) var removedEntities = 0

    private let startTime: Int64
    private let start = ContinuousClock.now

    private static let rowsPerStep = 500
    private static let tolerance: Int64 = 3600 * 1_000_000_000

    init(_ store: InsightStore, clock: @escaping @Sendable () -> Int64) {
        self.store = store
        self.clock = clock
        startTime = clock()
    }

    /// The time, but never more than an hour ahead of what has passed since the start: a clock that jumps forward must not
    /// make everything old.
    private var now: Int64 {
        min(clock(), startTime + (ContinuousClock.now - start).nanoseconds + Self.tolerance)
    }

    /// Removes some of what is to go.
    ///
    /// - Returns: whether there is more.
    func step() throws(StorageError) -> Bool {
        var hasMore = try removeDetections()
        hasMore = try removeEntities() || hasMore
        hasMore = try removeOthers() || hasMore
        return hasMore
    }

    private func before(_ age: Duration) -> Value { .integer(now - age.nanoseconds) }

    // MARK: Detections

    private func removeDetections() throws(StorageError) -> Bool {
        let settings = store.settings
        let excess = try bounds(InsightSQL.detectionBounds) - settings.maximumDetections
        let surplus = try isTooLarge() ? Self.rowsPerStep : min(excess, Self.rowsPerStep)
        // What is too much goes whatever its age.
        let bound = surplus > 0 ? Value.integer(Int64.max) : before(settings.detectionAge)
        let limit = Value.integer(surplus > 0 ? surplus : Self.rowsPerStep)
        let removed = try store.database.writeNow { connection throws(StorageError) in
            let rows = try connection.all(InsightSQL.oldestDetections, [bound, limit]) {
                row throws(StorageError) in try DetectionRow(row)
            }
            for row in rows {
                let words = SearchWords.text(of: row)
                try connection.execute(InsightSQL.removeWords, [.integer(row.id), .text(words)])
                try connection.execute(InsightSQL.removeRules, [.integer(row.id)])
                try connection.execute(InsightSQL.removeDetection, [.integer(row.id)])
            }
            return rows.count
        }
        removedDetections += removed
        return removed == Self.rowsPerStep
    }

    /// About how many rows there are: numbers are given in order, and the oldest rows go first.
    private func bounds(_ sql: String) throws(StorageError) -> Int {
        try store.database.readNow { connection throws(StorageError) in
            try connection.first(sql) { row throws(StorageError) in
                guard let first = try row.integerOrNull(0), let last = try row.integerOrNull(1) else { return 0 }
                return Int(last - first) + 1
            } ?? 0
        }
    }

    private func isTooLarge() throws(StorageError) -> Bool {
        let used = try store.database.readNow { connection throws(StorageError) in
            try connection.first(InsightSQL.pages) { row throws(StorageError) in try row.int(0) - row.int(1) } ?? 0
        }
        return used > store.settings.maximumBytes
    }

    // MARK: Others

    private func removeEntities() throws(StorageError) -> Bool {
        let count = try store.database.readNow { connection throws(StorageError) in
            try connection.first(InsightSQL.entityCount) { row throws(StorageError) in try row.int(0) } ?? 0
        }
        let excess = min(count - store.settings.maximumEntities, Self.rowsPerStep)
        let old = try change(
            InsightSQL.removeOldEntities,
            [before(store.settings.detectionAge), .integer(Self.rowsPerStep)]
        )
        let surplus = excess > 0 ? try change(InsightSQL.removeEntities, [.integer(excess)]) : 0
        removedEntities += old + surplus
        return old == Self.rowsPerStep || surplus == Self.rowsPerStep
    }

    private func removeOthers() throws(StorageError) -> Bool {
        let settings = store.settings
        let limit = Value.integer(Self.rowsPerStep)
        var removed = try change(InsightSQL.removeOldDecisions, [before(settings.decisionAge), limit])
        let surplus = try bounds(InsightSQL.decisionBounds) - settings.maximumDecisions
        if surplus > 0 {
            removed += try change(InsightSQL.removeDecisions, [.integer(min(surplus, Self.rowsPerStep))])
        }
        let oldest = before(settings.detectionAge)
        try change(InsightSQL.removeOldActs, [oldest, .integer(20)])
        removed += try change(InsightSQL.removeOldIncidents, [oldest, .integer(20)])
        removed += try removeSteps()
        return removed >= Self.rowsPerStep
    }

    private func removeSteps() throws(StorageError) -> Int {
        let settings = store.settings
        let ages: [(RollUpLevel, Duration)] = [
            (.minute, settings.minuteAge), (.hour, settings.hourAge), (.day, settings.dayAge),
        ]
        var removed = 0
        for table in InsightSQL.stepTables {
            for (level, age) in ages {
                let bound = level.start(of: now - age.nanoseconds)
                let oldest = try store.database.readNow { connection throws(StorageError) in
                    try connection.first(InsightSQL.oldestStep(table), [.integer(level.rawValue)]) {
                        row throws(StorageError) in try row.integerOrNull(0)
                    } ?? nil
                }
                guard let oldest, oldest < bound else { continue }
                // Some steps at a time; each holds a bounded number of rows.
                let end = min(bound, oldest + level.seconds)
                removed += try change(InsightSQL.removeSteps(table), [.integer(level.rawValue), .integer(end)])
            }
        }
        return removed
    }

    @discardableResult
    private func change(_ sql: String, _ values: [Value]) throws(StorageError) -> Int {
        try store.database.writeNow { connection throws(StorageError) in try connection.execute(sql, values) }
    }
}
