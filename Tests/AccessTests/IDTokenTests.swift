// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import Access

@Suite struct IDTokenTests {
    private static let now = Int(Fixture.start / Fixture.second)

    private func read(
        _ change: (inout [String: any Sendable]) -> Void = { _ in },
        at time: Int64 = Fixture.start
    ) throws -> IDToken {
        var claims = Issuer.claims(nonce: "nonce", at: Fixture.start)
        change(&claims)
        let document = Array(try JSONSerialization.data(withJSONObject: claims))
        return try IDToken(claims: document, of: Issuer.provider(), nonce: "nonce", at: time)
    }

    private func refuses(
        _ claim: String,
        _ value: (any Sendable)?,
        at location: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: AccessError.self, sourceLocation: location) { try read { $0[claim] = value } }
        #expect(error?.code == .provider, sourceLocation: location)
    }

    @Test func `a token that is as it should be is read`() throws {
        let token = try read()
        #expect(token.preferredName == "Kim.Lee" && token.displayName == "Kim Lee")
        _ = try read { $0["aud"] = [Issuer.clientID] }
        _ = try read { claims in
            claims["aud"] = [Issuer.clientID, "other"]
            claims["azp"] = Issuer.clientID
        }
        _ = try read { $0["nbf"] = Self.now }
        _ = try read { $0["exp"] = Double(Self.now) + 0.5 }
    }

    @Test func `issuer, audience and party have to be ours, byte by byte`() {
        for issuer in ["https://id.example.org/realm/", "https://ID.example.org/realm", "", "https://evil.example"] {
            refuses("iss", issuer)
        }
        refuses("iss", nil)
        refuses("iss", [Issuer.address])
        for audience in ["", "redoub", "redoubt ", "Redoubt"] { refuses("aud", audience) }
        refuses("aud", nil)
        refuses("aud", [String]())
        refuses("aud", ["other"])
        refuses("aud", [Issuer.clientID, "other"])
        refuses("aud", 7)
        refuses("azp", "other")
        refuses("azp", 7)
    }

    @Test func `names that only look the same are others`() throws {
        let provider = try OpenIDProvider(
            issuer: Issuer.address,
            clientID: "caf\u{E9}",
            redirectURI: "https://redoubt.example.org/",
            mapping: GroupMapping(rules: [.init(group: "\u{E9}quipe", role: .admin)])
        )
        var claims = Issuer.claims(nonce: "nonce", at: Fixture.start)
        let read = { (claims: [String: any Sendable]) in
            let document = Array(try JSONSerialization.data(withJSONObject: claims))
            return try IDToken(claims: document, of: provider, nonce: "nonce", at: Fixture.start)
        }
        claims["aud"] = "cafe\u{301}"
        #expect(throws: AccessError.self) { try read(claims) }
        claims["aud"] = "caf\u{E9}"
        claims["groups"] = ["e\u{301}quipe"]
        #expect(provider.mapping.roles(of: try read(claims).groups) == [])
        #expect(provider.mapping.roles(of: ["\u{E9}quipe"]) == [.admin])
    }

    @Test func `times may be off by a minute`() throws {
        _ = try read { $0["exp"] = Self.now - 59 }
        refuses("exp", Self.now - 60)
        _ = try read { $0["iat"] = Self.now + 60 }
        refuses("iat", Self.now + 61)
        _ = try read { $0["iat"] = Self.now - 660 }
        refuses("iat", Self.now - 661)
        _ = try read { $0["nbf"] = Self.now + 60 }
        refuses("nbf", Self.now + 61)
    }

    @Test func `what is no time is refused`() {
        for claim in ["exp", "iat", "nbf"] {
            refuses(claim, "soon")
            refuses(claim, -1)
            refuses(claim, 1e300)
            refuses(claim, true)
            refuses(claim, [Int]())
        }
        refuses("exp", nil)
        refuses("iat", nil)
    }

    @Test func `a wrong clock refuses all`() {
        for time in [Int64.min, 0, Fixture.start - 2 * Fixture.minute, Fixture.start + Fixture.hour, .max] {
            #expect(throws: AccessError.self) { try read(at: time) }
        }
    }

    @Test func `the nonce has to be that of this login`() {
        refuses("nonce", nil)
        refuses("nonce", "")
        refuses("nonce", "nonce2")
        refuses("nonce", "Nonce")
        refuses("nonce", ["nonce"])
    }

    @Test func `a subject is short and can be seen`() {
        refuses("sub", nil)
        refuses("sub", "")
        refuses("sub", 7)
        refuses("sub", "a\u{0}")
        refuses("sub", "ки́м")
        refuses("sub", String(repeating: "a", count: 256))
    }

    @Test func `an address that was not verified is left out`() throws {
        #expect(try read { $0["email_verified"] = false }.email == nil)
        #expect(try read { $0["email_verified"] = nil }.email == nil)
        #expect(try read { $0["email_verified"] = "true" }.email == nil)
    }

    @Test func `groups are a list of texts, or one`() throws {
        #expect(try read { $0["groups"] = nil }.groups == [])
        #expect(try read { $0["groups"] = "soc" }.groups == ["soc"])
        #expect(try read { $0["groups"] = ["a", "b"] }.groups == ["a", "b"])
        refuses("groups", 7)
        refuses("groups", [String](repeating: "g", count: 1001))
    }

    @Test func `a claim that stands twice is refused`() throws {
        let document = Array(
            """
            {"iss":"\(Issuer.address)","sub":"1","sub":"2","aud":"\(Issuer.clientID)","exp":\(Self.now + 60),\
            "iat":\(Self.now),"nonce":"nonce"}
            """.utf8
        )
        #expect(throws: AccessError.self) {
            try IDToken(claims: document, of: Issuer.provider(), nonce: "nonce", at: Fixture.start)
        }
    }

    @Test func `groups give the roles that were mapped, and nobody else gets any`() {
        let mapping = GroupMapping(
            rules: [
                .init(group: "soc", role: .responder), .init(group: "it", role: .admin),
                .init(group: "soc", role: .auditor),
            ]
        )
        #expect(mapping.roles(of: ["soc"]) == [.responder, .auditor])
        #expect(mapping.roles(of: ["it", "other"]) == [.admin])
        #expect(mapping.roles(of: []) == [] && mapping.roles(of: ["SOC", "soc "]) == [])
        #expect(GroupMapping(everybody: [.viewer]).roles(of: []) == [.viewer])
        #expect(!GroupMapping().decidesRoles && mapping.decidesRoles)
    }
}
