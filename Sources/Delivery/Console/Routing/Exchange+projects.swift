// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import VulnerabilityManagement

/// Where in the project tree who asks may do something. Routes that are ``RouteAccess/grantedInProjects(_:)`` ask for it.
extension Exchange {
    func maySomewhere(_ permission: Permission) -> Bool { caller.principal?.maySomewhere(permission) ?? false }

    /// The parts that who asks may see; nil for everything.
    var bounds: ProjectBounds? {
        get throws { try principal.scopes(for: .see).map { ProjectBounds($0.map(\.path)) } }
    }

    /// The parts in which who asks may change findings; nil for everything.
    ///
    /// Whoever is bound to parts needs both permissions there, as acts show the findings that they change.
    ///
    /// - Throws: ``AccessError`` for whom there is no such part.
    var triageBounds: ProjectBounds? {
        get throws {
            let principal = try principal
            guard !principal.may(.triage), let scopes = principal.scopes(for: .see, .triage) else { return nil }
            guard !scopes.isEmpty else {
                throw AccessError(.denied, "\(principal.name) may not do this: it takes the permission see as well")
            }
            return ProjectBounds(scopes.map(\.path))
        }
    }
}
