// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of RPM's `epoch:version-release` labels, with `~` and `^`.
///
/// Source: rpm-version(7). An epoch is one only where the text before the first colon is all digits. A release that
/// is there but empty is newer than none.
enum RPMOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let left = RPMParts(a)
        let right = RPMParts(b)
        let epoch = VersionText.compareNumbers(a, left.epoch, b, right.epoch)
        guard epoch == 0 else {
            return epoch
        }
        let version = comparePart(a, left.version, b, right.version)
        return version != 0 ? version : comparePart(a, left.release, b, right.release)
    }

    private static func comparePart(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        guard left.isEmpty == right.isEmpty else {
            return left.isEmpty ? -1 : 1
        }
        var x = left.lowerBound
        var y = right.lowerBound
        while true {
            x = skipSeparators(a, from: x, to: left.upperBound)
            y = skipSeparators(b, from: y, to: right.upperBound)
            let leftByte = x < left.upperBound ? a[x] : 0
            let rightByte = y < right.upperBound ? b[y] : 0
            if leftByte == UInt8(ascii: "~") || rightByte == UInt8(ascii: "~") {
                if leftByte != rightByte {
                    return leftByte == UInt8(ascii: "~") ? -1 : 1
                }
                x += 1
                y += 1
                continue
            }
            if leftByte == UInt8(ascii: "^") || rightByte == UInt8(ascii: "^") {
                if leftByte != rightByte {
                    return compareCaret(leftByte, leftEnds: x == left.upperBound, rightEnds: y == right.upperBound)
                }
                x += 1
                y += 1
                continue
            }
            guard x < left.upperBound, y < right.upperBound else {
                return VersionText.order(left.upperBound - x, right.upperBound - y)
            }
            let order = compareRun(a, &x, left.upperBound, b, &y, right.upperBound)
            if order != 0 {
                return order
            }
        }
    }

    /// One side has a caret: it is newer than the end of the other, older than anything else.
    private static func compareCaret(_ leftByte: UInt8, leftEnds: Bool, rightEnds: Bool) -> Int {
        if leftByte == UInt8(ascii: "^") {
            return rightEnds ? 1 : -1
        }
        return leftEnds ? -1 : 1
    }

    /// Compares one run of digits or letters, of the kind that the left side starts with.
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

    private static func skipSeparators(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end {
            let byte = text[index]
            if VersionText.isAlphanumeric(byte) || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "^") {
                break
            }
            index += 1
        }
        return index
    }
}

/// Where epoch, version and release (with its hyphen) lie in an RPM label.
struct RPMParts {
    var epoch: Range<Int>
    var version: Range<Int>
    var release: Range<Int>

    init(_ text: Span<UInt8>) {
        let digits = VersionText.digitsEnd(text, from: 0, to: text.count)
        let hasEpoch = digits < text.count && text[digits] == UInt8(ascii: ":")
        epoch = 0..<(hasEpoch ? digits : 0)
        let start = hasEpoch ? digits + 1 : 0
        let hyphen = VersionText.first(UInt8(ascii: "-"), in: text, start..<text.count) ?? text.count
        version = start..<hyphen
        release = hyphen..<text.count
    }
}
