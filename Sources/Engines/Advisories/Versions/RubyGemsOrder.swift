// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of `Gem::Version`: numbers and words, trailing zeros left out before the first word and at the end.
///
/// Source: https://docs.ruby-lang.org/en/master/Gem/Version.html. A hyphen stands for `.pre.`.
enum RubyGemsOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        var left = RubyGemsSegments(a)
        var right = RubyGemsSegments(b)
        while true {
            let x = left.next(a)
            let y = right.next(b)
            if x == nil, y == nil {
                return 0
            }
            let order = compare(a, x ?? .number(0..<0), b, y ?? .number(0..<0))
            if order != 0 {
                return order
            }
        }
    }

    private static func compare(
        _ a: Span<UInt8>,
        _ left: RubyGemsSegments.Segment,
        _ b: Span<UInt8>,
        _ right: RubyGemsSegments.Segment
    ) -> Int {
        switch (left, right) {
        case (.number(let x), .number(let y)): VersionText.compareNumbers(a, x, b, y)
        case (.number, _): 1
        case (_, .number): -1
        case (.word(let x), .word(let y)): VersionText.compareBytes(a, x, b, y)
        case (.hyphen, .hyphen): 0
        case (.hyphen, .word(let y)): -compareToPre(b, y)
        case (.word(let x), .hyphen): compareToPre(a, x)
        }
    }

    private static func compareToPre(_ text: Span<UInt8>, _ word: Range<Int>) -> Int {
        let pre: [3 of UInt8] = [UInt8(ascii: "p"), UInt8(ascii: "r"), UInt8(ascii: "e")]
        return VersionText.compareBytes(text, word, pre.span, 0..<3)
    }
}

/// Hands out the segments that count.
struct RubyGemsSegments {
    enum Segment: Equatable {
        case number(Range<Int>)
        case word(Range<Int>)
        /// A hyphen, which reads as the word `pre`.
        case hyphen
    }

    private var index: Int
    private let end: Int
    /// Behind the last number above zero before the first word.
    private var numbersEnd = 0
    /// The first word; the end where there is none.
    private var firstWord: Int
    /// Behind the last segment that is not zero.
    private var lastEnd = 0

    init(_ text: Span<UInt8>) {
        let whole = VersionText.trimmed(text, 0..<text.count)
        index = whole.lowerBound
        end = whole.upperBound
        firstWord = whole.upperBound
        numbersEnd = index
        lastEnd = index
        var cursor = index
        while let segment = RubyGemsSegments.read(text, &cursor, end) {
            if case .number(let range) = segment, VersionText.isZero(text, range) {
                continue
            }
            if case .number = segment {
                if firstWord == end {
                    numbersEnd = cursor
                }
            } else if firstWord == end {
                firstWord = cursor - RubyGemsSegments.length(of: segment)
            }
            lastEnd = cursor
        }
    }

    /// The next segment that counts; nil at the end.
    mutating func next(_ text: Span<UInt8>) -> Segment? {
        if index >= numbersEnd, index < firstWord {
            index = firstWord
        }
        guard index < lastEnd else {
            return nil
        }
        return RubyGemsSegments.read(text, &index, end)
    }

    private static func length(of segment: Segment) -> Int {
        switch segment {
        case .number(let range), .word(let range): range.count
        case .hyphen: 1
        }
    }

    /// The next segment behind dots and other separators.
    private static func read(_ text: Span<UInt8>, _ index: inout Int, _ end: Int) -> Segment? {
        while index < end {
            let start = index
            let byte = text[start]
            if VersionText.isDigit(byte) {
                index = VersionText.digitsEnd(text, from: start, to: end)
                return .number(start..<index)
            }
            if VersionText.isLetter(byte) {
                index = VersionText.lettersEnd(text, from: start, to: end)
                return .word(start..<index)
            }
            index += 1
            if byte == UInt8(ascii: "-") {
                return .hyphen
            }
        }
        return nil
    }
}
