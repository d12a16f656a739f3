// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus

/// What became of findings, for those who are told of it: all of one kind that an import brought, in one event.
package struct FindingNotice: Sendable, Hashable {
    /// One of them.
    package struct Finding: Sendable, Hashable {
        package var id: String
        package var title: String
        /// As the tool says; `unknown` too.
        package var severity: String
        package var state: String
        package var rule: String
        package var tool: String
        package var project: String
        /// Seconds since 1970, as all times here.
        package var firstSeen: Int
        package var lastSeen: Int
        package var due: Int?
        package var path: String?
        package var line: Int?
        package var component: String?
        package var version: String?
        package var purl: String?
        package var fix: String?
        /// Such as `CVE-2021-44228` or `GHSA-jfh8-c2jp-5v3q`.
        package var vulnerability: String?
        /// The number of the class of weakness.
        package var weakness: Int?
        package var attacks = 0

        package init(
            id: String,
            title: String,
            severity: String,
            state: String,
            rule: String,
            tool: String,
            project: String,
            firstSeen: Int,
            lastSeen: Int
        ) {
            self.id = id
            self.title = title
            self.severity = severity
            self.state = state
            self.rule = rule
            self.tool = tool
            self.project = project
            self.firstSeen = firstSeen
            self.lastSeen = lastSeen
        }
    }

    /// One of ``OutputTopic/findings``.
    package var topic: OutputTopic
    package var time: Int
    /// How many there are; ``findings`` are the first of them.
    package var count: Int
    package var findings: [Finding]
    /// The scan that brought them, and what it looked at; nil for what no scan brings.
    package var scan: Scan?

    package struct Scan: Sendable, Hashable {
        package var number: Int64
        package var project: String
        package var branch: String
        package var tool: String
        package var commit: String?

        package init(number: Int64, project: String, branch: String, tool: String, commit: String?) {
            self.number = number
            self.project = project
            self.branch = branch
            self.tool = tool
            self.commit = commit
        }
    }

    package init(_ topic: OutputTopic, time: Int, count: Int, findings: [Finding], scan: Scan? = nil) {
        self.topic = topic
        self.time = time
        self.count = count
        self.findings = findings
        self.scan = scan
    }

    /// In a few words, for people.
    var message: String {
        let what =
            switch topic {
            case .findingReopened: "found again"
            case .findingGone: "no longer found"
            case .findingAttacked: "attacked"
            case .findingDue: "overdue"
            default: "new"
            }
        let noun = count == 1 ? "finding is" : "findings are"
        let place = scan.map { " in \($0.project), by \($0.tool)" } ?? ""
        let title = count == 1 ? findings.first.map { ": \($0.title)" } ?? "" : ""
        return "\(count) \(noun) \(what)\(place)\(title)"
    }

    /// That of the gravest of those that are told.
    var severity: EventSeverity {
        findings.map { EventSeverity(reported: $0.severity) }.max() ?? .unknown
    }
}

extension EventSeverity {
    /// A severity as scanners say it.
    init(reported name: String) {
        switch name {
        case "info": self = .info
        case "low": self = .low
        case "medium": self = .medium
        case "high": self = .high
        case "critical": self = .critical
        default: self = .unknown
        }
    }
}
