// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto

/// 256 random bits that open something: a session, a link. Kept nowhere but with whom they were given to.
///
/// Its text is base64url, 43 characters, and only ``text`` shows it; printing the value does not.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let bytes: [UInt8]

    static let byteCount = 32
    static let textLength = 43

    init(_ random: RandomBytes) {
        bytes = random(Self.byteCount)
    }

    /// - Returns: nil for what was never given out as a secret.
    init?(_ text: String) {
        guard text.utf8.count == Self.textLength, let bytes = Base64URL.decode(text.utf8) else { return nil }
        self.bytes = bytes
    }

    /// What is handed to the one whose secret it is.
    package var text: String { Base64URL.encode(bytes) }

    /// What is kept of it. 256 random bits cannot be guessed from their hash, so that it needs no salt.
    var hash: [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// A text that follows from the secret and does not tell it, for one purpose.
    func derived(for purpose: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(purpose.utf8), using: SymmetricKey(data: bytes))
        return Base64URL.encode(code)
    }

    /// Whether a text is the one that follows from the secret, in a time that does not tell where they differ.
    func isDerived(_ text: String, for purpose: String) -> Bool {
        guard text.utf8.count == Self.textLength, let bytes = Base64URL.decode(text.utf8) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            bytes,
            authenticating: Array(purpose.utf8),
            using: SymmetricKey(data: self.bytes)
        )
    }

    package var description: String { "a secret" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Compares what an attacker may choose one side of.
enum ConstantTime {
    /// Takes the same time wherever the two differ; only their lengths may be told from it.
    static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
