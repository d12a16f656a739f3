// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

extension AccessControl {
    /// For how long a network from which a user has logged in counts as known.
    static let placeLifetime = 30 * Times.day
    static let maximumPlaces = 16

    /// Opens a session for a name and a password.
    ///
    /// That there is no such user, that the user is disabled and that the password is wrong look the same, also in the time
    /// that they take. Failures are reported without waiting.
    ///
    /// - Parameter old: the secret of the session that this browser has, which ends: a login always makes a new one.
    /// - Throws: ``AccessError/Code/notAuthenticated``, ``AccessError/Code/wait``, ``AccessError/Code/unrecorded``.
    package func logIn(
        name text: String,
        password: String,
        from client: Client,
        replacing old: String? = nil,
        at time: Int64
    ) async throws(AccessError) -> NewSession {
        let name = UserName(ifValid: text)
        let found = try await candidate(name)
        let subjects = try await subjects(name, found?.user.id, client.network.description, at: time)
        try delays.begin(subjects, at: time)
        let isRight: Bool
        do throws(AccessError) {
            isRight = try await passwords.matches(password, found?.password)
        } catch {
            delays.takeBack(subjects)
            throw error
        }
        guard isRight, let found, !found.user.isDisabled, let hash = found.password else {
            let failures = subjects.map { "\(delays.failures($0))" }.joined(separator: ", ")
            let details = ["failures": failures, "name": found == nil ? "unknown" : "known"]
            let user = found?.user
            recorder.note(
                AccessAct(.loginFailed, at: time, means: "password", from: client, user: user, details)
            )
            throw AccessError(.notAuthenticated, "the name or the password is wrong")
        }
        delays.succeed(subjects)
        let upgrade = hash.cost.isWeaker(than: passwords.cost) ? try await passwords.hash(password) : nil
        try await turn.take()
        defer { turn.pass() }
        return try await open(
            found.user.id,
            means: "password",
            password: hash,
            upgrade: upgrade,
            replacing: old,
            from: client,
            at: time
        )
    }

    /// The user of the name that was typed.
    private func candidate(_ name: UserName?) async throws(AccessError) -> StoredUser? {
        guard let name else { return nil }
        let found = try await read { connection throws(StorageError) in try connection.user(named: name) }
        return found
    }

    /// What an attempt is counted by.
    private func subjects(
        _ name: UserName?,
        _ id: UserID?,
        _ network: String,
        at time: Int64
    ) async throws(AccessError) -> [LoginDelay.Subject] {
        guard let name else { return [.network(network)] }
        let oldest = Times.adding(time, -Self.placeLifetime)
        let isKnown = try await read { connection throws(StorageError) in
            try connection.knows(id, network, since: oldest)
        }
        return isKnown ? [.place(name, network)] : [.account(name), .network(network)]
    }
}

extension Connection {
    /// Whether a user has logged in from a network.
    fileprivate func knows(_ id: UserID?, _ network: String, since oldest: Int64) throws(StorageError) -> Bool {
        guard let id else { return false }
        return try first(AccessSQL.place, [.text("\(id)"), .text(network), .integer(oldest)]) {
            _ throws(StorageError) in true
        } ?? false
    }

    /// Keeps the network from which a user has logged in.
    func remember(_ id: UserID, _ network: IPNetwork, at time: Int64) throws(StorageError) {
        try execute(AccessSQL.setPlace, [.text("\(id)"), .text("\(network)"), .integer(time)])
        try execute(
            AccessSQL.deleteOldPlaces,
            [.text("\(id)"), .text("\(id)"), .integer(AccessControl.maximumPlaces)]
        )
    }
}
