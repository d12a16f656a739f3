// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A technique of MITRE ATT&CK such as `T1190`, or a part of one such as `T1059.004`.
package struct Technique: TextForm {
    package let description: String

    package init(parsing text: String) throws(ModelError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0].first == UInt8(ascii: "T"), Self.areDigits(parts[0].dropFirst(), 4),
            parts.count == 1 || Self.areDigits(parts[1], 3)
        else {
            throw ModelError(
                .technique,
                "expected a technique such as T1190 or T1059.004, found \(ModelError.quote(text.utf8))"
            )
        }
        description = text
    }

    private static func areDigits(_ text: Substring.UTF8View, _ count: Int) -> Bool {
        text.count == count && text.allSatisfy { (0x30...0x39).contains($0) }
    }
}
