// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Storage

/// A detection with the rules that matched, which are read only where they are looked at.
package struct ArrivedDetection: Sendable {
    package var row: DetectionRow
    /// The rules as JSON, as the event had them.
    package var rulesText: String

    package var rules: [DetectedRule] { DetectedRule.list(rulesText) }
}

extension InsightStore {
    /// Detections in the order of their arrival, for those who follow them.
    ///
    /// A row may stand for more exchanges later, as long as its window is open.
    ///
    /// - Parameters:
    ///   - number: the last one that is known; 0 for none.
    ///   - since: those that are older are left out, in nanoseconds since 1970.
    ///   - limit: rows at most; fewer only where there are no more.
    package func detections(
        arrivedAfter number: Int64,
        since: Int64,
        limit: Int
    ) throws(StorageError) -> [ArrivedDetection] {
        let values: [Value] = [.integer(number), .integer(since), .integer(limit)]
        return try database.readNow { connection throws(StorageError) in
            try connection.all(InsightSQL.arrivedDetections, values) { row throws(StorageError) in
                ArrivedDetection(
                    row: try DetectionRow(row),
                    rulesText: try row.textOrNull(DetectionRow.cellCount) ?? "[]"
                )
            }
        }
    }

    /// What tells this database from others: random, and the same in copies of it. Numbers of detections mean something
    /// together with it only.
    package func identity() throws(StorageError) -> String {
        let identity = try database.readNow { connection throws(StorageError) in
            try connection.first(InsightSQL.identity) { row throws(StorageError) in try row.text(0) }
        }
        guard let identity else { throw StorageError(.corrupt, "the identity of the detections is gone") }
        return identity
    }

    /// Since when detections are kept, in nanoseconds since 1970, and whether older ones were removed; nil where there are
    /// none.
    package func keptDetections() throws(StorageError) -> (since: Int64, isCut: Bool)? {
        let kept = try database.readNow { connection throws(StorageError) in
            try connection.first(InsightSQL.keptDetections) { row throws(StorageError) in
                (since: try row.integerOrNull(0), isCut: try row.integerOrNull(1) == 1)
            }
        }
        guard let kept, let since = kept.since else { return nil }
        return (since, kept.isCut)
    }

    /// The number of the newest detection; 0 where there is none.
    package func newestDetection() throws(StorageError) -> Int64 {
        try database.readNow { connection throws(StorageError) in
            try connection.first(InsightSQL.lastDetection) { row throws(StorageError) in try row.integerOrNull(0) }
                .flatMap(\.self) ?? 0
        }
    }
}
