// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The order of RFC 3339 timestamps by the instant they name; what is none compares as bytes, below all that are.
enum TimestampOrder {
    static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        switch (Timestamp(a), Timestamp(b)) {
        case (let left?, let right?):
            let order = VersionText.order(left.seconds, right.seconds)
            return order != 0 ? order : compareFractions(a, left.fraction, b, right.fraction)
        case (_?, nil): return 1
        case (nil, _?): return -1
        case (nil, nil): return VersionText.compareBytes(a, 0..<a.count, b, 0..<b.count)
        }
    }

    /// Digits behind the point; trailing zeros do not count.
    private static func compareFractions(
        _ a: Span<UInt8>,
        _ left: Range<Int>,
        _ b: Span<UInt8>,
        _ right: Range<Int>
    )
        -> Int
    {
        var x = left.upperBound
        var y = right.upperBound
        while x > left.lowerBound, a[x - 1] == UInt8(ascii: "0") {
            x -= 1
        }
        while y > right.lowerBound, b[y - 1] == UInt8(ascii: "0") {
            y -= 1
        }
        return VersionText.compareBytes(a, left.lowerBound..<x, b, right.lowerBound..<y)
    }
}

/// A moment by RFC 3339, section 5.6.
struct Timestamp {
    /// Seconds since the year 0 in UTC; only their order matters.
    var seconds: Int
    /// The digits behind the point.
    var fraction: Range<Int>

    /// Reads `YYYY-MM-DDTHH:MM:SS[.digits](Z|+HH:MM|-HH:MM)`; nil for anything else.
    init?(_ text: Span<UInt8>) {
        func number(_ start: Int, _ count: Int) -> Int? {
            guard start + count <= text.count else {
                return nil
            }
            var value = 0
            for index in start..<(start + count) {
                guard VersionText.isDigit(text[index]) else {
                    return nil
                }
                value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
            }
            return value
        }
        func has(_ word: StaticString, _ index: Int) -> Bool {
            VersionText.hasWord(word, in: text, at: index, to: text.count)
        }
        guard let year = number(0, 4), has("-", 4), let month = number(5, 2), has("-", 7), let day = number(8, 2),
            has("t", 10), let hour = number(11, 2), has(":", 13), let minute = number(14, 2), has(":", 16),
            let second = number(17, 2), (1...12).contains(month), day >= 1, day <= Timestamp.days(in: month, of: year),
            hour < 24, minute < 60, second <= 60
        else {
            return nil
        }
        var index = 19
        fraction = index..<index
        if has(".", index) {
            let stop = VersionText.digitsEnd(text, from: index + 1, to: text.count)
            guard stop > index + 1 else {
                return nil
            }
            fraction = (index + 1)..<stop
            index = stop
        }
        var offset = 0
        if has("z", index), index + 1 == text.count {
            offset = 0
        } else if index + 6 == text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-"),
            let hours = number(index + 1, 2), has(":", index + 3), let minutes = number(index + 4, 2), hours < 24,
            minutes < 60
        {
            offset = (hours * 60 + minutes) * (text[index] == UInt8(ascii: "+") ? 60 : -60)
        } else {
            return nil
        }
        let days = Timestamp.daysBefore(year) + (1..<month).reduce(0) { $0 + Timestamp.days(in: $1, of: year) } + day
        seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func daysBefore(_ year: Int) -> Int {
        year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
