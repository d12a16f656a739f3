// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// Something that was done to or with accounts, as it is recorded before it takes effect.
///
/// It holds no secret, no password, no e-mail address and no display name. A name that was typed at a login stands in it
/// only where there is such a user: people type passwords into the wrong field.
package struct AccessAct: Sendable, Hashable, Encodable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case loggedIn = "access.logged_in"
        case loginFailed = "access.login_failed"
        case sessionEnded = "access.session_ended"
        case sessionsEnded = "access.sessions_ended"
        case userMade = "access.user_made"
        case userChanged = "access.user_changed"
        case passwordSet = "access.password_set"
        case linkMade = "access.link_made"
        case tokenMade = "access.token_made"
        case tokenRevoked = "access.token_revoked"
        case tokenRefused = "access.token_refused"
        /// Something was taken out: the evidence log, a backup.
        case exported = "access.exported"
        /// Somebody looks at a kept transaction, or at what rules say of it.
        case payloadViewed = "access.payload_viewed"
        /// An act that was recorded did not take effect, as the database failed.
        case undone = "access.undone"
    }

    package var kind: Kind
    /// Nanoseconds since 1970.
    package var time: Int64
    /// The name of who did it; nil for who is not known yet.
    package var actor: String?
    /// The user who did it; nil for who came through the machine itself, or is not known.
    package var actorID: UserID?
    /// How the actor showed who it is: `session`, `token rdt_...`, `local`, `password`, `link`, `openid`.
    package var means: String?
    package var address: String?
    /// Whom it was done to.
    package var user: String?
    package var userID: UserID?
    /// What it was about, such as `roles` with `viewer -> admin`; sorted by name when written.
    package var details: [String: String]

    private enum CodingKeys: String, CodingKey {
        case kind, time, actor
        case actorID = "actor_id"
        case means, address, user
        case userID = "user_id"
        case details
    }

    init(_ kind: Kind, at time: Int64, by principal: Principal, on user: User?, _ details: [String: String] = [:]) {
        self.kind = kind
        self.time = time
        actor = principal.name
        actorID = principal.user
        means = principal.means.text
        address = principal.address?.description
        self.user = user?.name.description
        userID = user?.id
        self.details = details
    }

    /// An act of somebody who is about to log in, or who came with a link.
    init(
        _ kind: Kind,
        at time: Int64,
        means: String,
        from client: Client,
        user: User?,
        _ details: [String: String] = [:]
    ) {
        self.kind = kind
        self.time = time
        self.means = means
        address = client.address.description
        self.user = user?.name.description
        userID = user?.id
        self.details = details
    }

    /// What is reported when this act did not take effect after all.
    func undone(because reason: String) -> AccessAct {
        var act = self
        act.kind = .undone
        act.details["act"] = kind.rawValue
        act.details["reason"] = reason
        return act
    }
}

extension Principal.Means {
    /// Short, and without anything secret.
    package var text: String {
        switch self {
        case .session: "session"
        case .token(let id): "token \(id)"
        case .local: "local"
        }
    }
}

/// Where acts go. Given by the caller, who writes them into the evidence log.
package struct AccessRecorder: Sendable {
    /// Returns when the act is recorded; where it throws the act does not happen.
    package var record: @Sendable (AccessAct) async throws -> Void
    /// Takes what happened already, at once and without waiting; must not block.
    package var note: @Sendable (AccessAct) -> Void

    package init(
        record: @escaping @Sendable (AccessAct) async throws -> Void,
        note: @escaping @Sendable (AccessAct) -> Void
    ) {
        self.record = record
        self.note = note
    }
}
