// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The sequences of token types that stand for an injection.
///
/// A sequence is a number of five bits per type, 25 at most; the numbers lie in an open hash of 64 KiB.
struct SQLFingerprintSet: @unchecked Sendable {
    private static let slotBits = 14
    /// `1 << slotBits` numbers, 0 where empty, never written after `init`.
    private let slots: UnsafePointer<UInt32>

    init() {
        let capacity = 1 << Self.slotBits
        let slots = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
        // The published list is in upper case, which joins the types "t" and "T".
        let codes = (UInt8(0)..<128).map { letter in
            (SQLTokenType(letter: letter) ?? SQLTokenType(letter: letter | 0x20) ?? .none).code
        }
        StaticText(SQLFingerprintData.text).forEachWord { word, _ in
            let key = word.reduce(UInt32(0)) { $0 << 5 | codes[Int($1 & 0x7f)] }
            var index = Self.index(of: key)
            while slots[index] != 0 {
                index = (index + 1) & (capacity - 1)
            }
            slots[index] = key
        }
        self.slots = UnsafePointer(slots)
    }

    /// Whether the types of up to five tokens stand for an injection; the key holds their codes, the last lowest.
    func contains(_ key: UInt32) -> Bool {
        guard key != 0 else { return false }
        var index = Self.index(of: key)
        while slots[index] != 0 {
            if slots[index] == key { return true }
            index = (index &+ 1) & ((1 << Self.slotBits) - 1)
        }
        return false
    }

    private static func index(of key: UInt32) -> Int {
        Int((key &* 0x9e37_79b1) >> UInt32(32 - slotBits))
    }
}
