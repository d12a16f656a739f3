// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Crypto
import CryptoExtras
import Foundation
import Synchronization
import Testing

@testable import Access

/// A provider of identities that lives in the test: it signs with real keys, and with false ones when told to.
final class Issuer: Sendable {
    static let address = "https://id.example.org/realm"
    static let clientID = "redoubt"

    struct State {
        var claims: [String: any Sendable] = [:]
        var header: [String: any Sendable] = [:]
        var keys: [String]
        var requests: [OpenIDRequest] = []
        var answers: [String: OpenIDResponse] = [:]
        var isDown = false
    }

    let rsa: _RSA.Signing.PrivateKey
    let p256 = P256.Signing.PrivateKey()
    let ed25519 = Curve25519.Signing.PrivateKey()
    let state: Mutex<State>

    init() throws {
        rsa = try Self.sharedRSA.get()
        state = Mutex(State(keys: []))
        let numbers = try rsa.publicKey.getKeyPrimitives()
        let point = p256.publicKey.rawRepresentation
        let keys = [
            #"{"kty":"RSA","kid":"r","use":"sig","alg":"RS256","n":"\#(Self.encode(numbers.modulus))","e":"\#(Self.encode(numbers.publicExponent))"}"#,
            #"{"kty":"EC","kid":"e","crv":"P-256","x":"\#(Self.encode(point.prefix(32)))","y":"\#(Self.encode(point.suffix(32)))"}"#,
            #"{"kty":"OKP","kid":"d","crv":"Ed25519","x":"\#(Self.encode(ed25519.publicKey.rawRepresentation))"}"#,
        ]
        state.withLock { $0.keys = keys }
    }

    /// Making one takes a while.
    private static let sharedRSA = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    static func encode(_ bytes: some Sequence<UInt8>) -> String { Base64URL.encode(bytes) }

    // MARK: Tokens

    static func claims(nonce: String, at time: Int64) -> [String: any Sendable] {
        let now = Int(time / 1_000_000_000)
        return [
            "iss": address, "sub": "248289761001", "aud": clientID, "exp": now + 300, "iat": now, "nonce": nonce,
            "preferred_username": "Kim.Lee", "name": "Kim Lee", "email": "kim@example.org", "email_verified": true,
            "groups": ["staff", "soc"],
        ]
    }

    /// A signed token.
    func token(
        _ claims: [String: any Sendable],
        algorithm: String = "RS256",
        keyID: String? = nil,
        header extra: [String: any Sendable] = [:]
    ) throws -> String {
        var header: [String: Any] = ["alg": algorithm, "typ": "JWT"]
        header["kid"] = keyID ?? ["RS256": "r", "ES256": "e", "EdDSA": "d"][algorithm]
        for (name, value) in extra { header[name] = value }
        let head = Self.encode(try JSONSerialization.data(withJSONObject: header))
        let signed = head + "." + Self.encode(try JSONSerialization.data(withJSONObject: claims))
        return signed + "." + Self.encode(try signature(of: Array(signed.utf8), algorithm))
    }

    func signature(of bytes: [UInt8], _ algorithm: String) throws -> Data {
        switch algorithm {
        case "RS256": try rsa.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation
        case "PS256": try rsa.signature(for: SHA256.hash(data: bytes), padding: .PSS).rawRepresentation
        case "ES256": try p256.signature(for: SHA256.hash(data: bytes)).rawRepresentation
        case "EdDSA": try ed25519.signature(for: bytes)
        case "HS256":
            // The confusion of algorithms: the public key as a shared secret.
            Data(
                HMAC<SHA256>.authenticationCode(
                    for: bytes,
                    using: SymmetricKey(data: Data(rsa.publicKey.pemRepresentation.utf8))
                )
            )
        default: Data([0])
        }
    }

    // MARK: Answers

    var keySet: [UInt8] { Array("{\"keys\":[\(state.withLock { $0.keys.joined(separator: ",") })]}".utf8) }

    static let description = """
        {"issuer":"\(address)","authorization_endpoint":"\(address)/auth","token_endpoint":"\(address)/token",\
        "jwks_uri":"\(address)/keys","response_types_supported":["code"],\
        "code_challenge_methods_supported":["plain","S256"],"id_token_signing_alg_values_supported":["RS256"]}
        """

    var fetch: OpenIDFetch {
        { request in
            let (isDown, answer) = self.state.withLock { state in
                state.requests.append(request)
                return (state.isDown, state.answers[request.url])
            }
            if isDown { throw Acts.Refusal() }
            if let answer { return answer }
            switch request.url {
            case Self.address + "/.well-known/openid-configuration":
                return OpenIDResponse(status: 200, body: Array(Self.description.utf8))
            case Self.address + "/keys":
                return OpenIDResponse(status: 200, body: self.keySet)
            case Self.address + "/token":
                let claims = self.state.withLock { $0.claims }
                let body = "{\"access_token\":\"x\",\"id_token\":\"\(try self.token(claims))\"}"
                return OpenIDResponse(status: 200, body: Array(body.utf8))
            default:
                return OpenIDResponse(status: 404, body: [])
            }
        }
    }

    func requests(to path: String) -> [OpenIDRequest] {
        state.withLock { $0.requests.filter { $0.url.hasSuffix(path) } }
    }

    static func provider(
        _ mapping: GroupMapping = GroupMapping(rules: [.init(group: "soc", role: .responder)]),
        secret: String? = "s3cret&=",
        algorithms: Set<SigningAlgorithm> = Set(SigningAlgorithm.allCases)
    ) throws -> OpenIDProvider {
        try OpenIDProvider(
            issuer: address,
            clientID: clientID,
            clientSecret: secret,
            redirectURI: "https://redoubt.example.org/login/openid",
            mapping: mapping,
            algorithms: algorithms
        )
    }
}
