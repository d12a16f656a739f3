// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a regular expression needs, for engines that look for many of them with an automaton of their own.
package enum RegexNeeds {
    /// Literals, in lower case, of which at least one lies in every match, without regard to the case of ASCII letters.
    ///
    /// - Returns: nil where none are known that are rare enough to be of use.
    package static func literals(of pattern: [UInt8], options: Regex.Options) -> [[UInt8]]? {
        guard case .understood(let facts) = PatternAnalysis(pattern, options) else { return nil }
        return facts.literals
    }
}
