// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Somebody who may log in. Users are never deleted, only disabled: evidence names them.
package struct User: Sendable, Hashable {
    package var id: UserID
    package var name: UserName
    package var displayName: String
    package var email: String?
    package var roles: Set<Role>
    package var isDisabled: Bool
    package var hasPassword: Bool
    /// Who this is at an OpenID provider.
    package var external: ExternalIdentity?
    /// In nanoseconds since 1970, as are all times.
    package var made: Int64
    package var changed: Int64
    /// Counts the changes.
    package var revision: Int64
    /// Roles in parts of the project tree, in the order of their paths.
    package var grants: [Grant]
}

/// A person at an OpenID provider; the two together never mean another one (OpenID Connect Core 1.0 section 2).
package struct ExternalIdentity: Sendable, Hashable {
    package var issuer: String
    package var subject: String

    package init(issuer: String, subject: String) {
        self.issuer = issuer
        self.subject = subject
    }
}

/// A user to be made.
package struct NewUser: Sendable {
    package var name: UserName
    /// The name where it is empty.
    package var displayName: String
    package var email: String?
    package var roles: Set<Role>
    /// Nil for one who gets a link, or comes from an OpenID provider.
    package var password: String?
    package var external: ExternalIdentity?

    package init(
        name: UserName,
        displayName: String = "",
        email: String? = nil,
        roles: Set<Role>,
        password: String? = nil,
        external: ExternalIdentity? = nil
    ) {
        self.name = name
        self.displayName = displayName
        self.email = email
        self.roles = roles
        self.password = password
        self.external = external
    }
}

/// What is to be other about a user; what is nil stays.
package struct UserChange: Sendable {
    package var displayName: String?
    /// An empty one takes it away.
    package var email: String?
    package var roles: Set<Role>?
    package var isDisabled: Bool?
    /// An empty subject takes it away.
    package var external: ExternalIdentity?

    package init(
        displayName: String? = nil,
        email: String? = nil,
        roles: Set<Role>? = nil,
        isDisabled: Bool? = nil,
        external: ExternalIdentity? = nil
    ) {
        self.displayName = displayName
        self.email = email
        self.roles = roles
        self.isDisabled = isDisabled
        self.external = external
    }
}
