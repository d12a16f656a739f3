// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

/// Roles in parts of the project tree: given and taken by administrators, and looked at with each request.
extension AccessControl {
    /// How many parts of the tree one user may have a role in.
    package static let maximumGrants = 100

    /// Gives a user a role in a part of the project tree, instead of the one that the user has in it.
    ///
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/notFound``, ``AccessError/Code/invalid`` where the user has
    ///   roles in too many parts.
    package func grant(
        _ grant: Grant,
        to id: UserID,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> User {
        try await setRole(grant.role, in: grant.scope, of: id, by: principal, at: time)
    }

    /// Takes the role that a user has in a part of the project tree; those in parts of it stay.
    ///
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/notFound`` where there is none.
    package func revokeGrant(
        in scope: ProjectScope,
        of id: UserID,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> User {
        try await setRole(nil, in: scope, of: id, by: principal, at: time)
    }

    private func setRole(
        _ role: Role?,
        in scope: ProjectScope,
        of id: UserID,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> User {
        try principal.require(.administer)
        try await turn.take()
        defer { turn.pass() }
        let old = try await stored(id).user
        let before = old.grants.first { $0.scope == scope }?.role
        guard role != nil || before != nil else {
            throw AccessError(.notFound, "\(old.name) has no role in \(scope)")
        }
        guard role != before else { return old }
        var new = old
        new.grants.removeAll { $0.scope == scope }
        if let role { new.grants.append(try Grant(role, in: scope)) }
        guard new.grants.count <= Self.maximumGrants else {
            throw AccessError(.invalid, "\(old.name) has roles in \(Self.maximumGrants) parts; take one of them first")
        }
        new.grants.sort { $0.scope < $1.scope }
        new.changed = time
        new.revision = old.revision &+ 1
        let change = "\(before?.rawValue ?? "none") -> \(role?.rawValue ?? "none")"
        let act = AccessAct(.userChanged, at: time, by: principal, on: old, ["project": scope.path, "role": change])
        let user = new
        try await perform(act) { connection throws(StorageError) in try connection.update(user, from: old) }
        return user
    }
}
