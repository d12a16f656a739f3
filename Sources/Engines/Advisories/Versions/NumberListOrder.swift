// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of versions that are lists of numbers: CRAN's, Hackage's, and vers's `intdot`.
enum NumberListOrder {
    /// Compares numbers between dots and dashes; the longer of two lists that start alike is greater.
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        var left = 0
        var right = 0
        while true {
            let x = next(a, from: &left)
            let y = next(b, from: &right)
            guard let x, let y else {
                return VersionText.order(x == nil ? 0 : 1, y == nil ? 0 : 1)
            }
            let order = VersionText.compareNumbers(a, x, b, y)
            if order != 0 {
                return order
            }
        }
    }

    /// Compares numbers between dots up to the first other character; missing ones are zero.
    static func compareDotted(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let leftEnd = dottedEnd(a)
        let rightEnd = dottedEnd(b)
        var left = 0
        var right = 0
        while left < leftEnd || right < rightEnd {
            let x = left..<VersionText.digitsEnd(a, from: left, to: leftEnd)
            let y = right..<VersionText.digitsEnd(b, from: right, to: rightEnd)
            let order = VersionText.compareNumbers(a, x, b, y)
            if order != 0 {
                return order
            }
            left = min(x.upperBound + 1, max(left, leftEnd))
            right = min(y.upperBound + 1, max(right, rightEnd))
        }
        return 0
    }

    /// Why a text is no list of numbers between `separators`; nil where it is one.
    static func rejection(of text: Span<UInt8>, allowsDash: Bool) -> String? {
        var needsDigit = true
        for index in 0..<text.count {
            let byte = text[index]
            if VersionText.isDigit(byte) {
                needsDigit = false
            } else if byte == UInt8(ascii: ".") || (allowsDash && byte == UInt8(ascii: "-")) {
                guard !needsDigit else {
                    return "a number is missing at byte \(index)"
                }
                needsDigit = true
            } else {
                return "only numbers and \(allowsDash ? "dots or dashes" : "dots") are allowed, see byte \(index)"
            }
        }
        return needsDigit ? "a number is missing at the end" : nil
    }

    private static func next(_ text: Span<UInt8>, from index: inout Int) -> Range<Int>? {
        while index < text.count, !VersionText.isDigit(text[index]) {
            index += 1
        }
        guard index < text.count else {
            return nil
        }
        let start = index
        index = VersionText.digitsEnd(text, from: start, to: text.count)
        return start..<index
    }

    private static func dottedEnd(_ text: Span<UInt8>) -> Int {
        var index = 0
        while index < text.count, VersionText.isDigit(text[index]) || text[index] == UInt8(ascii: ".") {
            index += 1
        }
        return index
    }
}
