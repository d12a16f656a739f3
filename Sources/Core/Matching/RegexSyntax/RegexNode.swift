// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A regular expression as a tree, over bytes.
///
/// Possessive and lazy quantifiers stay apart from greedy ones only as far as they change what is matched: a lazy one
/// matches the same texts, a possessive one fewer.
indirect enum RegexNode: Sendable {
    case empty
    /// One byte of a set.
    case byte(ByteSet)
    case concatenation([RegexNode])
    case alternation(RegexAlternation)
    /// A group, with its number where it captures.
    case group(RegexNode, number: Int?)
    case repetition(RegexNode, minimum: Int, maximum: Int?, isPossessive: Bool)
    case assertion(RegexAssertion)
    /// A look-ahead or look-behind; it consumes nothing.
    case look(RegexNode, isBehind: Bool, isNegative: Bool)
    case atomic(RegexNode)
    case backreference(Int)
    /// What this tree has no form for, consuming at least so many bytes.
    case opaque(minimumLength: Int)
}

/// Alternatives, with the places in the pattern's text that allow to take them apart.
struct RegexAlternation: Sendable {
    struct Branch: Sendable {
        var node: RegexNode
        var range: Range<Int>
    }
    var branches: [Branch]
    /// Whether a setting such as `(?i)` in one branch holds on in the next ones.
    var leaksFlags: Bool

    /// The text of all branches, bars included.
    var range: Range<Int> {
        (branches.first?.range.lowerBound ?? 0)..<(branches.last?.range.upperBound ?? 0)
    }
}

enum RegexAssertion: Sendable, Equatable {
    /// `^`
    case lineStart
    /// `$`
    case lineEnd
    /// `\A`
    case subjectStart
    /// `\z`
    case subjectEnd
    /// `\Z`
    case subjectEndOrFinalLineFeed
    /// `\G`
    case matchStart
    /// `\b`
    case wordBoundary
    /// `\B`
    case notWordBoundary
}

/// Why a pattern is not understood. That need not mean that PCRE2 refuses it.
struct RegexSyntaxError: Error, Equatable {
    var message: String
    /// The offset in the pattern, in bytes.
    var offset: Int
}

/// A pattern that was understood.
struct ParsedRegex: Sendable {
    var root: RegexNode
    /// `\A`, `\z` and `\Z` by their offsets.
    var absoluteAnchors: [(offset: Int, assertion: RegexAssertion)] = []
    /// Whether `(?-m)` occurs.
    var turnsMultilineOff = false
    /// Whether there is something that other engines may read differently, though it is allowed.
    var isUnusual = false
}
