// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A point in time as a calendar and a clock show it.
///
/// The calendar arithmetic is that of the proleptic Gregorian calendar over eras of 400 years.
struct CivilTime {
    var year: Int
    /// 1 to 12
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    /// 0 for Sunday
    var weekday: Int

    /// - Parameters:
    ///   - nanoseconds: since 1970, UTC
    ///   - offset: seconds east of Greenwich
    init(nanoseconds: UInt64, offset: Int) {
        let seconds = Int(nanoseconds / 1_000_000_000) + offset
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        hour = rest / 3_600
        minute = rest / 60 % 60
        second = rest % 60
        weekday = ((days % 7) + 11) % 7
        // Count days from 1 March of year 0, so that the leap day is the last of its year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `08:35:08`
    var clock: String { "\(Self.two(hour)):\(Self.two(minute)):\(Self.two(second))" }

    /// `Sat Nov 21 08:35:08 2026`, as in ModSecurity's JSON audit log.
    var ctime: String {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let padded = day < 10 ? " \(day)" : "\(day)"
        return "\(days[weekday]) \(Self.monthNames[month - 1]) \(padded) \(clock) \(year)"
    }

    static let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
