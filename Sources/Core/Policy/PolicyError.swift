// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why the policy cannot be changed in this way.
package struct PolicyError: Error, Equatable, CustomStringConvertible {
    /// What kind of mistake it is; bounded, for metrics.
    package enum Code: String, Sendable {
        /// A reason, maker or owner is missing or too long.
        case incomplete
        /// An end that lies before the beginning.
        case badExpiry
        /// What should be changed is not there.
        case notFound
        /// There is one already.
        case duplicate
        /// A number outside of its bounds.
        case outOfRange
        /// It would strike more than a policy may by one entry.
        case tooWide
        /// It would never have an effect, or contradicts what cannot be changed.
        case senseless
        /// The policy has as many of these as it can.
        case full
        /// The policy was changed by somebody else meanwhile.
        case conflict
    }

    package var code: Code
    /// What is wrong, and what was expected.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
