// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Where people, rules and scans have brought a finding.
package enum TriageState: String, Sendable, Hashable, CaseIterable {
    case needsTriage
    case confirmed
    case dismissed
    case resolved

    /// Whether work is left to do.
    package var isOpen: Bool { self == .needsTriage || self == .confirmed }
}

/// Why a finding was dismissed; the reasons of GitLab.
package enum DismissalReason: String, Sendable, Hashable, CaseIterable {
    case acceptableRisk = "acceptable_risk"
    case falsePositive = "false_positive"
    case mitigatingControl = "mitigating_control"
    case usedInTests = "used_in_tests"
    case notApplicable = "not_applicable"

    /// The justification of VEX (OpenVEX 0.2.0, CSAF 2.0 flags, CISA's minimum requirements) that says the same; nil where
    /// the component is affected and nothing justifies otherwise.
    package var justification: String? {
        switch self {
        case .acceptableRisk: nil
        case .falsePositive: "vulnerable_code_not_present"
        case .mitigatingControl: "inline_mitigations_already_exist"
        case .usedInTests: "vulnerable_code_not_in_execute_path"
        case .notApplicable: "vulnerable_code_cannot_be_controlled_by_adversary"
        }
    }
}

/// Who set a field last. Scans write only what no person wrote.
package enum FieldOwner: String, Sendable, Hashable, CaseIterable {
    case scan
    case human
}

/// Fields that scans bring and people may change.
package struct FindingFields: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let title = FindingFields(rawValue: 1)
    package static let severity = FindingFields(rawValue: 2)
    package static let description = FindingFields(rawValue: 4)
    package static let fix = FindingFields(rawValue: 8)
    package static let identifiers = FindingFields(rawValue: 16)
    /// Who is to mend it, which no scan brings.
    package static let assignee = FindingFields(rawValue: 32)
    /// Those that a scan brings.
    package static let all: FindingFields = [.title, .severity, .description, .fix, .identifiers]

    /// Of the fields that a scan brings, those that it may write where people own some.
    package func writable(ownedByHuman owned: FindingFields) -> FindingFields {
        subtracting(owned)
    }
}

/// What is kept of a finding through rescans. Times are seconds since 1970, UTC.
package struct FindingStatus: Sendable, Hashable {
    package var state: TriageState = .needsTriage
    package var reason: DismissalReason?
    /// Whether the last scan of its scope found it.
    package var isDetected = true
    /// Since when it is not found; nil while it is.
    package var goneSince: Int?
    /// Complete scans of its scope in a row that did not find it.
    package var cleanScans = 0
    /// When a dismissal for an accepted risk ends.
    package var acceptedUntil: Int?
    /// Set by people: what they resolved stays so though it is found again.
    package var doesNotReopen = false
    /// Whether the last change of state was a person's; policies do not resolve what a person reopened or confirmed
    /// before the finding is gone again.
    package var stateOwner: FieldOwner = .scan
    /// The end of the newest scan that said something about it.
    package var lastScan = Int.min
    /// Fields that people wrote.
    package var humanFields: FindingFields = []

    package init() {}
}
