// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus

/// Gathers the events of one stream till they are a block.
struct EventBlockBuilder {
    private let stream: UInt8
    /// The lines, each with its line feed.
    private var content: [UInt8] = []
    private var lengths: [UInt8] = []
    private var times: [UInt8] = []
    private var classes: [UInt8] = []
    private var severities: [UInt8] = []
    private var dispositions: [UInt8] = []
    private var keys: [EntityKey] = []
    private var places: [EntityKey: UInt64] = [:]
    private var keyCounts: [UInt8] = []
    private var keyPlaces: [UInt8] = []
    private var first = Int64.max
    private var last = Int64.min
    private var previousTime: Int64 = 0
    private var classSet: EventClassSet = []
    private var severity = EventSeverity.unknown

    init(stream: UInt8) {
        self.stream = stream
    }

    var count: Int { classes.count }
    var byteCount: Int { content.count }

    mutating func append(eventAt index: Int, of batch: EventBatch) {
        let header = batch.headers[index]
        let facts = header.facts
        let start = Int(header.offset)
        content.append(contentsOf: batch.bytes[start...start + Int(header.length)])
        Varint.append(UInt64(header.length), to: &lengths)
        Varint.append(Varint.zigzag(facts.time &- previousTime), to: &times)
        previousTime = facts.time
        classes.append(facts.eventClass.rawValue)
        severities.append(facts.severity.rawValue)
        dispositions.append(facts.disposition)
        first = min(first, facts.time)
        last = max(last, facts.time)
        classSet.insert(EventClassSet(facts.eventClass))
        severity = max(severity, facts.severity)
        keyCounts.append(header.entityCount)
        for key in batch.entities(at: index) { Varint.append(place(of: key), to: &keyPlaces) }
    }

    private mutating func place(of key: EntityKey) -> UInt64 {
        if let place = places[key] { return place }
        let place = UInt64(keys.count)
        places[key] = place
        keys.append(key)
        return place
    }

    /// Closes the block and begins another one in the same memory.
    mutating func close(_ compressor: borrowing ZstdCompressor) throws(StorageError) -> EventBlock {
        let lineBytes = content.count
        content += lengths
        content += times
        content += classes
        content += severities
        content += dispositions
        Varint.append(UInt64(keys.count), to: &content)
        for key in keys { withUnsafeBytes(of: key.hash.littleEndian) { content.append(contentsOf: $0) } }
        content += keyCounts
        content += keyPlaces
        let summary = EventBlock.Summary(
            stream: stream,
            first: first,
            last: last,
            count: count,
            lineBytes: lineBytes,
            contentBytes: content.count,
            classes: classSet,
            severity: severity
        )
        defer { removeAll() }
        let filter = EntityFilter(keys)
        let data = try compressor.compress(content)
        let hash = data.withUnsafeBytes { EventBlock.hash(summary, filter: filter.bytes, data: $0) }
        return EventBlock(summary: summary, filter: filter, data: data, hash: hash)
    }

    private mutating func removeAll() {
        content.removeAll(keepingCapacity: content.count < 4 << 20)
        lengths.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
        classes.removeAll(keepingCapacity: true)
        severities.removeAll(keepingCapacity: true)
        dispositions.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        keyCounts.removeAll(keepingCapacity: true)
        keyPlaces.removeAll(keepingCapacity: true)
        first = .max
        last = .min
        previousTime = 0
        classSet = []
        severity = .unknown
    }
}
