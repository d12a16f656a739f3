// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Storage

/// Why something could not be kept or changed.
package struct InsightError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, for metrics.
    package enum Code: String, Sendable, CaseIterable {
        case notFound
        /// Somebody else changed it meanwhile; the answer is to read it again.
        case revisionMismatch
        /// A value that cannot be.
        case badValue
        /// The store failed.
        case storage
    }

    package var code: Code
    package var message: String
    /// What the store said, where it failed.
    package var cause: StorageError?

    package init(_ code: Code, _ message: String, cause: StorageError? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    init(_ cause: StorageError) {
        self.init(.storage, cause.description, cause: cause)
    }

    package var description: String { message }
}
