// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Builds a group out of literals alone.
enum PortableGroupCompiler {
    static func compile(_ patterns: [ScanPattern], source: ScratchSource) -> PatternGroup {
        var sets: [[[UInt8]]] = []
        var verdicts: [PatternVerdict] = []
        for pattern in patterns {
            let (literals, verdict) = plan(pattern)
            sets.append(literals)
            verdicts.append(verdict)
        }
        let engine = GroupEngine(
            count: patterns.count,
            databases: [],
            automaton: sets.contains { !$0.isEmpty } ? LiteralAutomaton(sets) : nil,
            source: source
        )
        return PatternGroup(engine: engine, verdicts: verdicts)
    }

    private static func plan(_ pattern: ScanPattern) -> ([[UInt8]], PatternVerdict) {
        switch pattern.form {
        case .literals(let literals, let caseless, let anchor):
            guard !literals.contains([]) else { return ([], .emptyLiteral) }
            if anchor != .anywhere { return (literals, .superset("found anywhere in the value")) }
            let hasCase = literals.contains { $0.contains(where: ByteSet.alpha.contains) }
            return (literals, caseless || !hasCase ? .exact : .superset("found in any case"))
        case .regex(let text, let options):
            switch PatternAnalysis(text, options) {
            case .unknown(let reason): return ([], .undecided(reason))
            case .understood(let pattern):
                guard let literals = pattern.literals else { return ([], .undecided("no literals that it needs")) }
                return (literals, .needsLiterals)
            }
        }
    }
}

extension PatternVerdict {
    static let emptyLiteral = undecided("an empty literal is found in everything")
    static let needsLiterals = superset("only literals that it needs are looked for")
}
