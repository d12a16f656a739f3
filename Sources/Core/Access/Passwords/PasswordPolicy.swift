// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// What a password has to be: 12 to 256 characters (Unicode scalars) and not the user's name. Nothing else is asked, since
/// rules on kinds of characters make passwords that are easier to guess (NIST SP 800-63B section 5.1.1.2).
package enum PasswordPolicy {
    package static let length = 12...256
    /// More than 256 characters never take.
    static let maximumBytes = 1024

    /// - Throws: ``AccessError/Code/invalid``.
    package static func check(_ password: String, for name: UserName) throws(AccessError) {
        guard isPossible(password), length.contains(normalized(password).unicodeScalars.count) else {
            throw AccessError(.invalid, "password: \(length.lowerBound) to \(length.upperBound) characters")
        }
        guard password.lowercased() != name.description else {
            throw AccessError(.invalid, "password: may not be the name")
        }
    }

    /// Whether a text is short enough to be hashed at all.
    static func isPossible(_ password: String) -> Bool {
        password.utf8.count <= maximumBytes
    }

    /// The same for all ways to type the same characters (NFC, as RFC 8265 section 4.2 has it).
    static func normalized(_ password: String) -> String {
        password.precomposedStringWithCanonicalMapping
    }
}
