// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What is wrong with a file that was to be read, or with what was asked for.
package struct ThreatError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// A file is not there or may not be read.
        case unreadable
        /// A file is damaged, or none of what was expected.
        case damaged
        /// More than is taken.
        case tooLarge
        /// What was asked for does not exist.
        case notFound
        /// What was asked for is not possible.
        case invalid
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
