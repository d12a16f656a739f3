// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why the machine cannot be watched.
package struct SensorError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The kernel has no description of its types (BTF), without which the programs cannot be fitted to it.
        case noTypeInformation
        /// The kernel refused the programs; most often for want of rights.
        case refused
        /// What the programs wrote could not be read.
        case unreadable
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
