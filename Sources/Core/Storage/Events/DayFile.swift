// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus
internal import Synchronization

/// The blocks of one day in one database.
final class DayFile: Sendable {
    /// A block as the index of the day knows it.
    struct Entry: Sendable {
        var id: Int64
        var summary: EventBlock.Summary
    }

    /// Which blocks a query may have hits in.
    struct Selection: Sendable {
        var earliest: Int64
        var latest: Int64
        var classes: EventClassSet
        var severity: EventSeverity

        fileprivate var values: [Value] {
            [
                .integer(earliest), .integer(latest), .integer(Int64(severity.rawValue)),
                .integer(Int64(bitPattern: classes.rawValue)),
            ]
        }
    }

    let day: EventDay
    let database: Database

    init(_ day: EventDay, _ path: String, _ settings: EventStore.Settings) throws(StorageError) {
        self.day = day
        var options = Database.Settings()
        options.survivesPowerLoss = false
        options.overwritesDeleted = false
        options.pageBytes = 16 << 10
        options.checkpointPages = 4000
        options.readers = 4
        options.busyTimeout = settings.busyTimeout
        options.maximumPages = settings.maximumFilePages
        options.allowsNetworkFileSystem = settings.allowsNetworkFileSystem
        database = try Database(path, options, migrations: EventSQL.migrations)
    }

    // MARK: Writing

    /// Writes blocks in one transaction.
    ///
    /// - Returns: the number of each block.
    func insert(_ blocks: [EventBlock]) throws(StorageError) -> [Int64] {
        try database.writeNow { connection throws(StorageError) in
            var ids: [Int64] = []
            for block in blocks {
                let summary = block.summary
                try connection.execute(
                    EventSQL.insertBlock,
                    [
                        .integer(Int64(summary.stream)), .integer(summary.first), .integer(summary.last),
                        .integer(summary.count), .integer(summary.lineBytes), .integer(summary.contentBytes),
                        .integer(Int64(bitPattern: summary.classes.rawValue)),
                        .integer(Int64(summary.severity.rawValue)),
                    ]
                )
                let id = connection.lastInsertedRow
                try connection.execute(EventSQL.insertFilter, [.integer(id), .blob(block.filter.bytes)])
                try connection.execute(EventSQL.insertData, [.integer(id), .blob(block.hash), .blob(block.data)])
                ids.append(id)
            }
            return ids
        }
    }

    // MARK: Reading

    /// The earliest and latest time in it; nil where it is empty.
    func range() throws(StorageError) -> ClosedRange<Int64>? {
        try database.readNow { connection throws(StorageError) in
            let range = try connection.first(EventSQL.range) { row throws(StorageError) in
                (try row.integerOrNull(0), try row.integerOrNull(1))
            }
            guard let first = range?.0, let last = range?.1, first <= last else { return nil }
            return first...last
        }
    }

    func total(_ selection: Selection) throws(StorageError) -> Int {
        try database.readNow { connection throws(StorageError) in
            try connection.first(EventSQL.total, selection.values) { row throws(StorageError) in try row.int(0) } ?? 0
        }
    }

    /// The next blocks, newest first: those that come behind a block, or the first ones.
    func entries(_ selection: Selection, after entry: Entry?) throws(StorageError) -> [Entry] {
        let place: [Value] = [
            .integer(entry?.summary.last ?? .max), .integer(entry?.id ?? .max),
        ]
        return try database.readNow { connection throws(StorageError) in
            try connection.all(EventSQL.blocks, place + selection.values) { row throws(StorageError) in
                try Self.entry(row)
            }
        }
    }

    func entry(_ id: Int64) throws(StorageError) -> Entry? {
        try database.readNow { connection throws(StorageError) in
            try connection.first(EventSQL.block, [.integer(id)]) { row throws(StorageError) in try Self.entry(row) }
        }
    }

    func filter(_ id: Int64) throws(StorageError) -> EntityFilter {
        let bytes = try database.readNow { connection throws(StorageError) in
            try connection.first(EventSQL.filter, [.integer(id)]) { row throws(StorageError) in try row.blob(0) }
        }
        guard let bytes, let filter = EntityFilter(bytes: bytes) else {
            throw StorageError(.corrupt, "block \(id) has no filter", file: database.path)
        }
        return filter
    }

    /// Reads a block's data where it lies, after its hash has been checked.
    func withData<Output>(
        _ entry: Entry,
        _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Output
    ) throws(StorageError) -> Output {
        let output = try database.readNow { connection throws(StorageError) in
            try connection.first(EventSQL.data, [.integer(entry.id)]) { row throws(StorageError) in
                let hash = try row.blob(0)
                let filter = try row.blob(2)
                return try row.withBlob(1) { data throws(StorageError) in
                    guard EventBlock.hash(entry.summary, filter: filter, data: data) == hash else {
                        throw StorageError(.corrupt, "is not what was written", file: database.path)
                    }
                    return try body(data)
                }
            }
        }
        guard let output else { throw StorageError(.corrupt, "has no data", file: database.path) }
        return output
    }

    private static func entry(_ row: borrowing Row) throws(StorageError) -> Entry {
        let content = try row.int(6)
        let lines = try row.int(5)
        guard let stream = UInt8(exactly: try row.integer(1)), content >= 0,
            content <= EventBlock.maximumContentBytes, lines >= 0, lines <= content, try row.int(4) >= 0
        else { throw StorageError(.corrupt, "block \(try row.integer(0)) has a size that no block has") }
        return Entry(
            id: try row.integer(0),
            summary: EventBlock.Summary(
                stream: stream,
                first: try row.integer(2),
                last: try row.integer(3),
                count: try row.int(4),
                lineBytes: lines,
                contentBytes: content,
                classes: EventClassSet(rawValue: UInt64(bitPattern: try row.integer(7))),
                severity: EventSeverity(rawValue: UInt8(truncatingIfNeeded: try row.integer(8))) ?? .unknown
            )
        )
    }
}
