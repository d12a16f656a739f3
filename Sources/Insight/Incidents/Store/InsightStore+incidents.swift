// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel
package import Storage

extension InsightStore {
    /// Incidents, those first that had detections last.
    package func incidents(
        _ filter: IncidentFilter = IncidentFilter(),
        after place: PagePlace? = nil,
        limit: Int = 50
    ) async throws(StorageError) -> Page<Incident> {
        var sql = InsightSQL.incidentsByTime
        var values = DetectionScan.range(filter.since, nil, place)
        if let client = filter.client {
            sql = InsightSQL.incidentsOfClient
            values.insert(.text(client.description), at: 0)
        } else if !filter.states.isEmpty, filter.states.allSatisfy(\.isOpen) {
            sql = InsightSQL.openIncidents
        }
        let scan = ListScan(sql: sql, values: values, limit: limit)
        return try await database.read { connection throws(StorageError) in
            try scan.page(connection) { row throws(StorageError) in
                let incident = try Incident(row)
                return (filter.takes(incident) ? incident : nil, incident.place)
            }
        }
    }

    package func incident(_ identifier: Identifier) async throws(StorageError) -> Incident? {
        guard let incident = try await incident(id: DetectionRow.id(of: identifier)) else { return nil }
        return incident.identifier == identifier ? incident : nil
    }

    package func incident(id: Int64) async throws(StorageError) -> Incident? {
        try await database.read { connection throws(StorageError) in try Self.incident(id, connection) }
    }

    static func incident(_ id: Int64, _ connection: Connection) throws(StorageError) -> Incident? {
        try connection.first(InsightSQL.incident, [.integer(id)]) { row throws(StorageError) in try Incident(row) }
    }

    /// What was done to an incident, oldest first.
    ///
    /// - Parameter act: the last one of the page before; 0 for the first page.
    package func acts(
        ofIncident incident: Int64,
        after act: Int64 = 0,
        limit: Int = 200
    ) async throws(StorageError) -> [IncidentAct] {
        let limit = min(max(1, limit), Self.largestPage)
        return try await database.read { connection throws(StorageError) in
            try connection.all(InsightSQL.acts, [.integer(incident), .integer(act), .integer(limit)]) {
                row throws(StorageError) in
                IncidentAct(
                    id: try row.integer(0),
                    incident: try row.integer(1),
                    time: try row.integer(2),
                    maker: try row.text(3),
                    kind: IncidentAct.Kind(rawValue: try row.text(4)) ?? .comment,
                    before: try row.textOrNull(5),
                    after: try row.textOrNull(6)
                )
            }
        }
    }

    /// How many incidents are open, by severity.
    package func openIncidentCounts() async throws(StorageError) -> [Severity: Int] {
        try await database.read { connection throws(StorageError) in
            var counts: [Severity: Int] = [:]
            try connection.forEach(InsightSQL.openIncidentCounts) { row throws(StorageError) in
                counts[Severity(level: try row.int(0)), default: 0] += try row.int(1)
                return true
            }
            return counts
        }
    }
}

extension IncidentFilter {
    fileprivate func takes(_ incident: Incident) -> Bool {
        (states.isEmpty || states.contains(incident.state)) && incident.severity >= severity ?? .info
            && (client == nil || incident.client == client) && (assignee == nil || incident.assignee == assignee)
            && (application == nil || incident.applications.contains { $0.name == application })
    }
}

extension Incident {
    /// Reads the columns of ``InsightSQL/incident``.
    init(_ row: borrowing Row) throws(StorageError) {
        id = try row.integer(0)
        opened = try row.integer(1)
        firstTime = try row.integer(2)
        lastTime = try row.integer(3)
        state = State(rawValue: try row.int(4)) ?? .new
        computedSeverity = Severity(level: try row.int(5))
        severity = try row.integerOrNull(6).map { Severity(level: Int($0)) } ?? computedSeverity
        client = try row.textOrNull(7).flatMap { Entity(kept: $0) }
        technique = try row.textOrNull(8)
        kind = try row.text(9)
        let computedTitle = try row.text(10)
        title = try row.textOrNull(11) ?? computedTitle
        assignee = try row.textOrNull(12)
        revision = try row.int(13)
        former = try row.integerOrNull(14)
        isSummary = try row.int(15) != 0
        requests = try row.int(16)
        stopped = try row.int(17)
        wouldStop = try row.int(18)
        passed = try row.int(19)
        groups = try row.int(20)
        rules = Share.list(try row.text(21))
        kinds = Share.list(try row.text(22))
        applications = Share.list(try row.text(23))
    }
}

extension Incident.Share {
    /// As they are kept: a JSON array of names and counts in turn.
    static func text(_ shares: [Incident.Share]) -> String {
        var json = JSONWriter()
        json.beginArray()
        for share in shares {
            json.string(share.name)
            json.number(share.count)
        }
        json.endArray()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    static func list(_ text: String) -> [Incident.Share] {
        let parts = (try? JSONReader.read(Array(text.utf8), maximumDepth: 2))?.elements ?? []
        return stride(from: 0, to: parts.count - 1, by: 2).compactMap { place in
            guard let name = parts[place].text, let count = parts[place + 1].integer else { return nil }
            return Incident.Share(name: name, count: count)
        }
    }
}
