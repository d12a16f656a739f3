// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// By what a finding of a new report is held to be one that is known: the rungs of the ladder, the strongest first.
package enum Rung: UInt8, Sendable, Hashable, CaseIterable {
    /// The same place, and nothing that speaks against it.
    case exactLocation
    /// The same file, and evidence that is equal.
    case evidence
    /// The same file, rule and message; its neighbours moved by as many lines.
    case alignment
    /// The same file, rule and message, and no other that would fit as well.
    case nearestLine
    /// The same file and place, though message or code changed.
    case editedCode
    /// The file was renamed: the version control system says so, or its findings.
    case fileRename
    /// The code moved to another file, or within one past its neighbours.
    case movedCode
    /// The same component and weakness in another version.
    case versionBump
    /// The same component and weakness in another manifest.
    case manifestMove
    /// The same method, parameter and end of path at another address.
    case addressDrift
    /// The same subject: component, secret, resource or address.
    case subject
    /// Closed before as no longer found, and there again.
    case reappeared
}

/// A known finding and the one in the new report that is the same.
package struct FindingMatch: Sendable, Hashable {
    /// The index in the list of known findings.
    package var old: Int
    /// The index in the list of the report's findings.
    package var new: Int
    package var rung: Rung
    /// The evidence that is equal, where that decided.
    package var evidence: EvidenceAlgorithm?
    /// By how many lines it moved down.
    package var shift: Int

    /// In words, for people who ask why this is the same finding.
    package var why: String {
        let moved =
            shift == 0 ? "at the same line" : shift > 0 ? "\(shift) lines further down" : "\(-shift) lines further up"
        let equal = evidence.map { "\($0.name) is equal" }
        switch rung {
        case .exactLocation: return "same rule, message and place" + (equal.map { "; \($0)" } ?? "")
        case .evidence: return "same file, \(moved): \(equal ?? "same rule and message")"
        case .alignment: return "same rule and message, \(moved) like its neighbours in the file"
        case .nearestLine: return "same rule and message, \(moved); no other finding of the file fits as well"
        case .editedCode: return "same rule, \(moved) like its neighbours in the file, though the code changed"
        case .fileRename: return "its file was renamed" + (equal.map { "; \($0)" } ?? "")
        case .movedCode: return "its code moved: \(equal ?? "the only finding of this rule and message that fits")"
        case .versionBump: return "same weakness of the same component, in another version"
        case .manifestMove: return "same weakness of the same component, now named by another file"
        case .addressDrift: return "same method, parameter and end of the path at another address"
        case .subject: return "same rule and subject"
        case .reappeared: return "closed before and found again, \(moved)" + (equal.map { ": \($0)" } ?? "")
        }
    }
}

/// Why a finding has no partner.
package enum Unmatched: UInt8, Sendable, Hashable, CaseIterable {
    /// No finding on the other side has the rule.
    case ruleIsNew
    /// Findings on the other side have the rule, but elsewhere.
    case elsewhere
    /// Findings there have the rule in the same place, but all of them are taken or do not fit.
    case noFit
    /// Several fit equally well; a guess could give one finding the history of another.
    case ambiguous

    /// In words, for a finding of the new report.
    package var whyNew: String {
        switch self {
        case .ruleIsNew: "no known finding has this rule"
        case .elsewhere: "known findings of this rule are elsewhere, and nothing ties one to this place"
        case .noFit: "each known finding of this rule here is another of the report, or differs in message and code"
        case .ambiguous: "several known findings fit equally well, so none was taken"
        }
    }

    /// In words, for a known finding.
    package var whyGone: String {
        switch self {
        case .ruleIsNew: "the report has no finding of this rule"
        case .elsewhere: "the report has findings of this rule elsewhere, and nothing ties one to this place"
        case .noFit: "each finding of this rule here is another that was known, or differs in message and code"
        case .ambiguous: "several findings of the report fit equally well, so none was taken"
        }
    }
}

/// What pairing found: every index of both lists is in exactly one of the three.
package struct Pairing: Sendable {
    /// Ordered by the index in the new report.
    package var matches: [FindingMatch] = []
    /// Findings of the report that are new, with the reason.
    package var new: [(index: Int, reason: Unmatched)] = []
    /// Known findings that are not in the report, with the reason.
    package var gone: [(index: Int, reason: Unmatched)] = []
    /// Algorithms whose values the run did not believe: constant, different in every scan, or bound to the line.
    package var distrusted: [EvidenceAlgorithm] = []

    package init() {}
}
