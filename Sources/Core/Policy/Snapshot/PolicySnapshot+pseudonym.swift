// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

extension PolicySnapshot {
    /// An entity as activities name it. People may paste the value of a session's or a device's cookie; what is a keyed hash
    /// already, which is 32 digits in small letters, stays as it is.
    package func known(_ entity: Entity) -> Entity {
        guard entity.kind.hasHashedKeys, !Self.isPseudonym(entity.key),
            let known = try? Entity(entity.kind, key: pseudonym(of: entity.key.utf8))
        else { return entity }
        return known
    }

    private static func isPseudonym(_ key: String) -> Bool {
        key.utf8.count == 32
            && key.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

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
