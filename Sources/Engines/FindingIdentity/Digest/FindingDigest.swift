// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What identity sees of a finding: hashes under the store's key, and places.
///
/// 0 is "none" everywhere. Digests compare only with digests of the same key. Made from facts by
/// ``FindingDigester``, kept by the store beside the finding.
package struct FindingDigest: Sendable {
    package var kind: FindingKind
    /// Whether the finding was closed lately because it was no longer found; it is taken up again only by a strict
    /// comparison, after all open ones.
    package var isGone = false
    /// The canonical rule, CVE or check.
    package var rule: UInt64 = 0
    /// What the finding is about, apart from where: package without version, secret, resource, method and parameter.
    package var subject: UInt64 = 0
    /// Where it is: file, manifest, image repository or path template.
    package var place: UInt64 = 0
    /// The last part of the place, such as a file's name.
    package var placeName: UInt64 = 0
    /// The enclosing scope in code; the host of an address.
    package var scope: UInt64 = 0
    package var message: UInt64 = 0
    /// The message without quoted parts, numbers and paths.
    package var skeleton: UInt64 = 0
    /// The version of a component.
    package var version: UInt64 = 0
    /// Lines and columns from 1.
    package var line: Int32 = 0
    package var column: Int32 = 0
    package var endLine: Int32 = 0
    package var endColumn: Int32 = 0
    package var evidence = EvidenceSet()

    package init(kind: FindingKind) {
        self.kind = kind
    }

    /// A number for kind, rule and subject: findings that differ in it are never one.
    @inline(__always)
    var essence: UInt64 {
        mix(mix(rule &+ UInt64(kind.rawValue) &* 0x9E37_79B9_7F4A_7C15) ^ subject)
    }

    /// A number for the group of findings that may be compared line by line: those of a kind in one place.
    @inline(__always)
    var group: UInt64 {
        mix(place ^ UInt64(kind.rawValue) &* 0x9E37_79B9_7F4A_7C15)
    }

    /// A number that is equal for findings at the same place that say the same.
    @inline(__always)
    package var location: UInt64 {
        var hash = mix(rule ^ group)
        hash = mix(hash ^ subject)
        hash = mix(hash ^ message)
        let start = UInt64(UInt32(bitPattern: line)) << 32 | UInt64(UInt32(bitPattern: column))
        let end = UInt64(UInt32(bitPattern: endLine)) << 32 | UInt64(UInt32(bitPattern: endColumn))
        hash = mix(hash ^ start)
        return mix(hash ^ end)
    }
}

/// Spreads the bits of a number (the finalizer of SplitMix64). The numbers that come here are keyed hashes already.
@inline(__always)
func mix(_ number: UInt64) -> UInt64 {
    var mixed = number &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed &>> 31)
}
