// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// One session of a user, as lists show it.
package struct Session: Sendable, Hashable {
    package var id: SessionID
    package var user: UserID
    package var made: Int64
    package var lastUsed: Int64
    /// Where it was opened from.
    package var address: IPAddress
    /// What the program called itself that opened it; cleaned, and believed by nobody.
    package var agent: String
    /// How it was opened: `password` or `openid`.
    package var means: String
}

/// A session that somebody has just shown the secret of.
package struct ActiveSession: Sendable {
    package let session: Session
    package let user: User
    package let principal: Principal
    private let secret: Secret

    private static let purpose = "redoubt csrf 1"

    init(_ session: Session, of user: User, secret: Secret, address: IPAddress) {
        self.session = session
        self.user = user
        self.secret = secret
        principal = Principal(user: user, means: .session(session.id), address: address)
    }

    /// What each form of this session carries, so that no other site can send it. Follows from the session's secret.
    package var formToken: String { secret.derived(for: Self.purpose) }

    /// Whether a form came from a page of this session; checked in constant time.
    package func accepts(formToken: String) -> Bool {
        secret.isDerived(formToken, for: Self.purpose)
    }
}

/// A session that was just opened, with the secret that opens it again.
package struct NewSession: Sendable {
    /// For the cookie; it is not stored and cannot be shown again.
    package let secret: Secret
    package let active: ActiveSession
}
