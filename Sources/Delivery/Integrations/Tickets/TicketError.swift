// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why something could not be done in a system of tickets.
package struct TicketError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case settings, connection
        /// The token does not allow it, or nothing may be sent there.
        case refused
        case notFound
        /// Too many requests; it may be tried again later.
        case limited
        /// An answer that is not what the system's documentation says.
        case answer
        /// The system has nothing of that kind.
        case unsupported
        case store
    }

    package var code: Code
    /// A line that may be shown; it holds no token.
    package var message: String
    package var status: Int?

    package init(_ code: Code, _ message: String, status: Int? = nil) {
        self.code = code
        self.message = message
        self.status = status
    }

    package var description: String { message }
}
