// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How many findings are open, by severity.
package struct SeverityCounts: Sendable, Hashable {
    package var critical = 0
    package var high = 0
    package var medium = 0
    package var low = 0
    package var info = 0
    package var unknown = 0

    package init() {}

    /// The weighted sum that Dependency-Track calls risk score: 10, 5, 3 and 1 for critical to low, 5 for unknown.
    package var riskScore: Int {
        10 * critical + 5 * high + 3 * medium + low + 5 * unknown
    }

    /// DefectDojo's health grade from 100 down to 5.
    package var healthScore: Int {
        var score = 100
        if critical > 0 { score = 40 - 5 * (critical - 1) }
        if high > 0 { score = (score == 100 ? 60 : score) - 3 * (high - 1) }
        if medium > 0 { score = (score == 100 ? 80 : score) - 2 * (medium - 1) }
        if low > 0 { score = (score == 100 ? 95 : score) - low }
        return max(score, 5)
    }
}

/// A project's grade, by GitLab's rule: its worst open finding decides.
package struct Grade: Sendable, Hashable, CustomStringConvertible {
    package enum Letter: String, Sendable, Hashable, CaseIterable, Comparable {
        case a = "A"
        case b = "B"
        case c = "C"
        case d = "D"
        case f = "F"

        /// A is less than F: the greater, the worse.
        package static func < (left: Letter, right: Letter) -> Bool { left.rawValue < right.rawValue }
    }

    package var letter: Letter
    /// Why, such as "2 critical findings are open".
    package var reason: String

    package var description: String { "\(letter.rawValue): \(reason)" }

    /// Grades a project or group.
    ///
    /// - Parameters:
    ///   - counts: its open findings.
    ///   - example: one of the worst in words, such as "CVE-2024-3094 in pay-api, known exploited"; nil for none.
    package init(_ counts: SeverityCounts, example: String? = nil) {
        let rules: [(Int, Letter, String)] = [
            (counts.critical, .f, "critical"), (counts.high, .d, "high"), (counts.unknown, .d, "unrated"),
            (counts.medium, .c, "medium"), (counts.low, .b, "low"),
        ]
        guard let worst = rules.first(where: { $0.0 > 0 }) else {
            letter = .a
            reason = "no finding above info is open"
            return
        }
        letter = worst.1
        let verb = worst.0 == 1 ? "finding is" : "findings are"
        reason = "\(worst.0) \(worst.2) \(verb) open" + (example.map { ": \($0)" } ?? "")
    }
}
