// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why routes or a virtual patch cannot be made.
package struct CorrelationError: Error, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// A document that is none, or too large.
        case badDocument
        /// A finding that no rule can guard.
        case noPatch
        /// A state from which there is no way to the wanted one.
        case badState
        /// A file that could not be read or written.
        case file
    }

    package var code: Code
    package var message: String
    /// What to do next.
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { message }
}
