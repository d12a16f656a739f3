// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What scans.
public enum ScanBackend: Sendable, Hashable, CustomStringConvertible {
    /// Intel's Hyperscan, with its version.
    case hyperscan(version: String)
    /// Our own search for literals that patterns need; runs everywhere.
    case literals

    /// What is wanted.
    public enum Choice: String, Sendable, Hashable, CaseIterable {
        /// Hyperscan where it is installed and sound, else literals.
        case automatic
        /// As `automatic`; that it is not there shows in ``PatternLibrary/backend``.
        case hyperscan
        case portable
    }

    /// Finds out whether Hyperscan is sound, which every later use relies on. It takes some tens of milliseconds the first
    /// time; to ask early, on a thread of its own, saves them elsewhere.
    public static func prepare() {
        _ = Hyperscan.availability
    }

    public var description: String {
        switch self {
        case .hyperscan(let version): "Hyperscan \(version)"
        case .literals: "literals (portable)"
        }
    }
}
