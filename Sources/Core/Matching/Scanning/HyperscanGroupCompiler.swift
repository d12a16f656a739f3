// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CHyperscan

/// Builds a group out of Hyperscan databases: one for its literals, and one for every few dozen regular expressions.
///
/// Many expressions together take long to compile and scan slower, so databases are kept small. What Hyperscan refuses
/// is resolved one by one (``HyperscanFallback``).
struct HyperscanGroupCompiler {
    static let mostPatternsPerDatabase = 40
    /// The text of a pattern that gets a database of its own: it takes long to compile, and may be refused only then,
    /// which would be lost time for those beside it.
    private static let ownDatabaseLength = 1_500
    /// More anchored literals than this are looked for anywhere instead.
    private static let mostAnchoredLiterals = 64

    private var verdicts: [PatternVerdict] = []
    private var literals: [HyperscanExpression] = []
    private var databases: [HyperscanDatabase] = []
    /// By pattern: its expressions, and what to fall back on when they are refused.
    private var expressions: [Int: [HyperscanExpression]] = [:]
    private var understood: [Int: PatternAnalysis.Understood] = [:]

    static func compile(_ patterns: [ScanPattern], source: ScratchSource) -> PatternGroup {
        var compiler = Self()
        for (index, pattern) in patterns.enumerated() {
            compiler.add(pattern, index)
        }
        compiler.compileExpressions()
        compiler.compileLiterals()
        let engine = GroupEngine(
            count: patterns.count,
            databases: compiler.databases,
            automaton: nil,
            source: source
        )
        return PatternGroup(engine: engine, verdicts: compiler.verdicts)
    }

    // MARK: Plans

    private mutating func add(_ pattern: ScanPattern, _ index: Int) {
        switch pattern.form {
        case .literals(let texts, let caseless, let anchor):
            verdicts.append(add(texts, caseless, anchor, index))
        case .regex(let text, let options):
            switch PatternAnalysis(text, options) {
            case .unknown(let reason):
                verdicts.append(.undecided(reason))
            case .understood(let pattern):
                understood[index] = pattern
                verdicts.append(pattern.verdict)
                if let text = pattern.textForScanner {
                    expressions[index] = [
                        HyperscanExpression(text: text, flags: Self.flags(options), identifier: UInt32(index))
                    ]
                } else {
                    fallBack(index, because: "it cannot be scanned for as it is")
                }
            }
        }
    }

    private mutating func add(
        _ texts: [[UInt8]],
        _ caseless: Bool,
        _ anchor: ScanPattern.Anchor,
        _ index: Int
    ) -> PatternVerdict {
        guard !texts.contains([]) else { return .emptyLiteral }
        guard anchor != .anywhere, texts.count <= Self.mostAnchoredLiterals else {
            literals += Self.literals(texts, caseless: caseless, index)
            return anchor == .anywhere ? .exact : .superset("found anywhere in the value")
        }
        expressions[index] = texts.map { text in
            let start = anchor == .end ? "" : "^"
            let end = anchor == .start ? "" : "$"
            let escaped = text.map(Self.escaped).joined()
            return HyperscanExpression(
                text: Array((start + escaped + end).utf8),
                flags: Self.flags(caseless ? .caseless : []),
                identifier: UInt32(index)
            )
        }
        return .anchored
    }

    private static func escaped(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return "\\x" + (digits.count < 2 ? "0" : "") + digits
    }

    static func literals(_ texts: [[UInt8]], caseless: Bool, _ index: Int) -> [HyperscanExpression] {
        let flags = CHS_FLAG_SINGLEMATCH | (caseless ? CHS_FLAG_CASELESS : 0)
        return texts.map { HyperscanExpression(text: $0, flags: UInt32(flags), identifier: UInt32(index)) }
    }

    /// `^` and `$` have to hold where values are joined, hence multiline.
    static func flags(_ options: Regex.Options) -> UInt32 {
        var flags =
            CHS_FLAG_MULTILINE | CHS_FLAG_SINGLEMATCH | CHS_FLAG_ALLOWEMPTY
        if options.contains(.dotMatchesLineEnds) { flags |= CHS_FLAG_DOTALL }
        if options.contains(.caseless) { flags |= CHS_FLAG_CASELESS }
        return UInt32(flags)
    }

    // MARK: Compilation

    private mutating func compileExpressions() {
        var batch: [Int] = []
        for index in expressions.keys.sorted() {
            if (expressions[index] ?? []).contains(where: { $0.text.count >= Self.ownDatabaseLength }) {
                compile([index])
                continue
            }
            batch.append(index)
            if batch.count == Self.mostPatternsPerDatabase {
                compile(batch)
                batch = []
            }
        }
        if !batch.isEmpty { compile(batch) }
    }

    /// Compiles the patterns together, taking out one after the other what is refused. Where no culprit is named, the
    /// halves are tried.
    private mutating func compile(_ patterns: [Int]) {
        var remaining = patterns
        while !remaining.isEmpty {
            let all = remaining.flatMap { expressions[$0] ?? [] }
            do {
                databases.append(try HyperscanDatabase(all))
                return
            } catch {
                if let culprit = error.expression, all.indices.contains(culprit) {
                    let index = Int(all[culprit].identifier)
                    remaining.removeAll { $0 == index }
                    fallBack(index, because: error.message)
                } else if remaining.count == 1 {
                    fallBack(remaining[0], because: error.message)
                    return
                } else {
                    compile(Array(remaining[..<(remaining.count / 2)]))
                    remaining.removeFirst(remaining.count / 2)
                }
            }
        }
    }

    private mutating func fallBack(_ index: Int, because reason: String) {
        expressions[index] = nil
        guard let pattern = understood[index] else {
            verdicts[index] = .undecided(reason)
            return
        }
        let fallback = HyperscanFallback(pattern, index, reason: reason)
        verdicts[index] = fallback.verdict
        databases += fallback.databases
        literals += fallback.literals
    }

    private mutating func compileLiterals() {
        guard !literals.isEmpty else { return }
        do {
            databases.append(try HyperscanDatabase(literals: literals))
        } catch {
            for index in Set(literals.map { Int($0.identifier) }) {
                verdicts[index] = .undecided(error.message)
            }
        }
    }
}
