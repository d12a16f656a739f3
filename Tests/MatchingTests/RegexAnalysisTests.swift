// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Matching

@Suite struct RegexAnalysisTests {
    private func literals(_ text: String) throws -> Set<String>? {
        let parsed = try RegexParser.parse(Array(text.utf8), options: [.dotMatchesLineEnds])
        return RequiredLiterals(parsed).map { Set($0.literals.map { String(decoding: $0, as: UTF8.self) }) }
    }

    @Test func `derives the literals that matches need`() throws {
        #expect(try literals("union.{1,20}select") == ["select"])
        #expect(try literals("(?i)UNION\\s+x") == ["union"])
        #expect(try literals("(?:foo|bar)\\d") == ["foo", "bar"])
        #expect(try literals("a[bc]d.*") == ["abd", "acd"])
        #expect(try literals("colou?r") == ["color", "colour"])
        #expect(try literals("(?:ab){2}.") == ["abab"])
        #expect(try literals("(?:abc)+") == ["abc"])
        #expect(try literals("n\\w+\\s*=") == ["="])
        #expect(try literals("foo(?=bar)baz") == ["foobaz"])
    }

    @Test(arguments: [
        ".", "\\w+", "a*", "(?:foo)?", "foo|\\d", "[^a]", "\\s", "", "(?:a|)", "(foo)?\\1", "(?:\\n|;)x*",
    ])
    func `finds none where there are none of use`(pattern: String) throws {
        #expect(try literals(pattern) == nil)
    }

    @Test func `every match holds one of the literals, and is no shorter than said`() throws {
        var regexes = RandomRegexes(seed: 11)
        let scratch = RegexScratch()
        var checked = 0
        for _ in 0..<1_200 {
            let text = Array(regexes.pattern().utf8)
            let parsed = try RegexParser.parse(text, options: [])
            let minimum = RegexFacts(parsed).minimumLength
            let literals = RequiredLiterals(parsed)?.literals
            let regex = try Regex(text, options: [])
            for _ in 0..<20 {
                let value = regexes.value()
                let outcome = value.withUnsafeBufferPointer { regex.firstMatch(in: $0, scratch: scratch) }
                guard case .match = outcome, let match = scratch.group(0) else { continue }
                #expect(match.count >= minimum, "\(String(decoding: text, as: UTF8.self))")
                guard let literals else { continue }
                checked += 1
                let folded = value[match].map(RequiredLiterals.foldedCase)
                let holdsOne = literals.contains { literal in
                    folded.indices.contains { folded[$0...].starts(with: literal) }
                }
                #expect(holdsOne, "\(String(decoding: text, as: UTF8.self)) in \(value)")
            }
        }
        #expect(checked > 300)
    }

    @Test func `makes texts that match, the same ones each time`() throws {
        for text in [
            "(?i)un[i-k]on\\s+(all|distinct)?select", "([\"'])x\\1", "^a{3,5}$", "\\bfoo\\b", "a(?=b)b",
            "[^\\x00-\\xfe]",
        ] {
            let parsed = try RegexParser.parse(Array(text.utf8), options: [])
            let regex = try Regex(text, options: [])
            let scratch = RegexScratch()
            var generator = SampleGenerator(seed: Array(text.utf8))
            let samples = (0..<40).compactMap { _ in generator.next(for: parsed) }
            let matching = samples.filter { $0.withUnsafeBufferPointer { regex.matches($0, scratch: scratch) } }
            #expect(matching.count >= 10, "\(text)")
            var again = SampleGenerator(seed: Array(text.utf8))
            #expect((0..<40).compactMap { _ in again.next(for: parsed) } == samples)
        }
    }

    @Test func `bounds the texts of nested repetitions`() throws {
        let parsed = try RegexParser.parse(Array("(?:(?:(?:a{900}){900}){900}){900}".utf8), options: [])
        var generator = SampleGenerator(seed: [1])
        #expect(generator.next(for: parsed) == nil)
        let empty = try RegexParser.parse(Array("(?:(?:(?:(?=x)|^){60000}){60000}){60000}".utf8), options: [])
        _ = generator.next(for: empty)
    }

    @Test func `the parts of a pattern match together what it matches`() throws {
        var regexes = RandomRegexes(seed: 12)
        let scratch = RegexScratch()
        var count = 0
        for _ in 0..<1_000 {
            let text = Array(regexes.pattern().utf8)
            let parsed = try RegexParser.parse(text, options: [])
            guard let halves = AlternationSplitter.halves(of: text, parsed) else { continue }
            count += 1
            #expect(halves.allSatisfy { $0.count < text.count })
            let whole = try Regex(text, options: [])
            let parts = try halves.map { try Regex($0, options: []) }
            for _ in 0..<20 {
                regexes.value().withUnsafeBufferPointer { value in
                    let outcome = whole.firstMatch(in: value, scratch: scratch)
                    // Where PCRE2 gives up, the parts may still be easy.
                    if outcome == .limitExceeded { return }
                    let isFound = parts.contains { $0.matches(value, scratch: scratch) }
                    #expect(isFound == (outcome != .noMatch), "\(String(decoding: text, as: UTF8.self))")
                }
            }
        }
        #expect(count > 150)
    }

    @Test func `keeps alternatives together that share a setting or a repetition`() throws {
        for text in ["a(?i)b|c", "(?:a|b)+", "(?=a|b)c", "(?>a|b)"] {
            let parsed = try RegexParser.parse(Array(text.utf8), options: [])
            #expect(AlternationSplitter.halves(of: Array(text.utf8), parsed) == nil, "\(text)")
        }
    }
}
