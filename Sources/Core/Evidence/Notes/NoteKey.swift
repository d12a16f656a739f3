// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Foundation

/// A public key that verifies notes (C2SP signed-note), Ed25519.
///
/// Its text is `<name>+<key id in hex>+<base64 of 0x01 and the key>`, the form that Go's `sumdb/note` and the tools
/// around transparency logs read. Signatures name a key by its name and the first four bytes of a hash of name and key.
package struct NoteKey: Hashable, Sendable, CustomStringConvertible {
    /// The name; for a log, its origin.
    package let name: String
    /// The first four bytes, most significant first, of SHA-256(name, line feed, 0x01, key).
    package let id: UInt32
    /// 32 bytes (RFC 8032).
    package let publicKey: [UInt8]

    static let ed25519: UInt8 = 0x01
    static let signatureLength = 64

    /// - Throws: ``EvidenceError/Code/malformed`` for a name that no key may have or a key of another length.
    package init(name: String, publicKey: [UInt8]) throws(EvidenceError) {
        guard Self.isValidName(name) else {
            throw EvidenceError(.malformed, "a key's name is empty or holds spaces, control characters or '+'")
        }
        guard publicKey.count == 32 else {
            throw EvidenceError(.malformed, "an Ed25519 key has 32 bytes, not \(publicKey.count)")
        }
        self.name = name
        self.publicKey = publicKey
        id = Self.id(name: name, publicKey: publicKey)
    }

    /// Reads the text form.
    ///
    /// - Throws: ``EvidenceError/Code/malformed`` with what is wrong with it.
    package init(_ text: String) throws(EvidenceError) {
        // Base 64 may hold a plus, names may not.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else {
            throw EvidenceError(.malformed, "a key has the form NAME+ID+BASE64")
        }
        guard let bytes = Base64.decode(parts[2]), bytes.first == Self.ed25519 else {
            throw EvidenceError(.malformed, "the key's third part is no Base 64 of an Ed25519 key")
        }
        try self.init(name: parts[0], publicKey: Array(bytes.dropFirst()))
        guard parts[1] == Self.hex(id) else {
            throw EvidenceError(.malformed, "the key's id is \(Self.hex(id)), but its text says \(parts[1])")
        }
    }

    package var description: String {
        "\(name)+\(Self.hex(id))+\(Base64.encode([Self.ed25519] + publicKey))"
    }

    /// Whether the key made a signature of these bytes.
    func isValid(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        guard signature.count == Self.signatureLength,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
        else { return false }
        return key.isValidSignature(signature, for: text)
    }

    static func isValidName(_ name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace }
    }

    static func hex(_ id: UInt32) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    private static func id(name: String, publicKey: [UInt8]) -> UInt32 {
        let digest = SHA256.hash(data: Array(name.utf8) + [0x0A, ed25519] + publicKey)
        return digest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// A private key that signs notes, Ed25519.
///
/// Its text is `PRIVATE+KEY+<name>+<key id in hex>+<base64 of 0x01 and the seed>`, as Go's `sumdb/note` writes it.
package struct NoteSigner: Sendable {
    package let key: NoteKey
    private let privateKey: Curve25519.Signing.PrivateKey

    /// Makes a new key.
    ///
    /// - Throws: ``EvidenceError/Code/malformed`` for a name that no key may have.
    package init(newKeyNamed name: String) throws(EvidenceError) {
        try self.init(name: name, privateKey: Curve25519.Signing.PrivateKey())
    }

    private init(name: String, privateKey: Curve25519.Signing.PrivateKey) throws(EvidenceError) {
        self.privateKey = privateKey
        key = try NoteKey(name: name, publicKey: Array(privateKey.publicKey.rawRepresentation))
    }

    /// Reads the text form.
    ///
    /// - Throws: ``EvidenceError/Code/malformed``; the message never shows the text.
    package init(_ text: String) throws(EvidenceError) {
        let parts = text.split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY" else {
            throw EvidenceError(.malformed, "a private key has the form PRIVATE+KEY+NAME+ID+BASE64")
        }
        guard let bytes = Base64.decode(parts[4]), bytes.first == NoteKey.ed25519,
            let privateKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.dropFirst())
        else { throw EvidenceError(.malformed, "the private key's last part is no Base 64 of an Ed25519 key") }
        try self.init(name: parts[2], privateKey: privateKey)
        guard parts[3] == NoteKey.hex(key.id) else {
            throw EvidenceError(.malformed, "the private key's id does not belong to it")
        }
    }

    /// The secret text form.
    var privateText: String {
        let seed = Array(privateKey.rawRepresentation)
        return "PRIVATE+KEY+\(key.name)+\(NoteKey.hex(key.id))+\(Base64.encode([NoteKey.ed25519] + seed))"
    }

    func sign(_ text: [UInt8]) throws(EvidenceError) -> NoteSignature {
        do {
            return NoteSignature(name: key.name, id: key.id, bytes: Array(try privateKey.signature(for: text)))
        } catch {
            throw EvidenceError(.badSignature, "could not sign: \(error)")
        }
    }
}
