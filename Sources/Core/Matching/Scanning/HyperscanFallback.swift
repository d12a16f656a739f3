// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CHyperscan

/// What is scanned for in place of a pattern that Hyperscan refuses.
///
/// In this order: the parts of the pattern, taken apart at an alternation, which together are exactly it; Hyperscan's
/// own superset of it; literals that it needs. The superset of a pattern that is too large lets nearly everything
/// through, so there literals come first.
struct HyperscanFallback {
    private(set) var verdict: PatternVerdict
    private(set) var databases: [HyperscanDatabase] = []
    private(set) var literals: [HyperscanExpression] = []

    private let pattern: PatternAnalysis.Understood
    private let index: Int
    private static let mostParts = 64

    init(_ pattern: PatternAnalysis.Understood, _ index: Int, reason: String) {
        self.pattern = pattern
        self.index = index
        verdict = .undecided(reason)
        let isTooLarge = reason.contains("too large")
        if takeApart() { return }
        if !isTooLarge, useSuperset(reason) { return }
        if useLiterals(reason) { return }
        if isTooLarge { _ = useSuperset(reason) }
    }

    private mutating func takeApart() -> Bool {
        guard pattern.facts.isRegular, let text = pattern.textForScanner, var waiting = halves(of: text) else {
            return false
        }
        var made: [HyperscanDatabase] = []
        while let part = waiting.popLast() {
            if let database = try? HyperscanDatabase([expression(part)]) {
                made.append(database)
            } else if waiting.count + made.count < Self.mostParts, let smaller = halves(of: part) {
                waiting += smaller
            } else {
                return false
            }
        }
        // Together they would take much longer to compile than apart.
        databases = made
        verdict = pattern.verdict
        return true
    }

    private func halves(of text: [UInt8]) -> [[UInt8]]? {
        guard let parsed = try? RegexParser.parse(text, options: pattern.options) else { return nil }
        return AlternationSplitter.halves(of: text, parsed)
    }

    private mutating func useSuperset(_ reason: String) -> Bool {
        guard let text = pattern.textForScanner,
            let database = try? HyperscanDatabase([expression(text, moreFlags: UInt32(CHS_FLAG_PREFILTER))])
        else { return false }
        databases = [database]
        verdict = .superset("Hyperscan's own superset: \(reason)")
        return true
    }

    private mutating func useLiterals(_ reason: String) -> Bool {
        guard let texts = pattern.literals else { return false }
        literals = HyperscanGroupCompiler.literals(texts, caseless: true, index)
        verdict = .superset("\(PatternVerdict.needsLiterals.reason): \(reason)")
        return true
    }

    private func expression(_ text: [UInt8], moreFlags: UInt32 = 0) -> HyperscanExpression {
        let flags = HyperscanGroupCompiler.flags(pattern.options) | moreFlags
        return HyperscanExpression(text: text, flags: flags, identifier: UInt32(index))
    }
}
