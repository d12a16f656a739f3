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
    /// Parts that a refusal names.
    private static let mostNamed = 5
    /// What may be done in parts of the project tree alone, in the order of their paths.
    package let parts: [Part]
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
        parts = Self.parts(of: user.isDisabled ? [] : user.grants, granted, scopes, project)
        self.means = means
        self.address = address
    }

    /// Of a token for a project, what the roles grant there; and each grant, of which a token may narrow the permissions and
    /// the part.
    private static func parts(
        of grants: [Grant],
        _ granted: Set<Permission>,
        _ scopes: Set<Permission>?,
        _ project: ProjectScope?
    ) -> [Part] {
        var parts: [ProjectScope: Set<Permission>] = [:]
        if let project { parts[project] = granted }
        for grant in grants {
            let common = if let project { project.intersection(grant.scope) } else { ProjectScope?.some(grant.scope) }
            guard let scope = common else { continue }
            let permissions = grant.role.permissions
            parts[scope, default: []].formUnion(scopes.map { permissions.intersection($0) } ?? permissions)
        }
        return parts.compactMap { scope, permissions in
            let permissions = permissions.intersection(ProjectScope.permissions)
            return permissions.isEmpty ? nil : Part(scope: scope, permissions: permissions)
        }.sorted { $0.scope < $1.scope }
    }

    private init(localName: String) {
        user = nil
        name = localName
        roles = [.admin]
        permissions = Role.admin.permissions
        parts = []
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

    /// Whether something may be done with a project, or a group with all below it.
    package func may(_ permission: Permission, in project: String) -> Bool {
        may(permission) || parts.contains { $0.permissions.contains(permission) && $0.scope.contains(project) }
    }

    /// Whether something may be done with any project at all.
    package func maySomewhere(_ permission: Permission) -> Bool {
        may(permission) || parts.contains { $0.permissions.contains(permission) }
    }

    /// Where all of some things may be done: what a list of many projects is bound to.
    ///
    /// - Returns: nil for everywhere; else parts of which none is below another, in the order of their paths, and none for
    ///   nowhere.
    package func scopes(for wanted: Permission...) -> [ProjectScope]? {
        guard !wanted.allSatisfy(may) else { return nil }
        var scopes: [ProjectScope] = []
        for part in parts where wanted.allSatisfy({ may($0) || part.permissions.contains($0) }) {
            // A group stands before all that is below it.
            guard !scopes.contains(where: { $0.contains(part.scope.path) }) else { continue }
            scopes.append(part.scope)
        }
        return scopes
    }

    /// - Throws: ``AccessError/Code/denied`` for whom it is not granted in this project.
    package func require(_ permission: Permission, in project: String) throws(AccessError) {
        guard !may(permission, in: project) else { return }
        guard maySomewhere(permission) else { return try require(permission) }
        let scopes = parts.filter { $0.permissions.contains(permission) }.map(\.scope.path)
        let own = scopes.prefix(Self.mostNamed).joined(separator: ", ") + (scopes.count > Self.mostNamed ? ", ..." : "")
        let who = if case .token = means { "\(name)'s token is for \(own)" } else { "\(name) may do this in \(own)" }
        throw AccessError(.denied, "\(who), and \(project) is no part of it")
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
