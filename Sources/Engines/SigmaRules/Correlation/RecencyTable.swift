// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Values by key, the key that was used last in front. Of more than the limit, the one that was not used for longest is
/// dropped and counted.
struct RecencyTable<Key: Hashable, Value> {
    private struct Entry {
        var key: Key
        var value: Value
        var newer: Int
        var older: Int
    }

    private var entries: [Entry] = []
    private var indexOfKey: [Key: Int] = [:]
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1
    private let limit: Int
    /// How many were dropped because there were too many.
    private(set) var evictions: UInt64 = 0

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    var count: Int { indexOfKey.count }

    /// The value of a key, without counting as use.
    subscript(key: Key) -> Value? {
        indexOfKey[key].map { entries[$0].value }
    }

    /// The key and value that were not used for longest.
    var last: (key: Key, value: Value)? {
        oldest < 0 ? nil : (entries[oldest].key, entries[oldest].value)
    }

    /// Uses a key; makes its value where it has none.
    mutating func use<Result>(_ key: Key, make: () -> Value, change body: (inout Value) -> Result) -> Result {
        let index: Int
        if let found = indexOfKey[key] {
            index = found
            if index != newest {
                unlink(index)
                linkAsNewest(index)
            }
        } else {
            if indexOfKey.count >= limit {
                removeLast()
                evictions += 1
            }
            let entry = Entry(key: key, value: make(), newer: -1, older: -1)
            if let place = free.popLast() {
                entries[place] = entry
                index = place
            } else {
                index = entries.count
                entries.append(entry)
            }
            indexOfKey[key] = index
            linkAsNewest(index)
        }
        return body(&entries[index].value)
    }

    mutating func removeLast() {
        guard oldest >= 0 else { return }
        remove(at: oldest)
    }

    mutating func remove(_ key: Key) {
        if let index = indexOfKey[key] { remove(at: index) }
    }

    private mutating func remove(at index: Int) {
        unlink(index)
        indexOfKey[entries[index].key] = nil
        free.append(index)
    }

    private mutating func unlink(_ index: Int) {
        let (newer, older) = (entries[index].newer, entries[index].older)
        if newer >= 0 { entries[newer].older = older } else { newest = older }
        if older >= 0 { entries[older].newer = newer } else { oldest = newer }
        entries[index].newer = -1
        entries[index].older = -1
    }

    private mutating func linkAsNewest(_ index: Int) {
        entries[index].older = newest
        entries[index].newer = -1
        if newest >= 0 { entries[newest].newer = index } else { oldest = index }
        newest = index
    }
}
