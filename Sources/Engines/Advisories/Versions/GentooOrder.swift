// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Gentoo's ebuild versions.
///
/// Source: Package Manager Specification, chapter 3.3 (algorithms 3.1 to 3.7).
enum GentooOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let left = GentooParts(a)
        let right = GentooParts(b)
        let numbers = compareNumbers(a, left.numbers, b, right.numbers)
        guard numbers == 0 else {
            return numbers
        }
        guard left.letter == right.letter else {
            return VersionText.order(left.letter, right.letter)
        }
        let suffixes = compareSuffixes(a, left.suffixes, b, right.suffixes)
        guard suffixes == 0 else {
            return suffixes
        }
        return VersionText.compareNumbers(a, left.revision, b, right.revision)
    }

    /// The first number by value; a later one as a fraction where one of both starts with a zero.
    private static func compareNumbers(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        var x = left.lowerBound
        var y = right.lowerBound
        while x < left.upperBound, y < right.upperBound {
            let leftEnd = VersionText.digitsEnd(a, from: x, to: left.upperBound)
            let rightEnd = VersionText.digitsEnd(b, from: y, to: right.upperBound)
            let isFraction =
                x > left.lowerBound && leftEnd > x && rightEnd > y
                && (a[x] == UInt8(ascii: "0") || b[y] == UInt8(ascii: "0"))
            let order =
                isFraction
                ? VersionText.compareBytes(
                    a,
                    withoutTrailingZeros(a, x..<leftEnd),
                    b,
                    withoutTrailingZeros(b, y..<rightEnd)
                )
                : VersionText.compareNumbers(a, x..<leftEnd, b, y..<rightEnd)
            if order != 0 {
                return order
            }
            x = leftEnd + 1
            y = rightEnd + 1
        }
        return VersionText.order(x < left.upperBound ? 1 : 0, y < right.upperBound ? 1 : 0)
    }

    private static func withoutTrailingZeros(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var end = range.upperBound
        while end > range.lowerBound, text[end - 1] == UInt8(ascii: "0") {
            end -= 1
        }
        return range.lowerBound..<end
    }

    /// Suffix by suffix; where one version has none left, `_p` makes the other greater and the rest smaller.
    private static func compareSuffixes(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        var x = left.lowerBound
        var y = right.lowerBound
        while true {
            let leftSuffix = GentooParts.suffix(a, &x, left.upperBound)
            let rightSuffix = GentooParts.suffix(b, &y, right.upperBound)
            if leftSuffix == nil, rightSuffix == nil {
                return 0
            }
            let leftRank = leftSuffix?.rank ?? 0
            let rightRank = rightSuffix?.rank ?? 0
            guard leftRank == rightRank else {
                return VersionText.order(leftRank, rightRank)
            }
            let order = VersionText.compareNumbers(a, leftSuffix?.number ?? 0..<0, b, rightSuffix?.number ?? 0..<0)
            if order != 0 {
                return order
            }
        }
    }
}

/// Where the parts of an ebuild version lie.
struct GentooParts {
    var numbers: Range<Int>
    /// Zero where there is none.
    var letter: UInt8 = 0
    var suffixes: Range<Int>
    var revision: Range<Int>

    init(_ text: Span<UInt8>) {
        let end = text.count
        var index = VersionText.digitsEnd(text, from: 0, to: end)
        while index + 1 < end, text[index] == UInt8(ascii: "."), VersionText.isDigit(text[index + 1]) {
            index = VersionText.digitsEnd(text, from: index + 1, to: end)
        }
        numbers = 0..<index
        if index < end, VersionText.isLetter(text[index]) {
            letter = text[index] | 0x20
            index += 1
        }
        let start = index
        while GentooParts.suffix(text, &index, end) != nil {
            continue
        }
        suffixes = start..<index
        let hasRevision = VersionText.hasExactWord("-r", in: text, at: index, to: end)
        revision = hasRevision ? (index + 2)..<VersionText.digitsEnd(text, from: index + 2, to: end) : index..<index
    }

    /// The suffix at `index`: its rank, below zero for prereleases, and its number.
    static func suffix(_ text: Span<UInt8>, _ index: inout Int, _ end: Int) -> (rank: Int, number: Range<Int>)? {
        guard index < end, text[index] == UInt8(ascii: "_") else {
            return nil
        }
        func has(_ word: StaticString) -> Bool {
            VersionText.hasExactWord(word, in: text, at: index + 1, to: end)
        }
        let known: (rank: Int, length: Int)? =
            if has("alpha") { (-4, 5) } else if has("beta") { (-3, 4) } else if has("pre") { (-2, 3) } else if has("rc")
            {
                (-1, 2)
            } else if has("p") { (1, 1) } else { nil }
        guard let known else {
            return nil
        }
        let start = index + 1 + known.length
        index = VersionText.digitsEnd(text, from: start, to: end)
        return (known.rank, start..<index)
    }
}
