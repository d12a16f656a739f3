// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One collection of ``PersistentCollections``, such as IP of one address, which knows what it weighs.
struct StoredCollection {
    struct Entry {
        var name: [UInt8]
        var value: [UInt8]
        /// Nanoseconds since 1970; nil for a value that stays as long as its collection.
        var expiry: UInt64?
        /// When the value was last set, for `deprecatevar`.
        var changed: UInt64
    }

    private(set) var values: [[UInt8]: Entry] = [:]
    /// Names in the order of their first setting.
    private(set) var order: [[UInt8]] = []
    let created: UInt64
    var changed: UInt64
    var expiry: UInt64
    private(set) var updateCount = 0
    /// Bytes, management included.
    private(set) var weight: Int

    /// How many variables a collection may hold.
    private static let maximumVariables = 1_000
    /// What a collection takes besides its key, and a variable besides its names and its value: headers of arrays,
    /// slots of tables.
    private static let ownWeight = 256
    private static let entryWeight = 192

    init(key: [UInt8], now: UInt64) {
        created = now
        changed = now
        expiry = now
        weight = Self.ownWeight + key.count
    }

    /// Sets a variable, unless the collection holds too many or would weigh more than `limit`.
    mutating func set(_ id: [UInt8], _ entry: Entry, limit: Int) {
        let change = Self.weight(id, entry) - (values[id].map { Self.weight(id, $0) } ?? 0)
        guard change <= 0 || weight + change <= limit else {
            return
        }
        if values[id] == nil {
            guard values.count < Self.maximumVariables else {
                return
            }
            order.append(id)
        }
        values[id] = entry
        weight += change
        updateCount += 1
    }

    /// Gives a variable that is there another value.
    mutating func replace(_ id: [UInt8], _ entry: Entry) {
        guard let old = values[id] else {
            return
        }
        weight += entry.value.count - old.value.count
        values[id] = entry
    }

    mutating func remove(_ id: [UInt8]) {
        updateCount += 1
        guard let old = values.removeValue(forKey: id) else {
            return
        }
        weight -= Self.weight(id, old)
        order.removeAll { $0 == id }
    }

    mutating func expire(_ id: [UInt8], at time: UInt64) {
        values[id]?.expiry = time
    }

    private static func weight(_ id: [UInt8], _ entry: Entry) -> Int {
        entryWeight + 2 * id.count + entry.name.count + entry.value.count
    }
}
