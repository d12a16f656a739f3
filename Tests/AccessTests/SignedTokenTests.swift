// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Crypto
import Foundation
import Synchronization
import Testing

@testable import Access

@Suite struct SignedTokenTests {
    private static let nonce = "n-0S6_WzA2Mj"

    private func verify(
        _ token: String,
        of issuer: Issuer,
        algorithms: Set<SigningAlgorithm> = Set(SigningAlgorithm.allCases)
    ) async throws -> IDToken {
        let client = OpenIDClient(try Issuer.provider(algorithms: algorithms), fetch: issuer.fetch)
        _ = try await client.begin(from: Fixture.client, at: Fixture.start)
        return try await client.verified(Array(token.utf8), nonce: Self.nonce, at: Fixture.start)
    }

    private static var claims: [String: any Sendable] { Issuer.claims(nonce: nonce, at: Fixture.start) }

    @Test(arguments: ["RS256", "ES256", "EdDSA"])
    func `a token of each accepted algorithm is believed`(algorithm: String) async throws {
        let issuer = try Issuer()
        let person = try await verify(issuer.token(Self.claims, algorithm: algorithm), of: issuer)
        #expect(person.identity == ExternalIdentity(issuer: Issuer.address, subject: "248289761001"))
        #expect(person.groups == ["staff", "soc"] && person.email == "kim@example.org")
    }

    @Test(arguments: ["none", "None", "HS256", "PS256", "RS384", "", "rs256", "RS256 "])
    func `a token of another algorithm is not`(algorithm: String) async throws {
        let issuer = try Issuer()
        let token = try issuer.token(Self.claims, algorithm: algorithm, keyID: "r")
        await expect(.provider) { try await verify(token, of: issuer) }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        await expect(.provider) { try await verify("\(parts[0]).\(parts[1]).", of: issuer) }
    }

    @Test func `an algorithm can be forbidden`() async throws {
        let issuer = try Issuer()
        let token = try issuer.token(Self.claims, algorithm: "ES256")
        await expect(.provider) { try await verify(token, of: issuer, algorithms: [.rs256, .edDSA]) }
    }

    @Test func `the key decides what it is used with`() async throws {
        let issuer = try Issuer()
        for (algorithm, keyID) in [("RS256", "e"), ("ES256", "d"), ("EdDSA", "r"), ("RS256", "none"), ("ES256", "")] {
            let token = try issuer.token(Self.claims, algorithm: algorithm, keyID: keyID)
            await expect(.provider) { try await verify(token, of: issuer) }
        }
    }

    @Test func `a token without the name of a key is of the only one of its kind`() async throws {
        let issuer = try Issuer()
        let header: [String: any Sendable] = ["alg": "RS256"]
        let head = Issuer.encode(try JSONSerialization.data(withJSONObject: header))
        let signed = head + "." + Issuer.encode(try JSONSerialization.data(withJSONObject: Self.claims))
        let token = signed + "." + Issuer.encode(try issuer.signature(of: Array(signed.utf8), "RS256"))
        _ = try await verify(token, of: issuer)
        issuer.state.withLock { $0.keys.append($0.keys[0].replacing("\"kid\":\"r\"", with: "\"kid\":\"r2\"")) }
        await expect(.provider) { try await verify(token, of: issuer) }
    }

    @Test func `no byte of a token can be another`() async throws {
        let issuer = try Issuer()
        let token = Array(try issuer.token(Self.claims, algorithm: "EdDSA").utf8)
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        _ = try await client.begin(from: Fixture.client, at: Fixture.start)
        for place in token.indices {
            var changed = token
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            await expect(.provider) { try await client.verified(changed, nonce: Self.nonce, at: Fixture.start) }
        }
    }

    @Test(arguments: [
        "", ".", "..", "...", "a.b", "a.b.c.d", "e30.e30.AA", "bnVsbA.e30.AA", "W10.e30.AA", "e30=.e30.AA",
        "e30 .e30.AA",
        String(repeating: ".", count: 100_000), String(repeating: "A", count: 10_000_000), "\0.\0.\0",
        "{\"alg\":\"none\"}.e30.", "\u{202E}.\u{202E}.\u{202E}",
    ])
    func `what is no token is refused`(text: String) {
        let error = #expect(throws: AccessError.self) {
            try SignedToken(Array(text.utf8), allowing: Set(SigningAlgorithm.allCases))
        }
        #expect(error?.code == .provider && (error?.message.utf8.count ?? 0) < 200)
    }

    @Test(arguments: [
        #"{"alg":"RS256","crit":["exp"],"exp":1}"#, #"{"alg":"RS256","b64":false}"#, #"{"alg":"RS256","zip":"DEF"}"#,
        #"{"alg":"RS256","kid":7}"#, #"{"alg":["RS256"]}"#, #"{"alg":"none","alg":"RS256"}"#, #"{"alg":"RS256"}x"#,
        #"{"kid":"r"}"#, #"{"alg":"RS256","x":\#(String(repeating: "[", count: 10_000))"#,
        #"{"alg":"RS256","enc":"A128GCM"}"#,
    ])
    func `a header that asks for more than is understood is refused`(header: String) {
        let token = Issuer.encode(Array(header.utf8)) + ".e30.AAAA"
        #expect(throws: AccessError.self) {
            try SignedToken(Array(token.utf8), allowing: Set(SigningAlgorithm.allCases))
        }
    }

    @Test func `a key inside of the token is not looked at`() async throws {
        let (issuer, attacker) = (try Issuer(), try Issuer())
        let point = attacker.p256.publicKey.rawRepresentation
        let key: [String: String] = [
            "kty": "EC", "crv": "P-256", "x": Issuer.encode(point.prefix(32)), "y": Issuer.encode(point.suffix(32)),
        ]
        for extra: [String: any Sendable] in [["jwk": key], ["jku": "https://evil.example/keys"], [:]] {
            let token = try attacker.token(Self.claims, algorithm: "ES256", header: extra)
            await expect(.provider) { try await verify(token, of: issuer) }
        }
        #expect(issuer.state.withLock { state in state.requests.allSatisfy { $0.url.hasPrefix(Issuer.address) } })
    }
}

@Suite struct KeySetTests {
    private func keys(_ text: String) async throws -> KeySet { try await KeySet(Array(text.utf8)) }

    @Test func `keys of other kinds and uses are left out`() async throws {
        let issuer = try Issuer()
        let (rsa, ec, okp) = issuer.state.withLock { ($0.keys[0], $0.keys[1], $0.keys[2]) }
        let others = [
            rsa.replacing("\"sig\"", with: "\"enc\""), rsa.replacing("RS256", with: "RS512"),
            ec.replacing("P-256", with: "P-384"), okp.replacing("Ed25519", with: "X25519"),
            ec.replacing("\"EC\"", with: "\"oct\""), ec.replacing("\"x\":\"", with: "\"x\":\"AAAA"),
            okp.replacing("\"x\":\"", with: "\"key_ops\":[\"sign\"],\"x\":\""), "{}", "null", "7", "[]",
            #"{"kty":"RSA","kid":"small","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","kid":"s","n":"!","e":""}"#,
            #"{"kty":"RSA","n":"\#(String(repeating: "A", count: 100_000))","e":"AQAB"}"#,
            #"{"kty":"OKP","crv":"Ed25519"}"#,
        ]
        let set = try await keys("{\"keys\":[\((others + [rsa]).joined(separator: ","))]}")
        #expect(set.keys.map(\.id) == [Array("r".utf8)] && set.keys.map(\.algorithm) == [.rs256])
        await expect(.provider) { try await keys("{\"keys\":[\(others.joined(separator: ","))]}") }
    }

    @Test func `a private key is an alarm`() async throws {
        let issuer = try Issuer()
        let ec = issuer.state.withLock { $0.keys[1] }
        await expect(.provider) {
            try await keys("{\"keys\":[\(ec.replacing("\"kid\"", with: "\"d\":\"AAAA\",\"kid\""))]}")
        }
    }

    @Test(arguments: ["", "null", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "<html>", "{\"keys\":[],\"keys\":[]}"])
    func `what is no set of keys is refused`(text: String) async {
        await expect(.provider) { try await keys(text) }
    }

    @Test func `a set has at most a hundred keys`() async throws {
        let key = try Issuer().state.withLock { $0.keys[2] }
        await expect(.provider) {
            try await keys("{\"keys\":[\([String](repeating: key, count: 101).joined(separator: ","))]}")
        }
    }
}

@Suite struct KeySetCacheTests {
    private static let nonce = "nonce"

    private func verify(_ issuer: Issuer, _ client: OpenIDClient, keyID: String, at time: Int64) async throws -> IDToken
    {
        let claims = Issuer.claims(nonce: Self.nonce, at: time)
        let token = try issuer.token(claims, algorithm: "EdDSA", keyID: keyID)
        return try await client.verified(Array(token.utf8), nonce: Self.nonce, at: time)
    }

    @Test func `an unknown key is looked for once a minute`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        _ = try await client.begin(from: Fixture.client, at: Fixture.start)
        for _ in 0..<20 {
            await expect(.provider) { try await verify(issuer, client, keyID: "new", at: Fixture.start) }
        }
        #expect(issuer.requests(to: "/keys").count == 1)
        _ = try await verify(issuer, client, keyID: "d", at: Fixture.start)
        issuer.state.withLock { $0.keys[2] = $0.keys[2].replacing("\"d\"", with: "\"new\"") }
        await expect(.provider) {
            try await verify(issuer, client, keyID: "new", at: Fixture.start + 59 * Fixture.second)
        }
        _ = try await verify(issuer, client, keyID: "new", at: Fixture.start + 60 * Fixture.second)
        #expect(issuer.requests(to: "/keys").count == 2)
        // What was withdrawn is not believed any more.
        await expect(.provider) {
            try await verify(issuer, client, keyID: "d", at: Fixture.start + 61 * Fixture.second)
        }
    }

    @Test func `all who need keys at once wait for one fetch`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        _ = try await client.begin(from: Fixture.client, at: Fixture.start)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await verify(issuer, client, keyID: "d", at: Fixture.start) } }
            try await group.waitForAll()
        }
        #expect(issuer.requests(to: "/keys").count == 1)
    }

    @Test func `keys are believed for a day, and longer only when they are fetched again`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        _ = try await client.begin(from: Fixture.client, at: Fixture.start)
        _ = try await verify(issuer, client, keyID: "d", at: Fixture.start)
        issuer.state.withLock { $0.isDown = true }
        await expect(.provider) { try await verify(issuer, client, keyID: "new", at: Fixture.start + Fixture.hour) }
        _ = try await verify(issuer, client, keyID: "d", at: Fixture.start + 23 * Fixture.hour)
        await expect(.provider) { try await verify(issuer, client, keyID: "d", at: Fixture.start + 24 * Fixture.hour) }
        issuer.state.withLock { $0.isDown = false }
        _ = try await verify(issuer, client, keyID: "d", at: Fixture.start + 24 * Fixture.hour + Fixture.minute)
    }

    @Test func `a clock that goes back does not keep keys from being fetched`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        _ = try await client.begin(from: Fixture.client, at: Fixture.start)
        _ = try await verify(issuer, client, keyID: "d", at: Fixture.start)
        issuer.state.withLock { $0.keys[2] = $0.keys[2].replacing("\"d\"", with: "\"new\"") }
        _ = try await verify(issuer, client, keyID: "new", at: Fixture.start - 10 * Fixture.hour)
    }
}
