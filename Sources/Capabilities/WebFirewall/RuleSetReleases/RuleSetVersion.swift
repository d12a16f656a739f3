// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A release of the OWASP Core Rule Set: `4.25.1`, or `4.0.0-rc2`.
package struct RuleSetVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    package var patch: Int
    /// What follows behind a hyphen; empty for a proper release.
    package var preRelease: String

    /// Reads a version, with or without a leading `v`; nil where the text is none.
    package init?(_ text: String) {
        let text = text.hasPrefix("v") ? text.dropFirst() : Substring(text)
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
        let values = numbers.compactMap { number in
            number.count <= 6 && number.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(number) : nil
        }
        guard numbers.count == 3, values.count == 3 else {
            return nil
        }
        let suffix = parts.count > 1 ? String(parts[1]) : ""
        guard parts.count == 1 || Self.isSuffix(suffix) else {
            return nil
        }
        (major, minor, patch, preRelease) = (values[0], values[1], values[2], suffix)
    }

    /// Letters, digits and single dots: a version names a folder.
    private static func isSuffix(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 32 && !text.contains("..")
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: ".")
            }
    }

    package var description: String {
        "\(major).\(minor).\(patch)" + (preRelease.isEmpty ? "" : "-\(preRelease)")
    }

    /// Older before newer; a pre-release before its release.
    package static func < (left: RuleSetVersion, right: RuleSetVersion) -> Bool {
        let leftNumbers = (left.major, left.minor, left.patch)
        let rightNumbers = (right.major, right.minor, right.patch)
        guard leftNumbers == rightNumbers else {
            return leftNumbers < rightNumbers
        }
        guard left.preRelease != right.preRelease else {
            return false
        }
        return right.preRelease.isEmpty || (!left.preRelease.isEmpty && left.preRelease < right.preRelease)
    }
}
