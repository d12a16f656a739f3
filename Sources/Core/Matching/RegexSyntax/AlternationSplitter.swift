// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Takes a pattern apart at an alternation: `a(?:b|c|d)e` becomes `a(?:b|c)e` and `a(?:d)e`.
///
/// Exactly what the pattern matches, one of the parts matches. For patterns that are too large for an automaton.
enum AlternationSplitter {
    /// The two halves; nil where there is no alternation that can be taken apart.
    ///
    /// Only alternations outside repetitions and assertions count, as only there one branch is taken once.
    static func halves(of pattern: [UInt8], _ parsed: ParsedRegex) -> [[UInt8]]? {
        guard let alternation = largest(in: parsed.root) else { return nil }
        let whole = alternation.range
        let middle = whole.lowerBound + whole.count / 2
        let count = alternation.branches.count
        // At least one branch to each side.
        let cut = min(max(alternation.branches.prefix { $0.range.upperBound <= middle }.count, 1), count - 1)
        let first = whole.lowerBound..<alternation.branches[cut - 1].range.upperBound
        let second = alternation.branches[cut].range.lowerBound..<whole.upperBound
        return [first, second].map { kept in
            Array(pattern[..<whole.lowerBound]) + pattern[kept] + pattern[whole.upperBound...]
        }
    }

    private static func largest(in node: RegexNode) -> RegexAlternation? {
        switch node {
        case .alternation(let alternation):
            // A branch may hold a larger one only where it is itself nearly the whole.
            let inner = alternation.branches.compactMap { largest(in: $0.node) }
            return larger(inner + (alternation.leaksFlags ? [] : [alternation]))
        case .concatenation(let nodes):
            return larger(nodes.compactMap(largest))
        case .group(let node, _):
            return largest(in: node)
        default:
            return nil
        }
    }

    private static func larger(_ candidates: [RegexAlternation]) -> RegexAlternation? {
        candidates.max { $0.range.count < $1.range.count }
    }
}
