// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Access

/// Roles that people have in parts of the project tree.
@Suite struct GrantTests {
    private func grant(_ fixture: Fixture, _ role: Role, _ path: String, to id: UserID) async throws -> User {
        let grant = try Grant(role, in: try ProjectScope(path))
        return try await fixture.access.grant(grant, to: id, by: Fixture.local, at: Fixture.start)
    }

    private func revoke(_ fixture: Fixture, _ path: String, of id: UserID) async throws -> User {
        try await fixture.access.revokeGrant(
            in: try ProjectScope(path),
            of: id,
            by: Fixture.local,
            at: Fixture.start
        )
    }

    private func token(
        _ fixture: Fixture,
        of id: UserID,
        _ scopes: Set<Permission>,
        for project: String? = nil,
        by principal: Principal = Fixture.local
    ) async throws -> Principal {
        let new = try await fixture.access.makeToken(
            name: "ci",
            for: id,
            scopes: scopes,
            project: try project.map { try ProjectScope($0) },
            by: principal,
            at: Fixture.start
        )
        return try await fixture.access.principal(
            token: new.secret.text,
            from: Fixture.client,
            at: Fixture.start
        )
    }

    @Test func `who has a role in a project alone may sign in, and do there what the role grants`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [])
        _ = try await grant(fixture, .triager, "shop/cart", to: kim.id)
        _ = try await grant(fixture, .viewer, "blog", to: kim.id)
        let principal = try await fixture.principal("kim")
        for permission in Permission.allCases {
            #expect(!principal.may(permission))
            let isFine = Role.triager.permissions.contains(permission)
            for path in ["shop/cart", "shop/cart/api"] {
                #expect(principal.may(permission, in: path) == isFine, "\(permission) in \(path)")
            }
            #expect(principal.may(permission, in: "blog/a") == (permission == .see))
            #expect(principal.maySomewhere(permission) == isFine)
            for path in ["shop", "shop/cartoon", "shop/Cart", "blo", "blogs", "", "shop/cart2/x"] {
                #expect(!principal.may(permission, in: path), "\(permission) in \(path)")
                await expect(.denied) { try principal.require(permission, in: path) }
            }
        }
        await expect(.denied) { try principal.require(.see) }
        try principal.require(.triage, in: "shop/cart")
        #expect(principal.scopes(for: .see)?.map(\.path) == ["blog", "shop/cart"])
        #expect(principal.scopes(for: .see, .triage)?.map(\.path) == ["shop/cart"])
        #expect(principal.scopes(for: .administer) == [])
    }

    @Test func `a role for everything is not bound by one in a project`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        _ = try await grant(fixture, .triager, "shop", to: kim.id)
        let principal = try await fixture.principal("kim")
        #expect(principal.scopes(for: .see) == nil && principal.may(.see, in: "blog"))
        #expect(principal.scopes(for: .see, .triage)?.map(\.path) == ["shop"])
        #expect(principal.may(.triage, in: "shop/a") && !principal.may(.triage, in: "blog") && !principal.may(.triage))
    }

    @Test func `of parts one in another the list names the outer one`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [])
        for path in ["shop/cart", "shop-b", "shop", "shop/cart/api", "shopping"] {
            _ = try await grant(fixture, .viewer, path, to: kim.id)
        }
        let principal = try await fixture.principal("kim")
        #expect(principal.scopes(for: .see)?.map(\.path) == ["shop", "shop-b", "shopping"])
    }

    @Test func `only administrators give and take roles, and each act is recorded before`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.triager, .responder, .auditor])
        let principal = try await fixture.principal("kim")
        let mine = try Grant(.triager, in: try ProjectScope("shop"))
        await expect(.denied) {
            try await fixture.access.grant(mine, to: kim.id, by: principal, at: Fixture.start)
        }
        let given = try await grant(fixture, .viewer, " /shop//cart/", to: kim.id)
        #expect(given.grants.map(\.scope.path) == ["shop/cart"] && given.revision == kim.revision + 1)
        let act = try #require(fixture.acts.recorded.last)
        #expect(act.kind == .userChanged && act.details == ["project": "shop/cart", "role": "none -> viewer"])
        // The same again is no act; another role takes the place of the one that is there.
        let count = fixture.acts.recorded.count
        #expect(try await grant(fixture, .viewer, "shop/cart", to: kim.id).revision == given.revision)
        #expect(fixture.acts.recorded.count == count)
        let changed = try await grant(fixture, .triager, "shop/cart", to: kim.id)
        #expect(changed.grants.map(\.role) == [.triager])
        #expect(fixture.acts.recorded.last?.details["role"] == "viewer -> triager")
        #expect(try await fixture.access.user(kim.id, by: Fixture.local) == changed)
        fixture.acts.refuses = true
        await expect(.unrecorded) { try await revoke(fixture, "shop/cart", of: kim.id) }
        fixture.acts.refuses = false
        #expect(try await fixture.access.user(kim.id, by: Fixture.local).grants == changed.grants)
        #expect(try await revoke(fixture, "shop/cart", of: kim.id).grants.isEmpty)
        #expect(fixture.acts.recorded.last?.details == ["project": "shop/cart", "role": "triager -> none"])
        await expect(.notFound) { try await revoke(fixture, "shop/cart", of: kim.id) }
    }

    @Test func `what is granted and taken holds from the next look on, and a change of roles leaves it`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [])
        let session = try await fixture.logIn("kim")
        func now() async throws -> Principal {
            try await fixture.access.session(session.secret.text, from: Fixture.client, at: Fixture.start).principal
        }
        #expect(try await !now().maySomewhere(.see))
        _ = try await grant(fixture, .viewer, "shop", to: kim.id)
        #expect(try await now().may(.see, in: "shop"))
        let change = UserChange(roles: [.viewer])
        _ = try await fixture.access.changeUser(kim.id, change, by: Fixture.local, at: Fixture.start)
        #expect(try await now().parts.map(\.scope.path) == ["shop"])
        _ = try await fixture.access.changeUser(kim.id, UserChange(roles: []), by: Fixture.local, at: Fixture.start)
        _ = try await revoke(fixture, "shop", of: kim.id)
        #expect(try await !now().maySomewhere(.see))
    }

    @Test(arguments: Role.allCases)
    func `only roles that can be told apart by projects are there for one`(role: Role) async throws {
        let scope = try ProjectScope("shop")
        guard ![.viewer, .triager].contains(role) else {
            #expect(try Grant(role, in: scope).role == role)
            return
        }
        await expect(.invalid) { try Grant(role, in: scope) }
    }

    @Test func `a user has roles in a hundred parts at most`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [])
        for number in 0..<100 { _ = try await grant(fixture, .viewer, "project\(number)", to: kim.id) }
        await expect(.invalid) { try await grant(fixture, .viewer, "one more", to: kim.id) }
        _ = try await grant(fixture, .triager, "project7", to: kim.id)
        #expect(try await fixture.principal("kim").scopes(for: .see)?.count == 100)
    }

    @Test func `spellings that look alike are two projects`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [])
        _ = try await grant(fixture, .viewer, "caf\u{E9}", to: kim.id)
        let principal = try await fixture.principal("kim")
        #expect(principal.may(.see, in: "caf\u{E9}") && !principal.may(.see, in: "cafe\u{301}"))
        let both = try await grant(fixture, .triager, "cafe\u{301}", to: kim.id)
        #expect(both.grants.count == 2)
    }

    // MARK: Tokens

    @Test func `a token does no more than its scopes, its project and its owner's roles allow`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [])
        _ = try await grant(fixture, .triager, "shop", to: kim.id)
        _ = try await grant(fixture, .viewer, "blog", to: kim.id)
        let all = try await token(fixture, of: kim.id, [.see, .upload])
        #expect(all.scopes(for: .see)?.map(\.path) == ["blog", "shop"])
        #expect(all.scopes(for: .upload)?.map(\.path) == ["shop"] && !all.maySomewhere(.triage))
        let narrow = try await token(fixture, of: kim.id, [.see, .triage], for: "shop/cart")
        #expect(narrow.scopes(for: .see, .triage)?.map(\.path) == ["shop/cart"])
        #expect(!narrow.may(.see, in: "shop") && !narrow.may(.see, in: "blog") && narrow.permissions.isEmpty)
        _ = try await grant(fixture, .viewer, "pay/api", to: kim.id)
        let wide = try await token(fixture, of: kim.id, [.see], for: "pay")
        #expect(wide.scopes(for: .see)?.map(\.path) == ["pay/api"])
        await expect(.invalid) { try await token(fixture, of: kim.id, [.see], for: "docs") }
        await expect(.invalid) { try await token(fixture, of: kim.id, [.triage], for: "blog") }
        await expect(.invalid) { try await token(fixture, of: kim.id, [.respond]) }
    }

    @Test func `who has a role in a project makes own tokens for it, and none for more`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [])
        _ = try await grant(fixture, .viewer, "shop", to: kim.id)
        let principal = try await fixture.principal("kim")
        let made = try await token(fixture, of: kim.id, [.see], by: principal)
        #expect(made.scopes(for: .see)?.map(\.path) == ["shop"])
        await expect(.denied) { try await token(fixture, of: kim.id, [.triage], by: principal) }
        await expect(.denied) { try await token(fixture, of: kim.id, [.audit], by: principal) }
        // A stolen token cannot make itself last.
        await expect(.denied) { try await token(fixture, of: kim.id, [.see], by: made) }
    }

    @Test func `a role in a project opens it for a token for another one no more than the roles do`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        _ = try await grant(fixture, .triager, "shop", to: kim.id)
        let made = try await token(fixture, of: kim.id, [.see], for: "blog")
        #expect(made.scopes(for: .see)?.map(\.path) == ["blog"])
        let inShop = try await token(fixture, of: kim.id, [.see, .triage], for: "shop/cart")
        #expect(inShop.may(.triage, in: "shop/cart/a") && !inShop.may(.see, in: "shop/b"))
    }
}
