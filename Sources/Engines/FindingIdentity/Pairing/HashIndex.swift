// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A table from numbers that are hashes already to small numbers, with linear probing.
///
/// Standard dictionaries hash their keys again and cost several times as much; keys here come from keyed hashes, so
/// nobody can choose them to collide.
struct HashIndex {
    private var keys: [UInt64]
    private var values: [Int32]
    private let mask: Int

    /// - Parameter capacity: the most keys that will be added.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 {
            size *= 2
        }
        keys = Array(repeating: 0, count: size)
        values = Array(repeating: -1, count: size)
        mask = size - 1
    }

    /// The place of a key: where it is, or where it would go.
    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: mix(key)) & mask
        while keys[slot] != key, values[slot] >= 0 {
            slot = (slot &+ 1) & mask
        }
        return slot
    }

    /// The value of a key; nil where it was never added.
    @inline(__always)
    func value(_ key: UInt64) -> Int? {
        let value = values[slot(key)]
        return value < 0 ? nil : Int(value)
    }

    /// Sets the value of a key.
    ///
    /// - Returns: the value it had; nil for a new key.
    @inline(__always)
    @discardableResult
    mutating func set(_ key: UInt64, _ value: Int) -> Int? {
        let slot = slot(key)
        let before = values[slot]
        keys[slot] = key
        values[slot] = Int32(truncatingIfNeeded: value)
        return before < 0 ? nil : Int(before)
    }

    /// The value of a key, which is set where it is missing.
    @inline(__always)
    mutating func insert(_ key: UInt64, _ value: () -> Int) -> Int {
        let slot = slot(key)
        if values[slot] >= 0 { return Int(values[slot]) }
        let value = value()
        keys[slot] = key
        values[slot] = Int32(truncatingIfNeeded: value)
        return value
    }
}
