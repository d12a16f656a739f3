// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto

/// The name of a finding that holds everywhere: SHA-256 of what it is, without lines, versions and severities.
///
/// Findings of one rule in one scope share it; which of them is which, pairing says. Every part has its length in front,
/// so that `ab`, `c` is not `a`, `bc`, and the recipe has a version.
package struct StableKey: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes.
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - facts: the finding.
    ///   - project: the project that the finding belongs to, in any form that does not change.
    package init(_ facts: FindingFacts, project: String) {
        var hash = SHA256()
        hash.update(data: Array("redoubt/id/1".utf8))
        StableKey.add(Array(project.utf8), to: &hash)
        StableKey.add([facts.kind.rawValue], to: &hash)
        StableKey.add(FindingDigester.ruleKey(facts), to: &hash)
        for part in StableKey.subject(facts) {
            StableKey.add(part, to: &hash)
        }
        bytes = Array(hash.finalize())
    }

    /// The key in hexadecimal.
    package var description: String { Hex.text(bytes) }

    private static func subject(_ facts: FindingFacts) -> [[UInt8]] {
        switch facts.kind {
        case .sast: [TextForms.path(facts.path), Array(facts.scope.utf8)]
        case .secret where facts.secret != 0: [Array("secret".utf8), Array(String(facts.secret, radix: 16).utf8)]
        case .secret: [TextForms.path(facts.path)]
        case .infrastructure: [TextForms.path(facts.path), Array(facts.resource.utf8)]
        case .dependency: [Array(facts.component.utf8), TextForms.path(facts.path)]
        case .container:
            [TextForms.imageRepository(facts.path), Array(facts.distribution.utf8), Array(facts.component.utf8)]
        case .dast:
            [Array(facts.method.uppercased().utf8), TextForms.pathTemplate(facts.path), Array(facts.parameter.utf8)]
        case .fuzzing: [Array(facts.resource.utf8)]
        case .cloud: [TextForms.resource(facts.resource)]
        }
    }

    private static func add(_ part: [UInt8], to hash: inout SHA256) {
        hash.update(data: withUnsafeBytes(of: UInt64(part.count).bigEndian) { Array($0) })
        hash.update(data: part)
    }
}

/// Hexadecimal text.
enum Hex {
    /// Two lower-case digits for each byte.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
