// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import Policy
internal import Synchronization

/// What the firewall does to clients, counted for ``PolicyWatch``.
///
/// Counts lie in shards by client, so that threads seldom wait for one another. The number of clients that are told apart
/// is bounded; those beyond count as requests only.
package final class EnforcementCounts: Sendable {
    fileprivate struct Shard {
        /// The clients of the window, and whether one of their requests was blocked.
        var clients: [UInt64: Bool] = [:]
        var requests = 0
        var blockedRequests = 0
        /// By the scope of the canary's setting.
        var canaries: [Scope: CanaryCounts] = [:]
    }

    /// What clients inside and outside of a canary were answered since its setting was made.
    package struct CanaryCounts: Sendable, Hashable {
        /// When the setting was made, in nanoseconds since 1970.
        package var since: Int64
        package var inside = RefusalCounts(total: 0, refused: 0)
        package var outside = RefusalCounts(total: 0, refused: 0)
    }

    private final class Place: Sendable {
        let shard = Mutex(Shard())
    }

    private let places = (0..<16).map { _ in Place() }
    private static let clientsPerShard = 16_384

    package init() {}

    func note(_ client: IPAddress?, _ stance: Stance, isBlocked: Bool, status: Int) {
        let bits = client?.bits ?? 0
        let hash = (UInt64(truncatingIfNeeded: bits) ^ UInt64(truncatingIfNeeded: bits >> 64)) &* 0x9E37_79B9_7F4A_7C15
        places[Int(hash >> 60)].shard.withLock { shard in
            shard.requests += 1
            shard.blockedRequests += isBlocked ? 1 : 0
            if let known = shard.clients[hash] {
                if isBlocked, !known { shard.clients[hash] = true }
            } else if shard.clients.count < Self.clientsPerShard {
                shard.clients[hash] = isBlocked
            }
            if let canary = stance.canary {
                let isRefused = (400...499).contains(status)
                shard.note(canary, isRefused)
            }
        }
    }

    /// The counts of the window that runs.
    func window() -> BlockCounts {
        var counts = BlockCounts()
        for place in places {
            place.shard.withLock { shard in
                counts.clients += shard.clients.count
                counts.blockedClients += shard.clients.values.count { $0 }
                counts.requests += shard.requests
                counts.blockedRequests += shard.blockedRequests
            }
        }
        return counts
    }

    func startWindow() {
        for place in places {
            place.shard.withLock { shard in
                shard.clients.removeAll(keepingCapacity: true)
                shard.requests = 0
                shard.blockedRequests = 0
            }
        }
    }

    /// The counts of canaries; those whose setting is gone are forgotten.
    func canaries(in policy: PolicyDocument) -> [Scope: CanaryCounts] {
        var all: [Scope: CanaryCounts] = [:]
        for place in places {
            let counts = place.shard.withLock { shard in
                shard.canaries = shard.canaries.filter { policy.modes[$0.key]?.by.time == $0.value.since }
                return shard.canaries
            }
            for (scope, counts) in counts {
                all[scope, default: CanaryCounts(since: counts.since)].add(counts)
            }
        }
        return all
    }
}

extension EnforcementCounts.Shard {
    fileprivate mutating func note(_ canary: Stance.Canary, _ isRefused: Bool) {
        let setting = canary.setting
        var counts = canaries[setting.scope] ?? EnforcementCounts.CanaryCounts(since: setting.by.time)
        // A request that began under an older setting counts for none.
        if setting.by.time > counts.since { counts = EnforcementCounts.CanaryCounts(since: setting.by.time) }
        guard counts.since == setting.by.time else { return }
        counts.add(isRefused, isInside: canary.isInside)
        canaries[setting.scope] = counts
    }
}

extension EnforcementCounts.CanaryCounts {
    fileprivate mutating func add(_ isRefused: Bool, isInside: Bool) {
        if isInside {
            inside.total += 1
            inside.refused += isRefused ? 1 : 0
        } else {
            outside.total += 1
            outside.refused += isRefused ? 1 : 0
        }
    }

    fileprivate mutating func add(_ other: Self) {
        inside.total += other.inside.total
        inside.refused += other.inside.refused
        outside.total += other.outside.total
        outside.refused += other.outside.refused
    }
}
