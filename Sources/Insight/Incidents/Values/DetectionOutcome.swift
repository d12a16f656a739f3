// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What became of a detected activity, with the numbers of OCSF's `disposition_id` (https://schema.ocsf.io), which lie on
/// disk.
package enum DetectionOutcome: Int, Sendable, CaseIterable {
    case other = 0
    case allowed = 1
    case blocked = 2
    case dropped = 6
    /// Let pass by an exception.
    case excepted = 8
    case limited = 14
    /// Would have been stopped in `enforce`.
    case wouldStop = 15
    /// Noted, and nothing would have been done.
    case noted = 17

    /// - Parameter code: OCSF's `disposition_id`.
    package init(code: UInt8) {
        switch code {
        case 10: self = .excepted
        case 22, 23, 25, 26: self = .blocked
        case 19: self = .noted
        default: self = DetectionOutcome(rawValue: Int(code)) ?? .other
        }
    }

    /// The name in the API, in commands and in filters.
    package var name: String {
        switch self {
        case .other: "other"
        case .allowed: "allowed"
        case .blocked: "blocked"
        case .dropped: "dropped"
        case .excepted: "excepted"
        case .limited: "limited"
        case .wouldStop: "would_stop"
        case .noted: "noted"
        }
    }

    package init?(name: String) {
        guard let outcome = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = outcome
    }

    /// Whether the activity did not go on as its maker wanted.
    package var isStopped: Bool {
        switch self {
        case .blocked, .dropped, .limited: true
        case .other, .allowed, .excepted, .wouldStop, .noted: false
        }
    }
}
