// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus

/// Searches one block after another, in memory that it keeps. Each thread has one.
struct BlockScanner: ~Copyable {
    /// What a block had.
    struct Outcome: Sendable {
        /// The newest, at most as many as the answer takes.
        var hits: [EventHit] = []
        var wasSpared = false
        var searchedEvents = 0
        var searchedBytes = 0
        var damage: EventDamage?
    }

    private let query: EventQuery
    /// Only events before it; nil for all.
    private let before: EventPosition?
    /// The longest first: it is the rarest, most likely.
    private let needles: [Needle]
    private let decompressor: ZstdDecompressor
    private var content: UnsafeMutableRawBufferPointer

    init(_ query: EventQuery, before: EventPosition?) throws(StorageError) {
        self.query = query
        self.before = before
        needles = query.needles.sorted { $0.count > $1.count }.map(Needle.init)
        decompressor = try ZstdDecompressor()
        content = .allocate(byteCount: 1 << 20, alignment: 16)
    }

    deinit {
        content.deallocate()
    }

    mutating func search(_ item: BlockCatalog.Item) -> Outcome {
        do throws(StorageError) {
            return try outcome(item)
        } catch {
            // A file that retention took away between the list and this is read on; anything else is damage.
            let damage = EventDamage(file: item.file.database.path, block: item.entry.id, message: error.message)
            return Outcome(damage: damage)
        }
    }

    private mutating func outcome(_ item: BlockCatalog.Item) throws(StorageError) -> Outcome {
        if let entity = query.entity, try !item.file.filter(item.entry.id).mayContain(entity) {
            return Outcome(wasSpared: true)
        }
        let summary = item.entry.summary
        let content = UnsafeRawBufferPointer(try load(item))
        let lines = UnsafeRawBufferPointer(rebasing: content[..<summary.lineBytes])
        var outcome = Outcome(searchedEvents: summary.count, searchedBytes: summary.lineBytes)
        // Most blocks end here.
        if let needle = needles.first, needle.find(in: lines) == nil { return outcome }
        let columns = try EventColumns(content, summary)
        var found = candidates(lines, columns).filter { matches($0, columns) }
        if let entity = query.entity {
            guard let marks = columns.events(with: entity) else { return outcome }
            found.removeAll { !marks[$0] }
        }
        found.sort { (columns.times[$0], $0) > (columns.times[$1], $1) }
        for index in found {
            if let before, position(index, item, columns) >= before { continue }
            if outcome.hits.count == query.limit { break }
            outcome.hits.append(hit(index, of: item, columns, content))
        }
        return outcome
    }

    /// One event of a block; nil where the block has not so many.
    mutating func event(_ index: Int, of item: BlockCatalog.Item) throws(StorageError) -> EventHit? {
        let content = UnsafeRawBufferPointer(try load(item))
        let columns = try EventColumns(content, item.entry.summary)
        guard index >= 0, index < columns.count else { return nil }
        return hit(index, of: item, columns, content)
    }

    private func hit(
        _ index: Int,
        of item: BlockCatalog.Item,
        _ columns: EventColumns,
        _ content: UnsafeRawBufferPointer
    ) -> EventHit {
        EventHit(
            position: position(index, item, columns),
            facts: columns.facts(of: index, stream: item.entry.summary.stream),
            entities: columns.entities(of: index),
            bytes: Array(content[columns.range(of: index)])
        )
    }

    private func position(_ index: Int, _ item: BlockCatalog.Item, _ columns: EventColumns) -> EventPosition {
        EventPosition(time: columns.times[index], day: item.file.day, block: item.entry.id, index: index)
    }

    /// Decompresses a block; the result is good till the next one.
    private mutating func load(_ item: BlockCatalog.Item) throws(StorageError) -> UnsafeMutableRawBufferPointer {
        let size = item.entry.summary.contentBytes
        if size > content.count {
            content.deallocate()
            content = .allocate(byteCount: size, alignment: 16)
        }
        let target = UnsafeMutableRawBufferPointer(rebasing: content[..<size])
        try item.file.withData(item.entry) { data throws(StorageError) in
            try decompressor.decompress(data, into: target)
        }
        return target
    }

    /// The events that have all needles.
    private func candidates(_ lines: UnsafeRawBufferPointer, _ columns: EventColumns) -> [Int] {
        guard let first = needles.first else { return Array(0..<columns.count) }
        var events: [Int] = []
        var offset = 0
        while let hit = first.find(in: lines, from: offset) {
            let event = columns.event(at: hit)
            let range = columns.range(of: event)
            // A needle with a line feed in it may end in another event.
            guard hit + first.bytes.count <= range.upperBound else {
                offset = hit + 1
                continue
            }
            let line = UnsafeRawBufferPointer(rebasing: lines[range])
            if needles.dropFirst().allSatisfy({ $0.find(in: line) != nil }) { events.append(event) }
            offset = range.upperBound
        }
        return events
    }

    private func matches(_ index: Int, _ columns: EventColumns) -> Bool {
        columns.times[index] >= query.from && columns.times[index] < query.to
            && columns.severity(of: index) >= query.severity.rawValue
            && columns.classBits(of: index) & query.classes.rawValue != 0
    }
}
