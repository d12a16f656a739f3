// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why a report is not read, in one line.
package struct ReportError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// No known format has this content.
        case unknownFormat
        /// The text is not well-formed.
        case malformed
        /// The report is of the expected format, but of a version or shape that is not read.
        case unsupported
        /// More than the limits allow.
        case tooLarge
    }

    package var code: Code
    package var message: String
    package var place: ReportPlace?

    package init(_ code: Code, _ message: String, at place: ReportPlace? = nil) {
        self.code = code
        self.message = message
        self.place = place
    }

    /// One line of bounded length: names of the report stand in it, which may hold anything.
    package var description: String {
        (place.map { "\(message) (\($0.description))" } ?? message).oneLine(bytes: 2048)
    }
}
