// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// Users: read by administrators and auditors, changed by administrators.
extension AccessControl {
    package static let maximumPage = 200

    /// Users in the order of their names.
    ///
    /// - Parameters:
    ///   - name: where the page goes on: the last name of the one before.
    ///   - limit: at most ``maximumPage``.
    package func users(
        after name: UserName? = nil,
        limit: Int = 50,
        by principal: Principal
    ) async throws(AccessError) -> [User] {
        try principal.require(anyOf: .administer, .audit)
        return try await users(AccessSQL.usersAfter, after: name, limit)
    }

    /// Those to whom work can be assigned, in the order of their names.
    package func assignees(
        after name: UserName? = nil,
        limit: Int = 50,
        by principal: Principal
    ) async throws(AccessError) -> [Assignee] {
        try principal.require(.see)
        return try await users(AccessSQL.enabledUsersAfter, after: name, limit).map {
            Assignee(id: $0.id, name: $0.name, displayName: $0.displayName)
        }
    }

    private func users(_ sql: String, after name: UserName?, _ limit: Int) async throws(AccessError) -> [User] {
        let values: [Value] = [.text(name?.description ?? ""), .integer(min(max(1, limit), Self.maximumPage))]
        return try await read { connection throws(StorageError) in
            try connection.all(sql, values) { row throws(StorageError) in try StoredUser(row).user }
        }
    }

    /// - Throws: ``AccessError/Code/notFound``.
    package func user(_ id: UserID, by principal: Principal) async throws(AccessError) -> User {
        if principal.user != id { try principal.require(anyOf: .administer, .audit) }
        return try await stored(id).user
    }

    /// - Throws: ``AccessError/Code/notFound``.
    package func user(named name: UserName, by principal: Principal) async throws(AccessError) -> User {
        try principal.require(anyOf: .administer, .audit)
        let found = try await read { connection throws(StorageError) in try connection.user(named: name) }
        guard let found else { throw AccessError(.notFound, "there is no user \(name)") }
        return found.user
    }

    func stored(_ id: UserID) async throws(AccessError) -> StoredUser {
        let found = try await read { connection throws(StorageError) in try connection.user(id) }
        guard let found else { throw AccessError(.notFound, "there is no such user") }
        return found
    }

    // MARK: Making

    /// Makes a user.
    ///
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/invalid``, ``AccessError/Code/exists``.
    package func makeUser(
        _ new: NewUser,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> User {
        try principal.require(.administer)
        let user = try checked(new, at: time)
        let hash = try await hash(new.password, for: new.name)
        try await turn.take()
        defer { turn.pass() }
        try await requireFree(user)
        let act = AccessAct(.userMade, at: time, by: principal, on: user, ["roles": user.roles.text])
        try await perform(act) { connection throws(StorageError) in try connection.insert(user, password: hash) }
        return user
    }

    /// The user that is to be made, with all fields as they are kept.
    func checked(_ new: NewUser, at time: Int64) throws(AccessError) -> User {
        let displayName = new.displayName.isEmpty ? new.name.description : new.displayName
        return User(
            id: UserID(makeIdentifier(at: time)),
            name: new.name,
            displayName: try Self.checkedDisplayName(displayName),
            email: try Self.checkedEmail(new.email),
            roles: new.roles,
            isDisabled: false,
            hasPassword: new.password != nil,
            external: try Self.checkedIdentity(new.external),
            made: time,
            changed: time,
            revision: 1,
            grants: []
        )
    }

    func hash(_ password: String?, for name: UserName) async throws(AccessError) -> PasswordHash? {
        guard let password else { return nil }
        try PasswordPolicy.check(password, for: name)
        return try await passwords.hash(password)
    }

    func requireFree(_ user: User) async throws(AccessError) {
        let isTaken = try await read { connection throws(StorageError) in try connection.user(named: user.name) != nil }
        guard !isTaken else { throw AccessError(.exists, "there is a user \(user.name) already") }
        try await requireFree(user.external, for: user.id)
    }

    private func requireFree(_ identity: ExternalIdentity?, for id: UserID) async throws(AccessError) {
        guard let identity else { return }
        let other = try await read { connection throws(StorageError) in try connection.user(identity)?.user.id }
        guard other == nil || other == id else {
            throw AccessError(.exists, "another user has this identity at the OpenID provider")
        }
    }

    static func checkedDisplayName(_ text: String) throws(AccessError) -> String {
        try DisplayText.checked(text, field: "display name", maximumBytes: 200)
    }

    /// An empty one is none.
    static func checkedEmail(_ text: String?) throws(AccessError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return try EmailAddress.checked(text)
    }

    /// One with an empty subject is none.
    static func checkedIdentity(_ identity: ExternalIdentity?) throws(AccessError) -> ExternalIdentity? {
        guard let identity, !identity.subject.isEmpty else { return nil }
        guard (1...512).contains(identity.issuer.utf8.count), identity.subject.utf8.count <= 255 else {
            throw AccessError(.invalid, "identity: an issuer and a subject of at most 255 bytes")
        }
        return identity
    }

    // MARK: Changing

    /// Changes a user. One who is disabled loses all sessions and links at once, and can use no token.
    ///
    /// - Parameter revision: that of the user as it was read; nil to change it however it is.
    /// - Throws: ``AccessError/Code/denied``, ``AccessError/Code/invalid``, ``AccessError/Code/notFound``,
    ///   ``AccessError/Code/conflict``, ``AccessError/Code/lastAdministrator``.
    package func changeUser(
        _ id: UserID,
        _ change: UserChange,
        ifRevision revision: Int64? = nil,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) -> User {
        try principal.require(.administer)
        try await turn.take()
        defer { turn.pass() }
        let old = try await stored(id).user
        guard revision == nil || revision == old.revision else {
            throw AccessError(.conflict, "\(old.name) was changed meanwhile; look at it again")
        }
        let new = try Self.applying(change, to: old, at: time)
        guard old.hasOther(than: new) else { return old }
        try await requireFree(new.external, for: id)
        try await requireAdministrator(after: old, new)
        let act = AccessAct(.userChanged, at: time, by: principal, on: old, old.differences(to: new))
        try await perform(act) { connection throws(StorageError) in try connection.update(new, from: old) }
        return new
    }

    private static func applying(_ change: UserChange, to old: User, at time: Int64) throws(AccessError) -> User {
        var new = old
        if let name = change.displayName { new.displayName = try checkedDisplayName(name) }
        if let email = change.email { new.email = try checkedEmail(email) }
        if let roles = change.roles { new.roles = roles }
        if let isDisabled = change.isDisabled { new.isDisabled = isDisabled }
        if let external = change.external { new.external = try checkedIdentity(external) }
        new.changed = time
        new.revision = old.revision &+ 1
        return new
    }

    private func requireAdministrator(after old: User, _ new: User) async throws(AccessError) {
        guard old.isAdministrator, !new.isAdministrator else { return }
        let hasOther = try await read { connection throws(StorageError) in
            try connection.hasAdministrator(otherThan: old.id)
        }
        guard hasOther else {
            throw AccessError(.lastAdministrator, "\(old.name) is the last administrator; make another one first")
        }
    }
}

/// Somebody to whom work can be assigned.
package struct Assignee: Sendable, Hashable {
    package var id: UserID
    package var name: UserName
    package var displayName: String
}

extension User {
    /// Whether this one may log in and administer.
    var isAdministrator: Bool { !isDisabled && roles.contains(.admin) }

    func hasOther(than new: User) -> Bool {
        !differences(to: new).isEmpty
    }

    /// What was changed, as it is recorded: roles and state with their values, of personal data only that it changed.
    func differences(to new: User) -> [String: String] {
        var differences: [String: String] = [:]
        if displayName != new.displayName { differences["display_name"] = "changed" }
        if email != new.email { differences["email"] = "changed" }
        if external != new.external { differences["identity"] = "changed" }
        if roles != new.roles { differences["roles"] = "\(roles.text) -> \(new.roles.text)" }
        if isDisabled != new.isDisabled { differences["disabled"] = "\(isDisabled) -> \(new.isDisabled)" }
        return differences
    }
}

extension Set<Role> {
    /// As acts show them.
    var text: String { isEmpty ? "none" : sorted().map(\.rawValue).joined(separator: ", ") }
}

extension Connection {
    func update(_ new: User, from old: User) throws(StorageError) {
        let count = try execute(
            AccessSQL.updateUser,
            [
                .text(new.displayName), .text(orNull: new.email), .text(Stored.text(new.roles)),
                .integer(new.isDisabled ? 1 : 0), .text(orNull: new.external?.issuer),
                .text(orNull: new.external?.subject), .integer(new.changed), .text(Stored.text(new.grants)),
                .text("\(new.id)"), .integer(old.revision),
            ]
        )
        guard count == 1 else { throw StorageError(.notFound, "the user was changed by another program") }
        guard new.isDisabled else { return }
        try execute(AccessSQL.deleteSessionsOfUser, [.text("\(new.id)"), .text("")])
        try execute(AccessSQL.deleteLinksOfUser, [.text("\(new.id)")])
    }
}
