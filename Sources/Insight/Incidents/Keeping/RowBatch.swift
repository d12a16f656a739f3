// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// New rows that wait for the disk, as SQLite reads them, with what lies beside them.
///
/// The rows themselves stay with the thread that made them: another one that lets go of their texts would cost as much as
/// it saves.
struct RowBatch: Sendable {
    /// The columns of a row, the number of further rules, the rules as JSON, the words.
    private var cells = BulkRows(columns: DetectionRow.cellCount + 3)
    /// The rows to tell those who watch of.
    private(set) var told: [DetectionRow] = []

    /// The rows to be told of where nobody watches yet: somebody may before they are on disk.
    private static let mostUnwatched = 256

    var count: Int { cells.count }
    var isEmpty: Bool { cells.isEmpty }

    /// - Parameters:
    ///   - more: how many rules matched beyond those.
    ///   - isWatched: whether anybody wants to be told of new rows.
    ///   - appendRules: appends the rules of the exchange as JSON, UTF-8.
    mutating func append(_ row: DetectionRow, more: Int, isWatched: Bool, _ appendRules: (inout [UInt8]) -> Void) {
        row.append(to: &cells)
        cells.append(more)
        cells.append(appendRules)
        cells.append { SearchWords.append(row, to: &$0) }
        if isWatched || told.count < Self.mostUnwatched { told.append(row) }
    }

    /// Puts rows that came later behind these.
    mutating func append(contentsOf other: RowBatch) {
        cells.append(contentsOf: other.cells)
        told += other.told
    }

    mutating func removeAll() {
        cells.removeAll()
        told.removeAll(keepingCapacity: true)
    }

    func write(_ connection: Connection) throws(StorageError) {
        guard !isEmpty else { return }
        try connection.insert(InsightSQL.insertDetections, cells)
        try connection.insert(InsightSQL.insertRules, cells)
        try connection.insert(InsightSQL.insertWords, cells)
    }
}
