// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a scan looked at. A finding is gone only if a scan that looked for it did not find it.
package struct ScanScope: Sendable, Hashable {
    package var project: String
    /// The branch, merge request, image or environment.
    package var context: String
    package var scanner: String
    package var kind: FindingKind
    /// The image, address or folder that was scanned; empty for all of the project.
    package var artifact: String

    package init(project: String, context: String, scanner: String, kind: FindingKind, artifact: String = "") {
        self.project = project
        self.context = context
        self.scanner = scanner
        self.kind = kind
        self.artifact = artifact
    }
}

/// A scan as the state machine sees it.
package struct ScanRun: Sendable {
    /// How it ended.
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        case complete
        /// Parts were left out: files that could not be read, a filter, an upload that says so.
        case partial
        case failed
    }

    package var scope: ScanScope
    package var outcome: Outcome
    /// The end of the scan, seconds since 1970.
    package var finishedAt: Int
    /// The rules that ran, by ``FindingDigest/rule``; nil where the report does not list them. Findings of rules that
    /// were taken out of the set are not gone.
    package var rules: Set<UInt64>?
    /// The places that were scanned, by ``FindingDigest/place``; nil where the report does not list them.
    package var places: Set<UInt64>?
    /// Whether its commit is an ancestor of one that was scanned before.
    package var isOfAncestor = false
    /// Whether a person confirmed that so many findings are gone.
    package var isConfirmed = false

    /// - Parameters:
    ///   - scope: what was scanned.
    ///   - outcome: how the scan ended.
    ///   - finishedAt: its end; a time further in the future than five minutes is brought there.
    ///   - now: the present.
    package init(scope: ScanScope, outcome: Outcome, finishedAt: Int, now: Int) {
        self.scope = scope
        self.outcome = outcome
        self.finishedAt = min(finishedAt, now + 300)
    }

    /// Whether the scan, had it found the finding, would have said so.
    package func covers(rule: UInt64, place: UInt64) -> Bool {
        outcome == .complete && (rules?.contains(rule) ?? true) && (places?.contains(place) ?? true)
    }
}

/// What a scan may change.
package enum ScanVerdict: Sendable, Hashable {
    /// Everything: what it covers and did not find is missed.
    case full
    /// It may add and find again, but nothing is missed.
    case additive(Reason)
    /// Nothing: a newer scan of the scope was taken before.
    case outdated

    /// Why nothing is missed.
    package enum Reason: Sendable, Hashable, CustomStringConvertible {
        case failed
        case partial
        /// So many findings fewer than before that a broken scan is likelier than so much work.
        case suspiciousDrop(before: Int, now: Int)

        package var description: String {
            switch self {
            case .failed: "the scan failed, so nothing is taken as gone"
            case .partial: "the scan was partial, so nothing is taken as gone"
            case .suspiciousDrop(let before, let now):
                "\(now) findings after \(before): held back until somebody confirms that the others are gone"
            }
        }
    }
}
