// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Packagist versions: PHP's `version_compare` behind an optional `v`.
///
/// Source: https://www.php.net/version_compare. Separators are `-`, `_`, `+` and anything that is neither letter nor
/// digit, but for `#`, which stands for any number.
enum PackagistOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        var x = PackagistParts(a)
        var y = PackagistParts(b)
        while true {
            let left = x.next(a)
            let right = y.next(b)
            switch (left, right) {
            case (nil, nil): return 0
            case (let left?, nil): return compareRest(a, left, &x)
            case (nil, let right?): return -compareRest(b, right, &y)
            case (let left?, let right?):
                let order = compare(a, left, b, right)
                if order != 0 {
                    return order
                }
            }
        }
    }

    private static func compare(_ a: Span<UInt8>, _ left: Range<Int>, _ b: Span<UInt8>, _ right: Range<Int>) -> Int {
        let leftIsNumber = isNumber(a, left)
        let rightIsNumber = isNumber(b, right)
        if leftIsNumber, rightIsNumber {
            return VersionText.compareNumbers(a, left, b, right)
        }
        return VersionText.order(
            leftIsNumber ? anyNumber : rank(a, left),
            rightIsNumber ? anyNumber : rank(b, right)
        )
    }

    /// The order of the parts that only one version has to nothing: a number is more, words decide by their rank.
    private static func compareRest(_ text: Span<UInt8>, _ first: Range<Int>, _ parts: inout PackagistParts) -> Int {
        var part: Range<Int>? = first
        while let present = part {
            if isNumber(text, present) {
                return 1
            }
            let order = VersionText.order(rank(text, present), anyNumber)
            if order != 0 {
                return order
            }
            part = parts.next(text)
        }
        return 0
    }

    private static func isNumber(_ text: Span<UInt8>, _ part: Range<Int>) -> Bool {
        !part.isEmpty && VersionText.isDigit(text[part.lowerBound])
    }

    private static let anyNumber = 4

    /// Ranks of words by how they start; unknown words are below `dev`.
    private static func rank(_ text: Span<UInt8>, _ part: Range<Int>) -> Int {
        guard let first = part.first.map({ text[$0] }) else {
            return -1
        }
        switch first {
        case UInt8(ascii: "d") where has("dev", text, part): return 0
        case UInt8(ascii: "a"): return 1
        case UInt8(ascii: "b"): return 2
        case UInt8(ascii: "r") where has("rc", text, part), UInt8(ascii: "R") where has("RC", text, part): return 3
        case UInt8(ascii: "#"): return anyNumber
        case UInt8(ascii: "p"): return 5
        default: return -1
        }
    }

    private static func has(_ word: StaticString, _ text: Span<UInt8>, _ part: Range<Int>) -> Bool {
        VersionText.hasExactWord(word, in: text, at: part.lowerBound, to: part.upperBound)
    }
}

/// Cuts a version where PHP would put dots.
struct PackagistParts {
    private var index: Int
    /// Whether a separator stands at the very start, which makes an empty first part.
    private var hasEmptyFirst: Bool
    /// Whether a separator stands at the very end, which makes an empty last part.
    private var hasEmptyLast: Bool

    init(_ text: Span<UInt8>) {
        index = text.count > 0 && text[0] | 0x20 == UInt8(ascii: "v") ? 1 : 0
        hasEmptyFirst = text.count > index && PackagistParts.isSeparator(text[index])
        hasEmptyLast = text.count > index + 1 && PackagistParts.isSeparator(text[text.count - 1])
    }

    /// The next run of digits or of other characters that are no separators; nil at the end.
    mutating func next(_ text: Span<UInt8>) -> Range<Int>? {
        let end = text.count
        if hasEmptyFirst {
            hasEmptyFirst = false
            return index..<index
        }
        while index < end, PackagistParts.isSeparator(text[index]) {
            index += 1
        }
        guard index < end else {
            defer { hasEmptyLast = false }
            return hasEmptyLast ? end..<end : nil
        }
        let start = index
        let isNumber = VersionText.isDigit(text[start])
        while index < end, !PackagistParts.isSeparator(text[index]), VersionText.isDigit(text[index]) == isNumber {
            index += 1
        }
        return start..<index
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        !VersionText.isAlphanumeric(byte) && byte != UInt8(ascii: "#")
    }
}
