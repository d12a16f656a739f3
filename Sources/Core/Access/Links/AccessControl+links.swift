// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// Links with a secret of 256 bits, of which only the hash is stored: for one use, and for a short time.
extension AccessControl {
    /// How long the link for the first administrator can be used.
    package static let firstLinkLifetime: Duration = .seconds(900)
    /// How long a link that an administrator makes may at most be used.
    package static let longestLinkLifetime: Duration = .seconds(72 * 3600)

    // MARK: Making

    /// Makes the link with which the first administrator makes itself; the one before it is void.
    ///
    /// - Throws: ``AccessError/Code/exists`` once there is an administrator who may log in.
    package func makeFirstLink(at time: Int64) async throws(AccessError) -> Secret {
        try await turn.take()
        defer { turn.pass() }
        try await requireNoAdministrator()
        return try await make(.firstAdministrator, nil, Self.firstLinkLifetime, .local(name: "redoubt"), time)
    }

    /// Makes a link with which a user sets a password; the one before it is void.
    ///
    /// - Parameter lifetime: a minute to ``longestLinkLifetime``.
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/notFound``, ``AccessError/Code/invalid`` for a user who is
    ///   disabled.
    package func makeLink(
        for id: UserID,
        lifetime: Duration = AccessControl.firstLinkLifetime,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> Secret {
        try principal.require(.administer)
        guard (.seconds(60)...Self.longestLinkLifetime).contains(lifetime) else {
            throw AccessError(.invalid, "lifetime: a minute to 72 hours")
        }
        try await turn.take()
        defer { turn.pass() }
        let user = try await stored(id).user
        guard !user.isDisabled else { throw AccessError(.invalid, "\(user.name) is disabled") }
        return try await make(.password(id), user, lifetime, principal, time)
    }

    private func make(
        _ purpose: LinkPurpose,
        _ user: User?,
        _ lifetime: Duration,
        _ principal: Principal,
        _ time: Int64
    ) async throws(AccessError) -> Secret {
        let secret = Secret(random)
        let expires = Times.adding(time, Times.nanoseconds(lifetime))
        let details = ["purpose": purpose.name, "seconds": "\(lifetime.components.seconds)"]
        let act = AccessAct(.linkMade, at: time, by: principal, on: user, details)
        let hash = secret.hash
        try await perform(act) { connection throws(StorageError) in
            let owner = Value.text(orNull: purpose.user?.description)
            try connection.execute(AccessSQL.deleteOldLinks, [.integer(time)])
            try connection.execute(AccessSQL.deleteLinks, [.text(purpose.name), owner])
            try connection.execute(
                AccessSQL.insertLink,
                [.blob(hash), .text(purpose.name), owner, .integer(time), .integer(expires)]
            )
        }
        return secret
    }

    private func requireNoAdministrator() async throws(AccessError) {
        let hasOne = try await read { connection throws(StorageError) in
            try connection.hasAdministrator(otherThan: nil)
        }
        guard !hasOne else { throw AccessError(.exists, "there is an administrator already") }
    }

    // MARK: Using

    /// What a link is for, without using it.
    ///
    /// - Throws: ``AccessError/Code/badLink``.
    package func link(_ text: String, at time: Int64) async throws(AccessError) -> Link {
        let refusal = AccessError(.badLink, "this link was used, has expired or was replaced; ask for a new one")
        guard let hash = Secret(text)?.hash else { throw refusal }
        let found = try await read { connection throws(StorageError) in try connection.link(hash) }
        guard let found, time < found.link.expires, Times.elapsed(from: time, to: found.made) <= Times.tolerance,
            found.isUsable
        else { throw refusal }
        if found.link.purpose == .firstAdministrator {
            do throws(AccessError) {
                try await requireNoAdministrator()
            } catch {
                throw error.code == .exists ? refusal : error
            }
        }
        return found.link
    }

    /// Makes the first administrator, and uses the link up.
    ///
    /// - Throws: ``AccessError/Code/badLink``, and ``AccessError/Code/invalid``, after which the link can still be used.
    package func makeFirstAdministrator(
        withLink text: String,
        name: UserName,
        displayName: String = "",
        password: String,
        from client: Client,
        at time: Int64
    ) async throws(AccessError) -> User {
        // Before the password is hashed, so that no one without a link can have that done.
        try await require(text, .firstAdministrator, at: time)
        let new = NewUser(name: name, displayName: displayName, roles: [.admin], password: password)
        let user = try checked(new, at: time)
        let hash = try await hash(password, for: name)
        try await turn.take()
        defer { turn.pass() }
        try await require(text, .firstAdministrator, at: time)
        try await requireFree(user)
        let details = ["roles": user.roles.text]
        let act = AccessAct(.userMade, at: time, means: "link", from: client, user: user, details)
        try await perform(act) { connection throws(StorageError) in
            try connection.execute(
                AccessSQL.deleteLinks,
                [.text(LinkPurpose.firstAdministrator.name), .null]
            )
            try connection.insert(user, password: hash)
        }
        return user
    }

    /// Sets the password of the user whom the link was made for, ends the user's sessions, and uses the link up.
    ///
    /// - Throws: ``AccessError/Code/badLink``, and ``AccessError/Code/invalid``, after which the link can still be used.
    package func setPassword(
        withLink text: String,
        to password: String,
        from client: Client,
        at time: Int64
    ) async throws(AccessError) -> User {
        let found = try await link(text, at: time)
        guard case .password(let id) = found.purpose, let name = found.userName else {
            throw AccessError(.badLink, "this link makes an administrator; it sets no password")
        }
        try PasswordPolicy.check(password, for: name)
        let hash = try await passwords.hash(password)
        try await turn.take()
        defer { turn.pass() }
        try await require(text, found.purpose, at: time)
        let user = try await stored(id).user
        let act = AccessAct(.passwordSet, at: time, means: "link", from: client, user: user)
        try await perform(act) { connection throws(StorageError) in
            try connection.setPassword(hash, of: id, keeping: nil, at: time)
        }
        return user
    }

    private func require(_ text: String, _ purpose: LinkPurpose, at time: Int64) async throws(AccessError) {
        guard try await link(text, at: time).purpose == purpose else {
            throw AccessError(.badLink, "this link is for something else")
        }
    }
}

private struct StoredLink: Sendable {
    var link: Link
    var made: Int64
    /// Whether the user whom it is for may log in.
    var isUsable: Bool
}

extension Connection {
    fileprivate func link(_ hash: [UInt8]) throws(StorageError) -> StoredLink? {
        let row = try first(AccessSQL.link, [.blob(hash)]) { row throws(StorageError) in
            (try row.text(0), try row.textOrNull(1), try row.integer(2), try row.integer(3))
        }
        guard let (name, owner, made, expires) = row else { return nil }
        guard let owner else {
            let link = Link(purpose: .firstAdministrator, expires: expires)
            guard name == link.purpose.name else { throw Stored.refusal("a link") }
            return StoredLink(link: link, made: made, isUsable: true)
        }
        let id = try Stored.userID(owner)
        guard let user = try user(id)?.user else { throw Stored.refusal("a link's user") }
        let link = Link(purpose: .password(id), userName: user.name, expires: expires)
        return StoredLink(link: link, made: made, isUsable: !user.isDisabled)
    }
}
