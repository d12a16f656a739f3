// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A hash table from 64-bit keys to 32-bit indexes, in one piece of memory.
///
/// Linear probing at a load of at most one half; an entry that goes is replaced by those behind it, so there are
/// no tombstones and lookups never get slower.
struct FlatIndex: ~Copyable {
    private struct Slot: BitwiseCopyable {
        var key: UInt64
        var value: UInt32
    }

    /// The value that no entry has.
    static let absent = UInt32.max

    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int
    private(set) var count = 0

    /// - Parameter capacity: how many slots to begin with, a power of two.
    init(capacity: Int = 1024) {
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: Slot(key: 0, value: Self.absent), count: capacity)
        mask = capacity - 1
    }

    deinit {
        slots.deallocate()
    }

    @inline(__always)
    private func home(of key: UInt64) -> Int {
        // Fibonacci hashing; the upper half is mixed in, for keys that differ only there.
        let mixed = (key ^ (key >> 32)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32) & mask
    }

    /// The index of a key; ``absent`` if there is none.
    @inline(__always)
    func find(_ key: UInt64) -> UInt32 {
        var place = home(of: key)
        while true {
            let slot = slots[place]
            if slot.value == Self.absent || slot.key == key {
                return slot.value
            }
            place = (place &+ 1) & mask
        }
    }

    /// Adds a key that is not there, or replaces the index of one that is.
    mutating func set(_ key: UInt64, to value: UInt32) {
        if count &* 2 > mask {
            grow()
        }
        var place = home(of: key)
        while slots[place].value != Self.absent {
            if slots[place].key == key {
                slots[place].value = value
                return
            }
            place = (place &+ 1) & mask
        }
        slots[place] = Slot(key: key, value: value)
        count += 1
    }

    /// Removes a key; one that is not there is nothing to remove.
    mutating func remove(_ key: UInt64) {
        var place = home(of: key)
        while slots[place].key != key || slots[place].value == Self.absent {
            if slots[place].value == Self.absent {
                return
            }
            place = (place &+ 1) & mask
        }
        count -= 1
        // Those behind move up, unless they would move before their home.
        var next = (place &+ 1) & mask
        while slots[next].value != Self.absent {
            let distance = (next &- home(of: slots[next].key)) & mask
            if distance >= (next &- place) & mask {
                slots[place] = slots[next]
                place = next
            }
            next = (next &+ 1) & mask
        }
        slots[place].value = Self.absent
    }

    /// Removes all.
    mutating func removeAll() {
        for place in 0...mask {
            slots[place].value = Self.absent
        }
        count = 0
    }

    private mutating func grow() {
        let old = slots
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        slots = .allocate(capacity: oldCount * 2)
        slots.initialize(repeating: Slot(key: 0, value: Self.absent), count: oldCount * 2)
        count = 0
        for place in 0..<oldCount where old[place].value != Self.absent {
            set(old[place].key, to: old[place].value)
        }
        old.deallocate()
    }
}
