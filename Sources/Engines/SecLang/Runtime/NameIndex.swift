// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds names by their bytes, ASCII case aside: a hash table with open addressing of the numbers that its owner gives
/// to names.
///
/// Clients choose names, so hashes are keyed anew in each process (Swift's `Hasher`, SipHash).
struct NameIndex: Sendable {
    private struct Bucket: Sendable {
        var number: Int32 = -1
        var hash: UInt32 = 0
    }

    private var buckets: [Bucket]
    private var count = 0

    /// - Parameter capacity: the names to make room for at once.
    init(capacity: Int) {
        var size = 16
        while size < 2 * capacity {
            size *= 2
        }
        buckets = Array(repeating: Bucket(), count: size)
    }

    mutating func add(_ number: Int, _ hash: Int) {
        if 2 * (count + 1) > buckets.count {
            grow()
        }
        insert(Bucket(number: Int32(number), hash: UInt32(truncatingIfNeeded: hash)))
        count += 1
    }

    private mutating func insert(_ bucket: Bucket) {
        var place = Int(bucket.hash) & (buckets.count - 1)
        while buckets[place].number >= 0 {
            place = (place + 1) & (buckets.count - 1)
        }
        buckets[place] = bucket
    }

    private mutating func grow() {
        let old = buckets.filter { $0.number >= 0 }
        buckets = Array(repeating: Bucket(), count: 2 * buckets.count)
        for bucket in old {
            insert(bucket)
        }
    }

    /// The first number at or behind a place that a name of this hash may have; the search goes on behind
    /// ``Candidate/place``.
    func candidate(_ hash: Int, from start: Int? = nil) -> Candidate? {
        let short = UInt32(truncatingIfNeeded: hash)
        var place = start ?? Int(short) & (buckets.count - 1)
        while buckets[place].number >= 0 {
            let next = (place + 1) & (buckets.count - 1)
            if buckets[place].hash == short {
                return Candidate(number: Int(buckets[place].number), next: next)
            }
            place = next
        }
        return nil
    }

    struct Candidate {
        var number: Int
        /// Where to look for the next one.
        var next: Int
    }

    // MARK: Names

    /// The hash of a name without regard to ASCII case.
    static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        var word: UInt64 = 0
        var filled = 0
        for byte in name {
            word = word << 8 | UInt64(ASCII.lowercased(byte))
            filled += 1
            if filled == 8 {
                hasher.combine(word)
                word = 0
                filled = 0
            }
        }
        hasher.combine(word)
        hasher.combine(name.count)
        return hasher.finalize()
    }

    /// Whether two names are the same, ASCII case aside.
    static func areEqual(_ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>) -> Bool {
        guard first.count == second.count else {
            return false
        }
        for index in first.indices where ASCII.lowercased(first[index]) != ASCII.lowercased(second[index]) {
            return false
        }
        return true
    }
}
