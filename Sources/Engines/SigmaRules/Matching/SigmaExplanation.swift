// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Why a rule matched an event, or did not.
package struct SigmaExplanation: Sendable, Hashable {
    /// One test of the rule.
    package struct Test: Sendable, Hashable {
        /// Nil for keywords.
        package var field: String?
        /// What is asked, in words.
        package var expected: String
        /// The texts that the event has there, cut off where they are long; they are the event's own and may be secret.
        package var values: [String]
        package var holds: Bool
        /// Of several texts that are looked for, the one that was found.
        package var found: String?
    }

    /// The rule's index in its set.
    package var rule: Int
    package var matches: Bool
    /// In the order of the rule.
    package var tests: [Test]
}

extension SigmaMatcher {
    /// Tells why a rule matched the event at hand or did not, by evaluating all of it again, one test after the other.
    /// It shares nothing with the program that ``match(_:)`` runs but the event's values.
    ///
    /// - Parameter rule: its index in the set.
    /// - Returns: nil where the program does not have the rule.
    package func explain(_ rule: Int) -> SigmaExplanation? {
        guard let index = (0..<program.ruleCount).first(where: { Int(program.rules[$0].rule) == rule }) else {
            return nil
        }
        var tests: [SigmaExplanation.Test] = []
        let matches = explain(program.detections[index], &tests)
        return SigmaExplanation(rule: rule, matches: matches, tests: tests)
    }

    private func explain(_ detection: Detection, _ tests: inout [SigmaExplanation.Test]) -> Bool {
        switch detection {
        case .not(let part): return !explain(part, &tests)
        case .all(let parts): return parts.map { explain($0, &tests) }.allSatisfy { $0 }
        case .any(let parts): return parts.map { explain($0, &tests) }.contains(true)
        case .test(let test):
            let explained = explain(test)
            tests.append(explained)
            return explained.holds
        }
    }

    private func explain(_ test: FieldTest) -> SigmaExplanation.Test {
        let slot = test.field.flatMap { program.slotOfField[$0] } ?? 0
        var values: [String] = []
        _ = forEachValue(of: slot) { value in
            if value.hasText { values.append(String(decoding: value.text.prefix(256), as: UTF8.self)) }
            return values.count >= 16
        }
        let (holds, found) = evaluate(test.test, slot)
        return .init(
            field: test.field,
            expected: TestDescription.text(of: test.test),
            values: values,
            holds: holds,
            found: found
        )
    }

    private func evaluate(_ test: ValueTest, _ slot: Int) -> (Bool, String?) {
        switch test {
        case .texts(let texts): return evaluate(texts, slot)
        case .exists: return (hasValue(slot), nil)
        case .present: return (forEachValue(of: slot) { $0.kind != EntryKind.null }, nil)
        case .null: return (!hasValue(slot) || forEachValue(of: slot) { $0.kind == EntryKind.null }, nil)
        case .regex(let regex):
            let compiled: Regex
            do {
                compiled = try Regex(regex.pattern, options: regex.options)
            } catch {
                return (false, nil)
            }
            let scratch = RegexScratch(matchLimit: 100_000)
            return (forEachValue(of: slot) { $0.hasText && compiled.matches($0.text, scratch: scratch) }, nil)
        case .glob(let pattern, let isCased):
            return (values(slot, .glob(GlobPattern(pattern, isCased: isCased))), nil)
        case .number(let comparison, let number): return (values(slot, .number(comparison, number)), nil)
        case .network(let network): return (values(slot, .network(network)), nil)
        case .time(let part, let comparison, let number): return (values(slot, .time(part, comparison, number)), nil)
        case .field(let other, let anchor, let isCased):
            let otherSlot = program.slotOfField[other] ?? 0
            return (values(slot, .field(slot: otherSlot, anchor, isCased: isCased)), nil)
        }
    }

    private func values(_ slot: Int, _ test: LazyPredicate.Test) -> Bool {
        forEachValue(of: slot) { ValueTesting.holds(test, $0, self) }
    }

    private func evaluate(_ texts: [TextLiteral], _ slot: Int) -> (Bool, String?) {
        for literal in texts {
            let holds = literal.bytes.withUnsafeBufferPointer { bytes in
                forEachValue(of: slot) { value in
                    if literal.bytes.isEmpty, literal.anchor != .whole { return value.kind != EntryKind.null }
                    return value.hasText
                        && ValueTesting.stands(bytes, in: value.text, literal.anchor, isCased: literal.isCased)
                }
            }
            if holds { return (true, String(decoding: literal.bytes, as: UTF8.self)) }
        }
        return (false, nil)
    }
}

/// What a test asks, in words.
enum TestDescription {
    static func text(of test: ValueTest) -> String {
        switch test {
        case .texts(let texts): self.texts(texts)
        case .glob(let pattern, _): "is like \"\(glob(pattern))\""
        case .regex(let regex): "matches /\(String(decoding: regex.pattern, as: UTF8.self))/"
        case .number(let comparison, let number): "is \(comparison.rawValue) \(number)"
        case .network(let network): "is in \(network)"
        case .null: "is absent or null"
        case .exists: "is there"
        case .present: "has a value"
        case .field(let other, let anchor, _): "\(verb(anchor)) the value of \(other)"
        case .time(let part, let comparison, let number):
            "has a \(part.rawValue) that is \(comparison.rawValue) \(number)"
        }
    }

    private static func texts(_ texts: [TextLiteral]) -> String {
        let shown = texts.prefix(10).map { "\(verb($0.anchor)) \"\(String(decoding: $0.bytes, as: UTF8.self))\"" }
        return shown.joined(separator: " or ") + (texts.count > 10 ? " or one of \(texts.count - 10) more" : "")
    }

    private static func verb(_ anchor: TextLiteral.Anchor) -> String {
        switch anchor {
        case .anywhere: "contains"
        case .start: "starts with"
        case .end: "ends with"
        case .whole: "is"
        }
    }

    private static func glob(_ pattern: SigmaPattern) -> String {
        pattern.parts.map { part in
            switch part {
            case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
            case .run: "*"
            case .one: "?"
            case .placeholder(let name): "%\(name)%"
            }
        }.joined()
    }
}
