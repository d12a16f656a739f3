// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Nested ranges of integers, cut into pieces of which each belongs to the narrowest range around it.
///
/// A look-up is a binary search over the starts of the pieces, in the part of them that the first 16 bits of the integer
/// point at. Of each range at most two pieces are kept: 12 bytes each for IPv4, 24 for IPv6.
struct RangeTable<Value: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    /// A range, and the number by which it is known.
    struct Entry {
        let first: Value
        let last: Value
        let number: Int32
    }

    private var starts: [Value] = []
    /// The range that a piece belongs to; -1 for none.
    private var owners: [Int32] = []
    /// Where the pieces begin whose first 16 bits are the index, or greater.
    private var index: [UInt32] = []

    /// - Parameters:
    ///   - entries: of any two, one lies within the other, or they have nothing in common; no two are equal.
    ///   - parents: for each number, gets that of the narrowest range around it.
    init(_ entries: [Entry], parents: inout [Int32]) {
        let sorted = entries.sorted { ($0.first, $1.last) < ($1.first, $0.last) }
        starts.reserveCapacity(2 * entries.count)
        owners.reserveCapacity(2 * entries.count)
        var open: [Entry] = []
        for entry in sorted {
            close(&open, before: entry.first)
            parents[Int(entry.number)] = open.last?.number ?? -1
            begin(entry.first, entry.number)
            open.append(entry)
        }
        close(&open, before: nil)
        if starts.count > 64 { makeIndex() }
    }

    /// Ends the ranges that end before a value; all for nil.
    private mutating func close(_ open: inout [Entry], before value: Value?) {
        while let top = open.last {
            if let value, top.last >= value { return }
            open.removeLast()
            if top.last < .max { begin(top.last + 1, open.last?.number ?? -1) }
        }
    }

    private mutating func begin(_ start: Value, _ owner: Int32) {
        if starts.last == start {
            owners[owners.count - 1] = owner
        } else {
            starts.append(start)
            owners.append(owner)
        }
    }

    private mutating func makeIndex() {
        index = Array(repeating: UInt32(starts.count), count: 65_537)
        for (place, start) in starts.enumerated().reversed() {
            index[Self.bucket(start)] = UInt32(place)
        }
        for bucket in stride(from: 65_535, through: 0, by: -1) {
            index[bucket] = min(index[bucket], index[bucket + 1])
        }
    }

    @inline(__always)
    private static func bucket(_ value: Value) -> Int {
        Int(truncatingIfNeeded: value >> Value(Value.bitWidth - 16))
    }

    /// The number of the narrowest range around a value; -1 for none.
    func owner(of value: Value) -> Int32 {
        var low = 0
        var high = starts.count
        if !index.isEmpty {
            let bucket = Self.bucket(value)
            low = Int(index[bucket])
            high = Int(index[bucket + 1])
        }
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? -1 : owners[low - 1]
    }
}
