// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// The length of the steps of a roll-up.
package enum RollUpLevel: Int, Sendable, CaseIterable {
    case minute = 0
    case hour = 1
    case day = 2

    package var seconds: Int64 {
        switch self {
        case .minute: 60
        case .hour: 3600
        case .day: 86_400
        }
    }

    /// The start of the step that a time lies in, in seconds since 1970.
    func start(of nanoseconds: Int64) -> Int64 {
        var seconds = nanoseconds / 1_000_000_000
        if nanoseconds < 0, nanoseconds % 1_000_000_000 != 0 { seconds -= 1 }
        return start(ofSeconds: seconds)
    }

    func start(ofSeconds seconds: Int64) -> Int64 {
        let rest = seconds % self.seconds
        return seconds - (rest < 0 ? rest + self.seconds : rest)
    }

    /// The finest level that shows a stretch in no more than so many steps.
    static func finest(from: Int64, until: Int64, steps: Int64) -> RollUpLevel {
        allCases.first { level in
            level.start(of: until) / level.seconds - level.start(of: from) / level.seconds < steps
        } ?? .day
    }
}

/// What a series counts.
package struct SeriesFilter: Sendable, Hashable {
    /// Nanoseconds since 1970; widened to whole steps.
    package var since: Int64
    package var until: Int64
    package var application: String?
    package var rule: String?
    package var severity: Severity?

    package init(since: Int64, until: Int64, application: String? = nil, rule: String? = nil, severity: Severity? = nil)
    {
        self.since = since
        self.until = until
        self.application = application
        self.rule = rule
        self.severity = severity
    }
}

/// Numbers over time, in steps of one length, 400 at most; steps of which nothing is known are zero.
package struct Series<Count: Sendable>: Sendable {
    package var level: RollUpLevel
    /// When the first step begins, in nanoseconds since 1970.
    package var start: Int64
    package var points: [Count]

    package static var mostPoints: Int { 400 }

    /// When a step begins, in nanoseconds since 1970.
    package func time(ofStep step: Int) -> Int64 { start + Int64(step) * level.seconds * 1_000_000_000 }
}

/// Exchanges with detections in one step of time.
package struct DetectionCounts: Sendable, Hashable {
    package var bySeverity: [Int] = Array(repeating: 0, count: Severity.allCases.count)
    package var stopped = 0
    package var wouldStop = 0

    package var total: Int { bySeverity.reduce(0, +) }
    package subscript(severity: Severity) -> Int { bySeverity[severity.level] }
}

/// All exchanges in one step of time, with and without detections.
package struct TrafficCounts: Sendable, Hashable {
    /// By the first digit of the answer's status; at 0 those without an answer, or with an odd one.
    package var byStatusClass: [Int] = Array(repeating: 0, count: 6)
    package var stopped = 0
    package var wouldStop = 0

    package var total: Int { byStatusClass.reduce(0, +) }
}

/// What a list of the most frequent ranks.
package enum TopDimension: String, Sendable, CaseIterable {
    case rules, clients, routes, applications
}

/// An entry of such a list.
package struct TopEntry: Sendable, Hashable {
    package var name: String
    /// Of rules the message, of routes the application.
    package var note: String?
    /// Exchanges with detections.
    package var count: Int
    package var wouldStop: Int
    package var stopped: Int
    package var worst: Severity?
}

/// The most frequent, and how exact that is.
package struct TopList: Sendable {
    package var entries: [TopEntry]
    /// Exchanges that are in no entry, as there were more names than are kept apart in an hour.
    package var others: Int
    /// What the numbers are about: the stretch that was asked for, widened to whole steps, in nanoseconds since 1970.
    package var from: Int64
    package var until: Int64
}

/// What a rule said of itself when it was first seen.
package struct RuleNote: Sendable, Hashable {
    package var rule: String
    package var message: String
    /// Empty where nobody said.
    package var kind: String
    package var severity: Severity
}

/// When an application was last heard of; what says where one is blind.
package struct ApplicationFacts: Sendable, Hashable {
    package var name: String
    package var firstSeen: Int64
    package var lastSeen: Int64
    package var lastDetection: Int64?
    package var exchanges: Int
}
