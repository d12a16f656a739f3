// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The value of a secret that a scanner found.
///
/// It is there to be hashed by whoever knows the key, and for nothing else: it never shows itself in descriptions,
/// mirrors or JSON.
package struct ReportedSecret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: String

    package init?(_ value: String?) {
        guard let value, !value.isEmpty else {
            return nil
        }
        self.value = value
    }

    /// Gives the bytes to a computation of a keyed hash.
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        var value = value
        return try value.withUTF8(body)
    }

    /// A text with this value masked wherever it stands.
    package func masked(in text: String) -> String {
        SecretMask.replace(value, in: text)
    }

    /// The masked value: its first characters where it is long enough that they tell little.
    package var masked: String { SecretMask.mask(value) }

    package var description: String { masked }
    package var debugDescription: String { masked }
    package var customMirror: Mirror { Mirror(self, children: ["masked": masked]) }
}
