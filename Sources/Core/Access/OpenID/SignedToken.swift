// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A JWS in compact form (RFC 7515 section 7.1), taken apart and not yet believed.
package struct SignedToken: Sendable {
    package let algorithm: SigningAlgorithm
    /// The name of the key that it says to be of; any bytes.
    package let keyID: [UInt8]?
    /// The bytes that are signed: header and payload as they came.
    package let signed: [UInt8]
    package let payload: [UInt8]
    package let signature: [UInt8]

    static let maximumLength = 65_536

    /// Takes a token apart.
    ///
    /// - Throws: ``AccessError/Code/provider`` for what is no token, for an algorithm that is not allowed, and for
    ///   extensions that have to be understood (RFC 7515 section 4.1.11), as none is.
    package init(_ text: [UInt8], allowing algorithms: Set<SigningAlgorithm>) throws(AccessError) {
        guard text.count <= Self.maximumLength else { throw Self.refusal("too long") }
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), !signature.isEmpty
        else { throw Self.refusal("not three parts in base64url") }
        let fields = try ProviderJSON.object(header, "the ID token's header")
        guard fields["crit"] == nil, fields["b64"] == nil, fields["zip"] == nil, fields["enc"] == nil else {
            throw Self.refusal("with extensions that are not understood")
        }
        guard let name = fields["alg"]?.text, let algorithm = SigningAlgorithm(rawValue: name),
            algorithms.contains(algorithm)
        else { throw Self.refusal("signed in a way that is not accepted") }
        if let keyID = fields["kid"] {
            guard let bytes = keyID.bytes, bytes.count <= 256 else {
                throw Self.refusal("of a key without a proper name")
            }
            self.keyID = bytes
        } else {
            keyID = nil
        }
        self.algorithm = algorithm
        self.payload = payload
        self.signature = signature
        signed = Array(text.prefix(parts[0].count + 1 + parts[1].count))
    }

    private static func refusal(_ what: String) -> AccessError {
        AccessError(.provider, "the ID token is \(what)")
    }
}
