// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of Conan 2's versions: `items[-prerelease][+build]`.
///
/// Items are separated by dots; two numbers compare by value, anything else as text, and trailing zeros do not count.
/// Prerelease and build are versions themselves. Source: https://docs.conan.io/2/tutorial/versioning/versions.html.
enum ConanOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        compare(a, 0..<a.count, b, 0..<b.count)
    }

    private static func compare(_ a: Span<UInt8>, _ left: Range<Int>, _ b: Span<UInt8>, _ right: Range<Int>) -> Int {
        let x = ConanParts(a, left)
        let y = ConanParts(b, right)
        let items =
            x.hasItems && y.hasItems
            ? compareItems(a, x.items, b, y.items) : VersionText.order(x.hasItems ? 1 : 0, y.hasItems ? 1 : 0)
        guard items == 0 else {
            return items
        }
        switch (x.prerelease, y.prerelease) {
        case (let p?, let q?):
            let order = compare(a, p, b, q)
            return order != 0 ? order : compareBuilds(a, x.build, b, y.build)
        case (nil, nil): return compareBuilds(a, x.build, b, y.build)
        case (_?, nil): return -1
        case (nil, _?): return 1
        }
    }

    private static func compareBuilds(
        _ a: Span<UInt8>,
        _ left: Range<Int>?,
        _ b: Span<UInt8>,
        _ right: Range<Int>?
    )
        -> Int
    {
        switch (left, right) {
        case (let left?, let right?): compare(a, left, b, right)
        case (nil, nil): 0
        case (_?, nil): 1
        case (nil, _?): -1
        }
    }

    private static func compareItems(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        var x = left.lowerBound
        var y = right.lowerBound
        while x <= left.upperBound, y <= right.upperBound {
            let leftItem = x..<(VersionText.first(0x2E, in: a, x..<left.upperBound) ?? left.upperBound)
            let rightItem = y..<(VersionText.first(0x2E, in: b, y..<right.upperBound) ?? right.upperBound)
            let order = compareItem(a, leftItem, b, rightItem)
            if order != 0 {
                return order
            }
            x = leftItem.upperBound + 1
            y = rightItem.upperBound + 1
        }
        return VersionText.order(x > left.upperBound ? 0 : 1, y > right.upperBound ? 0 : 1)
    }

    private static func compareItem(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        let leftIsNumber = VersionText.isNumber(a, left)
        let rightIsNumber = VersionText.isNumber(b, right)
        if leftIsNumber, rightIsNumber {
            return VersionText.compareNumbers(a, left, b, right)
        }
        // A number compares to text as the text of its value.
        return VersionText.compareBytes(
            a,
            leftIsNumber ? shortest(a, left) : left,
            b,
            rightIsNumber ? shortest(b, right) : right
        )
    }

    private static func shortest(_ text: Span<UInt8>, _ number: Range<Int>) -> Range<Int> {
        let digits = VersionText.withoutLeadingZeros(text, number)
        return digits.isEmpty ? (number.upperBound - 1)..<number.upperBound : digits
    }
}

/// Where items, prerelease and build lie in a Conan version or in a part of one.
struct ConanParts {
    /// Without trailing items of value zero.
    var items: Range<Int>
    /// Whether an item is left; an empty text is an item.
    var hasItems = true
    var prerelease: Range<Int>?
    var build: Range<Int>?

    init(_ text: Span<UInt8>, _ whole: Range<Int>) {
        var rest = whole
        if let plus = VersionText.last(UInt8(ascii: "+"), in: text, rest) {
            build = (plus + 1)..<rest.upperBound
            rest = rest.lowerBound..<plus
        }
        if let hyphen = VersionText.last(UInt8(ascii: "-"), in: text, rest) {
            prerelease = (hyphen + 1)..<rest.upperBound
            rest = rest.lowerBound..<hyphen
        }
        while true {
            let dot = VersionText.last(UInt8(ascii: "."), in: text, rest)
            let item = (dot.map { $0 + 1 } ?? rest.lowerBound)..<rest.upperBound
            guard VersionText.isNumber(text, item), VersionText.isZero(text, item) else {
                break
            }
            rest = rest.lowerBound..<(dot ?? rest.lowerBound)
            if dot == nil {
                hasItems = false
                break
            }
        }
        items = rest
    }
}
