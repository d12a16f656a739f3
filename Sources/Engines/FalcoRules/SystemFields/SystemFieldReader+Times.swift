// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SystemCapture

extension SystemFieldReader {
    /// The event's time, written out in UTC, or counted from another event.
    mutating func timeValue(_ code: SystemFieldCode.TimeField, of event: SystemEvent) -> FieldValue {
        let time = event.time
        switch code {
        case .time: return composed(TimeText.timeOfDay(time))
        case .timeSeconds: return composed(Array(TimeText.timeOfDay(time).prefix(8)))
        case .iso8601: return composed(TimeText.full(time))
        case .date, .output: return composed(Self.date(time))
        case .dateSeconds: return composed(Array(Self.date(time).prefix(19)))
        case .relative, .relativeSeconds, .relativeNanoseconds:
            return span(code, from: firstTime, to: time)
        case .delta, .deltaSeconds, .deltaNanoseconds:
            return span(code, from: previousTime, to: time)
        }
    }

    /// `2026-01-31 12:34:56.123456789`
    private static func date(_ time: UInt64) -> [UInt8] {
        TimeText.full(time).dropLast().map { $0 == UInt8(ascii: "T") ? UInt8(ascii: " ") : $0 }
    }

    /// Events of several processors may be stored a little out of order: what would be negative is 0.
    private func span(_ code: SystemFieldCode.TimeField, from start: UInt64, to end: UInt64) -> FieldValue {
        let span = end >= start ? end - start : 0
        switch code {
        case .relativeSeconds, .deltaSeconds: return .unsigned(span / 1_000_000_000)
        case .relativeNanoseconds, .deltaNanoseconds: return .unsigned(span % 1_000_000_000)
        default: return .unsigned(span)
        }
    }
}
