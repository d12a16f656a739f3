// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

extension AccessControl {
    /// Sets a user's password and ends the user's other sessions.
    ///
    /// Users set their own from a session, with the current one; that is delayed after failures as a login is.
    /// Administrators set that of anybody else.
    ///
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/invalid``, ``AccessError/Code/notFound``,
    ///   ``AccessError/Code/wait``, ``AccessError/Code/notAuthenticated`` where the current one is wrong.
    package func setPassword(
        of id: UserID,
        to password: String,
        current: String? = nil,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) {
        try principal.requireOwner(id)
        let found = try await stored(id)
        try PasswordPolicy.check(password, for: found.user.name)
        if principal.user == id { try await checkCurrent(current ?? "", of: found, by: principal, at: time) }
        let hash = try await passwords.hash(password)
        try await turn.take()
        defer { turn.pass() }
        // Whoever set another one meanwhile had a reason.
        guard try await stored(id).password == found.password else {
            throw AccessError(.conflict, "the password was changed meanwhile")
        }
        let act = AccessAct(.passwordSet, at: time, by: principal, on: found.user)
        let kept: SessionID? = if case .session(let id) = principal.means { id } else { nil }
        try await perform(act) { connection throws(StorageError) in
            try connection.setPassword(hash, of: id, keeping: kept, at: time)
        }
    }

    private func checkCurrent(
        _ password: String,
        of found: StoredUser,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) {
        let subjects: [LoginDelay.Subject] = [.change(found.user.name)]
        try delays.begin(subjects, at: time)
        guard try await passwords.matches(password, found.password) else {
            throw AccessError(.notAuthenticated, "the current password is wrong")
        }
        delays.succeed(subjects)
    }
}

extension Connection {
    /// Sets a password, and ends what the old one may have opened.
    func setPassword(
        _ hash: PasswordHash,
        of id: UserID,
        keeping session: SessionID?,
        at time: Int64
    ) throws(StorageError) {
        try execute(AccessSQL.setPassword, [.text("\(hash)"), .integer(time), .text("\(id)")])
        try execute(AccessSQL.deleteSessionsOfUser, [.text("\(id)"), .text(session?.description ?? "")])
        try execute(AccessSQL.deleteLinksOfUser, [.text("\(id)")])
    }
}
