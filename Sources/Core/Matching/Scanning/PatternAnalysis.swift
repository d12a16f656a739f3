// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a regular expression's text tells about how it can be scanned for.
enum PatternAnalysis: Sendable {
    /// Nothing can be said, for this reason.
    case unknown(String)
    case understood(Understood)

    struct Understood: Sendable {
        var pattern: [UInt8]
        var options: Regex.Options
        var parsed: ParsedRegex
        var facts: RegexFacts
        /// Literals that matches need; nil where there are none of use.
        var literals: [[UInt8]]?
    }

    init(_ pattern: [UInt8], _ options: Regex.Options) {
        do throws(RegexSyntaxError) {
            let parsed = try RegexParser.parse(pattern, options: options)
            let facts = RegexFacts(parsed)
            guard facts.minimumLength > 0 else {
                self = .unknown("it may match nothing at all")
                return
            }
            let literals = RequiredLiterals(parsed)?.literals
            self = .understood(
                Understood(pattern: pattern, options: options, parsed: parsed, facts: facts, literals: literals)
            )
        } catch {
            self = .unknown("not understood: \(error.message) at offset \(error.offset)")
        }
    }
}

extension PatternAnalysis.Understood {
    /// The pattern for a scanner that takes `^` and `$` to hold at line feeds, which then is a superset: `\A` becomes
    /// `^`, and `\z` and `\Z` become `$`. Nil where it cannot be given to it.
    var textForScanner: [UInt8]? {
        guard !parsed.turnsMultilineOff, !facts.hasMatchStart, !pattern.contains(0) else { return nil }
        var text: [UInt8] = []
        var position = 0
        for anchor in parsed.absoluteAnchors {
            text += pattern[position..<anchor.offset]
            text.append(anchor.assertion == .subjectStart ? UInt8(ascii: "^") : UInt8(ascii: "$"))
            position = anchor.offset + 2
        }
        return text + pattern[position...]
    }

    /// How far an automaton for exactly this pattern can be trusted.
    var verdict: PatternVerdict {
        if !facts.isRegular { return .superset("other engines may read it differently") }
        return facts.hasAnchors ? .anchored : .exact
    }
}
