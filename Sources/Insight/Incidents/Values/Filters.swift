// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// Which detections a list shows; what is nil or empty does not narrow it.
package struct DetectionFilter: Sendable, Hashable {
    /// Nanoseconds since 1970, inclusive.
    package var since: Int64?
    package var until: Int64?
    package var severity: Severity?
    package var rule: String?
    package var kind: String?
    package var client: Entity?
    package var application: String?
    package var outcomes: Set<DetectionOutcome> = []
    package var incident: Int64?
    package var route: String?
    /// Words of message, path, rule, kind, host, application and client, all of which a row has; a word may end in `*`.
    /// Answers to it come in the order of arrival.
    package var text: String?

    package init() {}
}

/// Which entities a list shows.
package struct EntityFilter: Sendable, Hashable {
    package var kind: Entity.Kind?
    package var since: Int64?
    package var severity: Severity?

    package init() {}
}

/// Which decisions a list shows.
package struct DecisionFilter: Sendable, Hashable {
    package var since: Int64?
    package var until: Int64?
    package var subject: Entity?
    package var disposition: Disposition?
    package var reason: Decision.Reason?
    package var control: ControlID?

    package init() {}
}

/// Which incidents a list shows.
package struct IncidentFilter: Sendable, Hashable {
    /// Empty for all.
    package var states: Set<Incident.State> = []
    package var severity: Severity?
    package var client: Entity?
    package var application: String?
    package var assignee: String?
    package var since: Int64?

    package init() {}

    /// What people still should look at.
    package static var open: IncidentFilter {
        var filter = IncidentFilter()
        filter.states = [.new, .acknowledged, .inProgress]
        return filter
    }
}
