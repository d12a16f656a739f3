// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// SipHash-2-4 (Aumasson and Bernstein 2012): 64 bits under a secret key.
///
/// Who does not know the key cannot make two texts that get the same number, so reports from outside can neither slow
/// tables down nor merge findings that differ. Numbers of one key mean nothing under another; a store keeps its key.
package struct KeyedHash: Sendable {
    /// The secret: 128 bits.
    package struct Key: Sendable, Hashable {
        package var low: UInt64
        package var high: UInt64

        package init(low: UInt64, high: UInt64) {
            self.low = low
            self.high = high
        }
    }

    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    /// Bytes that do not fill a word yet, the first lowest.
    private var tail: UInt64 = 0
    private var count: UInt64 = 0

    package init(_ key: Key) {
        v0 = key.low ^ 0x736F_6D65_7073_6575
        v1 = key.high ^ 0x646F_7261_6E64_6F6D
        v2 = key.low ^ 0x6C79_6765_6E65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    /// Takes one byte.
    @inline(__always)
    package mutating func add(_ byte: UInt8) {
        tail |= UInt64(byte) &<< ((count & 7) &* 8)
        count &+= 1
        if count & 7 == 0 {
            compress(tail)
            tail = 0
        }
    }

    /// Takes bytes, without their number: put it in front where two texts follow each other.
    package mutating func add(_ bytes: some Sequence<UInt8>) {
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { add($0) }
        guard isDone == nil else { return }
        for byte in bytes {
            add(byte)
        }
    }

    /// Takes bytes that lie in one piece, eight at once.
    package mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
        var index = 0
        let raw = UnsafeRawBufferPointer(bytes)
        while index &+ 8 <= bytes.count {
            add(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index &+= 8
        }
        while index < bytes.count {
            add(bytes[index])
            index &+= 1
        }
    }

    /// Takes a number as eight bytes, the lowest first.
    @inline(__always)
    package mutating func add(_ number: UInt64) {
        // Bytes that wait are the lower part of the word, and as many of the number's wait afterwards.
        let waiting = (count & 7) &* 8
        if waiting == 0 {
            compress(number)
        } else {
            compress(tail | number &<< waiting)
            tail = number &>> (64 &- waiting)
        }
        count &+= 8
    }

    /// The hash of all that was taken; never 0, which stands for "nothing" in a digest.
    package consuming func value() -> UInt64 {
        compress(tail | count &<< 56)
        v2 ^= 0xFF
        for _ in 0..<4 {
            round()
        }
        let result = v0 ^ v1 ^ v2 ^ v3
        return result == 0 ? 1 : result
    }

    @inline(__always)
    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v2 &+= v3
        v1 = v1 &<< 13 | v1 &>> 51
        v3 = v3 &<< 16 | v3 &>> 48
        v1 ^= v0
        v3 ^= v2
        v0 = v0 &<< 32 | v0 &>> 32
        v2 &+= v1
        v0 &+= v3
        v1 = v1 &<< 17 | v1 &>> 47
        v3 = v3 &<< 21 | v3 &>> 43
        v1 ^= v2
        v3 ^= v0
        v2 = v2 &<< 32 | v2 &>> 32
    }
}
