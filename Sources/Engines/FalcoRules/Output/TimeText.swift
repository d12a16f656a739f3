// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Times as alerts write them, in UTC.
enum TimeText {
    /// `12:34:56.123456789`
    static func timeOfDay(_ nanoseconds: UInt64) -> [UInt8] {
        let second = nanoseconds / 1_000_000_000 % 86_400
        var text: [UInt8] = []
        append(second / 3600, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(second / 60 % 60, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(second % 60, 2, to: &text)
        text.append(UInt8(ascii: "."))
        append(nanoseconds % 1_000_000_000, 9, to: &text)
        return text
    }

    /// `2026-01-31T12:34:56.123456789Z`
    static func full(_ nanoseconds: UInt64) -> [UInt8] {
        let (year, month, day) = date(Int(nanoseconds / 86_400_000_000_000))
        var text: [UInt8] = []
        append(UInt64(year), 4, to: &text)
        text.append(UInt8(ascii: "-"))
        append(UInt64(month), 2, to: &text)
        text.append(UInt8(ascii: "-"))
        append(UInt64(day), 2, to: &text)
        text.append(UInt8(ascii: "T"))
        text += timeOfDay(nanoseconds)
        text.append(UInt8(ascii: "Z"))
        return text
    }

    private static func append(_ number: UInt64, _ digits: Int, to text: inout [UInt8]) {
        var divisor: UInt64 = 1
        for _ in 1..<digits {
            divisor *= 10
        }
        var rest = number
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor % 10))
            rest %= divisor
            divisor /= 10
        }
    }

    /// The date of a day since 1970, by counting years from March in eras of 400 years.
    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
