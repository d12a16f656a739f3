// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// The collections that outlive a transaction: IP, GLOBAL, SESSION, USER, RESOURCE.
///
/// Spread over shards with a lock each, so that transactions of different clients do not wait for one another. A
/// collection dies when it was not changed for its time-out; when a shard is full the collections longest unchanged
/// make room. Changes are written at once and counters are added up under the lock, so no update is lost.
public final class PersistentCollections: Sendable {
    private struct Entry {
        var name: [UInt8]
        var value: [UInt8]
        /// Nanoseconds since 1970; nil for a value that stays as long as its collection.
        var expiry: UInt64?
        /// When the value was last set, for `deprecatevar`.
        var changed: UInt64
    }

    private struct Collection {
        var values: [[UInt8]: Entry] = [:]
        /// Names in the order of their first setting.
        var order: [[UInt8]] = []
        var created: UInt64
        var changed: UInt64
        var expiry: UInt64
        var updateCount = 0
    }

    private struct Key: Hashable {
        var collection: String
        var key: [UInt8]
    }

    private final class Shard: Sendable {
        let collections = Mutex<[Key: Collection]>([:])
    }

    private let shards: [Shard]
    private let capacityPerShard: Int
    /// How many variables a collection may hold.
    private static let maximumVariables = 1_000
    /// Ten years, in seconds: no rule means more, and nanoseconds fit.
    private static let longestTime = 315_360_000
    /// How many bytes a value may have.
    static let maximumValueLength = 4_096

    /// - Parameter capacity: how many collections are kept.
    public init(capacity: Int = 1_000_000) {
        shards = (0..<64).map { _ in Shard() }
        capacityPerShard = max(16, capacity / 64)
    }

    /// The number of collections that are kept.
    public var count: Int { shards.reduce(0) { $0 + $1.collections.withLock { $0.count } } }

    private func shard(for key: Key) -> Shard {
        shards[Int(UInt(bitPattern: key.hashValue) % UInt(shards.count))]
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
                entry.values[id] = nil
                entry.order.removeAll { $0 == id }
                entry.updateCount += 1
                return
            }
            if entry.values[id] == nil {
                guard entry.values.count < Self.maximumVariables else {
                    return
                }
                entry.order.append(id)
            }
            let bounded = Array(value.prefix(Self.maximumValueLength))
            entry.values[id] = Entry(name: name, value: bounded, expiry: old?.expiry, changed: now)
            entry.updateCount += 1
        }
    }

    /// Lets a variable expire.
    func expire(_ collection: String, key: [UInt8], name: [UInt8], at expiry: UInt64, now: UInt64, timeout: Int) {
        change(collection, key: key, now: now, timeout: timeout) { entry in
            entry.values[name.asciiLowercased()]?.expiry = expiry
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
            entry.values[id] = Entry(name: old.name, value: Array("\(value)".utf8), expiry: old.expiry, changed: now)
        }
    }

    private func change(
        _ collection: String,
        key: [UInt8],
        now: UInt64,
        timeout: Int,
        _ body: (inout Collection) -> Void
    ) {
        let id = Key(collection: collection, key: key)
        let lifetime = UInt64(min(timeout, Self.longestTime)) * 1_000_000_000
        shard(for: id).collections.withLock { collections in
            var entry = collections[id].flatMap { $0.expiry > now ? $0 : nil }
            if entry == nil {
                makeRoom(in: &collections, now: now)
                entry = Collection(created: now, changed: now, expiry: now + lifetime)
            }
            guard var changed = entry else {
                return
            }
            body(&changed)
            changed.changed = now
            changed.expiry = now + lifetime
            collections[id] = changed
        }
    }

    /// Drops what has expired, then the collections longest unchanged, once a shard is full.
    private func makeRoom(in collections: inout [Key: Collection], now: UInt64) {
        guard collections.count >= capacityPerShard else {
            return
        }
        collections = collections.filter { $0.value.expiry > now }
        guard collections.count >= capacityPerShard else {
            return
        }
        // An eighth at a time, so that a flood of new keys does not sort the shard for every one of them.
        let oldest = collections.sorted { $0.value.changed < $1.value.changed }.prefix(capacityPerShard / 8 + 1)
        for (key, _) in oldest {
            collections[key] = nil
        }
    }
}
