// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Synchronization

/// A limit that an activity is over.
package struct ExceededLimit: Hashable, Sendable {
    package let limit: RateLimit
    /// When the next one would be within it, in nanoseconds from now.
    package let retryAfter: Int64
}

/// The token buckets of all limits: the one part of the policy that changes while requests are judged.
///
/// A bucket is one number, the time at which it would be full again (the generic cell rate algorithm, ITU-T I.371, which
/// gives the same answers as a token bucket). The memory is fixed, 16 bytes for each of ``capacity`` buckets, in rows of
/// eight under 64 locks. In a full row a new client takes the place of the bucket that is nearest to full, so that filling
/// the table with addresses frees nobody who is over a limit before all those who are less so.
package final class RateLimiter: Sendable {
    private struct Bucket {
        /// A hash of limit and client; 0 for an empty place.
        var key: UInt64 = 0
        /// When the bucket is full again, in nanoseconds since 1970.
        var full: Int64 = 0
    }

    private final class Shard: Sendable {
        let buckets: Mutex<[Bucket]>

        init(count: Int) {
            buckets = Mutex(Array(repeating: Bucket(), count: count))
        }
    }

    private static let ways = 8
    private static let shardBits = 6

    private let shards: [Shard]
    private let rowMask: UInt64

    /// The number of buckets.
    package var capacity: Int { shards.count * (Int(rowMask) + 1) * Self.ways }

    /// The memory of all buckets in bytes.
    package var memory: Int { capacity * MemoryLayout<Bucket>.stride }

    /// - Parameter capacity: rounded up to a power of two from 512 on; the default takes 4 MiB.
    package init(capacity: Int = 1 << 18) {
        var rows = 1
        while rows << Self.shardBits * Self.ways < min(capacity, 1 << 26) { rows *= 2 }
        rowMask = UInt64(rows - 1)
        shards = (0..<(1 << Self.shardBits)).map { _ in Shard(count: rows * Self.ways) }
    }

    /// Counts an activity towards all limits that it falls under.
    ///
    /// What is over a limit is not counted towards it, whether or not it is refused: what is observed and what is enforced
    /// agree about the first activity over a limit and about the pace after it.
    ///
    /// - Parameter time: now, in nanoseconds since 1970. A clock that steps back keeps nobody out for longer than an
    ///   empty bucket takes to fill.
    /// - Returns: the limit that holds longest of those exceeded; nil where all is within limits.
    package func charge(_ facts: ActivityFacts, under policy: PolicySnapshot, at time: Int64) -> ExceededLimit? {
        let now = min(max(0, time), Int64.max / 4)
        var exceeded: ExceededLimit?
        policy.tables.limits.forEach(facts, at: time) { limit, bucket in
            let wait = charge(bucket, limit, now)
            guard wait > 0, wait > exceeded?.retryAfter ?? 0 else { return }
            exceeded = ExceededLimit(limit: limit.limit, retryAfter: wait)
        }
        return exceeded
    }

    /// - Returns: 0 where it is within the limit, else the nanoseconds until it would be.
    private func charge(_ bucket: UInt64, _ limit: CompiledLimit, _ now: Int64) -> Int64 {
        let key = max(1, bucket)
        let shard = shards[Int(truncatingIfNeeded: key & 63)]
        let row = Int(truncatingIfNeeded: key >> UInt64(Self.shardBits) & rowMask) * Self.ways
        return shard.buckets.withLock { buckets in
            let place = Self.place(of: key, in: buckets, row)
            let isKnown = buckets[place].key == key
            let latest = now + limit.tolerance + limit.interval
            let full = isKnown ? min(max(buckets[place].full, now), latest) : now
            let wait = full - now - limit.tolerance
            guard wait <= 0 else {
                buckets[place].full = full
                return wait
            }
            buckets[place] = Bucket(key: key, full: full + limit.interval)
            return 0
        }
    }

    /// The client's place in a row, else an empty one or the one that is nearest to full.
    private static func place(of key: UInt64, in buckets: [Bucket], _ row: Int) -> Int {
        var best = row
        for place in row..<(row + ways) {
            if buckets[place].key == key { return place }
            if buckets[place].full < buckets[best].full { best = place }
        }
        return best
    }
}
