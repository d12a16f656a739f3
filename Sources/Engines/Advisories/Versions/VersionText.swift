// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What every version order needs of bytes: classes of characters, runs, and numbers of any length.
///
/// Orders work on one span and on index ranges of it, so nothing is copied. Orders are integers: below, at or above
/// zero. Numbers are compared by their digits, because versions hold numbers that no machine integer can.
enum VersionText {
    /// The longest version that is compared by its ecosystem's rules; longer ones are compared as bytes.
    static let longest = 512

    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    static func isLowercase(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }

    static func isLetter(_ byte: UInt8) -> Bool { isLowercase(byte | 0x20) }

    static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 }

    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte }

    static func order(_ left: Int, _ right: Int) -> Int { left < right ? -1 : left > right ? 1 : 0 }

    static func order(_ left: UInt8, _ right: UInt8) -> Int { left < right ? -1 : left > right ? 1 : 0 }

    /// The end of the run of digits that starts at `start`.
    static func digitsEnd(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end, isDigit(text[index]) {
            index += 1
        }
        return index
    }

    /// The end of the run of ASCII letters that starts at `start`.
    static func lettersEnd(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end, isLetter(text[index]) {
            index += 1
        }
        return index
    }

    /// The first index of a byte in a range; nil where it does not occur.
    static func first(_ byte: UInt8, in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        while index < range.upperBound {
            if text[index] == byte {
                return index
            }
            index += 1
        }
        return nil
    }

    /// The last index of a byte in a range; nil where it does not occur.
    static func last(_ byte: UInt8, in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.upperBound
        while index > range.lowerBound {
            index -= 1
            if text[index] == byte {
                return index
            }
        }
        return nil
    }

    /// The range without the white space at its ends.
    static func trimmed(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, isSpace(text[start]) {
            start += 1
        }
        while end > start, isSpace(text[end - 1]) {
            end -= 1
        }
        return start..<end
    }

    /// Whether a range is not empty and holds digits only.
    static func isNumber(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        !range.isEmpty && digitsEnd(text, from: range.lowerBound, to: range.upperBound) == range.upperBound
    }

    /// Whether a run of digits is the number zero; an empty run is.
    static func isZero(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        withoutLeadingZeros(text, range).isEmpty
    }

    static func withoutLeadingZeros(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        while start < range.upperBound, text[start] == UInt8(ascii: "0") {
            start += 1
        }
        return start..<range.upperBound
    }

    /// The order of two runs of digits by value; an empty run is zero.
    static func compareNumbers(_ a: Span<UInt8>, _ left: Range<Int>, _ b: Span<UInt8>, _ right: Range<Int>) -> Int {
        let left = withoutLeadingZeros(a, left)
        let right = withoutLeadingZeros(b, right)
        guard left.count == right.count else {
            return left.count < right.count ? -1 : 1
        }
        return compareBytes(a, left, b, right)
    }

    /// The order of two ranges byte by byte; a beginning sorts first.
    static func compareBytes(_ a: Span<UInt8>, _ left: Range<Int>, _ b: Span<UInt8>, _ right: Range<Int>) -> Int {
        let common = min(left.count, right.count)
        var offset = 0
        while offset < common {
            let x = a[left.lowerBound + offset]
            let y = b[right.lowerBound + offset]
            if x != y {
                return x < y ? -1 : 1
            }
            offset += 1
        }
        return order(left.count, right.count)
    }

    /// The order of two ranges byte by byte, upper-case ASCII letters counting as lower-case ones.
    static func compareFolded(_ a: Span<UInt8>, _ left: Range<Int>, _ b: Span<UInt8>, _ right: Range<Int>) -> Int {
        let common = min(left.count, right.count)
        var offset = 0
        while offset < common {
            let x = lowercased(a[left.lowerBound + offset])
            let y = lowercased(b[right.lowerBound + offset])
            if x != y {
                return x < y ? -1 : 1
            }
            offset += 1
        }
        return order(left.count, right.count)
    }

    /// Whether a word stands at `start`, without regard to the case of ASCII letters.
    static func hasWord(_ word: StaticString, in text: Span<UInt8>, at start: Int, to end: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - start >= count else {
            return false
        }
        var offset = 0
        while offset < count {
            if lowercased(text[start + offset]) != word.utf8Start[offset] {
                return false
            }
            offset += 1
        }
        return true
    }

    /// Whether a range is exactly this word, without regard to the case of ASCII letters.
    static func isWord(_ word: StaticString, in text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        range.count == word.utf8CodeUnitCount
            && hasWord(word, in: text, at: range.lowerBound, to: range.upperBound)
    }
}
