// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why a feed of scores or a decision table cannot be read, and where.
package struct FeedError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The first lines are not those of the format.
        case header
        /// A record has too few or too many fields.
        case fields
        /// A quote is open at the end, or stands where none may.
        case quoting
        /// A field's value is not of its type or range.
        case value
        /// A record stands twice, or two contradict each other.
        case duplicate
        /// A line, a field or the whole is longer than the limit.
        case tooLong
        /// JSON that cannot be read.
        case json
        /// Records that must be there are missing.
        case incomplete
    }

    package var code: Code
    /// The line, from 1; 0 where the whole is meant.
    package var line: Int
    package var message: String

    package var description: String { line > 0 ? "line \(line): \(message)" : message }
}
