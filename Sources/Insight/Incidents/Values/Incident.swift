// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Detections that belong together: of one client and one technique, without an hour of quiet between them.
package struct Incident: Sendable, Hashable {
    package enum State: Int, Sendable, CaseIterable {
        case new = 0
        case acknowledged = 1
        case inProgress = 2
        case resolved = 3
        case falsePositive = 4

        /// Whether somebody should still look at it.
        package var isOpen: Bool {
            switch self {
            case .new, .acknowledged, .inProgress: true
            case .resolved, .falsePositive: false
            }
        }

        package var name: String {
            switch self {
            case .new: "new"
            case .acknowledged: "acknowledged"
            case .inProgress: "in_progress"
            case .resolved: "resolved"
            case .falsePositive: "false_positive"
            }
        }

        package init?(name: String) {
            guard let state = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = state
        }
    }

    package var id: Int64
    /// When it was opened, in nanoseconds since 1970.
    package var opened: Int64
    /// The times of its first and latest detection.
    package var firstTime: Int64
    package var lastTime: Int64
    /// nil for a day's summary.
    package var client: Entity?
    package var technique: String?
    package var kind: String
    /// In plain words; a title that a person gave it stays.
    package var title: String
    /// The one that a person gave it, else the computed one.
    package var severity: Severity
    package var computedSeverity: Severity
    package var state: State
    package var assignee: String?
    /// Counts what people did to it; the base of its ETag. New detections do not change it.
    package var revision: Int
    /// The incident that was closed before and went on.
    package var former: Int64?
    /// Whether it gathers what the day's alert budget had no room for.
    package var isSummary: Bool
    /// Exchanges.
    package var requests: Int
    package var stopped: Int
    package var wouldStop: Int
    /// Exchanges of high severity that were not stopped and were answered with success.
    package var passed: Int
    /// The groups of detections that it holds: 1, or many for a summary.
    package var groups: Int
    /// The rules that told most, with their numbers of exchanges; 16 at most.
    package var rules: [Share]
    package var kinds: [Share]
    package var applications: [Share]

    /// A name and how many exchanges it has.
    package struct Share: Sendable, Hashable {
        package var name: String
        package var count: Int
    }

    /// The identifier outside of the database: a UUID of version 7 made of time and number.
    package var identifier: Identifier { DetectionRow.identifier(time: opened, id: id) }
    package var place: PagePlace { PagePlace(time: lastTime, id: id) }
}

/// Something that a person or the program did to an incident.
package struct IncidentAct: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case opened
        case state
        case assignee
        case severity
        case title
        case comment
    }

    package var id: Int64
    package var incident: Int64
    /// Nanoseconds since 1970.
    package var time: Int64
    package var maker: String
    package var kind: Kind
    /// What it was before, and is since; of a comment `after` is the text.
    package var before: String?
    package var after: String?
}

/// What a person changes about an incident; what is nil stays.
package struct IncidentEdit: Sendable, Hashable {
    package var state: Incident.State?
    /// An empty text takes the assignment away.
    package var assignee: String?
    package var severity: Severity?
    /// An empty text brings the computed title back.
    package var title: String?
    /// Kept with the change.
    package var comment: String?

    package init(
        state: Incident.State? = nil,
        assignee: String? = nil,
        severity: Severity? = nil,
        title: String? = nil,
        comment: String? = nil
    ) {
        self.state = state
        self.assignee = assignee
        self.severity = severity
        self.title = title
        self.comment = comment
    }

    package static let longestTitle = 300
    package static let longestComment = 16_384
    package static let longestAssignee = 128
}
