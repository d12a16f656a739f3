// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// The collections that outlive a transaction: IP, GLOBAL, SESSION, USER, RESOURCE.
///
/// Spread over shards with a lock each, so that transactions of different clients do not wait for one another. A
/// collection dies when it was not changed for its time-out; when a shard is full, or all of them together weigh more
/// than their budget, the collections longest unchanged make room. Changes are written at once and counters are added
/// up under the lock, so no update is lost.
public final class PersistentCollections: Sendable {
    private struct Key: Hashable {
        var collection: String
        var key: [UInt8]
    }

    private final class Shard: Sendable {
        let collections = Mutex<[Key: StoredCollection]>([:])
    }

    private let shards: [Shard]
    private let capacityPerShard: Int
    private let byteBudget: Int
    /// The weight of everything that is kept.
    private let weight = Atomic<Int>(0)
    /// Ten years, in seconds: no rule means more, and nanoseconds fit.
    private static let longestTime = 315_360_000
    /// How many bytes a value may have.
    static let maximumValueLength = 4_096

    /// - Parameters:
    ///   - capacity: how many collections are kept.
    ///   - byteBudget: how many bytes all of them together may take, their management included.
    public init(capacity: Int = 1_000_000, byteBudget: Int = 64 << 20) {
        shards = (0..<64).map { _ in Shard() }
        capacityPerShard = max(16, capacity / 64)
        self.byteBudget = byteBudget
    }

    /// How many bytes everything that is kept takes, as far as that can be counted.
    public var bytes: Int { weight.load(ordering: .relaxed) }

    /// The number of collections that are kept.
    public var count: Int { shards.reduce(0) { $0 + $1.collections.withLock { $0.count } } }

    private func shard(for key: Key) -> Shard {
        shards[index(of: key)]
    }

    private func index(of key: Key) -> Int {
        Int(UInt(bitPattern: key.hashValue) % UInt(shards.count))
    }

    /// Makes sure that a collection is there.
    func open(_ collection: String, key: [UInt8], now: UInt64, timeout: Int) {
        change(collection, key: key, now: now, timeout: timeout) { _ in }
    }

    /// The variables of a collection that have not expired, by name.
    func values(of collection: String, key: [UInt8], now: UInt64) -> [(name: [UInt8], value: [UInt8])] {
        let id = Key(collection: collection, key: key)
        return shard(for: id).collections.withLock { collections in
            guard let found = collections[id], found.expiry > now else {
                return []
            }
            var values = found.order.compactMap { name -> (name: [UInt8], value: [UInt8])? in
                guard let entry = found.values[name], entry.expiry.map({ $0 > now }) ?? true else {
                    return nil
                }
                return (name: entry.name, value: entry.value)
            }
            values.append((name: Array("create_time".utf8), value: Self.seconds(found.created)))
            values.append((name: Array("is_new".utf8), value: Array(found.updateCount == 0 ? "1".utf8 : "0".utf8)))
            values.append((name: Array("key".utf8), value: key))
            values.append((name: Array("last_update_time".utf8), value: Self.seconds(found.changed)))
            values.append((name: Array("update_counter".utf8), value: Array("\(found.updateCount)".utf8)))
            return values
        }
    }

    /// One variable of a collection, without looking at the others; nil where there is none, or where the name is one
    /// that every collection has, see ``hasByItself(_:)``.
    ///
    /// - Parameter name: lower-cased.
    func value(
        of collection: String,
        key: [UInt8],
        name: [UInt8],
        now: UInt64
    ) -> (name: [UInt8], value: [UInt8])? {
        let id = Key(collection: collection, key: key)
        return shard(for: id).collections.withLock { collections in
            guard let found = collections[id], found.expiry > now, let entry = found.values[name],
                entry.expiry.map({ $0 > now }) ?? true
            else {
                return nil
            }
            return (name: entry.name, value: entry.value)
        }
    }

    /// Whether a lower-cased name is one that every collection has.
    static func hasByItself(_ name: [UInt8]) -> Bool { ownNames.contains(name) }

    private static let ownNames = Set(
        ["create_time", "is_new", "key", "last_update_time", "update_counter"].map { Array($0.utf8) }
    )

    private static func seconds(_ nanoseconds: UInt64) -> [UInt8] { Array("\(nanoseconds / 1_000_000_000)".utf8) }

    /// Sets a variable, or adds to it where it is a number.
    func set(
        _ collection: String,
        key: [UInt8],
        name: [UInt8],
        now: UInt64,
        timeout: Int,
        update: (_ old: [UInt8]?) -> [UInt8]?
    ) {
        change(collection, key: key, now: now, timeout: timeout) { entry in
            let id = name.asciiLowercased()
            let old = entry.values[id].flatMap { $0.expiry.map { $0 > now } ?? true ? $0 : nil }
            guard let value = update(old?.value) else {
                entry.remove(id)
                return
            }
            let bounded = Array(value.prefix(Self.maximumValueLength))
            entry.set(
                id,
                StoredCollection.Entry(name: name, value: bounded, expiry: old?.expiry, changed: now),
                limit: byteBudget / 4
            )
        }
    }

    /// Lets a variable expire.
    func expire(_ collection: String, key: [UInt8], name: [UInt8], at expiry: UInt64, now: UInt64, timeout: Int) {
        change(collection, key: key, now: now, timeout: timeout) { entry in
            entry.expire(name.asciiLowercased(), at: expiry)
        }
    }

    /// Takes `amount` off a counter for each `interval` seconds since it was last changed.
    func deprecate(
        _ collection: String,
        key: [UInt8],
        name: [UInt8],
        by amount: Int,
        per interval: Int,
        now: UInt64,
        timeout: Int
    ) {
        change(collection, key: key, now: now, timeout: timeout) { entry in
            let id = name.asciiLowercased()
            guard let old = entry.values[id], let number = Int(old.value.lossyText), now > old.changed else {
                return
            }
            let steps = Int((now - old.changed) / (UInt64(min(interval, Self.longestTime)) * 1_000_000_000))
            guard steps > 0 else {
                return
            }
            let (reduction, overflows) = amount.multipliedReportingOverflow(by: steps)
            let value = overflows ? 0 : max(0, number.subtractingReportingOverflow(reduction).partialValue)
            entry.replace(
                id,
                StoredCollection.Entry(
                    name: old.name,
                    value: Array("\(value)".utf8),
                    expiry: old.expiry,
                    changed: now
                )
            )
        }
    }

    private func change(
        _ collection: String,
        key: [UInt8],
        now: UInt64,
        timeout: Int,
        _ body: (inout StoredCollection) -> Void
    ) {
        let id = Key(collection: collection, key: key)
        let lifetime = UInt64(min(timeout, Self.longestTime)) * 1_000_000_000
        let fresh = StoredCollection(key: key, now: now)
        shard(for: id).collections.withLock { collections in
            let found = collections[id]
            let isAlive = found.map { $0.expiry > now } ?? false
            let oldWeight = found?.weight ?? 0
            if found == nil {
                makeRoom(in: &collections, now: now)
            }
            var changed = isAlive ? found ?? fresh : fresh
            body(&changed)
            changed.changed = now
            changed.expiry = now + lifetime
            weight.add(changed.weight - oldWeight, ordering: .relaxed)
            collections[id] = changed
            if weight.load(ordering: .relaxed) > byteBudget {
                evictOldest(from: &collections, sparing: id)
            }
        }
        makeRoomElsewhere(behind: id)
    }

    // MARK: Room

    /// Drops what has expired, then the collections longest unchanged, once a shard is full.
    private func makeRoom(in collections: inout [Key: StoredCollection], now: UInt64) {
        guard collections.count >= capacityPerShard else {
            return
        }
        for (key, collection) in collections where collection.expiry <= now {
            drop(key, from: &collections)
        }
        guard collections.count >= capacityPerShard else {
            return
        }
        evictOldest(from: &collections, sparing: nil)
    }

    /// Drops an eighth of a shard at a time, so that a flood of new keys does not sort the shard for every one of them.
    private func evictOldest(from collections: inout [Key: StoredCollection], sparing spared: Key?) {
        let oldest = collections.sorted { $0.value.changed < $1.value.changed }.prefix(collections.count / 8 + 2)
        for (key, _) in oldest where key != spared {
            drop(key, from: &collections)
        }
    }

    /// Where one shard had nothing more to give, the others give: one collection may weigh as much as many.
    ///
    /// No lock is held while another is taken.
    private func makeRoomElsewhere(behind id: Key) {
        guard weight.load(ordering: .relaxed) > byteBudget else {
            return
        }
        let first = index(of: id)
        for step in 1...shards.count where weight.load(ordering: .relaxed) > byteBudget {
            shards[(first + step) % shards.count].collections.withLock { evictOldest(from: &$0, sparing: id) }
        }
    }

    private func drop(_ key: Key, from collections: inout [Key: StoredCollection]) {
        if let dropped = collections.removeValue(forKey: key) {
            weight.subtract(dropped.weight, ordering: .relaxed)
        }
    }
}
