// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A dictionary with a bound: who comes new into a full one takes the place of the one that was used longest ago.
///
/// All is O(1). The entries stand in a list by their use, kept in arrays: `newer` and `older` are places in them.
struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var key: Key
        var value: Value
        var newer: Int?
        var older: Int?
    }

    private var entries: [Entry?] = []
    private var places: [Key: Int] = [:]
    private var free: [Int] = []
    private var newest: Int?
    private var oldest: Int?
    let capacity: Int

    /// - Parameter capacity: at least 1.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { places.count }

    /// The value of a key, without counting as a use.
    func peek(_ key: Key) -> Value? {
        places[key].flatMap { entries[$0]?.value }
    }

    /// Puts in a value, or takes it away where it is nil, and counts as a use.
    ///
    /// - Returns: what was pushed out.
    @discardableResult
    mutating func set(_ key: Key, _ value: Value?) -> (key: Key, value: Value)? {
        guard let value else {
            if let place = places[key] { remove(place) }
            return nil
        }
        if let place = places[key] {
            unlink(place)
            entries[place]?.value = value
            link(place)
            return nil
        }
        var pushedOut: (key: Key, value: Value)?
        if places.count >= capacity, let oldest { pushedOut = remove(oldest) }
        let entry = Entry(key: key, value: value)
        let place: Int
        if let last = free.popLast() {
            place = last
            entries[place] = entry
        } else {
            place = entries.count
            entries.append(entry)
        }
        places[key] = place
        link(place)
        return pushedOut
    }

    /// The entry that was used longest ago.
    var last: (key: Key, value: Value)? {
        oldest.flatMap { entries[$0] }.map { ($0.key, $0.value) }
    }

    @discardableResult
    private mutating func remove(_ place: Int) -> (key: Key, value: Value)? {
        guard let entry = entries[place] else { return nil }
        unlink(place)
        entries[place] = nil
        places[entry.key] = nil
        free.append(place)
        return (entry.key, entry.value)
    }

    private mutating func unlink(_ place: Int) {
        guard let entry = entries[place] else { return }
        if let newer = entry.newer { entries[newer]?.older = entry.older } else { newest = entry.older }
        if let older = entry.older { entries[older]?.newer = entry.newer } else { oldest = entry.newer }
        entries[place]?.newer = nil
        entries[place]?.older = nil
    }

    private mutating func link(_ place: Int) {
        entries[place]?.older = newest
        if let newest { entries[newest]?.newer = place } else { oldest = place }
        newest = place
    }
}
