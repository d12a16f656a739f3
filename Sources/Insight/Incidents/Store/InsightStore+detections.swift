// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel
package import Storage

extension InsightStore {
    /// Detections, newest first.
    ///
    /// - Parameters:
    ///   - place: where the page before ended.
    ///   - limit: ``largestPage`` at most.
    /// - Throws: ``StorageError/Code/badQuery`` for a text without a word in it.
    package func detections(
        _ filter: DetectionFilter,
        after place: PagePlace? = nil,
        limit: Int = 50
    ) async throws(StorageError) -> Page<DetectionRow> {
        let scan = try DetectionScan(filter, after: place, limit: limit)
        return try await database.read { connection throws(StorageError) in
            let found = try scan.run(connection)
            var page = Page<DetectionRow>([], next: found.next, isPartial: found.isPartial)
            page.elements.reserveCapacity(found.elements.count)
            for id in found.elements {
                guard let row = try Self.detection(id, connection) else { continue }
                page.elements.append(row)
            }
            return page
        }
    }

    /// A detection and the rules that matched with it; nil where there is none, or not any more.
    package func detection(_ identifier: Identifier) async throws(StorageError) -> DetectionDetail? {
        guard let detail = try await detection(id: DetectionRow.id(of: identifier)) else { return nil }
        return detail.row.identifier == identifier ? detail : nil
    }

    package func detection(id: Int64) async throws(StorageError) -> DetectionDetail? {
        try await database.read { connection throws(StorageError) in
            guard let row = try Self.detection(id, connection) else { return nil }
            let rules = try connection.first(InsightSQL.detectionRules, [.integer(id)]) { row throws(StorageError) in
                (try row.int(0), try row.text(1))
            }
            return DetectionDetail(row: row, rules: DetectedRule.list(rules?.1 ?? "[]"), moreRules: rules?.0 ?? 0)
        }
    }

    /// The detections of an exchange, by the name that log lines and block pages give it.
    ///
    /// Of exchanges that were folded into a row of others, only the first one is found.
    package func detections(ofTransaction name: String) async throws(StorageError) -> [DetectionRow] {
        try await database.read { connection throws(StorageError) in
            try connection.all(InsightSQL.detectionsOfTransaction, [.text(name)]) { row throws(StorageError) in
                try DetectionRow(row)
            }
        }
    }

    static func detection(_ id: Int64, _ connection: Connection) throws(StorageError) -> DetectionRow? {
        try connection.first(InsightSQL.detection, [.integer(id)]) { row throws(StorageError) in try DetectionRow(row) }
    }
}

/// The way through the detections that a filter takes: by the index that leaves the fewest rows, as far as one can know.
struct DetectionScan: Sendable {
    let filter: DetectionFilter
    let sql: String
    let values: [Value]
    let limit: Int

    init(_ filter: DetectionFilter, after place: PagePlace?, limit: Int) throws(StorageError) {
        self.filter = filter
        self.limit = limit
        if let text = filter.text {
            sql = InsightSQL.scanByWords
            values = [.text(try SearchWords.query(text)), .integer(place?.id ?? .max)]
            return
        }
        let (sql, key) = Self.index(for: filter)
        self.sql = sql
        values = (key.map { [$0] } ?? []) + Self.range(filter.since, filter.until, place)
    }

    /// The values of `(time, id) < (?, ?) AND time >= ?`.
    static func range(_ since: Int64?, _ until: Int64?, _ place: PagePlace?) -> [Value] {
        let end = until.map { PagePlace(time: $0, id: .max) } ?? .newest
        let start = place.map { ($0.time, $0.id) < (end.time, end.id) ? $0 : end } ?? end
        return [.integer(start.time), .integer(start.id), .integer(since ?? .min)]
    }

    private static func index(for filter: DetectionFilter) -> (String, Value?) {
        if let incident = filter.incident { return (InsightSQL.scanByIncident, .integer(incident)) }
        if let client = filter.client { return (InsightSQL.scanByClient, .text(client.description)) }
        if let rule = filter.rule { return (InsightSQL.scanByRule, .text(rule)) }
        if !filter.outcomes.isEmpty, filter.outcomes.allSatisfy(\.isStopped) { return (InsightSQL.scanStopped, nil) }
        if let kind = filter.kind { return (InsightSQL.scanByKind, .text(kind)) }
        if let severity = filter.severity, severity >= .high { return (InsightSQL.scanSevere, nil) }
        if let application = filter.application { return (InsightSQL.scanByApplication, .text(application)) }
        return (InsightSQL.scanByTime, nil)
    }

    /// - Returns: the numbers of the rows.
    func run(_ connection: Connection) throws(StorageError) -> Page<Int64> {
        let client = filter.client?.description
        return try ListScan(sql: sql, values: values, limit: limit).page(connection) {
            row throws(StorageError) in
            let id = try row.integer(0)
            return (try fits(row, client: client) ? id : nil, PagePlace(time: try row.integer(1), id: id))
        }
    }

    private func fits(_ row: borrowing Row, client: String?) throws(StorageError) -> Bool {
        if let severity = filter.severity, try row.int(2) < severity.level { return false }
        if !filter.outcomes.isEmpty {
            guard let outcome = DetectionOutcome(rawValue: try row.int(3)), filter.outcomes.contains(outcome) else {
                return false
            }
        }
        if let rule = filter.rule, try row.text(4) != rule { return false }
        if let kind = filter.kind, try row.text(5) != kind { return false }
        if let client, try row.textOrNull(6) != client { return false }
        if let application = filter.application, try row.text(7) != application { return false }
        if let incident = filter.incident, try row.integerOrNull(8) != incident { return false }
        if let route = filter.route, try row.text(9) != route { return false }
        // Answers to a text are not found by time.
        let time = try row.integer(1)
        return time >= filter.since ?? .min && time <= filter.until ?? .max
    }
}
