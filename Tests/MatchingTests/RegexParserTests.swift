// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Matching

@Suite struct RegexParserTests {
    private func parse(_ text: String, _ options: Regex.Options = []) throws -> ParsedRegex {
        try RegexParser.parse(Array(text.utf8), options: options)
    }

    /// The bytes that a pattern for one byte matches, by its tree.
    private func bytes(_ text: String, _ options: Regex.Options) throws -> [UInt8]? {
        guard case .byte(let set) = try parse(text, options).root else { return nil }
        return set.bytes
    }

    static let singleBytePatterns = [
        "a", "Z", "\\.", ".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\h", "\\H", "\\v", "\\V", "\\N", "\\x41",
        "\\x{e9}", "\\n", "\\r", "\\t", "\\f", "\\a", "\\e", "\\0", "\\012", "\\x4", "[a-f]", "[^a-f]", "[]a]", "[^]a]",
        "[a-]", "[-a]", "[\\w-]", "[\\]x]", "[\\x00-\\x1f]", "[\\b]", "[\\1]", "[\\101]", "[[:alpha:]]", "[[:^digit:]]",
        "[[:upper:]]", "[[:lower:]x]", "[[:alnum:]]", "[[:ascii:]]", "[[:blank:]]", "[[:cntrl:]]", "[[:graph:]]",
        "[[:print:]]", "[[:punct:]]", "[[:space:]]", "[[:word:]]", "[[:xdigit:]]", "[[.a]", "[[:a]", "[[=]",
        "[\\d\\s_]",
        "[^\\W\\d]", "[+--]", "[!-/]", "{", "}", "]", "(?i)q", "(?i)[^k]", "(?i)[A-C]", "(?i)[^A-C]", "(?s).", "(?-s).",
        "\\\\", "\\/", "[\\\\]", "[.-/]", "[a\\-z]", "[\\t-\\r]", "[\\h]", "[^\\v]", "\\Qx\\E", "\\#",
    ]

    @Test(arguments: singleBytePatterns) func `reads a set as PCRE2 does`(pattern: String) throws {
        for options in [Regex.Options(), .caseless, .dotMatchesLineEnds] {
            let regex = try Regex("\\A(?:\(pattern))\\z", options: options)
            let scratch = RegexScratch()
            let expected = (UInt8.min...UInt8.max).filter { byte in
                [byte].withUnsafeBufferPointer { regex.matches($0, scratch: scratch) }
            }
            #expect(try bytes(pattern, options) == expected, "\(options)")
        }
    }

    @Test func `knows how short a match may be and whether there are anchors`() throws {
        let cases: [(String, Int, Bool)] = [
            ("", 0, false), ("abc", 3, false), ("a|bcd", 1, false), ("a*", 0, false), ("a+b?", 1, false),
            ("(?:ab){3,5}", 6, false), ("^a$", 1, true), ("(?=abc)d", 1, false), ("\\Aa", 1, true), ("a\\Z", 1, true),
            ("\\bword\\b", 4, false), ("(a)\\1", 1, false), ("(?i)x", 1, false), ("\\R", 1, false),
            ("(?#note)a", 1, false),
            ("(?x) a b # c", 2, false), ("(?>ab)+", 2, false), ("x{0}", 0, false),
        ]
        for (text, length, hasAnchors) in cases {
            let facts = RegexFacts(try parse(text))
            #expect(facts.minimumLength == length, "\(text)")
            #expect(facts.hasAnchors == hasAnchors, "\(text)")
        }
    }

    @Test(arguments: [
        "(?=a)b", "a++", "(?>a)", "(a)\\1", "\\Ka", "(?<!x)y", "(?|a|b)", "\\R", "\\pL", "(?1)(a)", "\\Ga",
    ])
    func `tells what an automaton cannot decide`(pattern: String) throws {
        #expect(!RegexFacts(try parse(pattern)).isRegular)
    }

    @Test(arguments: ["a|b", "(a+b)*", "[a-z]{2,}?", "^\\bx\\B$", "(?i)(?:x|(?-i:Y))", "(?<name>a)", "\\Aa\\z"])
    func `tells what an automaton can decide`(pattern: String) throws {
        #expect(RegexFacts(try parse(pattern)).isRegular)
    }

    @Test(arguments: [
        "(", ")", "a)", "[", "[a", "[z-a]", "*", "a**", "a{2}{3}", "(*ACCEPT)a", "(?C1)a", "\\", "\\x", "\\x{100}",
        "\\i",
        "a{,3}", "a{ 1 }", "a{3,1}", "a{99999}", "^*", "\\12", "(?U)a", "(?^)a", "(?n)a", "[[.ch.]]", "[[:what:]]",
        "\\Q\\E", "(?(?=a)b|c)", "[\\Q]\\E]", "(?", "(?<n", "\\400", "(?#", "[a-\\d]", "[\\w-.]", "[\\N]",
    ])
    func `gives up on what is wrong or doubtful`(pattern: String) {
        #expect(throws: RegexSyntaxError.self) { try parse(pattern) }
    }

    @Test func `notes absolute anchors and settings that matter to scanners`() throws {
        let parsed = try parse("\\Aa[\\\\A]\\z|\\\\A\\Z")
        #expect(parsed.absoluteAnchors.map(\.offset) == [0, 8, 14])
        #expect(try parse("(?-m)a").turnsMultilineOff)
        #expect(try !parse("(?m)a").turnsMultilineOff)
        #expect(try parse("(?|a|b)").isUnusual)
    }

    @Test func `bounds the depth`() throws {
        let deepest = RegexParser.maximumDepth
        _ = try parse(String(repeating: "(", count: deepest) + "a" + String(repeating: ")", count: deepest))
        #expect(throws: RegexSyntaxError.self) { try parse(String(repeating: "(", count: 100_000)) }
        #expect(throws: RegexSyntaxError.self) { try parse(String(repeating: "(?:a|", count: 100_000)) }
    }

    @Test(arguments: [
        "a{1", "[[.", "[[:", "(?#", "\\Q", "{1,", "a|", "[a]", "(?i)", "\\x4", "(a)", "[a", "a{1, ", "(?<n>",
    ])
    func `takes time in proportion to the length`(unit: String) {
        // Ten times the text has to take nothing like a hundred times the time; a quadratic parser would not end here.
        let text = Array(String(repeating: unit, count: 100_000 / unit.utf8.count).utf8)
        _ = try? RegexParser.parse(text, options: [])
    }

    @Test func `survives any text`() {
        var random = SplitMix64(seed: 7)
        let pieces = [
            "(", ")", "[", "]", "{", "}", "?", "*", "+", "|", "\\", "^", "$", ".", "-", ":", "a", "b", "1", "9", ",",
            "=",
            "!", "<", ">", "P", "i", "x", "Q", "E", "#", " ", "\n", "é", "\u{0}", "(?", "[[:", ":]", "\\x", "\\Q",
            "(?i",
        ]
        var understood = 0
        for _ in 0..<6_000 {
            let text = (0..<Int.random(in: 1...14, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            guard let parsed = try? RegexParser.parse(Array(text.utf8), options: []) else { continue }
            understood += 1
            // What is understood is also analysed, without a crash.
            _ = RegexFacts(parsed)
            _ = RequiredLiterals(parsed)
            _ = AlternationSplitter.halves(of: Array(text.utf8), parsed)
            var generator = SampleGenerator(seed: Array(text.utf8))
            _ = generator.next(for: parsed)
        }
        #expect(understood > 300)
    }
}
