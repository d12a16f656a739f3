// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a pattern's tree says about its matches.
struct RegexFacts: Sendable {
    /// A lower bound of the bytes in a match.
    private(set) var minimumLength = 0
    /// Whether `^` or `$` occur, or what is like them.
    private(set) var hasAnchors = false
    /// Whether `\G` occurs.
    private(set) var hasMatchStart = false
    /// Whether the pattern is a regular language but for anchors and word boundaries, so that an automaton can decide.
    private(set) var isRegular = true

    init(_ parsed: ParsedRegex) {
        isRegular = !parsed.isUnusual
        minimumLength = visit(parsed.root)
    }

    /// Notes what a node holds, and returns a lower bound of its length.
    private mutating func visit(_ node: RegexNode) -> Int {
        switch node {
        case .empty: return 0
        case .byte: return 1
        case .concatenation(let nodes): return nodes.reduce(0) { Self.clamped($0 + visit($1)) }
        case .alternation(let alternation): return alternation.branches.map { visit($0.node) }.min() ?? 0
        case .group(let node, _): return visit(node)
        case .repetition(let node, let minimum, _, let isPossessive):
            if isPossessive {
                isRegular = false
            }
            return Self.clamped(minimum * visit(node))
        case .assertion(let assertion):
            note(assertion)
            return 0
        case .look(let node, _, _):
            isRegular = false
            _ = visit(node)
            return 0
        case .atomic(let node):
            isRegular = false
            return visit(node)
        case .backreference:
            isRegular = false
            return 0
        case .opaque(let minimumLength):
            isRegular = false
            return minimumLength
        }
    }

    private mutating func note(_ assertion: RegexAssertion) {
        switch assertion {
        case .lineStart, .lineEnd, .subjectStart, .subjectEnd, .subjectEndOrFinalLineFeed: hasAnchors = true
        case .matchStart:
            hasMatchStart = true
            isRegular = false
        case .wordBoundary, .notWordBoundary: break
        }
    }

    /// Keeps products of nested counts from overflowing; beyond this the exact number is of no use.
    private static func clamped(_ length: Int) -> Int {
        min(length, 1 << 20)
    }
}
