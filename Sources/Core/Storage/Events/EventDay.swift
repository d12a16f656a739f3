// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A day of the calendar in UTC, which names a file of events.
package struct EventDay: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    package let number: Int32

    private static let nanoseconds: Int64 = 86_400_000_000_000

    init(number: Int32) {
        self.number = number
    }

    /// The day of a time in nanoseconds since 1970.
    package init(time: Int64) {
        let days = time / Self.nanoseconds
        number = Int32(time % Self.nanoseconds < 0 ? days - 1 : days)
    }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    /// Its digits, `YYYYMMDD`. After "days_from_civil" of H. Hinnant, https://howardhinnant.github.io/date_algorithms.html.
    package var description: String {
        let shifted = Int(number) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return Self.digits(year, 4) + Self.digits(month, 2) + Self.digits(day, 2)
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    /// The name of the day's file.
    package var fileName: String { "events-\(self).sqlite" }

    /// The day that a file is of; nil where the name is no day file's.
    init?(fileName: String) {
        let prefix = "events-"
        let suffix = ".sqlite"
        guard fileName.hasPrefix(prefix), fileName.hasSuffix(suffix), fileName.utf8.count == 22,
            let value = Int(fileName.dropFirst(prefix.count).dropLast(suffix.count)), value >= 0
        else { return nil }
        let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100)
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(number: Int32(era * 146_097 + dayOfEra - 719_468))
        // Only days that there are: the 31st of February is another name for a day in March.
        guard self.fileName == fileName else { return nil }
    }
}
