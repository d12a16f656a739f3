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
    /// What became of findings of scanners (Vulnerability Finding): all of one kind that an import brought are one event.
    case findingNew = 7
    case findingReopened = 8
    case findingGone = 9
    case findingAttacked = 10
    case findingDue = 11

    /// Those about findings.
    package static let findings: Set<OutputTopic> = [
        .findingNew, .findingReopened, .findingGone, .findingAttacked, .findingDue,
    ]

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
        case .findingNew: "finding.new"
        case .findingReopened: "finding.reopened"
        case .findingGone: "finding.gone"
        case .findingAttacked: "finding.attacked"
        case .findingDue: "finding.due"
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
    /// Which findings it is told of.
    package var findings = FindingChoice()

    /// A choice of findings. Each has a channel of its own, as an event about many findings differs by who is told of which.
    package struct FindingChoice: Sendable, Hashable {
        /// 0 for all of them.
        package var channel: UInt8 = 0
        /// In the language of filters of findings; nil for all of them.
        package var filter: String?

        package init(channel: UInt8 = 0, filter: String? = nil) {
            self.channel = channel
            self.filter = filter
        }
    }

    package init(_ topics: Set<OutputTopic>, severity: EventSeverity = .unknown) {
        self.topics = topics
        self.severity = severity
    }

    func takes(_ facts: EventFacts) -> Bool {
        guard facts.severity >= severity else { return false }
        let topic = OutputTopic(facts)
        // Nothing is decided about findings, so that events about them bear their channel there.
        if OutputTopic.findings.contains(topic), facts.disposition != findings.channel { return false }
        // All exchanges include those with detections.
        return topics.contains(topic) || (topic == .detectedActivity && topics.contains(.activity))
    }

    /// Whether exchanges are wanted at all.
    var wantsExchanges: Bool { topics.contains(.activity) || topics.contains(.detectedActivity) }
}
