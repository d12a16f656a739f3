// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Upper-case names with one byte each, found by bytes of any case.
///
/// Open addressing over slots of eight bytes; the hash looks at the length and at the first and last eight bytes, a
/// find compares the whole name. The names stay where they are: in the static text that the table is built from.
struct NameTable: @unchecked Sendable {
    /// The longest name in bytes.
    static let longestName = 31

    /// A place for a name; empty where the length is 0.
    private struct Slot {
        var tag: UInt32
        var offset: UInt16
        var length: UInt8
        var value: UInt8
    }

    /// `mask + 1` slots, never written after `init`.
    private let slots: UnsafePointer<Slot>
    private let mask: Int
    private let text: UnsafePointer<UInt8>

    /// Builds a table of the names in a static text.
    ///
    /// - Parameters:
    ///   - text: the names and what separates them, shorter than 65,536 bytes.
    ///   - names: where each name lies in the text, with its value; names longer than ``longestName`` are left out.
    init(text: StaticString, names: [(offset: Int, length: Int, value: UInt8)]) {
        var capacity = 16
        while capacity < names.count * 2 {
            capacity *= 2
        }
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        slots.initialize(repeating: Slot(tag: 0, offset: 0, length: 0, value: 0), count: capacity)
        for name in names where 1...Self.longestName ~= name.length {
            let tag = Self.hash(text.utf8Start + name.offset, name.length)
            var index = Int(tag) & (capacity - 1)
            while slots[index].length != 0 {
                index = (index + 1) & (capacity - 1)
            }
            slots[index] = Slot(
                tag: tag,
                offset: UInt16(truncatingIfNeeded: name.offset),
                length: UInt8(truncatingIfNeeded: name.length),
                value: name.value
            )
        }
        self.slots = UnsafePointer(slots)
        self.mask = capacity - 1
        self.text = text.utf8Start
    }

    /// The value of a name.
    ///
    /// - Parameters:
    ///   - start: the first byte.
    ///   - count: how many bytes may be read there.
    /// - Returns: the value, nil where the table doesn't know the name.
    @inline(__always)
    func value(of start: UnsafePointer<UInt8>, count: Int) -> UInt8? {
        guard count > 0, count <= Self.longestName else { return nil }
        let tag = Self.hash(start, count)
        var index = Int(tag) & mask
        while slots[index].length != 0 {
            let slot = slots[index]
            if slot.tag == tag, Int(slot.length) == count, isEqual(text + Int(slot.offset), start, count) {
                return slot.value
            }
            index = (index &+ 1) & mask
        }
        return nil
    }

    /// Whether bytes of any case spell an upper-case name.
    private func isEqual(_ name: UnsafePointer<UInt8>, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where name[index] != bytes[index].asciiUppercased {
            return false
        }
        return true
    }

    /// A hash that is equal for bytes that differ in ASCII case alone.
    @inline(__always)
    private static func hash(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
        let bytes = UnsafeRawPointer(start)
        let head: UInt64
        let tail: UInt64
        if count >= 8 {
            head = bytes.loadUnaligned(as: UInt64.self)
            tail = bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        } else if count >= 4 {
            head = UInt64(bytes.loadUnaligned(as: UInt32.self))
            tail = UInt64(bytes.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
        } else {
            head = UInt64(start[0]) | UInt64(start[count / 2]) << 8 | UInt64(start[count &- 1]) << 16
            tail = 0
        }
        // One bit of a letter is its case; setting it in every byte is enough for a hash.
        let caseBits: UInt64 = 0x2020_2020_2020_2020
        var mixed = (head | caseBits) &* 0x9e37_79b9_7f4a_7c15
        mixed ^= ((tail | caseBits) &+ UInt64(truncatingIfNeeded: count)) &* 0xc2b2_ae3d_27d4_eb4f
        mixed ^= mixed >> 29
        mixed = mixed &* 0xbf58_476d_1ce4_e5b9
        return UInt32(truncatingIfNeeded: mixed >> 32)
    }
}

extension UInt8 {
    /// The upper-case letter of an ASCII letter; every other byte is itself.
    @inline(__always)
    var asciiUppercased: UInt8 {
        self &- UInt8(ascii: "a") < 26 ? self &- 0x20 : self
    }
}
