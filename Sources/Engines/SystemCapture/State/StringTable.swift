// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The number of a text in a ``StringTable``; 0 is the empty text.
package struct StringID: Hashable, Sendable, BitwiseCopyable {
    package let number: UInt32

    package static let empty = StringID(number: 0)

    package var isEmpty: Bool {
        number == 0
    }
}

/// Texts that the state holds: each is stored once and counted.
///
/// A path that is opened a second time costs a hash and a comparison, no allocation, and a child process shares all
/// texts with its parent. A text that nobody refers to any more stays until such texts take up more than half of
/// the bytes, because most come back (a configuration file is opened, closed, opened ...).
struct StringTable: ~Copyable {
    private struct Entry: BitwiseCopyable {
        var bytes: UnsafeMutablePointer<UInt8>
        var length: UInt32
        var hash: UInt32
        var references: UInt32
    }

    private var entries: UnsafeMutablePointer<Entry>
    private var entryCapacity: Int
    private var entryCount = 1
    private var free: [UInt32] = []
    private var slots: UnsafeMutablePointer<UInt32>
    private var mask: Int
    private var used = 0
    private(set) var liveBytes = 0
    private(set) var unusedBytes = 0
    /// Texts that were not stored because the table was full.
    private(set) var refused = 0
    private let maximumBytes: Int
    private static let sweepFloor = 1 << 20

    /// - Parameter maximumBytes: the most bytes of text to hold; later texts are refused and read as empty.
    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
        entryCapacity = 4096
        entries = .allocate(capacity: entryCapacity)
        entries.initialize(to: Entry(bytes: .allocate(capacity: 1), length: 0, hash: 0, references: 1))
        slots = .allocate(capacity: 8192)
        slots.initialize(repeating: 0, count: 8192)
        mask = 8191
    }

    deinit {
        for number in 0..<entryCount where entries[number].references != Self.freeMark {
            entries[number].bytes.deallocate()
        }
        entries.deallocate()
        slots.deallocate()
    }

    private static let freeMark = UInt32.max

    /// The bytes of a text; valid until something is added or released.
    @inline(__always)
    subscript(id: StringID) -> UnsafeBufferPointer<UInt8> {
        let entry = entries[Int(id.number)]
        return UnsafeBufferPointer(start: entry.bytes, count: Int(entry.length))
    }

    /// Eight bytes at a time; the last eight overlap those before them.
    @inline(__always)
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let raw = UnsafeRawBufferPointer(bytes)
        var mixed = UInt64(truncatingIfNeeded: raw.count) &* 0xA076_1D64_78BD_642F
        if raw.count >= 8 {
            var offset = 0
            while offset &+ 8 < raw.count {
                mixed = (mixed ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0xE703_7ED1_A0B4_28DB
                mixed ^= mixed >> 29
                offset &+= 8
            }
            mixed = (mixed ^ raw.loadUnaligned(fromByteOffset: raw.count - 8, as: UInt64.self)) &* 0xE703_7ED1_A0B4_28DB
        } else {
            for byte in raw {
                mixed = (mixed ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
            }
        }
        return UInt32(truncatingIfNeeded: (mixed ^ (mixed >> 32)))
    }

    /// The number of a text, with one more reference to it.
    mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) -> StringID {
        guard !bytes.isEmpty else {
            return .empty
        }
        let hash = Self.hash(bytes)
        var place = Int(hash) & mask
        while slots[place] != 0 {
            let entry = entries[Int(slots[place])]
            if entry.hash == hash,
                UnsafeBufferPointer(start: entry.bytes, count: Int(entry.length)).elementsEqual(bytes)
            {
                let id = StringID(number: slots[place])
                retain(id)
                return id
            }
            place = (place &+ 1) & mask
        }
        return insert(bytes, hash: hash)
    }

    mutating func add(_ text: StaticString) -> StringID {
        add(StaticBytes(text).bytes)
    }

    private mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>, hash: UInt32) -> StringID {
        if liveBytes + unusedBytes + bytes.count > maximumBytes {
            sweep()
            guard liveBytes + bytes.count <= maximumBytes else {
                refused += 1
                return .empty
            }
        }
        if (used + 1) * 2 > mask {
            rebuild(capacity: (mask + 1) * 2)
        }
        let number = nextNumber()
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
        _ = UnsafeMutableBufferPointer(start: copy, count: bytes.count).update(fromContentsOf: bytes)
        (entries + Int(number)).initialize(
            to: Entry(bytes: copy, length: UInt32(bytes.count), hash: hash, references: 1)
        )
        link(number, hash: hash)
        used += 1
        liveBytes += bytes.count
        return StringID(number: number)
    }

    private mutating func nextNumber() -> UInt32 {
        if let number = free.popLast() {
            return number
        }
        if entryCount == entryCapacity {
            let larger = UnsafeMutablePointer<Entry>.allocate(capacity: entryCapacity * 2)
            larger.moveInitialize(from: entries, count: entryCount)
            entries.deallocate()
            entries = larger
            entryCapacity *= 2
        }
        entryCount += 1
        return UInt32(entryCount - 1)
    }

    private func link(_ number: UInt32, hash: UInt32) {
        var place = Int(hash) & mask
        while slots[place] != 0 {
            place = (place &+ 1) & mask
        }
        slots[place] = number
    }

    /// Counts one more reference.
    @inline(__always)
    mutating func retain(_ id: StringID) {
        guard !id.isEmpty else {
            return
        }
        let entry = entries + Int(id.number)
        if entry.pointee.references == 0 {
            liveBytes += Int(entry.pointee.length)
            unusedBytes -= Int(entry.pointee.length)
        }
        entry.pointee.references &+= 1
    }

    /// Counts one reference less.
    @inline(__always)
    mutating func release(_ id: StringID) {
        guard !id.isEmpty else {
            return
        }
        let entry = entries + Int(id.number)
        entry.pointee.references &-= 1
        if entry.pointee.references == 0 {
            liveBytes -= Int(entry.pointee.length)
            unusedBytes += Int(entry.pointee.length)
            if unusedBytes > liveBytes + Self.sweepFloor {
                sweep()
            }
        }
    }

    /// Frees the texts that nobody refers to.
    private mutating func sweep() {
        for number in 1..<max(entryCount, 1) where entries[number].references == 0 {
            entries[number].bytes.deallocate()
            entries[number].references = Self.freeMark
            free.append(UInt32(number))
            used -= 1
        }
        unusedBytes = 0
        rebuild(capacity: mask + 1)
    }

    private mutating func rebuild(capacity: Int) {
        slots.deallocate()
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
        mask = capacity - 1
        for number in 1..<max(entryCount, 1) where entries[number].references != Self.freeMark {
            link(UInt32(number), hash: entries[number].hash)
        }
    }
}
