// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Storage
import Testing

@testable import Access

@Suite struct SessionTests {
    private func session(
        _ text: String,
        of fixture: Fixture,
        at time: Int64
    ) async throws -> ActiveSession {
        try await fixture.access.session(text, from: Fixture.client("198.51.100.9"), at: time)
    }

    @Test func `a session says who it is and what may be done now`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let text = try await fixture.logIn("kim").secret.text
        let active = try await session(text, of: fixture, at: Fixture.start + 1)
        #expect(active.user.id == kim.id && active.principal.permissions == [.see])
        #expect(active.principal.address?.description == "198.51.100.9")
        _ = try await fixture.access.changeUser(kim.id, UserChange(roles: [.responder]), by: Fixture.local, at: 1)
        #expect(try await session(text, of: fixture, at: Fixture.start + 2).principal.may(.respond))
        _ = try await fixture.access.changeUser(kim.id, UserChange(isDisabled: true), by: Fixture.local, at: 2)
        await expect(.notAuthenticated) { try await session(text, of: fixture, at: Fixture.start + 3) }
        _ = try await fixture.access.changeUser(kim.id, UserChange(isDisabled: false), by: Fixture.local, at: 3)
        await expect(.notAuthenticated) { try await session(text, of: fixture, at: Fixture.start + 4) }
    }

    @Test func `a cookie that was tampered with is no session`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.admin])
        let text = try await fixture.logIn("kim").secret.text
        var others = [
            "", " ", text + "A", "\0", String(text.reversed()), text.uppercased(), text + "=", "' OR 1=1 --", "null",
            String(repeating: "A", count: 43), String(repeating: "A", count: 10_000_000), "\u{202E}" + text,
        ]
        for place in text.indices {
            var changed = text
            changed.replaceSubrange(place...place, with: text[place] == "x" ? "y" : "x")
            others.append(changed)
        }
        for other in others {
            await expect(.notAuthenticated) { try await session(other, of: fixture, at: Fixture.start) }
        }
        _ = try await session(text, of: fixture, at: Fixture.start)
    }

    @Test func `a session ends an hour after its last use`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let text = try await fixture.logIn("kim").secret.text
        var time = Fixture.start
        for _ in 0..<3 {
            time += 59 * Fixture.minute
            _ = try await session(text, of: fixture, at: time)
        }
        await expect(.notAuthenticated) { try await session(text, of: fixture, at: time + Fixture.hour) }
        _ = try await session(text, of: fixture, at: time + Fixture.hour - 1)
    }

    @Test func `a session ends after twelve hours, however much it is used`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let text = try await fixture.logIn("kim").secret.text
        for step in 1..<24 {
            _ = try await session(text, of: fixture, at: Fixture.start + Int64(step) * Fixture.hour / 2)
        }
        await expect(.notAuthenticated) { try await session(text, of: fixture, at: Fixture.start + 12 * Fixture.hour) }
    }

    @Test func `how long sessions last can be set`() async throws {
        let fixture = try Fixture {
            $0.sessionLifetime = .seconds(100)
            $0.sessionIdle = .seconds(10)
        }
        try await fixture.makeUser("kim", [.viewer])
        let text = try await fixture.logIn("kim").secret.text
        await expect(.notAuthenticated) {
            try await session(text, of: fixture, at: Fixture.start + 10 * Fixture.second)
        }
        for step in 1...11 {
            _ = try await session(text, of: fixture, at: Fixture.start + Int64(step) * 9 * Fixture.second)
        }
        await expect(.notAuthenticated) {
            try await session(text, of: fixture, at: Fixture.start + 100 * Fixture.second)
        }
    }

    @Test func `a clock that goes back a little changes nothing, and much ends sessions`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let text = try await fixture.logIn("kim").secret.text
        _ = try await session(text, of: fixture, at: Fixture.start - 5 * Fixture.minute)
        for time in [Fixture.start - 6 * Fixture.minute, 0, .min, .max] {
            await expect(.notAuthenticated) { try await session(text, of: fixture, at: time) }
        }
    }

    @Test func `a use is written at most once a minute`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let text = try await fixture.logIn("kim").secret.text
        let stored = {
            try fixture.access.database.readNow { connection throws(StorageError) in
                try connection.first("SELECT last_used FROM session") { row throws(StorageError) in try row.integer(0) }
            }
        }
        _ = try await session(text, of: fixture, at: Fixture.start + 59 * Fixture.second)
        #expect(try stored() == Fixture.start)
        let listed = try await fixture.access.sessions(
            of: kim.id,
            by: Fixture.local,
            at: Fixture.start + Fixture.minute
        )
        #expect(listed.map(\.lastUsed) == [Fixture.start + 59 * Fixture.second])
        _ = try await session(text, of: fixture, at: Fixture.start + 60 * Fixture.second)
        #expect(try stored() == Fixture.start + 60 * Fixture.second)
    }

    @Test func `a login replaces the session of the browser`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let old = try await fixture.logIn("kim").secret.text
        let new = try await fixture.access.logIn(
            name: "kim",
            password: Fixture.password,
            from: Fixture.client,
            replacing: old,
            at: Fixture.start
        )
        #expect(new.secret.text != old)
        await expect(.notAuthenticated) { try await session(old, of: fixture, at: Fixture.start) }
        _ = try await session(new.secret.text, of: fixture, at: Fixture.start)
    }

    @Test func `who logs out is out, also where it cannot be recorded`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let text = try await fixture.logIn("kim").secret.text
        let active = try await session(text, of: fixture, at: Fixture.start)
        fixture.acts.refuses = true
        try await fixture.access.logOut(active, at: Fixture.start)
        await expect(.notAuthenticated) { try await session(text, of: fixture, at: Fixture.start) }
        #expect(fixture.acts.noted.map(\.kind) == [.sessionEnded])
    }

    @Test func `sessions are listed and ended one by one, or all`() async throws {
        let fixture = try Fixture()
        let access = fixture.access
        let kim = try await fixture.makeUser("kim", [.viewer])
        try await fixture.makeUser("lee", [.responder])
        let client = Fixture.client("2001:db8::5", agent: "Mozilla\u{1B}[2J")
        let first = try await fixture.logIn("kim", from: client)
        let second = try await fixture.logIn("kim", at: Fixture.start + 1)
        let third = try await fixture.logIn("kim", at: Fixture.start + 2)
        let own = third.active.principal
        let now = Fixture.start + 3
        let listed = try await access.sessions(of: kim.id, by: own, at: now)
        #expect(listed.map(\.id) == [third, second, first].map(\.active.session.id))
        #expect(listed.last?.agent == "Mozilla\u{FFFD}[2J" && listed.last?.address.description == "2001:db8::5")
        let lee = try await fixture.principal("lee")
        await expect(.denied) { try await access.sessions(of: kim.id, by: lee, at: now) }
        await expect(.denied) { try await access.endSession(first.active.session.id, of: kim.id, by: lee, at: now) }
        await expect(.denied) { try await access.endSessions(of: kim.id, by: lee, at: now) }
        await expect(.notFound) {
            try await access.endSession(first.active.session.id, of: lee.user ?? kim.id, by: lee, at: now)
        }
        try await access.endSession(first.active.session.id, of: kim.id, by: own, at: now)
        await expect(.notAuthenticated) { try await session(first.secret.text, of: fixture, at: now) }
        #expect(try await access.endSessions(of: kim.id, by: own, at: now) == 1)
        await expect(.notAuthenticated) { try await session(second.secret.text, of: fixture, at: now) }
        _ = try await session(third.secret.text, of: fixture, at: now)
        #expect(try await access.endSessions(of: kim.id, by: Fixture.local, at: now) == 1)
        await expect(.notAuthenticated) { try await session(third.secret.text, of: fixture, at: now) }
    }

    @Test func `a user has at most 50 sessions`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        var texts: [String] = []
        for step in 0..<53 { texts.append(try await fixture.logIn("kim", at: Fixture.start + Int64(step)).secret.text) }
        let now = Fixture.start + 100
        #expect(try await fixture.access.sessions(of: kim.id, by: Fixture.local, at: now).count == 50)
        await expect(.notAuthenticated) { try await session(texts[2], of: fixture, at: now) }
        _ = try await session(texts[3], of: fixture, at: now)
    }

    @Test func `a form is accepted from its own session only`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let (one, other) = (try await fixture.logIn("kim").active, try await fixture.logIn("kim").active)
        #expect(one.accepts(formToken: one.formToken))
        #expect(!one.accepts(formToken: other.formToken))
        for text in [
            "", "A", one.formToken + "A", String(one.formToken.dropLast()), String(repeating: "A", count: 1_000_000),
        ] {
            #expect(!one.accepts(formToken: text))
        }
    }

    @Test func `a new password ends the other sessions`() async throws {
        let fixture = try Fixture()
        let access = fixture.access
        let kim = try await fixture.makeUser("kim", [.viewer])
        let (other, own) = (try await fixture.logIn("kim"), try await fixture.logIn("kim"))
        let principal = own.active.principal
        let new = "an entirely new one"
        await expect(.notAuthenticated) {
            try await access.setPassword(of: kim.id, to: new, current: "wrong", by: principal, at: Fixture.start)
        }
        await expect(.notAuthenticated) {
            try await access.setPassword(of: kim.id, to: new, by: principal, at: Fixture.start)
        }
        try await access.setPassword(of: kim.id, to: new, current: Fixture.password, by: principal, at: Fixture.start)
        await expect(.notAuthenticated) { try await session(other.secret.text, of: fixture, at: Fixture.start) }
        _ = try await session(own.secret.text, of: fixture, at: Fixture.start)
        await expect(.notAuthenticated) { try await fixture.logIn("kim") }
        _ = try await access.logIn(name: "kim", password: new, from: Fixture.client, at: Fixture.start)
    }

    @Test func `guesses at the current password are delayed`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let principal = try await fixture.principal("kim")
        let set = {
            try await fixture.access.setPassword(
                of: kim.id,
                to: "an entirely new one",
                current: "a wrong password",
                by: principal,
                at: Fixture.start
            )
        }
        for _ in 0..<3 { await expect(.notAuthenticated) { try await set() } }
        await expect(.wait) { try await set() }
    }

    @Test func `nobody sets the password of another but administrators`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        for (name, role) in [("lee", Role.responder), ("sam", .auditor)] {
            try await fixture.makeUser(name, [role])
            let principal = try await fixture.principal(name)
            await expect(.denied) {
                try await fixture.access.setPassword(
                    of: kim.id,
                    to: "taken over by me",
                    by: principal,
                    at: Fixture.start
                )
            }
        }
        try await fixture.access.setPassword(of: kim.id, to: "a new passphrase", by: Fixture.local, at: Fixture.start)
        await expect(.notAuthenticated) { try await fixture.logIn("kim") }
    }
}
