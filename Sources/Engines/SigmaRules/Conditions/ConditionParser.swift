// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads conditions (Sigma 2.1, "Condition"): `or` binds least, then `and`, `not`, `1|any|all of ...`, parentheses.
struct ConditionParser {
    /// The search identifiers in the order of the rule.
    private let identifiers: [(name: String, detection: Detection)]
    private let place: YAMLValue
    private let tokens: [ConditionToken]
    private let text: String
    private let maximumDepth: Int
    private var index = 0

    /// - Parameter place: the condition in the rule, for errors.
    static func parse(
        _ text: String,
        _ identifiers: [(name: String, detection: Detection)],
        place: YAMLValue,
        maximumDepth: Int
    ) throws(SigmaDiagnostic) -> Detection {
        guard text.utf8.count <= 1 << 20 else { throw place.error(.limit, "the condition is longer than 1 MiB") }
        var parser = ConditionParser(
            identifiers: identifiers,
            place: place,
            tokens: ConditionLexer.tokens(of: text),
            text: text,
            maximumDepth: maximumDepth
        )
        let detection = try parser.disjunction(depth: maximumDepth)
        if let token = parser.next {
            throw parser.error("expected \"and\", \"or\" or the end, found \(parser.describe(token))")
        }
        return detection
    }

    private init(
        identifiers: [(name: String, detection: Detection)],
        place: YAMLValue,
        tokens: [ConditionToken],
        text: String,
        maximumDepth: Int
    ) {
        self.identifiers = identifiers
        self.place = place
        self.tokens = tokens
        self.text = text
        self.maximumDepth = maximumDepth
    }

    private var next: ConditionToken? { index < tokens.count ? tokens[index] : nil }

    /// Steps over a keyword, unless it is the name of a search identifier.
    private mutating func takes(_ keyword: String) -> Bool {
        guard case .word(let word)? = next?.kind, word.lowercased() == keyword, !isIdentifier(word) else {
            return false
        }
        index += 1
        return true
    }

    private func isIdentifier(_ name: String) -> Bool { identifiers.contains { $0.name == name } }

    // MARK: Grammar

    private mutating func disjunction(depth: Int) throws(SigmaDiagnostic) -> Detection {
        var parts = [try conjunction(depth: depth)]
        while takes("or") { parts.append(try conjunction(depth: depth)) }
        return .anyOf(parts)
    }

    private mutating func conjunction(depth: Int) throws(SigmaDiagnostic) -> Detection {
        var parts = [try negation(depth: depth)]
        while takes("and") { parts.append(try negation(depth: depth)) }
        return .allOf(parts)
    }

    private mutating func negation(depth: Int) throws(SigmaDiagnostic) -> Detection {
        var isNegated = false
        while takes("not") { isNegated.toggle() }
        let part = try primary(depth: depth)
        return isNegated ? .not(part) : part
    }

    private mutating func primary(depth: Int) throws(SigmaDiagnostic) -> Detection {
        guard let token = next else {
            throw error("expected the name of a search identifier, found the end of the condition")
        }
        switch token.kind {
        case .open:
            guard depth > 0 else {
                throw place.error(.limit, "the parentheses of the condition nest deeper than \(maximumDepth)")
            }
            index += 1
            let inner = try disjunction(depth: depth - 1)
            guard next?.kind == .close else { throw error("expected \")\", found \(describe(next))") }
            index += 1
            return inner
        case .close:
            throw error("expected the name of a search identifier, found \")\"")
        case .pipe:
            throw error("aggregations after \"|\" are no part of Sigma 2; they are correlation rules now")
        case .word(let word):
            index += 1
            if case .word(let second)? = next?.kind, second.lowercased() == "of", !isIdentifier(word) {
                return try selector(word)
            }
            guard let found = identifiers.first(where: { $0.name == word }) else {
                index -= 1
                throw error("the rule has no search identifier \"\(YAMLValue.quotable(word))\"" + nearest(word))
            }
            return found.detection
        }
    }

    /// `1 of them`, `all of selection_*`, ...; the quantifier has been read.
    private mutating func selector(_ quantifier: String) throws(SigmaDiagnostic) -> Detection {
        guard ["1", "any", "all"].contains(quantifier.lowercased()) else {
            index -= 1
            throw error("expected \"1\", \"any\" or \"all\" before \"of\", found \"\(YAMLValue.quotable(quantifier))\"")
        }
        index += 1
        guard case .word(let pattern)? = next?.kind else {
            throw error("expected \"them\" or a pattern of names after \"of\", found \(describe(next))")
        }
        let parts = identifiers.filter { identifier in
            !identifier.name.hasPrefix("_")
                && (pattern == "them" || Glob.matches(Array(identifier.name.utf8), Array(pattern.utf8)))
        }
        guard !parts.isEmpty else {
            throw error("no search identifier is called like \"\(YAMLValue.quotable(pattern))\"")
        }
        index += 1
        let detections = parts.map(\.detection)
        return quantifier.lowercased() == "all" ? .allOf(detections) : .anyOf(detections)
    }

    // MARK: Errors

    private func error(_ message: String) -> SigmaDiagnostic {
        let column = (next?.offset ?? text.utf8.count) + 1
        return place.error(.condition, "condition, character \(column): \(message)")
    }

    private func describe(_ token: ConditionToken?) -> String {
        switch token?.kind {
        case nil: "the end of the condition"
        case .open?: "\"(\""
        case .close?: "\")\""
        case .pipe?: "\"|\", which aggregations of Sigma 1 used; they are correlation rules now"
        case .word(let word)?: "\"\(YAMLValue.quotable(word))\""
        }
    }

    private func nearest(_ word: String) -> String {
        NearestIdentifier.suggestion(for: word, among: identifiers.map(\.name))
    }
}
