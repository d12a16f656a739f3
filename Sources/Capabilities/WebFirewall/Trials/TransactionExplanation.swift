// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
package import SecLang

/// What rules say of a kept transaction, with the bytes that they matched: the engine tells it, by evaluating the transaction
/// again. Everything that people typed is masked.
package struct TransactionExplanation: Sendable {
    /// A rule that matched.
    package struct Match: Sendable {
        package var rule: Int
        package var message: String
        /// `ARGS:comment`
        package var target: String
        /// 0 (emergency) to 7 (debug)
        package var severity: Int?
        /// The value after all transformations, with what matched marked.
        package var value: MaskedValue
        /// In the order in which they were applied.
        package var transformations: [String]
        /// `@rx (?i)union.*select`
        package var condition: String
        package var file: String
        package var line: Int
        /// Whether this rule ends the transaction.
        package var decides: Bool
    }

    package var kept: KeptTransaction
    /// The rule that would end it today; nil where it passes.
    package var endedBy: Int?
    package var matches: [Match]
    /// How many rules matched beyond those that are told of.
    package var more: Int

    private static let mostMatches = 32
    private static let longestCondition = 500

    package init(_ kept: KeptTransaction, _ rules: RuleSet) {
        self.kept = kept
        let (endedBy, matches) = ReplayWorker(rules).matches(kept)
        self.endedBy = endedBy
        let logged = matches.filter { $0.isInErrorLog || $0.isInAuditLog }
        more = max(0, logged.count - Self.mostMatches)
        self.matches = logged.prefix(Self.mostMatches).map { Self.explain($0, rules, endedBy) }
    }

    private static func explain(_ match: RuleMatch, _ rules: RuleSet, _ endedBy: Int?) -> Match {
        let summary = rules.summary(of: match.rule)
        // Of a chain, what is shown was matched by the last link that looked at a value.
        let link = summary?.links.last { $0.operatorName != nil } ?? summary?.links.first
        let condition = link.map { link in
            "\(link.isNegated ? "!" : "")@\(link.operatorName ?? "unconditional") \(link.operatorArgument)"
        }
        return Match(
            rule: match.rule,
            message: String(decoding: match.message, as: UTF8.self),
            target: String(decoding: match.variable, as: UTF8.self),
            severity: match.severity,
            value: value(match),
            transformations: link?.transformations ?? [],
            condition: String((condition ?? "").prefix(longestCondition)),
            file: match.location.file,
            line: match.location.line,
            decides: match.rule == endedBy
        )
    }

    /// What only adds up is a number of the rules' own.
    private static func isScore(_ match: RuleMatch) -> Bool {
        KeptTransaction.Match.isScore(String(decoding: match.variable, as: UTF8.self))
            && match.value.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    private static func value(_ match: RuleMatch) -> MaskedValue {
        if MatchSketch.isSecret(match.variable) {
            return MaskedValue(note: "(\(match.value.count) bytes, hidden: secrets are kept there)")
        }
        if MatchSketch.isOpen(match.variable) || isScore(match) { return MaskedValue(open: match.value) }
        // Whatever a rule has put aside is of the request: captures of a cookie have lost the cookie's name.
        if match.variable.starts(with: "TX:".utf8) {
            return MaskedValue(note: "(\(match.value.count) bytes that a rule put aside, hidden)")
        }
        // An operator that tells no place has matched the value as a whole.
        let places = MatchReference.offsets(match.reference)
        return MaskedValue(masking: match.value, marks: places.isEmpty ? [0..<match.value.count] : places)
    }
}

/// Reads what the engine says of the place of a match: `o5,3v12,20t:lowercase`, for each value that matched.
enum MatchReference {
    /// The parts of the last value that matched, as offsets in it.
    static func offsets(_ text: [UInt8]) -> [Range<Int>] {
        var offsets: [Range<Int>] = []
        var isEnded = false
        var index = 0
        while index < text.count {
            let letter = text[index]
            guard letter == UInt8(ascii: "o") || letter == UInt8(ascii: "v"),
                let (first, length, end) = numbers(text, from: index + 1)
            else {
                // A transformation's name: what comes behind it belongs to the next value.
                isEnded = true
                index += 1
                continue
            }
            if letter == UInt8(ascii: "o") {
                if isEnded { offsets.removeAll() }
                isEnded = false
                if first <= Int.max - length { offsets.append(first..<(first + length)) }
            } else {
                isEnded = true
            }
            index = end
        }
        return offsets
    }

    /// Two numbers with a comma between.
    private static func numbers(_ text: [UInt8], from start: Int) -> (Int, Int, end: Int)? {
        guard let (first, comma) = number(text, from: start), comma < text.count, text[comma] == UInt8(ascii: ","),
            let (second, end) = number(text, from: comma + 1)
        else { return nil }
        return (first, second, end)
    }

    private static func number(_ text: [UInt8], from start: Int) -> (Int, end: Int)? {
        var end = start
        var number = 0
        while end < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[end]), end - start < 10 {
            number = number * 10 + Int(text[end] - UInt8(ascii: "0"))
            end += 1
        }
        return end > start ? (number, end) : nil
    }
}
