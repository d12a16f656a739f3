// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Access

@Suite struct LinkTests {
    private static let minute = Fixture.minute

    private func use(
        _ link: String,
        of fixture: Fixture,
        name: String = "kim",
        password: String = Fixture.password,
        at time: Int64 = Fixture.start
    ) async throws -> User {
        try await fixture.access.makeFirstAdministrator(
            withLink: link,
            name: try UserName(name),
            password: password,
            from: Fixture.client,
            at: time
        )
    }

    @Test func `the first link makes the administrator, once`() async throws {
        let fixture = try Fixture()
        let link = try await fixture.access.makeFirstLink(at: Fixture.start).text
        let shown = try await fixture.access.link(link, at: Fixture.start)
        #expect(shown.purpose == .firstAdministrator && shown.expires == Fixture.start + 15 * Self.minute)
        let kim = try await use(link, of: fixture)
        #expect(kim.roles == [.admin])
        #expect(try await fixture.principal("kim").may(.administer))
        await expect(.badLink) { try await use(link, of: fixture, name: "lee") }
        await expect(.badLink) { try await fixture.access.link(link, at: Fixture.start) }
        await expect(.exists) { try await fixture.access.makeFirstLink(at: Fixture.start) }
        #expect(fixture.acts.recorded.map(\.kind) == [.linkMade, .userMade, .loggedIn])
    }

    @Test func `a link ends after 15 minutes, and before its time`() async throws {
        let fixture = try Fixture()
        let link = try await fixture.access.makeFirstLink(at: Fixture.start).text
        for time in [Fixture.start + 15 * Self.minute, .max, Fixture.start - 6 * Self.minute, 0, .min] {
            await expect(.badLink) { try await use(link, of: fixture, at: time) }
        }
        _ = try await use(link, of: fixture, at: Fixture.start + 15 * Self.minute - 1)
    }

    @Test func `a new first link replaces the old one`() async throws {
        let fixture = try Fixture()
        let old = try await fixture.access.makeFirstLink(at: Fixture.start).text
        let new = try await fixture.access.makeFirstLink(at: Fixture.start).text
        await expect(.badLink) { try await use(old, of: fixture) }
        _ = try await use(new, of: fixture)
    }

    @Test func `an open first link is void when there is an administrator`() async throws {
        let fixture = try Fixture()
        let link = try await fixture.access.makeFirstLink(at: Fixture.start).text
        try await fixture.makeUser("lee", [.admin])
        await expect(.badLink) { try await use(link, of: fixture) }
    }

    @Test func `a mistake does not use the link up`() async throws {
        let fixture = try Fixture()
        let link = try await fixture.access.makeFirstLink(at: Fixture.start).text
        await expect(.invalid) { try await use(link, of: fixture, password: "short") }
        try await fixture.makeUser("lee", [.viewer])
        await expect(.exists) { try await use(link, of: fixture, name: "lee") }
        _ = try await use(link, of: fixture)
    }

    @Test func `no password is hashed for one without a link`() async throws {
        let fixture = try Fixture()
        let before = fixture.access.passwords.derivations
        for link in ["", "A", Secret(.system).text, String(repeating: "A", count: 10_000_000), "../../etc", "\0"] {
            await expect(.badLink) { try await use(link, of: fixture) }
            await expect(.badLink) {
                try await fixture.access.setPassword(
                    withLink: link,
                    to: Fixture.password,
                    from: Fixture.client,
                    at: Fixture.start
                )
            }
        }
        #expect(fixture.access.passwords.derivations == before)
    }

    @Test func `of two uses at once one wins`() async throws {
        for _ in 0..<10 {
            let fixture = try Fixture()
            let link = try await fixture.access.makeFirstLink(at: Fixture.start).text
            let winners = await withTaskGroup(of: String?.self) { group in
                for name in ["kim", "lee", "sam", "alex"] {
                    group.addTask { try? await use(link, of: fixture, name: name).name.description }
                }
                return await group.reduce(into: [String]()) { $0 += $1.map { [$0] } ?? [] }
            }
            let users = try await fixture.access.users(by: Fixture.local).map(\.name.description)
            #expect(winners.count == 1 && users == winners && fixture.acts.count(.userMade) == 1)
        }
    }

    @Test func `an invited user sets a password, and a reset ends what was open`() async throws {
        let fixture = try Fixture()
        let access = fixture.access
        let kim = try await fixture.makeUser("kim", [.viewer], password: nil)
        await expect(.notAuthenticated) { try await fixture.logIn("kim") }
        let link = try await access.makeLink(for: kim.id, by: Fixture.local, at: Fixture.start).text
        #expect(try await access.link(link, at: Fixture.start).userName == kim.name)
        await expect(.badLink) { try await use(link, of: fixture, name: "evil") }
        let set = { (link: String, password: String) in
            try await access.setPassword(withLink: link, to: password, from: Fixture.client, at: Fixture.start)
        }
        await expect(.invalid) { try await set(link, "short") }
        _ = try await set(link, Fixture.password)
        await expect(.badLink) { try await set(link, "yet another password") }
        let session = try await fixture.logIn("kim", at: Fixture.start + 10 * Self.minute).secret.text
        let reset = try await access.makeLink(for: kim.id, by: Fixture.local, at: Fixture.start).text
        _ = try await set(reset, "a wholly new password")
        await expect(.notAuthenticated) {
            try await access.session(session, from: Fixture.client, at: Fixture.start + 11 * Self.minute)
        }
    }

    @Test func `a link sets only the password it was made for`() async throws {
        let fixture = try Fixture()
        let access = fixture.access
        let kim = try await fixture.makeUser("kim", [.viewer])
        let first = try await access.makeFirstLink(at: Fixture.start).text
        await expect(.badLink) {
            try await access.setPassword(withLink: first, to: Fixture.password, from: Fixture.client, at: Fixture.start)
        }
        let link = try await access.makeLink(for: kim.id, by: Fixture.local, at: Fixture.start).text
        let replaced = try await access.makeLink(for: kim.id, by: Fixture.local, at: Fixture.start).text
        await expect(.badLink) { try await access.link(link, at: Fixture.start) }
        _ = try await access.changeUser(kim.id, UserChange(isDisabled: true), by: Fixture.local, at: Fixture.start)
        await expect(.badLink) { try await access.link(replaced, at: Fixture.start) }
        await expect(.invalid) { try await access.makeLink(for: kim.id, by: Fixture.local, at: Fixture.start) }
    }

    @Test func `a lifetime is a minute to 72 hours`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        for lifetime in [Duration.seconds(59), .seconds(72 * 3600 + 1), .seconds(-1), .zero, .seconds(Int64.max)] {
            await expect(.invalid) {
                try await fixture.access.makeLink(for: kim.id, lifetime: lifetime, by: Fixture.local, at: Fixture.start)
            }
        }
    }

    @Test func `neither a link nor a password is kept, or recorded`() async throws {
        let fixture = try Fixture()
        let link = try await fixture.access.makeFirstLink(at: Fixture.start).text
        _ = try await use(link, of: fixture)
        let session = try await fixture.logIn("kim")
        let kim = session.active.user.id
        let token = try await fixture.access.makeToken(
            name: "ci",
            for: kim,
            scopes: [.see],
            by: session.active.principal,
            at: Fixture.start
        )
        try fixture.access.close()
        let bytes = try fixture.folder.allBytes()
        #expect(bytes.count > 4096)
        for secret in [
            link, session.secret.text, Fixture.password, token.secret.text, "\(token.secret.text.suffix(49))",
        ] {
            #expect(bytes.firstRange(of: Array(secret.utf8)) == nil)
            #expect(!fixture.acts.recorded.contains { "\($0)".contains(secret) })
        }
        #expect(bytes.firstRange(of: session.secret.bytes) == nil)
    }
}
