// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Access

@Suite struct RoleTests {
    /// All that is granted; whatever is missing is denied.
    private static let table: [Role: Set<Permission>] = [
        .viewer: [.see],
        .triager: [.see, .triage, .upload],
        .responder: [.see, .triage, .respond, .upload],
        .admin: [.see, .triage, .respond, .administer, .audit, .upload],
        .auditor: [.see, .audit],
    ]

    @Test func `each role grants what the table says and nothing else`() {
        #expect(Set(Self.table.keys) == Set(Role.allCases))
        for role in Role.allCases { #expect(role.permissions == Self.table[role], "\(role)") }
    }

    @Test func `several roles grant what any of them grants`() {
        for left in Role.allCases {
            for right in Role.allCases {
                #expect(Set([left, right]).permissions == left.permissions.union(right.permissions))
            }
        }
    }

    @Test func `nobody may do anything without a role`() {
        #expect(Set<Role>().permissions == [])
    }

    @Test func `an auditor reads all and changes nothing`() {
        #expect(Role.auditor.permissions.isDisjoint(with: [.triage, .respond, .administer, .upload]))
        #expect(Role.auditor.permissions.isSuperset(of: [.see, .audit]))
    }

    @Test func `a principal is refused for exactly what it may not do`() async throws {
        let fixture = try Fixture()
        for role in Role.allCases {
            try await fixture.makeUser("\(role)", [role])
            let principal = try await fixture.principal("\(role)")
            for permission in Permission.allCases {
                let isGranted = Self.table[role]?.contains(permission) ?? false
                #expect(principal.may(permission) == isGranted)
                if isGranted {
                    try principal.require(permission)
                } else {
                    await expect(.denied) { try principal.require(permission) }
                }
            }
        }
    }

    @Test func `who has the data folder may do all`() throws {
        let local = Principal.local(name: "root\u{202E}\n")
        for permission in Permission.allCases { try local.require(permission) }
        #expect(local.name == "root\u{FFFD}\u{FFFD}" && local.user == nil)
    }

    @Test func `permissions are listed in one order`() {
        #expect(Permission.allCases.shuffled().sorted() == Permission.allCases)
    }
}
