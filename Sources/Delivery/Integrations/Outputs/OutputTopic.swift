// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import EventBus

/// What kind of thing an event tells of; outputs choose by it.
package enum OutputTopic: UInt8, Sendable, CaseIterable {
    /// Every exchange (HTTP Activity).
    case activity = 0
    /// The exchanges in which something was detected (HTTP Activity).
    case detectedActivity = 1
    /// What was detected, folded as the console shows it (Detection Finding).
    case detections = 2
    /// What was done to a request, such as a block (Detection Finding).
    case decisions = 3
    /// What people, and guards in their stead, changed in the policy (Entity Management).
    case changes = 4
    /// What was done to accounts and tokens (Account Change, Entity Management).
    case accounts = 5
    /// Who signed in and out, and who could not (Authentication).
    case signIns = 6

    /// The name in the configuration.
    package var name: String {
        switch self {
        case .activity: "activity"
        case .detectedActivity: "detected_activity"
        case .detections: "detections"
        case .decisions: "decisions"
        case .changes: "changes"
        case .accounts: "accounts"
        case .signIns: "sign_ins"
        }
    }

    package init?(name: String) {
        guard let topic = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = topic
    }

    /// What an event on its way to the outputs is about. Exchanges come as the gateway recorded them; what is made here
    /// bears its topic as its stream.
    init(_ facts: EventFacts) {
        if facts.eventClass == .httpActivity {
            self = facts.severity >= .low || facts.disposition > 1 ? .detectedActivity : .activity
        } else {
            self = OutputTopic(rawValue: facts.stream) ?? .detections
        }
    }
}

/// What an output sends on.
package struct OutputSelection: Sendable, Hashable {
    package var topics: Set<OutputTopic>
    /// Events below it are left out.
    package var severity: EventSeverity

    package init(_ topics: Set<OutputTopic>, severity: EventSeverity = .unknown) {
        self.topics = topics
        self.severity = severity
    }

    func takes(_ facts: EventFacts) -> Bool {
        guard facts.severity >= severity else { return false }
        let topic = OutputTopic(facts)
        // All exchanges include those with detections.
        return topics.contains(topic) || (topic == .detectedActivity && topics.contains(.activity))
    }

    /// Whether exchanges are wanted at all.
    var wantsExchanges: Bool { topics.contains(.activity) || topics.contains(.detectedActivity) }
}
