// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage

/// A user as the database holds it, with the hash of the password.
struct StoredUser: Sendable {
    var user: User
    var password: PasswordHash?

    /// Reads the columns of ``AccessSQL/userColumns``.
    init(_ row: borrowing Row, from column: Int = 0) throws(StorageError) {
        let password = try row.textOrNull(column + 6)
        self.password = try password.map { text throws(StorageError) in
            guard let hash = PasswordHash(text) else { throw Stored.refusal("a password's hash") }
            return hash
        }
        let issuer = try row.textOrNull(column + 7)
        let subject = try row.textOrNull(column + 8)
        var external: ExternalIdentity?
        if let issuer, let subject { external = ExternalIdentity(issuer: issuer, subject: subject) }
        user = User(
            id: try Stored.userID(try row.text(column)),
            name: try Stored.name(try row.text(column + 1)),
            displayName: try row.text(column + 2),
            email: try row.textOrNull(column + 3),
            roles: try Stored.words(try row.text(column + 4)),
            isDisabled: try row.integer(column + 5) != 0,
            hasPassword: password != nil,
            external: external,
            made: try row.integer(column + 9),
            changed: try row.integer(column + 10),
            revision: try row.integer(column + 11),
            grants: try Stored.grants(try row.text(column + 12))
        )
    }
}

/// Values in the columns of the database; what is none of ours is an error, never a guess.
enum Stored {
    static func refusal(_ what: String) -> StorageError {
        StorageError(.corrupt, "\(what) is not as it was written")
    }

    static func userID(_ text: String) throws(StorageError) -> UserID {
        UserID(try identifier(text))
    }

    static func identifier(_ text: String) throws(StorageError) -> Identifier {
        do throws(ModelError) {
            return try Identifier(parsing: text)
        } catch {
            throw refusal("an identifier")
        }
    }

    static func name(_ text: String) throws(StorageError) -> UserName {
        guard let name = UserName(ifValid: text), name.description == text else { throw refusal("a user's name") }
        return name
    }

    /// Roles or permissions: words with spaces between and around them.
    static func words<Word: RawRepresentable<String>>(_ text: String) throws(StorageError) -> Set<Word> {
        var words: Set<Word> = []
        for part in text.split(separator: " ") {
            guard let word = Word(rawValue: String(part)) else { throw refusal("a role or permission") }
            words.insert(word)
        }
        return words
    }

    /// Roles in parts of the project tree: a line for each, the role and the path behind it.
    static func grants(_ text: String) throws(StorageError) -> [Grant] {
        var grants: [Grant] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1).map { String($0) }
            guard parts.count == 2, let role = Role(rawValue: parts[0]) else { throw refusal("a role in a project") }
            do throws(AccessError) {
                grants.append(try Grant(role, in: try ProjectScope(parts[1])))
            } catch {
                throw refusal("a role in a project")
            }
        }
        return grants
    }

    /// Paths hold no line feeds.
    static func text(_ grants: [Grant]) -> String {
        grants.map { "\($0.role.rawValue) \($0.scope.path)\n" }.joined()
    }

    static func text<Word: RawRepresentable<String>>(_ words: Set<Word>) -> String {
        " " + words.map { $0.rawValue + " " }.sorted().joined()
    }
}

extension Connection {
    func user(_ id: UserID) throws(StorageError) -> StoredUser? {
        try first(AccessSQL.userByID, [.text("\(id)")]) { row throws(StorageError) in try StoredUser(row) }
    }

    func user(named name: UserName) throws(StorageError) -> StoredUser? {
        try first(AccessSQL.userByName, [.text("\(name)")]) { row throws(StorageError) in try StoredUser(row) }
    }

    func user(_ identity: ExternalIdentity) throws(StorageError) -> StoredUser? {
        try first(AccessSQL.userByIdentity, [.text(identity.issuer), .text(identity.subject)]) {
            row throws(StorageError) in try StoredUser(row)
        }
    }

    func insert(_ user: User, password: PasswordHash?) throws(StorageError) {
        try execute(
            AccessSQL.insertUser,
            [
                .text("\(user.id)"), .text("\(user.name)"), .text(user.displayName), .text(orNull: user.email),
                .text(Stored.text(user.roles)), .integer(user.isDisabled ? 1 : 0),
                .text(orNull: password?.description), .text(orNull: user.external?.issuer),
                .text(orNull: user.external?.subject), .integer(user.made), .integer(user.changed),
                .integer(user.revision), .text(Stored.text(user.grants)),
            ]
        )
    }

    /// Whether anybody else than this user is an administrator who may log in; nil for anybody at all.
    func hasAdministrator(otherThan user: UserID?) throws(StorageError) -> Bool {
        let id = user?.description ?? ""
        return try first(AccessSQL.otherAdministrator, [.text(id)]) { _ throws(StorageError) in true } ?? false
    }
}
