// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What somebody may do with Redoubt. What is not granted by a role is denied.
package enum Permission: String, Sendable, Codable, CaseIterable, Comparable {
    /// Read events, detections, decisions, incidents, entities, rules and the policy.
    case see
    /// Change states of detections and incidents, comment, assign.
    case triage
    /// Block and unblock entities, add and end exceptions, stand down.
    case respond
    /// Change modes, promote, users, tokens of others, settings, limits.
    case administer
    /// Read the evidence log and the access log, and export them.
    case audit
    /// Hand in reports of scanners; enough for a pipeline, and it reads nothing.
    case upload

    package static func < (left: Permission, right: Permission) -> Bool {
        left.rank < right.rank
    }

    /// The place in the order in which permissions are listed.
    private var rank: Int {
        switch self {
        case .see: 0
        case .triage: 1
        case .respond: 2
        case .administer: 3
        case .audit: 4
        case .upload: 5
        }
    }
}

/// What a user is, as data: a role is a set of permissions and nothing else.
package enum Role: String, Sendable, Codable, CaseIterable, Comparable {
    case viewer, triager, responder, admin, auditor

    /// All that the role may do.
    package var permissions: Set<Permission> {
        switch self {
        case .viewer: [.see]
        case .triager: [.see, .triage, .upload]
        case .responder: [.see, .triage, .respond, .upload]
        case .admin: [.see, .triage, .respond, .administer, .audit, .upload]
        case .auditor: [.see, .audit]
        }
    }

    package static func < (left: Role, right: Role) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension Set<Role> {
    /// All that one who has these roles may do.
    package var permissions: Set<Permission> {
        reduce(into: []) { $0.formUnion($1.permissions) }
    }
}
