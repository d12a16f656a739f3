// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import EventBus

/// Tells of a set of entities whether one may be in it: always right where it says no, wrong in 1 of 100 where it says yes.
///
/// A split-block Bloom filter as in https://parquet.apache.org/docs/file-format/bloomfilter/, with 10.5 bits a key: each
/// key sets one bit in each of the eight words of one block of 32 bytes, so that a look-up reads one cache line.
package struct EntityFilter: Sendable, Equatable {
    /// Words of 32 bits, little endian.
    package let bytes: [UInt8]

    private static let blockBytes = 32
    /// The odd factors of the format, one for each word.
    private static let salts: [UInt32] = [
        0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947, 0x5C6B_FB31,
    ]

    /// The filter of some keys, best without the same key twice.
    package init(_ keys: some Collection<EntityKey>) {
        let blocks = (keys.count * 21 + 511) / 512
        var bytes = [UInt8](repeating: 0, count: blocks * Self.blockBytes)
        for key in keys {
            let start = Self.block(of: key, among: blocks) * Self.blockBytes
            for (word, salt) in Self.salts.enumerated() {
                let bit = Self.bit(of: key, salt)
                bytes[start + word * 4 + (bit >> 3)] |= 1 << UInt8(bit & 7)
            }
        }
        self.bytes = bytes
    }

    /// A filter that was stored.
    ///
    /// - Returns: nil where the bytes are no filter.
    package init?(bytes: [UInt8]) {
        guard bytes.count % Self.blockBytes == 0 else { return nil }
        self.bytes = bytes
    }

    /// Whether a key may be in the set.
    package func mayContain(_ key: EntityKey) -> Bool {
        let blocks = bytes.count / Self.blockBytes
        guard blocks > 0 else { return false }
        let start = Self.block(of: key, among: blocks) * Self.blockBytes
        for (word, salt) in Self.salts.enumerated() {
            let bit = Self.bit(of: key, salt)
            if bytes[start + word * 4 + (bit >> 3)] & (1 << UInt8(bit & 7)) == 0 { return false }
        }
        return true
    }

    private static func block(of key: EntityKey, among count: Int) -> Int {
        Int(((key.hash >> 32) &* UInt64(count)) >> 32)
    }

    private static func bit(of key: EntityKey, _ salt: UInt32) -> Int {
        Int((UInt32(truncatingIfNeeded: key.hash) &* salt) >> 27)
    }
}
