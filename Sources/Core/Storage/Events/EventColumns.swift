// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus

/// What a block knows of each of its events, read from behind their lines.
struct EventColumns {
    /// Where each event begins among the lines, and behind the last one where the next would.
    private(set) var starts: [Int] = []
    private(set) var times: [Int64] = []
    private let classes: UnsafeRawBufferPointer
    private let severities: UnsafeRawBufferPointer
    private let dispositions: UnsafeRawBufferPointer
    private(set) var keys: [UInt64] = []
    private let keyCounts: UnsafeRawBufferPointer
    /// The places of the keys of all events.
    private(set) var keyPlaces: [Int] = []

    /// Reads the columns of a block.
    ///
    /// - Parameter content: lines and columns; it has to stay where it is as long as this is used.
    /// - Throws: ``StorageError/Code/corrupt`` where they contradict themselves or the summary.
    init(_ content: UnsafeRawBufferPointer, _ summary: EventBlock.Summary) throws(StorageError) {
        // Each event takes a byte of each column, which bounds what a damaged number can ask for.
        guard summary.count >= 0, summary.lineBytes >= 0, summary.count <= content.count,
            summary.lineBytes <= content.count
        else { throw ColumnReader.damage }
        var reader = ColumnReader(UnsafeRawBufferPointer(rebasing: content[summary.lineBytes...]))
        starts = try Self.starts(&reader, summary)
        times = try Self.times(&reader, summary.count)
        classes = try reader.take(summary.count)
        severities = try reader.take(summary.count)
        dispositions = try reader.take(summary.count)
        let keyCount = try reader.varint()
        guard keyCount <= UInt64(content.count) else { throw ColumnReader.damage }
        let keyBytes = try reader.take(Int(keyCount) * 8)
        keys = (0..<Int(keyCount)).map {
            UInt64(littleEndian: keyBytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
        }
        keyCounts = try reader.take(summary.count)
        let total = keyCounts.reduce(0) { $0 + Int($1) }
        keyPlaces.reserveCapacity(min(total, content.count))
        for _ in 0..<total {
            let place = try reader.varint()
            guard place < keyCount else { throw ColumnReader.damage }
            keyPlaces.append(Int(place))
        }
        guard reader.isAtEnd else { throw ColumnReader.damage }
    }

    private static func starts(
        _ reader: inout ColumnReader,
        _ summary: EventBlock.Summary
    ) throws(StorageError) -> [Int] {
        var starts: [Int] = []
        starts.reserveCapacity(summary.count + 1)
        var start = 0
        for _ in 0..<summary.count {
            starts.append(start)
            let length = try reader.varint()
            guard length < UInt64(summary.lineBytes - start) else { throw ColumnReader.damage }
            start += Int(length) + 1
        }
        guard start == summary.lineBytes else { throw ColumnReader.damage }
        starts.append(start)
        return starts
    }

    private static func times(_ reader: inout ColumnReader, _ count: Int) throws(StorageError) -> [Int64] {
        var times: [Int64] = []
        times.reserveCapacity(count)
        var time: Int64 = 0
        for _ in 0..<count {
            time &+= Varint.unzigzag(try reader.varint())
            times.append(time)
        }
        return times
    }

    var count: Int { times.count }

    /// The bytes of an event among the lines, without its line feed.
    func range(of index: Int) -> Range<Int> { starts[index]..<starts[index + 1] - 1 }

    /// The event that a byte of the lines belongs to.
    func event(at offset: Int) -> Int {
        var low = 0
        var high = count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    func facts(of index: Int, stream: UInt8) -> EventFacts {
        EventFacts(
            time: times[index],
            // A class that a newer program has written is shown as one that we do not know.
            eventClass: EventClass(rawValue: classes[index]) ?? .other,
            severity: EventSeverity(rawValue: severities[index]) ?? .unknown,
            disposition: dispositions[index],
            stream: stream
        )
    }

    func classBits(of index: Int) -> UInt64 { 1 &<< UInt64(classes[index]) }
    func severity(of index: Int) -> UInt8 { severities[index] }

    func entities(of index: Int) -> [EntityKey] {
        let start = (0..<index).reduce(0) { $0 + Int(keyCounts[$1]) }
        return keyPlaces[start..<start + Int(keyCounts[index])].map { EntityKey(hash: keys[$0]) }
    }

    /// Which events have a key; nil where none has.
    func events(with key: EntityKey) -> [Bool]? {
        guard let place = keys.firstIndex(of: key.hash) else { return nil }
        var marks = [Bool](repeating: false, count: count)
        var position = 0
        for index in 0..<count {
            let end = position + Int(keyCounts[index])
            marks[index] = keyPlaces[position..<end].contains(place)
            position = end
        }
        return marks
    }
}
