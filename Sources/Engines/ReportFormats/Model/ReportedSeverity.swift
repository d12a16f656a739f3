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
        guard let word, let key = ASCIIWord(word) else {
            self = .unknown
            return
        }
        self = Self.words.first { $0.word == key }?.severity ?? .unknown
    }

    /// The words of tools, those that are most frequent first.
    private static let words: [(word: ASCIIWord, severity: ReportedSeverity)] = {
        let words: [(ReportedSeverity, [String])] = [
            (.high, ["high"]), (.medium, ["medium"]), (.low, ["low"]), (.critical, ["critical"]), (.info, ["info"]),
            (.high, ["error", "important", "severe", "serious"]),
            (.medium, ["warning", "moderate", "warn", "major", "med"]),
            (.critical, ["crit", "blocker", "very high", "urgent"]),
            (.low, ["minor", "note", "style"]),
            (.info, ["informational", "information", "none", "negligible", "log", "false positive", "ignore"]),
        ]
        return words.flatMap { severity, words in
            words.compactMap { word in ASCIIWord(word).map { (word: $0, severity: severity) } }
        }
    }()

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
