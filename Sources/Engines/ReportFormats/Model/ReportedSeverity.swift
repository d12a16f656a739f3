// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How bad a tool says a finding is.
package enum ReportedSeverity: String, Sendable, CaseIterable, Comparable {
    /// The tool does not say, or with a word that is not known.
    case unknown
    case info, low, medium, high, critical

    package static func < (left: ReportedSeverity, right: ReportedSeverity) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .unknown: 0
        case .info: 1
        case .low: 2
        case .medium: 3
        case .high: 4
        case .critical: 5
        }
    }

    /// The severity that a tool's word means, whatever its case.
    package init(word: String?) {
        guard let word else {
            self = .unknown
            return
        }
        switch word.lowercased() {
        case "critical", "crit", "blocker", "very high", "urgent": self = .critical
        case "high", "important", "error", "severe", "serious": self = .high
        case "medium", "moderate", "warning", "warn", "major", "med": self = .medium
        case "low", "minor", "note", "style": self = .low
        case "info", "informational", "information", "none", "negligible", "log", "false positive", "ignore":
            self = .info
        default: self = .unknown
        }
    }

    /// The severity of a CVSS base score, by the qualitative scale of CVSS 3.1, section 5.
    package init(score: Double) {
        switch score {
        case 9.0...: self = .critical
        case 7.0...: self = .high
        case 4.0...: self = .medium
        case _ where score > 0: self = .low
        default: self = .info
        }
    }
}
