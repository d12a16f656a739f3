// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

/// Where the members of objects stand on a tape, by their names.
///
/// Whoever makes something of an object asks it for twenty names and more, half of which it has not: each would be
/// compared with all of the object's names. The first question puts the names into a small table instead, so that an
/// object is gone through once. Names are compared by a code that the tape has of each. Only objects of some members have one, and of a limited number, so that names that were
/// chosen to fall on one slot cost little.
struct JSONNameIndex {
    typealias Entry = JSONTape.Entry

    /// What is known of a name in an object.
    enum Answer {
        /// The place of the member's name, and whether it stands there more than once; then it is the last.
        case found(Int, isRepeated: Bool)
        case missing
        /// The object has to be gone through.
        case unknown
    }

    static let memberCounts = 14...64

    private static let slotCount = 128
    /// Tables that are held at once: of the object that is read, and of those in it.
    private static let tableCount = 4
    private static let repeated: UInt32 = 1 << 31

    /// The tables one behind the other: for each slot the entry of a name, 0 where there is none.
    private let slots: UnsafeMutablePointer<UInt32>
    /// The objects that the tables are of, and the generations of the tape in which they were made.
    private var owners = InlineArray<4, (object: Int, generation: UInt64)>(repeating: (-1, 0))
    private var next = 0

    /// The memory belongs to a tape, which is never given back.
    init() {
        slots = .allocate(capacity: Self.slotCount * Self.tableCount)
        slots.initialize(repeating: 0, count: Self.slotCount * Self.tableCount)
    }

    /// Looks up a name.
    ///
    /// - Parameters:
    ///   - object: the place of the object's entry; it has ``memberCounts`` members.
    ///   - entries: the tape, with the bytes that its entries lie in.
    ///   - generation: changes with each value that is on the tape.
    mutating func find(
        _ name: UnsafeBufferPointer<UInt8>,
        in object: Int,
        _ entries: UnsafeMutablePointer<Entry>,
        _ bytes: UnsafeBufferPointer<UInt8>,
        generation: UInt64
    ) -> Answer {
        guard let text = name.baseAddress, !name.isEmpty, let base = bytes.baseAddress,
            let table = table(of: object, entries, base, generation)
        else {
            return .unknown
        }
        let code = redoubt_json_name_code(text, name.count)
        var slot = Self.slot(code)
        while true {
            let content = table[slot]
            guard content != 0 else {
                return .missing
            }
            let place = Int(content & ~Self.repeated)
            let entry = entries[place]
            if entry.next == code, Int(entry.length) == name.count,
                memcmp(base + Int(entry.offset), text, name.count) == 0
            {
                return .found(place, isRepeated: content & Self.repeated != 0)
            }
            slot = (slot &+ 1) & (Self.slotCount - 1)
        }
    }

    /// The table of an object, which is made where there is none yet; nil where a name is empty or has escapes.
    private mutating func table(
        of object: Int,
        _ entries: UnsafeMutablePointer<Entry>,
        _ base: UnsafePointer<UInt8>,
        _ generation: UInt64
    ) -> UnsafeMutablePointer<UInt32>? {
        for index in 0..<Self.tableCount
        where owners[index].object == object && owners[index].generation == generation {
            return slots + index * Self.slotCount
        }
        let table = slots + next * Self.slotCount
        owners[next] = (-1, 0)
        guard fill(table, of: object, entries, base) else {
            return nil
        }
        owners[next] = (object, generation)
        next = (next + 1) & (Self.tableCount - 1)
        return table
    }

    private func fill(
        _ table: UnsafeMutablePointer<UInt32>,
        of object: Int,
        _ entries: UnsafeMutablePointer<Entry>,
        _ base: UnsafePointer<UInt8>
    ) -> Bool {
        table.update(repeating: 0, count: Self.slotCount)
        let end = Int(entries[object].next)
        var place = object + 1
        while place < end {
            let entry = entries[place]
            guard entry.isOf(.string), entry.length > 0 else {
                return false
            }
            var slot = Self.slot(entry.next)
            while table[slot] != 0 {
                let other = entries[Int(table[slot] & ~Self.repeated)]
                if other.next == entry.next, other.length == entry.length,
                    memcmp(base + Int(other.offset), base + Int(entry.offset), Int(entry.length)) == 0
                {
                    break
                }
                slot = (slot &+ 1) & (Self.slotCount - 1)
            }
            table[slot] = UInt32(place) | (table[slot] == 0 ? 0 : Self.repeated)
            place = Int(entries[place + 1].next)
        }
        return true
    }

    /// A slot for the code of a name.
    @inline(__always)
    private static func slot(_ code: UInt32) -> Int {
        Int((code &* 0x9E37_79B1) &>> 25)
    }
}
