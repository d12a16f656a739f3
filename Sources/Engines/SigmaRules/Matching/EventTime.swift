// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// When an event happened, by what it says itself.
package enum EventTime {
    /// The members that are asked, in this order.
    package static let fields = [
        "@timestamp", "timestamp", "UtcTime", "EventTime", "requestReceivedTimestamp", "stageTimestamp", "created_at",
        "evt.time", "evt.time.ns", "TimeCreated", "time",
    ]

    /// Reads a date with time of day (RFC 3339, or with a blank in the middle and without a zone, which then is UTC),
    /// or a number: seconds since 1970, milli-, micro- or nanoseconds, told apart by size.
    ///
    /// - Returns: nanoseconds since 1970; nil where it is neither, or outside of the years 1970 to 2262.
    package static func nanoseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard let first = text.first, first.isDigit else { return nil }
        if let date = CivilDate(text) { return date.nanosecondsSince1970 }
        guard text.count <= 32, let number = Double(String(decoding: text, as: UTF8.self)), number >= 0 else {
            return nil
        }
        if !text.contains(UInt8(ascii: ".")), let whole = Int64(String(decoding: text, as: UTF8.self)), whole >= 1 << 57
        {
            return whole
        }
        let unit: Double =
            switch number {
            case ..<1e11: 1e9
            case ..<1e14: 1e6
            case ..<1e17: 1e3
            default: 1
            }
        return Int64(exactly: (number * unit).rounded(.down))
    }
}

/// A date and time of day as they are written.
struct CivilDate {
    var year = 0
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var nanosecond = 0
    var offsetSeconds = 0

    /// Reads `2025-08-02T12:34:56.789Z`, `2025-08-02 12:34:56+02:00`, `2025-08-02 12:34` or a date alone.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count >= 10, text.count <= 40, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = Self.number(text, 0, 4), let month = Self.number(text, 5, 2), let day = Self.number(text, 8, 2),
            (1...12).contains(month), (1...Self.days(month, year)).contains(day)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        guard text.count > 10 else { return }
        guard text[10] | 0x20 == UInt8(ascii: "t") || text[10] == 0x20, text.count >= 16, text[13] == UInt8(ascii: ":"),
            let hour = Self.number(text, 11, 2), let minute = Self.number(text, 14, 2), hour < 24, minute < 60
        else { return nil }
        (self.hour, self.minute) = (hour, minute)
        var place = 16
        if text.count >= 19, text[16] == UInt8(ascii: ":") {
            guard let second = Self.number(text, 17, 2), second <= 60 else { return nil }
            self.second = second
            place = 19
        }
        if place < text.count, text[place] == UInt8(ascii: ".") || text[place] == UInt8(ascii: ",") {
            readFraction(text, &place)
        }
        guard readZone(text, place) else { return nil }
    }

    private mutating func readFraction(_ text: UnsafeBufferPointer<UInt8>, _ place: inout Int) {
        place += 1
        var unit = 100_000_000
        while place < text.count, text[place].isDigit {
            nanosecond += unit * Int(text[place] - UInt8(ascii: "0"))
            unit /= 10
            place += 1
        }
    }

    private mutating func readZone(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
        var place = place
        while place < text.count, text[place] == 0x20 { place += 1 }
        let rest = text.count - place
        guard rest > 0 else { return true }
        if rest == 1, text[place] | 0x20 == UInt8(ascii: "z") { return true }
        let sign = text[place]
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), rest == 5 || rest == 6 || rest == 3,
            let hours = Self.number(text, place + 1, 2)
        else {
            return rest == 3 && text[place] | 0x20 == UInt8(ascii: "u")
        }
        let minutes = rest == 3 ? 0 : Self.number(text, text.count - 2, 2) ?? 0
        offsetSeconds = (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
        return true
    }

    private static func number(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
        guard start + count <= text.count else { return nil }
        var value = 0
        for index in start..<start + count {
            guard text[index].isDigit else { return nil }
            value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return value
    }

    private static func days(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last.
    var daysSince1970: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var nanosecondsSince1970: Int64? {
        let seconds = daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offsetSeconds
        let (scaled, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow, scaled >= 0, scaled < Int64.max - 1_000_000_000 else { return nil }
        return scaled + Int64(nanosecond)
    }

    /// The date of seconds since 1970, in UTC.
    init(secondsSince1970 seconds: Int) {
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 { (days, rest) = (days - 1, rest + 86_400) }
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        (hour, minute, second) = (rest / 3600, rest % 3600 / 60, rest % 60)
    }

    /// The week of ISO 8601: weeks begin on Monday, the first has the year's first Thursday.
    private var week: Int {
        let days = daysSince1970
        let weekday = ((days + 3) % 7 + 7) % 7
        let thursday = CivilDate(secondsSince1970: (days - weekday + 3) * 86_400)
        var january = thursday
        (january.month, january.day) = (1, 1)
        return (thursday.daysSince1970 - january.daysSince1970) / 7 + 1
    }

    func part(_ part: TimePart) -> Int {
        switch part {
        case .minute: minute
        case .hour: hour
        case .day: day
        case .week: week
        case .month: month
        case .year: year
        }
    }
}
