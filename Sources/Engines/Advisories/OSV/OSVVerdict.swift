// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Whether a version of a package is affected by a vulnerability, and why.
public enum OSVVerdict: Sendable, Equatable {
    case affected(Evidence)
    case notAffected(Exclusion)
    /// The record speaks of the package in ranges that cannot be evaluated.
    case undecidable(reason: String)

    /// What makes a version affected.
    public struct Evidence: Sendable, Equatable {
        /// The index of the entry in `affected`.
        public var entry: Int
        public var cause: Cause

        public init(entry: Int, cause: Cause) {
            self.entry = entry
            self.cause = cause
        }
    }

    public enum Cause: Sendable, Equatable {
        /// The version is listed, written like this.
        case enumerated(String)
        /// The version lies in a range: its index, the event that opened it, and the next event that closes it.
        case range(index: Int, opened: OSVEvent, closes: OSVEvent?)
        /// The commit is named by an event of a Git range.
        case commit(range: Int, event: OSVEvent)
    }

    /// What keeps a version from being affected.
    public enum Exclusion: String, Sendable, Equatable {
        case withdrawn = "the record is withdrawn"
        case packageNotListed = "the record does not list the package"
        case versionNotListed = "the version is in no range and not listed"
    }

    public var isAffected: Bool {
        if case .affected = self { true } else { false }
    }
}

extension OSVVerdict: CustomStringConvertible {
    /// One sentence for people.
    public var description: String {
        switch self {
        case .notAffected(let exclusion): return "not affected: \(exclusion.rawValue)"
        case .undecidable(let reason): return "undecidable: \(reason)"
        case .affected(let evidence):
            let place = "affected[\(evidence.entry)]"
            switch evidence.cause {
            case .enumerated(let version): return "affected: \(place).versions lists \(version)"
            case .commit(let range, let event): return "affected: \(place).ranges[\(range)] has \(event)"
            case .range(let range, let opened, let closes):
                let end = closes.map { ", closed by \($0)" } ?? ", still open"
                return "affected: \(place).ranges[\(range)] opened by \(opened)\(end)"
            }
        }
    }
}
