// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A small generator of random numbers (Steele, Lea and Flood, 2014) whose sequence depends on the seed alone, so that
/// a test that uses it repeats itself exactly.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// Seeded by bytes.
    package init(seed bytes: [UInt8]) {
        // FNV-1a
        state = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
