// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

extension AccessControl {
    package static let tokenLifetime: Duration = .seconds(90 * 86_400)
    package static let longestTokenLifetime: Duration = .seconds(366 * 86_400)
    /// How many tokens a user may have that can be used.
    package static let maximumTokens = 100
    /// How long tokens that have ended stay in the lists.
    static let endedTokenLifetime = 90 * Times.day

    // MARK: Making and revoking

    /// Makes an API token.
    ///
    /// Users make their own from a session; with a token it takes the permission to administer, so that a stolen one cannot
    /// make itself last. Nobody can grant what they may not do.
    ///
    /// - Parameters:
    ///   - owner: in whose name the token acts.
    ///   - project: where alone in the project tree it is good; nil for wherever its owner may do something. Such a token
    ///     does what can be told apart by projects: ``Permission/see``, ``Permission/triage`` and ``Permission/upload``.
    ///   - lifetime: a minute to ``longestTokenLifetime``.
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/invalid``, ``AccessError/Code/notFound``.
    package func makeToken(
        name: String,
        for owner: UserID,
        scopes: Set<Permission>,
        project: ProjectScope? = nil,
        lifetime: Duration = AccessControl.tokenLifetime,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> NewToken {
        try principal.requireOwner(owner)
        for scope in scopes.sorted() {
            // What one's own token may do in parts follows from one's own grants, each time it is used.
            if principal.user == owner { try principal.requireSomewhere(scope) } else { try principal.require(scope) }
        }
        guard !scopes.isEmpty else { throw AccessError(.invalid, "scopes: at least one is needed") }
        guard project == nil || scopes.isSubset(of: ProjectScope.permissions) else {
            let names = ProjectScope.permissions.sorted().map(\.rawValue).joined(separator: ", ")
            throw AccessError(.invalid, "scopes: a token for a project has some of \(names)")
        }
        guard (.seconds(60)...Self.longestTokenLifetime).contains(lifetime) else {
            throw AccessError(.invalid, "lifetime: a minute to 366 days")
        }
        let secret = TokenText(random)
        let token = APIToken(
            id: secret.id,
            name: try DisplayText.checked(name, field: "name", maximumBytes: 100),
            owner: owner,
            scopes: scopes,
            project: project,
            made: time,
            expires: Times.adding(time, Times.nanoseconds(lifetime))
        )
        try await turn.take()
        defer { turn.pass() }
        let user = try await requireRoom(for: token, at: time)
        var details = [
            "token": "\(token.id)", "scopes": scopes.sorted().map(\.rawValue).joined(separator: ", "),
            "seconds": "\(lifetime.components.seconds)",
        ]
        details["project"] = project?.path
        let act = AccessAct(.tokenMade, at: time, by: principal, on: user, details)
        let hash = secret.hash
        try await perform(act) { connection throws(StorageError) in
            let oldest = Value.integer(Times.adding(time, -Self.endedTokenLifetime))
            try connection.execute(AccessSQL.deleteOldTokens, [oldest, oldest])
            try connection.insert(token, hash: hash)
        }
        return NewToken(secret: secret, token: token)
    }

    /// - Returns: the owner of a token that is to be made.
    private func requireRoom(for token: APIToken, at time: Int64) async throws(AccessError) -> User {
        let user = try await stored(token.owner).user
        // With the token as it will be: for a project in which its owner may do none of it, it would be good for nothing.
        let holder = Principal(
            user: user,
            scopes: token.scopes,
            project: token.project,
            means: .token(token.id),
            address: nil
        )
        guard !user.isDisabled, token.scopes.allSatisfy(holder.maySomewhere) else {
            let place = token.project.map { " in \($0)" } ?? ""
            throw AccessError(.invalid, "scopes: more than \(user.name) may do\(place)")
        }
        let count = try await read { connection throws(StorageError) in
            try connection.first(AccessSQL.liveTokensOfOwner, [.text("\(token.owner)"), .integer(time)]) {
                row throws(StorageError) in try row.int(0)
            }
        }
        guard count ?? 0 < Self.maximumTokens else {
            throw AccessError(.invalid, "\(user.name) has \(Self.maximumTokens) tokens; revoke one first")
        }
        return user
    }

    /// Revokes a token: one's own, or anybody's as an administrator. A token may revoke itself.
    ///
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/notFound``.
    package func revokeToken(_ id: TokenID, by principal: Principal, at time: Int64) async throws(AccessError) {
        let token = try await token(id)
        if principal.means != .token(id) { try principal.requireOwner(token.owner) }
        try await turn.take()
        defer { turn.pass() }
        guard try await self.token(id).revoked == nil else { return }
        let user = try await stored(token.owner).user
        let act = AccessAct(.tokenRevoked, at: time, by: principal, on: user, ["token": "\(id)"])
        try await perform(act) { connection throws(StorageError) in
            try connection.execute(AccessSQL.revokeToken, [.integer(time), .text("\(id)")])
        }
    }

    private func token(_ id: TokenID) async throws(AccessError) -> APIToken {
        let found = try await read { connection throws(StorageError) in
            try connection.first(AccessSQL.tokenByID, [.text("\(id)")]) { row throws(StorageError) in try APIToken(row)
            }
        }
        guard let found else { throw AccessError(.notFound, "there is no token \(id)") }
        return found
    }

    /// Tokens, the newest first, also those that have ended.
    ///
    /// - Parameters:
    ///   - owner: nil for those of all, which takes the permission to administer or audit, as those of others do.
    ///   - place: that of the last token of the page before.
    package func tokens(
        of owner: UserID?,
        after place: APIToken.Place? = nil,
        limit: Int = 50,
        by principal: Principal
    ) async throws(AccessError) -> [APIToken] {
        if owner == nil || principal.user != owner { try principal.require(anyOf: .administer, .audit) }
        let page: [Value] = [
            .integer(place?.made ?? .max), .text(place?.id.description ?? "~"),
            .integer(min(max(1, limit), Self.maximumPage)),
        ]
        let sql = owner == nil ? AccessSQL.tokensAfter : AccessSQL.tokensOfOwnerAfter
        let values = (owner.map { [Value.text("\($0)")] } ?? []) + page
        return try await read { connection throws(StorageError) in
            try connection.all(sql, values) { row throws(StorageError) in try APIToken(row) }
        }
    }

    // MARK: Using

    /// Who acts with a token, and what that one may do now: what the token grants and its owner still may.
    ///
    /// - Throws: ``AccessError/Code/notAuthenticated``.
    package func principal(
        token text: String,
        from client: Client,
        at time: Int64
    ) async throws(AccessError) -> Principal {
        guard let secret = TokenText(text) else { throw AccessError.notLoggedIn }
        let found = try await read { connection throws(StorageError) in try connection.token(secret.id) }
        guard let (token, hash, user) = found else { throw AccessError.notLoggedIn }
        guard ConstantTime.isEqual(secret.hash, hash), token.isLive(at: time), !user.isDisabled else {
            noteRefusal(of: token, user, from: client, at: time)
            throw AccessError.notLoggedIn
        }
        let id = "\(token.id)"
        if tokenUse.note(id, at: time, stored: token.lastUsed) {
            await write(tokenUse, id) { connection throws(StorageError) in
                try connection.execute(
                    AccessSQL.useToken,
                    [.integer(time), .text("\(client.address)"), .text(id), .integer(time)]
                )
            }
        }
        return Principal(
            user: user,
            scopes: token.scopes,
            project: token.project,
            means: .token(token.id),
            address: client.address
        )
    }

    /// Somebody has a token that has ended, or guesses: reported once a minute for each token.
    private func noteRefusal(of token: APIToken, _ user: User, from client: Client, at time: Int64) {
        guard refusedTokens.note("\(token.id)", at: time, stored: nil) else { return }
        let reason =
            if token.revoked != nil {
                "revoked"
            } else if user.isDisabled {
                "owner disabled"
            } else {
                token.isLive(at: time) ? "wrong secret" : "expired"
            }
        let means = "token \(token.id)"
        let details = ["reason": reason]
        recorder.note(AccessAct(.tokenRefused, at: time, means: means, from: client, user: user, details))
    }
}

extension APIToken {
    /// Reads the columns of the statements on tokens.
    fileprivate init(_ row: borrowing Row) throws(StorageError) {
        guard let id = TokenID(try row.text(0)) else { throw Stored.refusal("a token's id") }
        self.id = id
        name = try row.text(1)
        owner = try Stored.userID(try row.text(2))
        scopes = try Stored.words(try row.text(3))
        made = try row.integer(4)
        expires = try row.integer(5)
        revoked = try row.integerOrNull(6)
        lastUsed = try row.integerOrNull(7)
        lastAddress = try row.textOrNull(8).flatMap { IPAddress($0) }
        project = try row.textOrNull(9).map { text throws(StorageError) in
            do throws(AccessError) {
                return try ProjectScope(text)
            } catch {
                // A token without its bound would be good for more than it was made for.
                throw Stored.refusal("a token's project")
            }
        }
    }
}

extension Connection {
    fileprivate func token(
        _ id: TokenID
    ) throws(StorageError) -> (token: APIToken, hash: [UInt8], owner: User)? {
        try first(AccessSQL.tokenWithOwner, [.text("\(id)")]) { row throws(StorageError) in
            let owner = try StoredUser(row, from: AccessSQL.tokenColumns + 1).user
            return (try APIToken(row), try row.blob(AccessSQL.tokenColumns), owner)
        }
    }

    fileprivate func insert(_ token: APIToken, hash: [UInt8]) throws(StorageError) {
        try execute(
            AccessSQL.insertToken,
            [
                .text("\(token.id)"), .blob(hash), .text(token.name), .text("\(token.owner)"),
                .text(Stored.text(token.scopes)), .integer(token.made), .integer(token.expires),
                token.project.map { .text($0.path) } ?? .null,
            ]
        )
    }
}
