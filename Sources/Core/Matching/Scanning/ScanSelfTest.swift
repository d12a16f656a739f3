// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the self-test of a ``PatternLibrary`` found when it was compiled.
public struct ScanSelfTest: Sendable, Hashable {
    /// A pattern that is not exact.
    public struct Finding: Sendable, Hashable {
        public var group: Int
        public var pattern: Int
        public var decision: ScanDecision
        /// Why it is not exact.
        public var reason: String
    }

    /// How many patterns there are in all groups.
    public internal(set) var patterns = 0
    /// How many of them were found in every text that PCRE2 finds them in.
    public internal(set) var passed = 0
    /// How many scans that took.
    public internal(set) var scans = 0
    /// Patterns that a scan missed in a text that holds them; they are undecided now.
    public internal(set) var failed: [Finding] = []
    /// Patterns about which scans say nothing, the failed ones among them.
    public internal(set) var undecided: [Finding] = []
    /// Patterns whose hits have to be confirmed, at least in values with line feeds.
    public internal(set) var supersets: [Finding] = []

    /// Whether no scan missed anything.
    public var isSound: Bool { failed.isEmpty }
}
