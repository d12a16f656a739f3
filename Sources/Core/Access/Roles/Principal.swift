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

    /// A part of the project tree, and what may be done there.
    package struct Part: Sendable, Hashable {
        package let scope: ProjectScope
        package let permissions: Set<Permission>
    }

    /// Nil for who comes through the machine itself.
    package let user: UserID?
    /// The user's name, or that of the machine's account.
    package let name: String
    package let roles: Set<Role>
    /// What may be done everywhere: what the roles grant, and for a token no more than its scopes.
    package let permissions: Set<Permission>
    /// What may be done in one part of the project tree alone; nil for who is not bound to one.
    package let part: Part?
    package let means: Means
    /// Where the request came from.
    package let address: IPAddress?

    init(
        user: User,
        scopes: Set<Permission>? = nil,
        project: ProjectScope? = nil,
        means: Means,
        address: IPAddress?
    ) {
        self.user = user.id
        name = user.name.description
        roles = user.isDisabled ? [] : user.roles
        let all = roles.permissions
        let granted = scopes.map { all.intersection($0) } ?? all
        // Whoever is bound to a part may do nothing that is not asked for by a project.
        permissions = project == nil ? granted : []
        part = project.map { Part(scope: $0, permissions: granted.intersection(ProjectScope.permissions)) }
        self.means = means
        self.address = address
    }

    private init(localName: String) {
        user = nil
        name = localName
        roles = [.admin]
        permissions = Role.admin.permissions
        part = nil
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

    /// Whether something may be done with a project.
    package func may(_ permission: Permission, in project: String) -> Bool {
        guard let part, part.permissions.contains(permission) else { return may(permission) }
        return part.scope.contains(project)
    }

    /// Whether something may be done with any project at all.
    package func maySomewhere(_ permission: Permission) -> Bool {
        may(permission) || part?.permissions.contains(permission) == true
    }

    /// - Throws: ``AccessError/Code/denied`` for whom it is not granted in this project.
    package func require(_ permission: Permission, in project: String) throws(AccessError) {
        guard !may(permission, in: project) else { return }
        if let part, part.permissions.contains(permission) {
            throw AccessError(.denied, "\(name)'s token is for \(part.scope), and \(project) is no part of it")
        }
        try require(permission)
    }

    /// - Throws: ``AccessError/Code/denied`` for whom it is granted in no project.
    package func requireSomewhere(_ permission: Permission) throws(AccessError) {
        guard !maySomewhere(permission) else { return }
        try require(permission)
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
