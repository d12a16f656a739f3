// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// Why something was refused, or could not be done.
///
/// The message may be shown to whoever asked: it tells what to do, and nothing about others' accounts.
package struct AccessError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, for metrics and answers.
    package enum Code: String, Sendable, CaseIterable {
        /// Nobody is logged in: no session or token, or one that has ended, or a wrong password.
        case notAuthenticated
        /// Whoever asks may not do it.
        case denied
        /// Too many failures; try again after ``AccessError/waitSeconds``.
        case wait
        /// A value that is not accepted.
        case invalid
        /// There is one of this name already.
        case exists
        /// There is none of this name.
        case notFound
        /// It was changed since it was read.
        case conflict
        /// The last administrator would be gone.
        case lastAdministrator
        /// A link that was used, has expired, was replaced or was never made.
        case badLink
        /// The act could not be recorded as evidence, so that it did not happen.
        case unrecorded
        /// Too much is asked at once.
        case busy
        /// The database refused.
        case storage
        /// The OpenID provider, or what came from it, is not as it should be.
        case provider
    }

    package var code: Code
    package var message: String
    /// For ``Code/wait``: how long, at least 1.
    package var waitSeconds: Int?

    package init(_ code: Code, _ message: String, waitSeconds: Int? = nil) {
        self.code = code
        self.message = message
        self.waitSeconds = waitSeconds
    }

    init(_ error: StorageError) {
        self.init(.storage, "the database of users: \(error.message)")
    }

    package var description: String { message }

    static let notLoggedIn = AccessError(
        .notAuthenticated,
        "log in first; a session or token has ended or is not valid"
    )
}
