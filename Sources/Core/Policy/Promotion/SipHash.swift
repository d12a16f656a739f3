// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a hash that stays the same across processes and machines with the same
/// key, and that nobody without the key can steer.
struct SipHash: Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var length: UInt64 = 0

    init(_ key: HashKey) {
        v0 = key.first ^ 0x736F_6D65_7073_6575
        v1 = key.second ^ 0x646F_7261_6E64_6F6D
        v2 = key.first ^ 0x6C79_6765_6E65_7261
        v3 = key.second ^ 0x7465_6462_7974_6573
    }

    /// Eight more bytes, the first one of the input being the least significant.
    mutating func combine(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
        length += 8
    }

    mutating func combine(_ value: UInt128) {
        combine(UInt64(truncatingIfNeeded: value))
        combine(UInt64(truncatingIfNeeded: value >> 64))
    }

    /// The hash of what was combined and of these last bytes.
    mutating func finish(_ tail: some Sequence<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        var count: UInt64 = 0
        for byte in tail {
            word |= UInt64(byte) << (count * 8)
            count += 1
            if count == 8 {
                combine(word)
                word = 0
                count = 0
            }
        }
        combine(word | (length &+ count) << 56)
        v2 ^= 0xFF
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v0 = v0 << 32 | v0 >> 32
        v2 = v2 &+ v3
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 = v0 &+ v3
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 = v2 &+ v1
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v2 = v2 << 32 | v2 >> 32
    }
}

/// The secret by which clients are put into canaries and buckets. One installation has one, on all its machines and
/// across restarts; who knows it can choose an address inside or outside of a canary.
package struct HashKey: Sendable {
    let first: UInt64
    let second: UInt64

    package init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }
}
