// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of texts of which one at least is no valid Alpine version.
///
/// Two texts with something unreadable compare as bytes; otherwise the readable beginnings are compared part by part
/// and the text with a rest is the smaller one. This is no total order, as apk's own is none for such texts.
enum AlpineLooseOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let left = AlpineLooseParts(a)
        let right = AlpineLooseParts(b)
        if left.isUnreadable, right.isUnreadable {
            return VersionText.compareBytes(a, 0..<a.count, b, 0..<b.count)
        }
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
        let revision = VersionText.compareNumbers(a, left.revision, b, right.revision)
        guard revision == 0 else {
            return revision
        }
        return VersionText.order(left.hasRest ? 0 : 1, right.hasRest ? 0 : 1)
    }

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
        var isFirst = true
        while x < left.upperBound || y < right.upperBound {
            let leftEnd = VersionText.digitsEnd(a, from: x, to: left.upperBound)
            let rightEnd = VersionText.digitsEnd(b, from: y, to: right.upperBound)
            let asFractions =
                !isFirst && leftEnd > x && rightEnd > y
                && (a[x] == UInt8(ascii: "0") || b[y] == UInt8(ascii: "0"))
            let order =
                asFractions
                ? VersionText.compareBytes(a, x..<leftEnd, b, y..<rightEnd)
                : VersionText.compareNumbers(a, x..<leftEnd, b, y..<rightEnd)
            if order != 0 {
                return order
            }
            isFirst = false
            x = min(leftEnd + 1, max(left.upperBound, x))
            y = min(rightEnd + 1, max(right.upperBound, y))
        }
        return 0
    }

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
            let leftSuffix = nextSuffix(a, from: &x, to: left.upperBound)
            let rightSuffix = nextSuffix(b, from: &y, to: right.upperBound)
            if leftSuffix == nil, rightSuffix == nil {
                return 0
            }
            // No suffix lies between `rc` and `cvs`.
            let leftRank = leftSuffix.map { $0.rank < 0 ? $0.rank : $0.rank + 1 } ?? 0
            let rightRank = rightSuffix.map { $0.rank < 0 ? $0.rank : $0.rank + 1 } ?? 0
            guard leftRank == rightRank else {
                return VersionText.order(leftRank, rightRank)
            }
            let order = VersionText.compareNumbers(a, leftSuffix?.number ?? 0..<0, b, rightSuffix?.number ?? 0..<0)
            if order != 0 {
                return order
            }
        }
    }

    /// The next known suffix, wherever it stands in the range.
    private static func nextSuffix(
        _ text: Span<UInt8>,
        from index: inout Int,
        to end: Int
    )
        -> (rank: Int, number: Range<Int>)?
    {
        while index < end {
            if let suffix = AlpineSuffix(text, behindUnderscoreAt: index, to: end) {
                let start = index + 1 + suffix.length
                index = VersionText.digitsEnd(text, from: start, to: end)
                return (suffix.rank, start..<index)
            }
            index += 1
        }
        return nil
    }
}

/// The parts of a text that is meant as an Alpine version, as far as they can be told.
struct AlpineLooseParts {
    /// Digits and the dots between and behind them.
    var numbers: Range<Int>
    /// Zero where there is none.
    var letter: UInt8 = 0
    /// All behind the letter; known suffixes may stand anywhere in it.
    var suffixes: Range<Int>
    var revision: Range<Int>
    /// Whether something follows that is no part.
    var hasRest: Bool
    /// Whether that something starts where a revision should.
    var isUnreadable = false

    init(_ text: Span<UInt8>) {
        let end = text.count
        var index = 0
        while index < end {
            let stop = VersionText.digitsEnd(text, from: index, to: end)
            guard stop > index else {
                break
            }
            index = stop
            if index < end, text[index] == UInt8(ascii: ".") {
                index += 1
            }
        }
        numbers = 0..<index
        if index < end, VersionText.isLowercase(text[index]) {
            letter = text[index]
            index += 1
        }
        suffixes = index..<end
        while let suffix = AlpineSuffix(text, behindUnderscoreAt: index, to: end) {
            index = VersionText.digitsEnd(text, from: index + 1 + suffix.length, to: end)
        }
        index = AlpineTokens.hashEnd(text, from: index, to: end)
        revision = index..<index
        if VersionText.hasExactWord("-r", in: text, at: index, to: end) {
            let stop = VersionText.digitsEnd(text, from: index + 2, to: end)
            revision = (index + 2)..<stop
            index = stop
        } else {
            isUnreadable = index < end
        }
        hasRest = index < end
    }
}
