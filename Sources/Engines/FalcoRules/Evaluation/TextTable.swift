// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds which of many texts a value is: one look-up for all `=` and `in` of all rules on one field.
struct TextTable: Sendable, BitwiseCopyable {
    private struct Entry: BitwiseCopyable {
        var hash: UInt32
        /// One more than the row's number; 0 marks an empty place.
        var row: UInt32
        var offset: UInt32
        var count: UInt32
    }

    let wordCount: Int
    /// Bit n is set where a text of n bytes exists, bit 63 for all longer ones: most values are refused by it.
    private let lengths: UInt64
    private let entries: PlainTable<Entry>
    private let mask: Int
    private let texts: PlainTable<UInt8>
    private let rows: PlainTable<UInt64>

    /// - Parameter literals: texts and the bits of those who ask for them.
    init(_ literals: [ByteAutomaton.Literal], wordCount: Int) {
        self.wordCount = wordCount
        var masks: [[UInt8]: [UInt64]] = [:]
        for literal in literals {
            masks[literal.bytes, default: [UInt64](repeating: 0, count: wordCount)][literal.bit / 64] |=
                1 << UInt64(literal.bit % 64)
        }
        var capacity = 8
        while capacity < masks.count * 2 {
            capacity *= 2
        }
        mask = capacity - 1
        var entries = [Entry](repeating: Entry(hash: 0, row: 0, offset: 0, count: 0), count: capacity)
        var texts: [UInt8] = []
        var rows = [UInt64](repeating: 0, count: wordCount)
        var rowPlaces: [[UInt64]: UInt32] = [rows: 0]
        var lengths: UInt64 = 0
        for (text, bits) in masks.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            lengths |= 1 << UInt64(min(text.count, 63))
            let row = rowPlaces[bits] ?? UInt32(rows.count / wordCount)
            if rowPlaces.updateValue(row, forKey: bits) == nil {
                rows += bits
            }
            let hash = text.withUnsafeBytes { Self.hash($0) }
            var place = Int(hash) & (capacity - 1)
            while entries[place].row != 0 {
                place = (place + 1) & (capacity - 1)
            }
            entries[place] = Entry(
                hash: hash,
                row: row + 1,
                offset: UInt32(texts.count),
                count: UInt32(text.count)
            )
            texts += text
        }
        self.lengths = lengths
        self.entries = PlainTable(entries)
        self.texts = PlainTable(texts)
        self.rows = PlainTable(rows)
    }

    /// Holds nothing; stands where another kind of test is.
    static let none = TextTable([], wordCount: 1)

    func deallocate() {
        entries.deallocate()
        texts.deallocate()
        rows.deallocate()
    }

    /// The bits of a value.
    @inline(__always)
    func bits(of value: UnsafeRawBufferPointer) -> UnsafePointer<UInt64> {
        guard lengths >> UInt64(min(value.count, 63)) & 1 != 0 else { return rows.start }
        return lookUp(value)
    }

    private func lookUp(_ value: UnsafeRawBufferPointer) -> UnsafePointer<UInt64> {
        let hash = Self.hash(value)
        var place = Int(hash) & mask
        while true {
            let entry = entries.start[place]
            guard entry.row != 0 else { return rows.start }
            if entry.hash == hash, Int(entry.count) == value.count, isEqual(entry, value) {
                return rows.start + Int(entry.row &- 1) &* wordCount
            }
            place = (place &+ 1) & mask
        }
    }

    private func isEqual(_ entry: Entry, _ value: UnsafeRawBufferPointer) -> Bool {
        TextMatch.isEqual(UnsafeRawPointer(texts.start + Int(entry.offset)), value)
    }

    /// Eight bytes at a time, multiplied and folded; the tables are fixed, so nobody can make their texts collide later.
    static func hash(_ value: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: value.count)
        var index = 0
        while index &+ 8 <= value.count {
            hash = (hash ^ value.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
            index &+= 8
        }
        var tail: UInt64 = 0
        while index < value.count {
            tail = tail << 8 | UInt64(value[index])
            index &+= 1
        }
        hash = (hash ^ tail) &* 0xC4CE_B9FE_1A85_EC53
        hash ^= hash >> 33
        return UInt32(truncatingIfNeeded: hash) | 1
    }
}
