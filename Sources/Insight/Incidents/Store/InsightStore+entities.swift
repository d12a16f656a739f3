// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import Storage

extension InsightStore {
    /// Entities, those first that detections concerned last.
    package func entities(
        _ filter: EntityFilter = EntityFilter(),
        after place: PagePlace? = nil,
        limit: Int = 50
    ) async throws(StorageError) -> Page<EntityRow> {
        let values = DetectionScan.range(filter.since, nil, place)
        return try await database.read { connection throws(StorageError) in
            try ListScan(sql: InsightSQL.entities, values: values, limit: limit).page(connection) {
                row throws(StorageError) in
                let place = PagePlace(time: try row.integer(4), id: try row.integer(0))
                guard let entity = try EntityRow(row) else { return (nil, place) }
                let fits =
                    filter.kind ?? entity.entity.kind == entity.entity.kind
                    && entity.worst >= filter.severity ?? .info
                return (fits ? entity : nil, place)
            }
        }
    }

    /// What is known of an entity; nil where no detection concerned it, or it was forgotten.
    ///
    /// Its detections, decisions and incidents are the lists of these with a filter.
    package func entity(_ entity: Entity) async throws(StorageError) -> EntityRow? {
        try await database.read { connection throws(StorageError) in
            try connection.first(InsightSQL.entity, [.text(entity.kind.rawValue), .text(entity.key)]) {
                row throws(StorageError) in try EntityRow(row)
            } ?? nil
        }
    }
}

extension EntityRow {
    /// nil for a row that others made.
    init?(_ row: borrowing Row) throws(StorageError) {
        guard let kind = Entity.Kind(rawValue: try row.text(1)), let entity = try? Entity(kind, key: try row.text(2))
        else { return nil }
        self.init(
            id: try row.integer(0),
            entity: entity,
            firstSeen: try row.integer(3),
            lastSeen: try row.integer(4),
            detections: try row.int(5),
            wouldStop: try row.int(6),
            stopped: try row.int(7),
            worst: Severity(level: try row.int(8))
        )
    }
}
