// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Testing

@testable import Access

@Suite struct UserTests {
    @Test func `a user is made, found and listed`() async throws {
        let fixture = try Fixture()
        let new = NewUser(
            name: try UserName("Kim"),
            displayName: "Kim Lee",
            email: "kim@example.org",
            roles: [.triager, .auditor],
            password: Fixture.password
        )
        let kim = try await fixture.access.makeUser(new, by: Fixture.local, at: Fixture.start)
        #expect(kim.name.description == "kim" && kim.displayName == "Kim Lee" && kim.email == "kim@example.org")
        #expect(kim.hasPassword && !kim.isDisabled && kim.roles == [.triager, .auditor] && kim.revision == 1)
        #expect(try await fixture.access.user(kim.id, by: Fixture.local) == kim)
        #expect(try await fixture.access.user(named: UserName("KIM"), by: Fixture.local) == kim)
        let act = try #require(fixture.acts.recorded.last)
        #expect(act.kind == .userMade && act.actor == "root" && act.user == "kim" && act.userID == kim.id)
        #expect(act.details == ["roles": "auditor, triager"])
        await expect(.exists) { try await fixture.access.makeUser(new, by: Fixture.local, at: Fixture.start) }
        #expect(fixture.acts.count(.userMade) == 1)
    }

    @Test func `users are listed by name, a page at a time`() async throws {
        let fixture = try Fixture()
        let names = (0..<25).map { "user\($0 + 10)" }
        for name in names.shuffled() { try await fixture.makeUser(name, [.viewer], password: nil) }
        var found: [String] = []
        var last: UserName?
        while true {
            let page = try await fixture.access.users(after: last, limit: 10, by: Fixture.local)
            found += page.map(\.name.description)
            guard let name = page.last?.name else { break }
            #expect(page.count <= 10)
            last = name
        }
        #expect(found == names)
        #expect(try await fixture.access.users(limit: .max, by: Fixture.local).count == 25)
        #expect(try await fixture.access.users(limit: -1, by: Fixture.local).count == 1)
    }

    @Test func `only administrators make and change users, and auditors see them`() async throws {
        let fixture = try Fixture()
        for role in Role.allCases {
            let user = try await fixture.makeUser("\(role)", [role])
            let principal = try await fixture.principal("\(role)")
            let new = NewUser(name: try UserName("by-\(role)"), roles: [.viewer])
            let access = fixture.access
            if role == .admin {
                _ = try await access.makeUser(new, by: principal, at: Fixture.start)
            } else {
                await expect(.denied) { try await access.makeUser(new, by: principal, at: Fixture.start) }
                await expect(.denied) {
                    try await access.changeUser(user.id, UserChange(roles: [.admin]), by: principal, at: Fixture.start)
                }
                await expect(.denied) { try await access.makeLink(for: user.id, by: principal, at: Fixture.start) }
            }
            if role == .admin || role == .auditor {
                #expect(try await !access.users(by: principal).isEmpty)
            } else {
                await expect(.denied) { try await access.users(by: principal) }
            }
            #expect(try await access.user(user.id, by: principal).id == user.id)
            #expect(try await !access.assignees(by: principal).isEmpty)
        }
    }

    @Test func `hostile fields are refused`() async throws {
        let fixture = try Fixture()
        let name = try UserName("kim")
        let huge = String(repeating: "n", count: 1_000_000)
        for new in [
            NewUser(name: name, displayName: "Kim\u{202E}nimda", roles: []),
            NewUser(name: name, displayName: huge, roles: []),
            NewUser(name: name, email: "kim@example.org\r\nBcc: all", roles: []),
            NewUser(name: name, roles: [], password: "short"),
            NewUser(name: name, roles: [], password: huge),
            NewUser(name: name, roles: [], external: ExternalIdentity(issuer: huge, subject: "1")),
            NewUser(name: name, roles: [], external: ExternalIdentity(issuer: "https://id", subject: huge)),
        ] {
            await expect(.invalid) { try await fixture.access.makeUser(new, by: Fixture.local, at: Fixture.start) }
        }
        #expect(fixture.acts.recorded.isEmpty)
        #expect(try await fixture.access.users(by: Fixture.local).isEmpty)
    }

    @Test func `a change is recorded with what changed, and without personal data`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let change = UserChange(displayName: "Kim L.", email: "kim@example.org", roles: [.responder])
        let changed = try await fixture.access.changeUser(
            kim.id,
            change,
            ifRevision: 1,
            by: Fixture.local,
            at: Fixture.start + 5
        )
        #expect(changed.revision == 2 && changed.changed == Fixture.start + 5 && changed.roles == [.responder])
        #expect(try await fixture.access.user(kim.id, by: Fixture.local) == changed)
        let act = try #require(fixture.acts.recorded.last)
        #expect(
            act.details == ["display_name": "changed", "email": "changed", "roles": "viewer -> responder"]
        )
        let json = String(decoding: try JSONEncoder().encode(act), as: UTF8.self)
        #expect(!json.contains("example.org") && !json.contains("Kim L."))
        let cleared = try await fixture.access.changeUser(
            kim.id,
            UserChange(email: ""),
            by: Fixture.local,
            at: Fixture.start
        )
        #expect(cleared.email == nil)
    }

    @Test func `what changes nothing is no act`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let same = try await fixture.access.changeUser(kim.id, UserChange(roles: [.viewer]), by: Fixture.local, at: 1)
        #expect(same == kim && fixture.acts.count(.userChanged) == 0)
    }

    @Test func `a user that was changed meanwhile is left alone`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let access = fixture.access
        _ = try await access.changeUser(kim.id, UserChange(roles: [.triager]), ifRevision: 1, by: Fixture.local, at: 1)
        await expect(.conflict) {
            try await access.changeUser(kim.id, UserChange(roles: [.admin]), ifRevision: 1, by: Fixture.local, at: 2)
        }
        #expect(try await access.user(kim.id, by: Fixture.local).roles == [.triager])
    }

    @Test func `the last administrator stays one`() async throws {
        let fixture = try Fixture()
        let access = fixture.access
        let (kim, lee) = (try await fixture.makeUser("kim", [.admin]), try await fixture.makeUser("lee", [.admin]))
        _ = try await access.changeUser(lee.id, UserChange(isDisabled: true), by: Fixture.local, at: 1)
        for change in [UserChange(isDisabled: true), UserChange(roles: [.responder, .auditor]), UserChange(roles: [])] {
            await expect(.lastAdministrator) { try await access.changeUser(kim.id, change, by: Fixture.local, at: 2) }
        }
        _ = try await access.changeUser(lee.id, UserChange(isDisabled: false), by: Fixture.local, at: 3)
        _ = try await access.changeUser(kim.id, UserChange(roles: [.viewer]), by: Fixture.local, at: 4)
        #expect(try await access.user(kim.id, by: Fixture.local).roles == [.viewer])
    }

    @Test func `of two administrators who disable each other at once, one stays`() async throws {
        for _ in 0..<10 {
            let fixture = try Fixture()
            let access = fixture.access
            let users = [try await fixture.makeUser("kim", [.admin]), try await fixture.makeUser("lee", [.admin])]
            let done = await withTaskGroup(of: Bool.self) { group in
                for user in users {
                    group.addTask {
                        let change = UserChange(isDisabled: true)
                        return (try? await access.changeUser(user.id, change, by: Fixture.local, at: 1)) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(done == 1 && fixture.acts.count(.userChanged) == 1)
        }
    }

    @Test func `what cannot be recorded does not happen`() async throws {
        let fixture = try Fixture()
        let access = fixture.access
        let kim = try await fixture.makeUser("kim", [.viewer])
        fixture.acts.refuses = true
        await expect(.unrecorded) { try await fixture.makeUser("lee", [.admin]) }
        await expect(.unrecorded) {
            try await access.changeUser(kim.id, UserChange(roles: [.admin]), by: Fixture.local, at: 1)
        }
        await expect(.unrecorded) {
            try await access.setPassword(of: kim.id, to: "another password", by: Fixture.local, at: 1)
        }
        await expect(.unrecorded) { try await access.makeLink(for: kim.id, by: Fixture.local, at: 1) }
        await expect(.unrecorded) { try await fixture.logIn("kim") }
        fixture.acts.refuses = false
        #expect(try await access.users(by: Fixture.local) == [kim])
        _ = try await fixture.logIn("kim")
    }

    @Test func `users outlive the process`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let session = try await fixture.logIn("kim")
        try fixture.access.close()
        var settings = AccessControl.Settings()
        settings.passwordCost = Fixture.cheap
        let again = try AccessControl(
            database: fixture.folder.file("access.sqlite"),
            settings,
            recorder: fixture.acts.recorder
        )
        #expect(try await again.users(by: Fixture.local) == [kim])
        let active = try await again.session(session.secret.text, from: Fixture.client, at: Fixture.start + 1)
        #expect(active.user == kim)
        try again.close()
    }
}
