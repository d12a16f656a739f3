// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// The text of all statements on the database of users.
enum AccessSQL {
    static let migrations = [
        Migration(
            1,
            "users, sessions, links and tokens",
            sqlite: """
                CREATE TABLE user(
                    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, email TEXT,
                    roles TEXT NOT NULL, is_disabled INTEGER NOT NULL, password TEXT, issuer TEXT, subject TEXT,
                    made INTEGER NOT NULL, changed INTEGER NOT NULL, revision INTEGER NOT NULL,
                    UNIQUE(issuer, subject)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE session(
                    hash BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES user,
                    made INTEGER NOT NULL, last_used INTEGER NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL,
                    means TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX session_user ON session(user, last_used);
                CREATE INDEX session_made ON session(made);
                CREATE TABLE link(
                    hash BLOB PRIMARY KEY, purpose TEXT NOT NULL, user TEXT REFERENCES user, made INTEGER NOT NULL,
                    expires INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE token(
                    id TEXT PRIMARY KEY, hash BLOB NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL REFERENCES user,
                    scopes TEXT NOT NULL, made INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER,
                    last_used INTEGER, last_address TEXT
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX token_owner ON token(owner, made, id);
                CREATE INDEX token_made ON token(made, id);
                CREATE TABLE place(
                    user TEXT NOT NULL REFERENCES user, network TEXT NOT NULL, last INTEGER NOT NULL,
                    PRIMARY KEY(user, network)
                ) STRICT, WITHOUT ROWID;
                """
        ),
        Migration(2, "tokens for a part of the project tree", sqlite: "ALTER TABLE token ADD COLUMN project TEXT"),
        // Beside the roles, so that each look at a user brings both.
        Migration(
            3,
            "roles in parts of the project tree",
            sqlite: "ALTER TABLE user ADD COLUMN grants TEXT NOT NULL DEFAULT ''"
        ),
    ]

    // MARK: Users

    /// In the order in which rows are read.
    static let userColumns = [
        "id", "name", "display_name", "email", "roles", "is_disabled", "password", "issuer", "subject", "made",
        "changed",
        "revision", "grants",
    ]
    private static let user = userColumns.map { "user.\($0)" }.joined(separator: ", ")

    static let userByID = "SELECT \(user) FROM user WHERE id = ?"
    static let userByName = "SELECT \(user) FROM user WHERE name = ?"
    static let userByIdentity = "SELECT \(user) FROM user WHERE issuer = ? AND subject = ?"
    static let usersAfter = "SELECT \(user) FROM user WHERE name > ? ORDER BY name LIMIT ?"
    static let enabledUsersAfter = "SELECT \(user) FROM user WHERE is_disabled = 0 AND name > ? ORDER BY name LIMIT ?"
    /// Roles are words with spaces between and around them.
    static let otherAdministrator =
        "SELECT 1 FROM user WHERE is_disabled = 0 AND roles LIKE '% admin %' AND id != ? LIMIT 1"
    static let insertUser = "INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    static let updateUser = """
        UPDATE user SET display_name = ?, email = ?, roles = ?, is_disabled = ?, issuer = ?, subject = ?, changed = ?,
            grants = ?, revision = revision + 1
        WHERE id = ? AND revision = ?
        """
    static let setPassword = "UPDATE user SET password = ?, changed = ?, revision = revision + 1 WHERE id = ?"
    static let upgradePassword = "UPDATE user SET password = ? WHERE id = ?"

    // MARK: Sessions

    private static let session =
        "session.id, session.user, session.made, session.last_used, session.address, session.agent, session.means"
    static let sessionColumns = 7

    static let sessionByHash =
        "SELECT \(session), \(user) FROM session JOIN user ON user.id = session.user WHERE hash = ?"
    static let sessionsOfUser = "SELECT \(session), hash FROM session WHERE user = ? ORDER BY last_used DESC LIMIT ?"
    static let sessionOfUser = "SELECT 1 FROM session WHERE id = ? AND user = ?"
    static let insertSession = "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    static let useSession = "UPDATE session SET last_used = ? WHERE hash = ? AND last_used < ?"
    static let deleteSession = "DELETE FROM session WHERE hash = ?"
    static let deleteSessionByID = "DELETE FROM session WHERE id = ?"
    static let deleteSessionsOfUser = "DELETE FROM session WHERE user = ? AND id != ?"
    static let deleteEndedSessions = "DELETE FROM session WHERE made < ? OR (user = ? AND last_used < ?)"
    static let deleteOldSessions = """
        DELETE FROM session WHERE hash IN (
            SELECT hash FROM session WHERE user = ? ORDER BY last_used DESC LIMIT -1 OFFSET ?
        )
        """

    // MARK: Places from which users have logged in

    static let place = "SELECT 1 FROM place WHERE user = ? AND network = ? AND last > ?"
    static let setPlace = """
        INSERT INTO place VALUES (?, ?, ?) ON CONFLICT(user, network) DO UPDATE SET last = excluded.last
        """
    static let deleteOldPlaces = """
        DELETE FROM place WHERE user = ? AND network NOT IN (
            SELECT network FROM place WHERE user = ? ORDER BY last DESC LIMIT ?
        )
        """

    // MARK: Links

    static let link = "SELECT purpose, user, made, expires FROM link WHERE hash = ?"
    static let insertLink = "INSERT INTO link VALUES (?, ?, ?, ?, ?)"
    static let deleteLinks = "DELETE FROM link WHERE purpose = ? AND user IS ?"
    static let deleteLinksOfUser = "DELETE FROM link WHERE user = ?"
    static let deleteOldLinks = "DELETE FROM link WHERE expires < ?"

    // MARK: Tokens

    private static let token = """
        token.id, token.name, token.owner, token.scopes, token.made, token.expires, token.revoked, token.last_used,
        token.last_address, token.project
        """
    static let tokenColumns = 10

    static let tokenByID = "SELECT \(token) FROM token WHERE id = ?"
    static let tokenWithOwner =
        "SELECT \(token), hash, \(user) FROM token JOIN user ON user.id = token.owner WHERE token.id = ?"
    static let tokensAfter = "SELECT \(token) FROM token WHERE (made, id) < (?, ?) ORDER BY made DESC, id DESC LIMIT ?"
    static let tokensOfOwnerAfter = """
        SELECT \(token) FROM token WHERE owner = ? AND (made, id) < (?, ?) ORDER BY made DESC, id DESC LIMIT ?
        """
    static let liveTokensOfOwner = "SELECT count(*) FROM token WHERE owner = ? AND revoked IS NULL AND expires > ?"
    static let insertToken = """
        INSERT INTO token(id, hash, name, owner, scopes, made, expires, project) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    static let revokeToken = "UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL"
    static let useToken = """
        UPDATE token SET last_used = ?, last_address = ? WHERE id = ? AND (last_used IS NULL OR last_used < ?)
        """
    /// Those that ended long ago.
    static let deleteOldTokens = "DELETE FROM token WHERE expires < ? OR revoked < ?"
}
