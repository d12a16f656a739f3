// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

extension AccessControl {
    static let maximumSessions = 50

    // MARK: Using

    /// The session that a secret opens, and what its user may do now.
    ///
    /// - Parameter text: as the cookie holds it.
    /// - Throws: ``AccessError/Code/notAuthenticated`` for what is no session, or not any more.
    package func session(
        _ text: String,
        from client: Client,
        at time: Int64
    ) async throws(AccessError) -> ActiveSession {
        guard let secret = Secret(text) else { throw AccessError.notLoggedIn }
        let hash = secret.hash
        let found = try await read { connection throws(StorageError) in try connection.session(hash) }
        guard let found, !found.user.isDisabled else { throw AccessError.notLoggedIn }
        var session = found.session
        let stored = session.lastUsed
        session.lastUsed = max(stored, sessionUse.seen("\(session.id)") ?? stored)
        guard isLive(session, at: time) else { throw AccessError.notLoggedIn }
        session.lastUsed = max(session.lastUsed, time)
        if sessionUse.note("\(session.id)", at: time, stored: stored) {
            await write(sessionUse, "\(session.id)") { connection throws(StorageError) in
                try connection.execute(AccessSQL.useSession, [.integer(time), .blob(hash), .integer(time)])
            }
        }
        return ActiveSession(session, of: found.user, secret: secret, address: client.address)
    }

    /// Whether a session may still be used. One from the future is not: the clock has gone back, and how long the session
    /// would last then is not known.
    private func isLive(_ session: Session, at time: Int64) -> Bool {
        let age = Times.elapsed(from: session.made, to: time)
        return age >= -Times.tolerance && age < Times.nanoseconds(settings.sessionLifetime)
            && Times.elapsed(from: session.lastUsed, to: time) < Times.nanoseconds(settings.sessionIdle)
    }

    /// Writes the time of a use. Where that fails the use goes on, and the failure is counted.
    func write(
        _ use: LastUse,
        _ id: String,
        _ body: @escaping @Sendable (Connection) throws(StorageError) -> Int
    ) async {
        do throws(StorageError) {
            try await database.write(body)
        } catch {
            use.noteFailure(id)
        }
    }

    // MARK: Opening

    /// Opens a session for somebody who has shown who it is.
    ///
    /// - Parameters:
    ///   - password: what was compared with what was typed; the user must still have it. Nil for other means.
    ///   - upgrade: the same password at today's cost.
    ///   - old: the secret of a session of this browser, which ends.
    func open(
        _ id: UserID,
        means: String,
        password: PasswordHash? = nil,
        upgrade: PasswordHash? = nil,
        replacing old: String?,
        from client: Client,
        at time: Int64
    ) async throws(AccessError) -> NewSession {
        let found = try await stored(id)
        guard !found.user.isDisabled, password == nil || found.password == password else {
            throw AccessError(.notAuthenticated, "the account was changed meanwhile; log in again")
        }
        let session = Session(
            id: SessionID(makeIdentifier(at: time)),
            user: id,
            made: time,
            lastUsed: time,
            address: client.address,
            agent: client.agent,
            means: means
        )
        let secret = Secret(random)
        let hashes = (new: secret.hash, old: old.flatMap(Secret.init)?.hash)
        let limits = ends(at: time)
        let act = AccessAct(.loggedIn, at: time, means: means, from: client, user: found.user)
        try await perform(act) { connection throws(StorageError) in
            if let old = hashes.old { try connection.execute(AccessSQL.deleteSession, [.blob(old)]) }
            if let upgrade { try connection.execute(AccessSQL.upgradePassword, [.text("\(upgrade)"), .text("\(id)")]) }
            try connection.clearSessions(of: id, madeBefore: limits.made, usedBefore: limits.used)
            try connection.insert(session, hash: hashes.new)
            try connection.remember(id, client.network, at: time)
        }
        return NewSession(
            secret: secret,
            active: ActiveSession(session, of: found.user, secret: secret, address: client.address)
        )
    }

    private func ends(at time: Int64) -> (made: Int64, used: Int64) {
        (
            Times.adding(time, -Times.nanoseconds(settings.sessionLifetime)),
            Times.adding(time, -Times.nanoseconds(settings.sessionIdle))
        )
    }

    // MARK: Listing and ending

    /// The sessions of a user that can still be used, the last used first; at most 50.
    package func sessions(
        of id: UserID,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> [Session] {
        if principal.user != id { try principal.require(anyOf: .administer, .audit) }
        let sessions = try await read { connection throws(StorageError) in
            try connection.all(AccessSQL.sessionsOfUser, [.text("\(id)"), .integer(Self.maximumSessions)]) {
                row throws(StorageError) in try Session(row)
            }
        }
        let known = sessions.map { session in
            var session = session
            session.lastUsed = max(session.lastUsed, sessionUse.seen("\(session.id)") ?? session.lastUsed)
            return session
        }
        return known.filter { isLive($0, at: time) }.sorted { $0.lastUsed > $1.lastUsed }
    }

    /// Ends the session that somebody is in. It ends even where that cannot be recorded first.
    package func logOut(_ active: ActiveSession, at time: Int64) async throws(AccessError) {
        let id = active.session.id
        do throws(StorageError) {
            try await database.write { connection throws(StorageError) in
                try connection.execute(AccessSQL.deleteSessionByID, [.text("\(id)")])
            }
        } catch {
            throw AccessError(error)
        }
        sessionUse.forget("\(id)")
        recorder.note(AccessAct(.sessionEnded, at: time, by: active.principal, on: active.user))
    }

    /// Ends one session of a user: one's own, or anybody's as an administrator.
    ///
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/notFound``.
    package func endSession(
        _ session: SessionID,
        of id: UserID,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) {
        try principal.requireOwner(id)
        try await turn.take()
        defer { turn.pass() }
        let user = try await stored(id).user
        let isThere = try await read { connection throws(StorageError) in
            try connection.first(AccessSQL.sessionOfUser, [.text("\(session)"), .text("\(id)")]) {
                _ throws(StorageError) in true
            }
        }
        guard isThere == true else { throw AccessError(.notFound, "there is no such session") }
        let act = AccessAct(.sessionEnded, at: time, by: principal, on: user, ["session": "\(session)"])
        try await perform(act) { connection throws(StorageError) in
            try connection.execute(AccessSQL.deleteSessionByID, [.text("\(session)")])
        }
        sessionUse.forget("\(session)")
    }

    /// Ends all sessions of a user, but for the one in which the principal is.
    ///
    /// - Returns: how many.
    @discardableResult
    package func endSessions(
        of id: UserID,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> Int {
        try principal.requireOwner(id)
        let kept: SessionID? = if case .session(let id) = principal.means { id } else { nil }
        try await turn.take()
        defer { turn.pass() }
        let user = try await stored(id).user
        let act = AccessAct(.sessionsEnded, at: time, by: principal, on: user)
        return try await perform(act) { connection throws(StorageError) in
            try connection.execute(
                AccessSQL.deleteSessionsOfUser,
                [.text("\(id)"), .text(kept?.description ?? "")]
            )
        }
    }
}

extension Session {
    /// Reads the columns of the statements on sessions.
    fileprivate init(_ row: borrowing Row) throws(StorageError) {
        id = SessionID(try Stored.identifier(try row.text(0)))
        user = try Stored.userID(try row.text(1))
        made = try row.integer(2)
        lastUsed = try row.integer(3)
        guard let address = IPAddress(try row.text(4)) else { throw Stored.refusal("a session's address") }
        self.address = address
        agent = try row.text(5)
        means = try row.text(6)
    }
}

extension Connection {
    fileprivate func session(_ hash: [UInt8]) throws(StorageError) -> (session: Session, user: User)? {
        try first(AccessSQL.sessionByHash, [.blob(hash)]) { row throws(StorageError) in
            (try Session(row), try StoredUser(row, from: AccessSQL.sessionColumns).user)
        }
    }

    fileprivate func insert(_ session: Session, hash: [UInt8]) throws(StorageError) {
        try execute(
            AccessSQL.insertSession,
            [
                .blob(hash), .text("\(session.id)"), .text("\(session.user)"), .integer(session.made),
                .integer(session.lastUsed), .text("\(session.address)"), .text(session.agent), .text(session.means),
            ]
        )
    }

    /// Makes room for one more session of a user.
    fileprivate func clearSessions(of id: UserID, madeBefore made: Int64, usedBefore used: Int64) throws(StorageError) {
        try execute(AccessSQL.deleteEndedSessions, [.integer(made), .text("\(id)"), .integer(used)])
        try execute(AccessSQL.deleteOldSessions, [.text("\(id)"), .integer(AccessControl.maximumSessions - 1)])
    }
}
