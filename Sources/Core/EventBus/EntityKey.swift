// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A user, address, workload or other thing that an event concerns, as 64 bits of a hash.
///
/// It finds the blocks that may tell of an entity, and chooses a partition. Somebody who chooses names can make two of
/// them meet, so that whoever shows what an entity did compares its text as well.
package struct EntityKey: Hashable, Sendable, BitwiseCopyable {
    package var hash: UInt64

    package init(hash: UInt64) {
        self.hash = hash
    }

    /// The key of an entity.
    ///
    /// FNV-1a over the kind and the bytes, then the finaliser of MurmurHash3, as the high bits of FNV-1a are weak.
    ///
    /// - Parameters:
    ///   - kind: what the bytes name; the same bytes of two kinds are two entities.
    ///   - name: such as an address in its text form. Its length is the cost.
    package init(kind: UInt8, name: some Sequence<UInt8>) {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        state = (state ^ UInt64(kind)) &* 0x100_0000_01B3
        for byte in name {
            state = (state ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        state = (state ^ (state &>> 33)) &* 0xFF51_AFD7_ED55_8CCD
        state = (state ^ (state &>> 33)) &* 0xC4CE_B9FE_1A85_EC53
        hash = state ^ (state &>> 33)
    }
}
