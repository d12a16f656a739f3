// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An order for versions of no known scheme: runs of digits and runs of letters, the rest only separates.
///
/// Numbers compare by value and missing ones are zero. Words that announce a prerelease come before nothing, words that
/// announce a patch behind it, a letter straight behind a number makes it greater (`1.0a`). The rules are those that
/// the versions of most projects follow: https://github.com/repology/libversion/blob/master/doc/ALGORITHM.md.
enum GenericOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        var left = GenericComponents(a)
        var right = GenericComponents(b)
        while true {
            let x = left.next(a)
            let y = right.next(b)
            if x == nil, y == nil {
                return 0
            }
            let order = compare(a, x ?? .zero, b, y ?? .zero)
            if order != 0 {
                return order
            }
        }
    }

    private static func compare(
        _ a: Span<UInt8>,
        _ x: GenericComponents.Component,
        _ b: Span<UInt8>,
        _ y: GenericComponents.Component
    )
        -> Int
    {
        guard x.rank == y.rank else {
            return VersionText.order(x.rank.rawValue, y.rank.rawValue)
        }
        switch x.rank {
        case .zero: return 0
        case .number: return VersionText.compareNumbers(a, x.range, b, y.range)
        case .prerelease, .postrelease, .letter:
            return VersionText.order(
                VersionText.lowercased(a[x.range.lowerBound]),
                VersionText.lowercased(b[y.range.lowerBound])
            )
        }
    }
}

/// Cuts a text into numbers and words.
struct GenericComponents {
    enum Rank: Int {
        case prerelease
        case zero
        case postrelease
        case number
        case letter
    }

    struct Component {
        static let zero = Component(rank: .zero, range: 0..<0)
        var rank: Rank
        var range: Range<Int>
    }

    private var index = 0

    init(_ text: Span<UInt8>) {
        if text.count > 1, text[0] | 0x20 == UInt8(ascii: "v"), VersionText.isDigit(text[1]) {
            index = 1
        }
    }

    mutating func next(_ text: Span<UInt8>) -> Component? {
        let end = text.count
        while index < end, !VersionText.isAlphanumeric(text[index]) {
            index += 1
        }
        guard index < end else {
            return nil
        }
        let start = index
        if VersionText.isDigit(text[start]) {
            index = VersionText.digitsEnd(text, from: start, to: end)
            let isZero = VersionText.isZero(text, start..<index)
            return Component(rank: isZero ? .zero : .number, range: start..<index)
        }
        index = VersionText.lettersEnd(text, from: start, to: end)
        let followsDigit = start > 0 && VersionText.isDigit(text[start - 1])
        let precedesDigit = index < end && VersionText.isDigit(text[index])
        return Component(
            rank: GenericComponents.rank(text, start..<index, isSuffix: followsDigit && !precedesDigit),
            range: start..<index
        )
    }

    private static func rank(_ text: Span<UInt8>, _ word: Range<Int>, isSuffix: Bool) -> Rank {
        func has(_ name: StaticString) -> Bool { VersionText.isWord(name, in: text, word) }
        if has("alpha") || has("beta") || has("rc")
            || VersionText.hasWord("pre", in: text, at: word.lowerBound, to: word.upperBound)
        {
            return .prerelease
        }
        if VersionText.hasWord("post", in: text, at: word.lowerBound, to: word.upperBound) || has("patch") || has("pl")
            || has("errata")
        {
            return .postrelease
        }
        return isSuffix ? .letter : .prerelease
    }
}
