// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How far a scan can be trusted for a pattern, and why not further.
struct PatternVerdict: Sendable, Hashable {
    /// Ordered from the least to the most that a scan says.
    enum Trust: UInt8, Sendable, CaseIterable, Comparable {
        case undecided
        case superset
        /// Exact for values that hold no line feed: `^` and `$` hold at line feeds in a scan.
        case exactWithoutLineFeeds
        case exact

        static func < (left: Self, right: Self) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    var trust: Trust
    /// Why the scan is not exact; empty where it is.
    var reason: String

    static let exact = PatternVerdict(trust: .exact, reason: "")
    static let anchored = PatternVerdict(trust: .exactWithoutLineFeeds, reason: "^ and $ also hold at line feeds")

    static func superset(_ reason: String) -> Self {
        PatternVerdict(trust: .superset, reason: reason)
    }

    static func undecided(_ reason: String) -> Self {
        PatternVerdict(trust: .undecided, reason: reason)
    }

    var decision: ScanDecision {
        switch trust {
        case .undecided: .undecided
        case .superset, .exactWithoutLineFeeds: .superset
        case .exact: .exact
        }
    }
}
