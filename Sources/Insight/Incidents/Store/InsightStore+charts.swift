// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import Storage

extension InsightStore {
    /// Exchanges with detections over time.
    package func detectionSeries(_ filter: SeriesFilter) async throws(StorageError) -> Series<DetectionCounts> {
        let steps = SeriesSteps(filter.since, filter.until)
        let (sql, values) = steps.detectionQuery(filter)
        return try await database.read { connection throws(StorageError) in
            var series = Series(level: steps.level, start: steps.start, points: steps.points(DetectionCounts()))
            try connection.forEach(sql, values) { row throws(StorageError) in
                guard let place = steps.place(try row.integer(0)) else { return true }
                let severity = Severity(level: try row.int(1))
                if let least = filter.severity, severity < least { return true }
                let outcome = DetectionOutcome(rawValue: try row.int(2)) ?? .other
                let count = try row.int(3)
                series.points[place].bySeverity[severity.level] += count
                if outcome.isStopped { series.points[place].stopped += count }
                if outcome == .wouldStop { series.points[place].wouldStop += count }
                return true
            }
            return series
        }
    }

    /// All exchanges over time. Rule and severity of the filter do not narrow it.
    package func trafficSeries(_ filter: SeriesFilter) async throws(StorageError) -> Series<TrafficCounts> {
        let steps = SeriesSteps(filter.since, filter.until)
        let (sql, values) = steps.trafficQuery(filter)
        return try await database.read { connection throws(StorageError) in
            var series = Series(level: steps.level, start: steps.start, points: steps.points(TrafficCounts()))
            try connection.forEach(sql, values) { row throws(StorageError) in
                guard let place = steps.place(try row.integer(0)) else { return true }
                let outcome = DetectionOutcome(rawValue: try row.int(2)) ?? .other
                let count = try row.int(3)
                series.points[place].byStatusClass[min(max(0, try row.int(1)), 5)] += count
                if outcome.isStopped { series.points[place].stopped += count }
                if outcome == .wouldStop { series.points[place].wouldStop += count }
                return true
            }
            return series
        }
    }

    /// What there is most of, most first.
    ///
    /// - Parameters:
    ///   - since: nanoseconds since 1970; both ends are widened to whole minutes, hours or days, so that some sixty steps
    ///     cover the stretch. Clients and routes are counted by hours at least.
    ///   - limit: 100 at most.
    package func top(
        _ dimension: TopDimension,
        since: Int64,
        until: Int64,
        application: String? = nil,
        limit: Int = 10
    ) async throws(StorageError) -> TopList {
        let ranking = TopRanking(dimension, since, until, application, limit: min(max(1, limit), 100))
        return try await database.read { connection throws(StorageError) in try ranking.run(connection) }
    }

    /// What is known of a rule that has detected something; nil for others.
    package func rule(_ rule: String) async throws(StorageError) -> RuleNote? {
        try await database.read { connection throws(StorageError) in
            try connection.first(InsightSQL.ruleNote, [.text(rule)]) { row throws(StorageError) in
                RuleNote(
                    rule: rule,
                    message: try row.text(0),
                    kind: try row.text(1),
                    severity: Severity(level: try row.int(2))
                )
            }
        }
    }

    /// When each application was last heard of.
    package func applications() async throws(StorageError) -> [ApplicationFacts] {
        try await database.read { connection throws(StorageError) in
            try connection.all(InsightSQL.applications) { row throws(StorageError) in
                ApplicationFacts(
                    name: try row.text(0),
                    firstSeen: try row.integer(1),
                    lastSeen: try row.integer(2),
                    lastDetection: try row.integerOrNull(3),
                    exchanges: try row.int(4)
                )
            }
        }
    }
}

/// The steps of a series.
private struct SeriesSteps: Sendable {
    let level: RollUpLevel
    /// In seconds since 1970; the end is the start of the step behind the last one.
    private let first: Int64
    private let end: Int64

    init(_ since: Int64, _ until: Int64) {
        let until = max(since, until)
        level = RollUpLevel.finest(from: since, until: until, steps: Int64(Series<Int>.mostPoints))
        end = level.start(of: until) + level.seconds
        // Beyond 400 days the oldest are left out.
        first = max(level.start(of: since), end - Int64(Series<Int>.mostPoints) * level.seconds)
    }

    var start: Int64 { first * 1_000_000_000 }

    func points<Point>(_ empty: Point) -> [Point] { Array(repeating: empty, count: Int((end - first) / level.seconds)) }

    func place(_ seconds: Int64) -> Int? {
        guard seconds >= first, seconds < end else { return nil }
        return Int((seconds - first) / level.seconds)
    }

    private var range: [Value] { [.integer(level.rawValue), .integer(first), .integer(end)] }

    private var eachStep: [Value] {
        [.integer(first), .integer(level.seconds), .integer(level.seconds), .integer(end), .integer(level.rawValue)]
    }

    func detectionQuery(_ filter: SeriesFilter) -> (String, [Value]) {
        switch (filter.rule, filter.application) {
        case (nil, nil):
            (InsightSQL.detectionSeries, range)
        case (nil, let application?):
            (InsightSQL.detectionSeriesOfApplication, eachStep + [.text(application)])
        case (let rule?, nil):
            (InsightSQL.detectionSeriesOfRule, eachStep + [.text(rule)])
        case (let rule?, let application?):
            (InsightSQL.detectionSeriesOfRuleAndApplication, eachStep + [.text(rule), .text(application)])
        }
    }

    func trafficQuery(_ filter: SeriesFilter) -> (String, [Value]) {
        guard let application = filter.application else { return (InsightSQL.trafficSeries, range) }
        return (InsightSQL.trafficSeriesOfApplication, eachStep + [.text(application)])
    }
}
