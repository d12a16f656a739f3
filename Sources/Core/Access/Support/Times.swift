// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Arithmetic on nanoseconds since 1970 that no number can make overflow.
enum Times {
    static let second: Int64 = 1_000_000_000
    static let day: Int64 = 86_400 * second

    /// How far a clock may step back before what it made counts as from the future.
    static let tolerance: Int64 = 300 * second

    static func elapsed(from start: Int64, to end: Int64) -> Int64 {
        let (difference, isOver) = end.subtractingReportingOverflow(start)
        guard isOver else { return difference }
        return end < start ? .min : .max
    }

    static func adding(_ time: Int64, _ duration: Int64) -> Int64 {
        let (sum, isOver) = time.addingReportingOverflow(duration)
        guard isOver else { return sum }
        return duration < 0 ? .min : .max
    }

    static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (whole, isOver) = seconds.multipliedReportingOverflow(by: second)
        return isOver ? (seconds < 0 ? .min : .max) : adding(whole, attoseconds / 1_000_000_000)
    }
}
