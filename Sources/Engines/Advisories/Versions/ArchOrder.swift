// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Arch Linux package versions, as vercmp(8) of pacman tells it.
///
/// It is RPM's older order: separators count by their length, and letters behind the same beginning make a version
/// older. Releases are compared only where both have one.
enum ArchOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let left = DebianParts.arch(a)
        let right = DebianParts.arch(b)
        let epoch = VersionText.compareNumbers(a, left.epoch, b, right.epoch)
        guard epoch == 0 else {
            return epoch
        }
        let version = comparePart(a, left.upstream, b, right.upstream)
        guard version == 0, left.hasRevision, right.hasRevision else {
            return version
        }
        return comparePart(a, left.revision, b, right.revision)
    }

    private static func comparePart(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        if VersionText.compareBytes(a, left, b, right) == 0 {
            return 0
        }
        var x = left.lowerBound
        var y = right.lowerBound
        while x < left.upperBound, y < right.upperBound {
            let leftStart = skipSeparators(a, from: x, to: left.upperBound)
            let rightStart = skipSeparators(b, from: y, to: right.upperBound)
            guard leftStart < left.upperBound, rightStart < right.upperBound else {
                x = leftStart
                y = rightStart
                break
            }
            guard leftStart - x == rightStart - y else {
                return leftStart - x < rightStart - y ? -1 : 1
            }
            x = leftStart
            y = rightStart
            let order = compareRun(a, &x, left.upperBound, b, &y, right.upperBound)
            if order != 0 {
                return order
            }
        }
        return compareRests(a, x..<left.upperBound, b, y..<right.upperBound)
    }

    private static func compareRun(
        _ a: Span<UInt8>,
        _ x: inout Int,
        _ leftEnd: Int,
        _ b: Span<UInt8>,
        _ y: inout Int,
        _ rightEnd: Int
    ) -> Int {
        let isNumber = VersionText.isDigit(a[x])
        let left: Range<Int>
        let right: Range<Int>
        if isNumber {
            left = x..<VersionText.digitsEnd(a, from: x, to: leftEnd)
            right = y..<VersionText.digitsEnd(b, from: y, to: rightEnd)
        } else {
            left = x..<VersionText.lettersEnd(a, from: x, to: leftEnd)
            right = y..<VersionText.lettersEnd(b, from: y, to: rightEnd)
        }
        guard !right.isEmpty else {
            return isNumber ? 1 : -1
        }
        x = left.upperBound
        y = right.upperBound
        return isNumber
            ? VersionText.compareNumbers(a, left, b, right) : VersionText.compareBytes(a, left, b, right)
    }

    /// Letters that only one side has make it older, anything else makes it newer.
    private static func compareRests(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        if left.isEmpty, right.isEmpty {
            return 0
        }
        let leftIsLetter = !left.isEmpty && VersionText.isLetter(a[left.lowerBound])
        let rightIsLetter = !right.isEmpty && VersionText.isLetter(b[right.lowerBound])
        return (left.isEmpty && !rightIsLetter) || leftIsLetter ? -1 : 1
    }

    private static func skipSeparators(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end, !VersionText.isAlphanumeric(text[index]) {
            index += 1
        }
        return index
    }
}

extension DebianParts {
    /// Epoch, version and release of an Arch Linux version; an epoch is digits before a colon.
    static func arch(_ text: Span<UInt8>) -> DebianParts {
        var parts = DebianParts(text)
        let digits = VersionText.digitsEnd(text, from: 0, to: text.count)
        let hasEpoch = digits < text.count && text[digits] == UInt8(ascii: ":")
        let start = hasEpoch ? digits + 1 : 0
        let hyphen = VersionText.last(UInt8(ascii: "-"), in: text, start..<text.count)
        parts.hasEpoch = hasEpoch
        parts.epoch = 0..<(hasEpoch ? digits : 0)
        parts.upstream = start..<(hyphen ?? text.count)
        parts.hasRevision = hyphen != nil
        parts.revision = (hyphen.map { $0 + 1 } ?? text.count)..<text.count
        return parts
    }
}
