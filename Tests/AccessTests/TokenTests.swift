// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Access

@Suite struct TokenTests {
    private static let day = 24 * Fixture.hour

    private func make(
        _ fixture: Fixture,
        _ scopes: Set<Permission>,
        by principal: Principal,
        for owner: UserID? = nil,
        lifetime: Duration = AccessControl.tokenLifetime,
        at time: Int64 = Fixture.start
    ) async throws -> NewToken {
        try await fixture.access.makeToken(
            name: "deploy",
            for: try #require(owner ?? principal.user),
            scopes: scopes,
            lifetime: lifetime,
            by: principal,
            at: time
        )
    }

    private func use(_ token: NewToken, of fixture: Fixture, at time: Int64 = Fixture.start) async throws -> Principal {
        try await fixture.access.principal(token: token.secret.text, from: Fixture.client, at: time)
    }

    @Test func `a token acts for its owner within its scopes`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.responder])
        let token = try await make(fixture, [.see, .triage], by: fixture.principal("kim"))
        #expect(token.token.expires == Fixture.start + 90 * Self.day)
        let principal = try await use(token, of: fixture)
        #expect(principal.user == kim.id && principal.permissions == [.see, .triage])
        #expect(principal.means == .token(token.token.id))
        let act = try #require(fixture.acts.recorded.last)
        #expect(act.kind == .tokenMade && act.details["scopes"] == "see, triage")
    }

    @Test func `a token for a part of the project tree may do nothing elsewhere`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.responder])
        func make(_ scopes: Set<Permission>) async throws -> NewToken {
            try await fixture.access.makeToken(
                name: "ci",
                for: kim.id,
                scopes: scopes,
                project: try ProjectScope(" shop// cart/"),
                by: fixture.principal("kim"),
                at: Fixture.start
            )
        }
        let token = try await make([.upload])
        #expect(token.token.project?.path == "shop/cart")
        #expect(fixture.acts.recorded.last?.details["project"] == "shop/cart")
        let principal = try await use(token, of: fixture)
        #expect(principal.permissions.isEmpty && principal.maySomewhere(.upload) && !principal.may(.upload))
        for (project, isFine) in [
            ("shop/cart", true), ("shop/cart/api", true), ("shop", false), ("shop/cartoon", false), ("", false),
        ] {
            #expect(principal.may(.upload, in: project) == isFine, "\(project)")
            #expect(!principal.may(.triage, in: project))
        }
        for permission in Permission.allCases where permission != .upload {
            #expect(!principal.maySomewhere(permission))
        }
        #expect(try await use(try await make([.upload, .triage]), of: fixture).may(.triage, in: "shop/cart"))
        #expect(try await use(try await make([.see]), of: fixture).scopes(for: .see)?.map(\.path) == ["shop/cart"])
        for scopes: Set<Permission> in [[.respond], [.upload, .respond]] {
            await expect(.invalid) { try await make(scopes) }
        }
        let listed = try await fixture.access.tokens(of: kim.id, by: fixture.principal("kim"))
        #expect(listed.allSatisfy { $0.project?.path == "shop/cart" })
        for path in ["", "/", " / ", "a\u{7}b", String(repeating: "a", count: 600)] {
            #expect(throws: AccessError.self, "\(path)") { try ProjectScope(path) }
        }
    }

    @Test func `a token never may more than its owner may now`() async throws {
        let fixture = try Fixture()
        for owned in Role.allCases {
            try await fixture.makeUser("\(owned)", [owned])
            let user = try await fixture.principal("\(owned)")
            for role in Role.allCases where !role.permissions.isSubset(of: owned.permissions) {
                await expect(.denied) { try await make(fixture, role.permissions, by: user) }
            }
            let token = try await make(fixture, owned.permissions, by: user)
            for role in Role.allCases {
                let id = try #require(user.user)
                try await fixture.makeUser("spare-\(owned)-\(role)", [.admin])
                _ = try await fixture.access.changeUser(id, UserChange(roles: [role]), by: Fixture.local, at: 1)
                let expected = owned.permissions.intersection(role.permissions)
                #expect(try await use(token, of: fixture).permissions == expected)
            }
        }
    }

    @Test func `a token of a disabled user opens nothing`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let token = try await make(fixture, [.see], by: fixture.principal("kim"))
        _ = try await fixture.access.changeUser(kim.id, UserChange(isDisabled: true), by: Fixture.local, at: 1)
        await expect(.notAuthenticated) { try await use(token, of: fixture) }
        #expect(fixture.acts.noted.last?.details == ["reason": "owner disabled"])
        _ = try await fixture.access.changeUser(kim.id, UserChange(isDisabled: false), by: Fixture.local, at: 1)
        _ = try await use(token, of: fixture)
    }

    @Test func `a token ends when it says`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let token = try await make(fixture, [.see], by: fixture.principal("kim"), lifetime: .seconds(3600))
        _ = try await use(token, of: fixture, at: Fixture.start + Fixture.hour - 1)
        for time in [Fixture.start + Fixture.hour, .max] {
            await expect(.notAuthenticated) { try await use(token, of: fixture, at: time) }
        }
        let user = try await fixture.principal("kim")
        for lifetime in [Duration.zero, .seconds(-5), .seconds(366 * 86_400 + 1), .seconds(Int64.max)] {
            await expect(.invalid) { try await make(fixture, [.see], by: user, lifetime: lifetime) }
        }
        _ = try await make(fixture, [.see], by: user, lifetime: .seconds(366 * 86_400))
    }

    @Test func `a revoked token opens nothing, and that is said once a minute`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        try await fixture.makeUser("lee", [.responder])
        let kim = try await fixture.principal("kim")
        let token = try await make(fixture, [.see], by: kim)
        let lee = try await fixture.principal("lee")
        await expect(.denied) { try await fixture.access.revokeToken(token.token.id, by: lee, at: Fixture.start) }
        for _ in 0..<2 { try await fixture.access.revokeToken(token.token.id, by: kim, at: Fixture.start) }
        #expect(fixture.acts.count(.tokenRevoked) == 1)
        for _ in 0..<5 { await expect(.notAuthenticated) { try await use(token, of: fixture) } }
        #expect(fixture.acts.noted.map(\.kind) == [.tokenRefused])
        await expect(.notFound) {
            try await fixture.access.revokeToken(try #require(TokenID("000000000000")), by: kim, at: Fixture.start)
        }
    }

    @Test func `a token cannot make itself last, and may end itself`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.responder])
        try await fixture.makeUser("root", [.admin])
        let token = try await make(fixture, [.see, .triage], by: fixture.principal("kim"))
        let principal = try await use(token, of: fixture)
        await expect(.denied) { try await make(fixture, [.see], by: principal) }
        await expect(.denied) { try await fixture.access.endSessions(of: kim.id, by: principal, at: Fixture.start) }
        await expect(.denied) {
            try await fixture.access.setPassword(of: kim.id, to: "a new passphrase", by: principal, at: Fixture.start)
        }
        let other = try await make(fixture, [.see], by: fixture.principal("kim"))
        await expect(.denied) { try await fixture.access.revokeToken(other.token.id, by: principal, at: Fixture.start) }
        try await fixture.access.revokeToken(token.token.id, by: principal, at: Fixture.start)
        await expect(.notAuthenticated) { try await use(token, of: fixture) }
        // One that administers makes tokens, for what it may do itself.
        let admin = try await make(fixture, [.see, .administer], by: fixture.principal("root"))
        let administrator = try await use(admin, of: fixture)
        _ = try await make(fixture, [.see], by: administrator, for: kim.id)
        await expect(.denied) { try await make(fixture, [.triage], by: administrator, for: kim.id) }
    }

    @Test func `an administrator makes no token that its owner may not use`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        await expect(.invalid) { try await make(fixture, [.respond], by: Fixture.local, for: kim.id) }
        await expect(.invalid) { try await make(fixture, [], by: Fixture.local, for: kim.id) }
        _ = try await make(fixture, [.see], by: Fixture.local, for: kim.id)
    }

    @Test func `a token that was tampered with, or has another's secret, is none`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let user = try await fixture.principal("kim")
        let (one, other) = (try await make(fixture, [.see], by: user), try await make(fixture, [.see], by: user))
        let content = "rdt_\(one.token.id)_" + other.secret.text.suffix(49).prefix(43)
        let mixed = content + String(decoding: Base62.encode(CRC32.checksum(content.utf8)), as: UTF8.self)
        #expect(TokenText(mixed) != nil)
        for text in [mixed, TokenText(.system).text, "", one.secret.text + "x", "Bearer \(one.secret.text)"] {
            await expect(.notAuthenticated) {
                try await fixture.access.principal(token: text, from: Fixture.client, at: Fixture.start)
            }
        }
        #expect(fixture.acts.noted.map(\.details) == [["reason": "wrong secret"]])
    }

    @Test func `the last use is written once a minute`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let user = try await fixture.principal("kim")
        let token = try await make(fixture, [.see], by: user)
        let used = { try await fixture.access.tokens(of: user.user, by: user)[0].lastUsed }
        #expect(try await used() == nil)
        for (seconds, expected) in [(0, 0), (59, 0), (60, 60), (61, 60), (3600, 3600), (10, 3600)] {
            _ = try await use(token, of: fixture, at: Fixture.start + Int64(seconds) * Fixture.second)
            #expect(try await used() == Fixture.start + Int64(expected) * Fixture.second)
        }
        #expect(try await fixture.access.tokens(of: user.user, by: user)[0].lastAddress == Fixture.client.address)
    }

    @Test func `tokens are listed, the newest first, a page at a time`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        try await fixture.makeUser("lee", [.viewer])
        let (kim, lee) = (try await fixture.principal("kim"), try await fixture.principal("lee"))
        for step in 0..<12 {
            _ = try await make(fixture, [.see], by: step % 2 == 0 ? kim : lee, at: Fixture.start + Int64(step / 4))
        }
        var found: [APIToken] = []
        while true {
            let page = try await fixture.access.tokens(of: nil, after: found.last?.place, limit: 5, by: Fixture.local)
            if page.isEmpty { break }
            found += page
        }
        #expect(Set(found.map(\.id)).count == 12 && found.map(\.made) == found.map(\.made).sorted(by: >))
        #expect(try await fixture.access.tokens(of: kim.user, by: kim).count == 6)
        await expect(.denied) { try await fixture.access.tokens(of: kim.user, by: lee) }
        await expect(.denied) { try await fixture.access.tokens(of: nil, by: lee) }
    }

    @Test func `a user has at most a hundred tokens that can be used`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let user = try await fixture.principal("kim")
        for _ in 0..<99 { _ = try await make(fixture, [.see], by: user) }
        let last = try await make(fixture, [.see], by: user)
        await expect(.invalid) { try await make(fixture, [.see], by: user) }
        try await fixture.access.revokeToken(last.token.id, by: user, at: Fixture.start)
        _ = try await make(fixture, [.see], by: user)
    }

    @Test func `hostile names of tokens are refused`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        for name in ["", " ", "ci\u{202E}", "a\nb", String(repeating: "n", count: 1_000_000)] {
            await expect(.invalid) {
                try await fixture.access.makeToken(
                    name: name,
                    for: kim.id,
                    scopes: [.see],
                    by: Fixture.local,
                    at: Fixture.start
                )
            }
        }
    }
}
