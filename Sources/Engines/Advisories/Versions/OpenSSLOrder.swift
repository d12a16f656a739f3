// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of OpenSSL's releases: three numbers, then up to 1.1.1 a patch in letters (`1.0.2zg`), since 3.0 none.
///
/// Betas and prereleases (`1.1.0-pre2`, `3.0.0-alpha1`) come before their release.
/// Source: https://www.openssl.org/policies/releasestrat.html.
enum OpenSSLOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let left = SemanticParts(a, limit: 3)
        let right = SemanticParts(b, limit: 3)
        var x = left.start
        var y = right.start
        for _ in 0..<3 {
            let leftNumber = SemanticParts.nextNumber(a, from: &x, to: left.numbersEnd)
            let rightNumber = SemanticParts.nextNumber(b, from: &y, to: right.numbersEnd)
            let order = VersionText.compareNumbers(a, leftNumber, b, rightNumber)
            if order != 0 {
                return order
            }
        }
        let leftPatch = left.numbersEnd..<VersionText.lettersEnd(a, from: left.numbersEnd, to: a.count)
        let rightPatch = right.numbersEnd..<VersionText.lettersEnd(b, from: right.numbersEnd, to: b.count)
        let patch = VersionText.compareFolded(a, leftPatch, b, rightPatch)
        guard patch == 0 else {
            return patch
        }
        return comparePrerelease(a, leftPatch.upperBound, b, rightPatch.upperBound)
    }

    private static func comparePrerelease(_ a: Span<UInt8>, _ left: Int, _ b: Span<UInt8>, _ right: Int) -> Int {
        let x = left < a.count && a[left] == UInt8(ascii: "-")
        let y = right < b.count && b[right] == UInt8(ascii: "-")
        guard x, y else {
            return VersionText.order(x ? 0 : 1, y ? 0 : 1)
        }
        return DebianOrder.comparePart(a, (left + 1)..<a.count, b, (right + 1)..<b.count)
    }
}
