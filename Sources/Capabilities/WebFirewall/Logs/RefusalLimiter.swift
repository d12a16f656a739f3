// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Keeps refused requests, which cost a client nothing, from filling the logs.
///
/// Of each second the first refusals are written in full; the rest are counted by reason, and told in one line once
/// the second is over. Reasons come from the gateway, which has a fixed number of them.
struct RefusalLimiter {
    /// How many refusals of one second are written.
    static let linesPerSecond = 10

    private var windowStart: UInt64?
    private var written = 0
    private var counts: [String: Int] = [:]

    /// Counts one refusal.
    ///
    /// - Parameter now: nanoseconds since 1970.
    /// - Returns: whether it is to be written.
    mutating func admits(_ reason: String, now: UInt64) -> Bool {
        if isOver(at: now) {
            windowStart = now
            written = 0
        }
        guard written < Self.linesPerSecond else {
            counts[reason, default: 0] += 1
            return false
        }
        written += 1
        return true
    }

    /// What was left out in a second that is over, as a line of the error log.
    ///
    /// - Returns: nil where nothing was left out, or the second is not over yet.
    mutating func summary(now: UInt64) -> [UInt8]? {
        isOver(at: now) ? takeSummary() : nil
    }

    /// The same for a second that is not over, for when logging ends.
    mutating func takeSummary() -> [UInt8]? {
        guard !counts.isEmpty else {
            return nil
        }
        let total = counts.values.reduce(0, +)
        let reasons = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.value) \"\($0.key)\"" }
            .joined(separator: ", ")
        counts = [:]
        return Array("Redoubt: \(total) more requests refused: \(reasons)".utf8)
    }

    /// A clock that was set back begins a new second.
    private func isOver(at now: UInt64) -> Bool {
        guard let windowStart else {
            return true
        }
        return now < windowStart || now - windowStart >= 1_000_000_000
    }
}
