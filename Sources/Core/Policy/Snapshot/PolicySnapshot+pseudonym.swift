// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension PolicySnapshot {
    /// What stands for a secret, such as that of a session, in entities: the same for the same secret in one installation,
    /// on all its machines and across restarts, and no way back to it.
    package func pseudonym(of secret: some Sequence<UInt8>) -> String {
        let bytes = Array(secret)
        var text = ""
        for half: UInt64 in [0x7365_7373_696F_6E31, 0x7365_7373_696F_6E32] {
            var hash = SipHash(tables.key)
            hash.combine(half)
            let digits = String(hash.finish(bytes), radix: 16)
            text += String(repeating: "0", count: 16 - digits.count) + digits
        }
        return text
    }
}
