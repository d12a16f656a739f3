// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Foundation
internal import JWTKit

/// The public keys of a provider (RFC 7517 section 5).
struct KeySet: Sendable {
    struct Key: Sendable {
        let id: [UInt8]?
        let algorithm: SigningAlgorithm
        fileprivate let verifier: any JWTAlgorithm

        /// Whether this key made a signature.
        func made(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
            // An error says that the signature has not even the form of one.
            (try? verifier.verify(signature, signs: signed)) ?? false
        }
    }

    let keys: [Key]

    static let maximumKeys = 100

    /// Reads a set of keys. Keys of other kinds and for other uses are left out, as RFC 7517 section 5 wants.
    ///
    /// - Throws: ``AccessError/Code/provider`` for what is no set, or has no key that can be used, or a private one.
    init(_ document: [UInt8]) async throws(AccessError) {
        let value = try ProviderJSON.object(document, "the provider's set of keys")
        guard let elements = value["keys"]?.elements, elements.count <= Self.maximumKeys else {
            throw AccessError(.provider, "the provider's set of keys has no list of at most \(Self.maximumKeys) keys")
        }
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode(Document.self, from: Data(document)).keys
        } catch {
            throw AccessError(.provider, "the provider's set of keys cannot be read")
        }
        var keys: [Key] = []
        for entry in entries {
            if let key = try await entry.key() { keys.append(key) }
        }
        guard !keys.isEmpty else { throw AccessError(.provider, "the provider has no key that can be used") }
        self.keys = keys
    }

    /// The key that a token names; without a name, the only one of its kind.
    func key(for token: SignedToken) -> Key? {
        let candidates = keys.filter { $0.algorithm == token.algorithm && (token.keyID == nil || $0.id == token.keyID) }
        return candidates.count == 1 ? candidates[0] : nil
    }
}

private struct Document: Decodable {
    let keys: [Entry]
}

/// One member of the list, whatever it is.
private struct Entry: Decodable {
    private let key: JWK?
    private let use: String?
    private let operations: [String]?

    private enum CodingKeys: String, CodingKey {
        case use
        case operations = "key_ops"
    }

    init(from decoder: any Decoder) throws {
        // What is no key of a known kind is no error of the set.
        key = try? JWK(from: decoder)
        let members = try? decoder.container(keyedBy: CodingKeys.self)
        use = try? members?.decodeIfPresent(String.self, forKey: .use)
        operations = try? members?.decodeIfPresent([String].self, forKey: .operations)
    }

    /// The key with what checks signatures by it; nil where it is for something else.
    func key() async throws(AccessError) -> KeySet.Key? {
        guard var key, use ?? "sig" == "sig", operations?.contains("verify") ?? true, let algorithm = algorithm(of: key)
        else { return nil }
        guard key.privateExponent == nil else {
            throw AccessError(.provider, "the provider's set of keys holds a private key")
        }
        guard key.modulus?.utf8.count ?? 0 <= 1400, key.exponent?.utf8.count ?? 0 <= 16 else { return nil }
        let id = key.keyIdentifier.map { Array($0.string.utf8) }
        let (name, kind) = (JWKIdentifier(string: "key"), JWK.Algorithm(rawValue: algorithm.rawValue))
        key.keyIdentifier = name
        key.algorithm = kind
        let verifier: any JWTAlgorithm
        do {
            verifier = try await JWTKeyCollection().add(jwk: key).getKey(for: name, alg: algorithm.rawValue)
        } catch {
            // As of a curve that is no curve, or an RSA key of less than 2,048 bits.
            return nil
        }
        return KeySet.Key(id: id, algorithm: algorithm, verifier: verifier)
    }

    /// The one algorithm that a key is used with here.
    private func algorithm(of key: JWK) -> SigningAlgorithm? {
        let algorithm: SigningAlgorithm
        switch key.keyType {
        case .rsa:
            algorithm = .rs256
        case .ecdsa where key.curve == .ecdsa(.p256):
            algorithm = .es256
        case .octetKeyPair where key.curve == .eddsa(.ed25519):
            algorithm = .edDSA
        default:
            return nil
        }
        guard let declared = key.algorithm else { return algorithm }
        return declared.rawValue == algorithm.rawValue ? algorithm : nil
    }
}
