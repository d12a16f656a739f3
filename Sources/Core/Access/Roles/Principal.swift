// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Who asks for something, and what that one may do. The only place where that is checked.
///
/// ```swift
/// try principal.require(.respond)
/// ```
package struct Principal: Sendable, Hashable {
    /// How somebody showed who it is.
    package enum Means: Sendable, Hashable {
        case session(SessionID)
        case token(TokenID)
        /// Through the machine itself: the local socket, or the data folder.
        case local
    }

    /// Nil for who comes through the machine itself.
    package let user: UserID?
    /// The user's name, or that of the machine's account.
    package let name: String
    package let roles: Set<Role>
    /// What may be done: what the roles grant, and for a token no more than its scopes.
    package let permissions: Set<Permission>
    package let means: Means
    /// Where the request came from.
    package let address: IPAddress?

    init(user: User, scopes: Set<Permission>? = nil, means: Means, address: IPAddress?) {
        self.user = user.id
        name = user.name.description
        roles = user.isDisabled ? [] : user.roles
        let granted = roles.permissions
        permissions = scopes.map { granted.intersection($0) } ?? granted
        self.means = means
        self.address = address
    }

    private init(localName: String) {
        user = nil
        name = localName
        roles = [.admin]
        permissions = Role.admin.permissions
        means = .local
        address = nil
    }

    /// Whoever can open the data folder or its socket could change all files, so may do all that an administrator may.
    ///
    /// - Parameter name: of the account on the machine; what cannot be shown in it is replaced.
    package static func local(name: String) -> Principal {
        Principal(localName: DisplayText.cleaned(name, maximumBytes: 64))
    }

    package func may(_ permission: Permission) -> Bool {
        permissions.contains(permission)
    }

    /// - Throws: ``AccessError/Code/denied`` for whom it is not granted.
    package func require(_ permission: Permission) throws(AccessError) {
        guard may(permission) else {
            throw AccessError(.denied, "\(name) may not do this: it takes the permission \(permission.rawValue)")
        }
    }

    /// - Throws: ``AccessError/Code/denied`` for whom none of them is granted.
    package func require(anyOf permissions: Permission...) throws(AccessError) {
        guard permissions.contains(where: may) else {
            let names = permissions.map(\.rawValue).joined(separator: " or ")
            throw AccessError(.denied, "\(name) may not do this: it takes the permission \(names)")
        }
    }

    /// For what people may do to what is theirs, and administrators to that of all.
    ///
    /// A token is never enough for what is one's own: who has stolen one cannot make it last longer.
    func requireOwner(_ owner: UserID) throws(AccessError) {
        if case .session = means, user == owner { return }
        try require(.administer)
    }
}
