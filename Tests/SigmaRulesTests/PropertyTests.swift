// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SigmaRules
import TestSupport
import Testing

/// Numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}

struct PropertyTests {
    private static let texts = [
        "a", "b", "ab", "Ab", "ba", "aab", "b*", "*a", "a?b", "*ab*", "?", "*", "", "a*b*a", "\\*",
    ]
    private static let suffixes = [
        "", "|contains", "|startswith", "|endswith", "|contains|all", "|cased", "|contains|cased", "|neq",
        "|endswith|cased",
        "|re", "|fieldref", "|exists", "|gt", "|base64offset|contains", "|windash|contains",
    ]

    private static func item(_ numbers: inout SeededNumbers) -> String {
        let suffix = numbers.pick(suffixes)
        let field = numbers.pick(["f", "g", "h.i"])
        let values: [String]
        switch suffix {
        case "|exists": values = [numbers.pick(["true", "false"])]
        case "|gt": values = ["\(Int.random(in: -2...4, using: &numbers))"]
        case "|fieldref": values = [numbers.pick(["f", "g", "h.i"])]
        case "|re": values = [numbers.pick(["a+b", "^b", "a$", "(a|b){3}", "[^a]"])]
        case "|base64offset|contains", "|windash|contains": values = [numbers.pick(["a", "ab", "-a"])]
        default:
            let count = Int.random(in: 1...3, using: &numbers)
            values = (0..<count).map { _ in numbers.pick(texts) }
        }
        let quoted = values.map { ["true", "false"].contains($0) || Int($0) != nil ? $0 : "'\($0)'" }
        return "    \(field)\(suffix): [\(quoted.joined(separator: ", "))]"
    }

    private static func detection(_ numbers: inout SeededNumbers) -> String {
        var lines: [String] = []
        for name in ["x", "y", "z"] {
            lines.append("\(name):")
            // Members of one mapping have to differ.
            var seen: Set<String> = []
            for _ in 0..<Int.random(in: 1...2, using: &numbers) {
                let item = item(&numbers)
                if seen.insert(String(item.prefix { $0 != ":" })).inserted { lines.append(item) }
            }
        }
        if Bool.random(using: &numbers) { lines += ["k:", "    - '\(numbers.pick(["ab", "a*a", "bb"]))'"] }
        let conditions = [
            "x and not y", "x or y and z", "not (x or y) and not z", "1 of them", "all of them", "not x", "z or not y",
        ]
        return (lines + ["condition: \(numbers.pick(conditions))"]).joined(separator: "\n")
    }

    private static func event(_ numbers: inout SeededNumbers) -> String {
        let value = { (numbers: inout SeededNumbers) -> String in
            switch Int.random(in: 0..<12, using: &numbers) {
            case 0: return "null"
            case 1: return "\(Int.random(in: -3...5, using: &numbers))"
            case 2: return "[\"ab\",null,\"\"]"
            case 3: return "{\"i\":\"ba\"}"
            case 4: return "true"
            default:
                let count = Int.random(in: 0...6, using: &numbers)
                let text = (0..<count).map { _ in
                    numbers.pick(["a", "b", "A", "-", "/", "\\u0061", "*", "YW", "\u{2013}"])
                }
                return "\"\(text.joined())\""
            }
        }
        let members = ["f", "g", "h", "h.i"].filter { _ in Bool.random(using: &numbers) }
        return "{" + members.map { "\"\($0)\":\(value(&numbers))" }.joined(separator: ",") + "}"
    }

    /// The program (automata, bits, triggers) against the plain evaluation that explanations use.
    @Test func `compiled rules answer as they are written`() throws {
        var numbers = SeededNumbers(1)
        var matches = 0
        for _ in 0..<150 {
            let texts = (0..<6).map { Rules.text(Self.detection(&numbers), title: "rule \($0)") }
            let (set, diagnostics) = Rules.compile(texts.joined(separator: "---\n"))
            #expect(diagnostics == [])
            let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
            for _ in 0..<40 {
                let event = Self.event(&numbers)
                var bytes = event
                try bytes.withUTF8 { bytes in
                    let matched = Set(try matcher.match(bytes).map { Int($0) })
                    matches += matched.count
                    for rule in set.rules.indices {
                        let explained = matcher.explain(rule)?.matches
                        #expect(explained == matched.contains(rule), "\(event)\n\(texts[rule])")
                    }
                }
            }
        }
        #expect(matches > 1000)
    }

    @Test func `broken events and rules never stop the program`() throws {
        var numbers = SeededNumbers(2)
        let (set, _) = Rules.compile(Rules.text(Self.detection(&numbers)), Rules.text("k: ['a*b']\ncondition: k"))
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        for _ in 0..<3000 {
            var bytes = Array(Self.event(&numbers).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &numbers) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &numbers)
                switch Int.random(in: 0..<3, using: &numbers) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                case 1: bytes.remove(at: place)
                default: bytes.removeLast(bytes.count - place)
                }
            }
            bytes.withUnsafeBufferPointer { bytes in
                do throws(SigmaEventError) {
                    _ = try matcher.match(bytes)
                } catch {
                    #expect(error.offset <= bytes.count)
                }
            }
        }
        let rule = Array((Rules.text(Self.detection(&numbers)) + "---\n" + Self.correlation).utf8)
        for _ in 0..<600 {
            var bytes = rule
            for _ in 0..<Int.random(in: 1...8, using: &numbers) {
                let place = Int.random(in: bytes.indices, using: &numbers)
                switch Int.random(in: 0..<4, using: &numbers) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                case 1: bytes[place] = numbers.pick(Array(":-[]{}&*|'\"\n #?".utf8))
                case 2: bytes.insert(contentsOf: bytes[place...].prefix(12), at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 5))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let (set, diagnostics) = SigmaRuleSet.compile([SigmaFile(name: "mutated", bytes: bytes)])
            #expect(diagnostics.allSatisfy { !$0.message.isEmpty })
            let program = SigmaProgram(set, logSource: nil)
            #expect(program.ruleCount <= set.rules.count)
        }
    }

    private static let correlation = """
        title: c
        correlation:
            type: event_count
            rules: [a]
            group-by: [User]
            timespan: 10s
            condition: {gte: 3}
        """

    @Test func `a regular expression that runs away is stopped and counted`() throws {
        let (set, _) = Rules.compile(Rules.text("s:\n    f|re: '^(a+)+$'\ncondition: s"))
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        let event = "{\"f\":\"\(String(repeating: "a", count: 5000))!\"}"
        #expect(try Rules.match(matcher, event) == [])
        #expect(matcher.regexLimitHits == [1])
    }

    @Test func `many literals give the same answers as few`() throws {
        // More than fit into the rows of one automaton, so that its deep states are walked too.
        var numbers = SeededNumbers(3)
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789/-_.".unicodeScalars).map { String($0) }
        let words = (0..<12_000).map { _ in (0..<14).map { _ in numbers.pick(letters) }.joined() }
        let list = { (name: String, words: ArraySlice<String>) in
            "s:\n    f|\(name):\n" + words.map { "        - '\($0)'\n" }.joined() + "condition: s"
        }
        let (set, diagnostics) = Rules.compile(
            Rules.text(list("contains", words[..<11_000])),
            Rules.text(list("endswith", words[11_000...]))
        )
        #expect(diagnostics == [])
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        for index in stride(from: 0, to: 12_000, by: 97) {
            let word = words[index]
            #expect(
                try Rules.match(matcher, "{\"f\":\"\(words[5].prefix(9))\(word.uppercased())\"}") == [
                    index < 11_000 ? 0 : 1
                ]
            )
            #expect(try Rules.match(matcher, "{\"f\":\"\(word.dropLast())+\"}") == [])
        }
    }

    @Test func `texts made of the beginnings of literals are searched to their end`() throws {
        let literal = String(repeating: "a", count: 60)
        let (set, _) = Rules.compile(
            Rules.text("s:\n    f|contains: '\(literal)b'\ncondition: s"),
            Rules.text("s:\n    f|contains|cased: '\(literal)B'\ncondition: s")
        )
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        let many = String(repeating: "a", count: 20_000)
        #expect(try Rules.match(matcher, "{\"f\":\"\(many)b\"}") == [0])
        #expect(try Rules.match(matcher, "{\"f\":\"\(many)B\"}") == [0, 1])
        #expect(try Rules.match(matcher, "{\"f\":\"\(many)\"}") == [])
    }

    @Test(arguments: ["x", "xy", "xyz", "xyzw"])
    func `short literals are found at the end of values`(literal: String) throws {
        let (set, _) = Rules.compile(Rules.text("s:\n    f|contains: '\(literal)'\ncondition: s"))
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        for length in 0..<10 {
            let before = String(repeating: "-", count: length)
            #expect(try Rules.match(matcher, "{\"f\":\"\(before)\(literal.uppercased())\"}") == [0])
            #expect(try Rules.match(matcher, "{\"f\":\"\(before)\(literal.dropLast())\"}") == [])
        }
    }
}
