// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

extension AccessControl {
    /// Opens a session for somebody whom an OpenID provider vouches for.
    ///
    /// The person is the user with this issuer and subject; never one with the same e-mail address, which a provider may let
    /// people choose. Where the provider's groups decide roles (``GroupMapping/decidesRoles``), they are set anew at each
    /// login, and who is not known yet becomes a user if there is a role for that one.
    ///
    /// - Throws: ``AccessError/Code/denied`` for whom there is no role, or no user.
    package func logIn(
        _ person: IDToken,
        of provider: OpenIDProvider,
        from client: Client,
        replacing old: String? = nil,
        at time: Int64
    ) async throws(AccessError) -> NewSession {
        let roles = provider.mapping.decidesRoles ? provider.mapping.roles(of: person.groups) : nil
        try await turn.take()
        defer { turn.pass() }
        let found = try await read { connection throws(StorageError) in try connection.user(person.identity)?.user }
        var user = found
        if let known = found, let roles { user = try await synchronise(known, roles, from: client, at: time) }
        if found == nil, let roles, !roles.isEmpty {
            user = try await make(person, roles, from: client, at: time)
        }
        guard let user, !user.isDisabled, !user.roles.isEmpty else {
            recorder.note(AccessAct(.loginFailed, at: time, means: "openid", from: client, user: user))
            throw AccessError(.denied, "nobody has given you access; ask an administrator")
        }
        return try await open(user.id, means: "openid", replacing: old, from: client, at: time)
    }

    private func synchronise(
        _ old: User,
        _ roles: Set<Role>,
        from client: Client,
        at time: Int64
    ) async throws(AccessError) -> User {
        guard old.roles != roles else { return old }
        var new = old
        new.roles = roles
        new.changed = time
        new.revision = old.revision &+ 1
        let differences = old.differences(to: new)
        let act = AccessAct(.userChanged, at: time, means: "openid", from: client, user: old, differences)
        let user = new
        try await perform(act) { connection throws(StorageError) in try connection.update(user, from: old) }
        return user
    }

    private func make(
        _ person: IDToken,
        _ roles: Set<Role>,
        from client: Client,
        at time: Int64
    ) async throws(AccessError) -> User {
        let name = try await freeName(for: person)
        // What the provider says of a person may be anything; what is not accepted here is left out.
        let displayName = person.displayName.flatMap { text in try? Self.checkedDisplayName(text) }
        let new = NewUser(
            name: name,
            displayName: displayName ?? "",
            email: person.email.flatMap { text in try? EmailAddress.checked(text) },
            roles: roles,
            external: person.identity
        )
        let user = try checked(new, at: time)
        try await requireFree(user)
        let act = AccessAct(.userMade, at: time, means: "openid", from: client, user: user, ["roles": roles.text])
        try await perform(act) { connection throws(StorageError) in try connection.insert(user, password: nil) }
        return user
    }

    /// The name that the person prefers, as far as it is one, with random letters behind it where somebody has it.
    private func freeName(for person: IDToken) async throws(AccessError) -> UserName {
        let preferred = person.preferredName ?? ""
        let allowed = preferred.utf8.prefix(256).filter(UserName.isAllowed).drop { !UserName.isLetterOrDigit($0) }
        let base = allowed.isEmpty ? Array("user".utf8) : Array(allowed.prefix(56))
        let wanted = try UserName(String(decoding: base, as: UTF8.self))
        let isTaken = try await read { connection throws(StorageError) in try connection.user(named: wanted) != nil }
        guard isTaken || allowed.isEmpty else { return wanted }
        return try UserName(
            String(decoding: base + [UInt8(ascii: "-")] + Base62.random(7, from: random), as: UTF8.self)
        )
    }
}
