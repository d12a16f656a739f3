// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

extension AccessControl {
    /// Begins a login at a provider. That it cannot be begun is recorded, once a minute: anybody can try.
    ///
    /// - Throws: ``AccessError/Code/provider``.
    package func beginLogIn(
        at openID: OpenIDClient,
        from client: Client,
        time: Int64
    ) async throws(AccessError) -> OpenIDClient.Begun {
        do throws(AccessError) {
            return try await openID.begin(from: client, at: time)
        } catch {
            if refusedTokens.note("openid", at: time, stored: nil) { noteFailure(error, from: client, at: time) }
            throw error
        }
    }

    private func noteFailure(_ error: AccessError, from client: Client, at time: Int64) {
        let message = DisplayText.cleaned(error.message, maximumBytes: 200)
        let details = ["reason": error.code.rawValue, "message": message]
        recorder.note(AccessAct(.loginFailed, at: time, means: "openid", from: client, user: nil, details))
    }

    /// Finishes a login at a provider and opens a session.
    ///
    /// An attempt counts as a failure of its network until it succeeds, as with passwords, so that nobody can fill the
    /// evidence log or keep the provider busy. Failures are recorded without waiting. What answers no login of this browser
    /// is refused before, neither counted nor recorded: any site can send a browser here.
    ///
    /// - Parameters:
    ///   - answer: what the browser brought back.
    ///   - browser: the text of the cookie that the browser was given at the beginning.
    ///   - old: the secret of the session that this browser has, which ends.
    /// - Throws: ``AccessError/Code/wait``, ``AccessError/Code/badLink``, ``AccessError/Code/provider``,
    ///   ``AccessError/Code/denied``, ``AccessError/Code/unrecorded``.
    package func logIn(
        _ answer: OpenIDClient.Answer,
        browser: String,
        at openID: OpenIDClient,
        from client: Client,
        replacing old: String? = nil,
        time: Int64
    ) async throws(AccessError) -> NewSession {
        try openID.requireBegun(answer, browser: browser, at: time)
        let subjects = [LoginDelay.Subject.network(client.network.description)]
        try delays.begin(subjects, at: time)
        let person: IDToken
        do throws(AccessError) {
            person = try await openID.finish(answer, browser: browser, at: time)
        } catch {
            noteFailure(error, from: client, at: time)
            throw error
        }
        let session = try await logIn(person, of: openID.provider, from: client, replacing: old, at: time)
        delays.succeed(subjects)
        return session
    }

    /// Opens a session for somebody whom an OpenID provider vouches for.
    ///
    /// The person is the user with this issuer and subject; never one with the same e-mail address, which a provider may let
    /// people choose. Where the provider's groups decide roles (``GroupMapping/decidesRoles``), they are set anew at each
    /// login, and who is not known yet becomes a user if there is a role for that one.
    ///
    /// - Throws: ``AccessError/Code/denied`` for whom there is no role, neither for everything nor in a project, or no user.
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
        guard let user, !user.isDisabled, !user.roles.isEmpty || !user.grants.isEmpty else {
            recorder.note(
                AccessAct(.loginFailed, at: time, means: "openid", from: client, user: user, ["reason": "denied"])
            )
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
