// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A role that a user has in a part of the project tree.
package struct Grant: Sendable, Hashable {
    package let role: Role
    package let scope: ProjectScope

    /// Those whose permissions can all be told apart by projects.
    package static let roles: [Role] = Role.allCases.filter { $0.permissions.isSubset(of: ProjectScope.permissions) }

    /// - Throws: ``AccessError/Code/invalid`` for a role that there is for everything only.
    package init(_ role: Role, in scope: ProjectScope) throws(AccessError) {
        guard Self.roles.contains(role) else {
            let roles = Self.roles.sorted().map(\.rawValue).joined(separator: " or ")
            throw AccessError(.invalid, "role: in a project it is \(roles); \(role.rawValue) is for everything only")
        }
        self.role = role
        self.scope = scope
    }
}
