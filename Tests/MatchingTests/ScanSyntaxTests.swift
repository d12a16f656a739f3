// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Matching

/// Where a scanner reads a pattern's text in its own way, it has to read it as PCRE2 does.
@Suite(.enabled(if: hyperscanIsAvailable(for: "ScanSyntaxTests")))
struct ScanSyntaxTests {
    private func compare(_ patterns: [ScanPattern], _ values: [[UInt8]]) -> ScanComparison {
        let library = PatternLibrary.compile([patterns], backend: .hyperscan)
        var comparison = ScanComparison(library, [patterns])
        for value in values { comparison.compare(value) }
        return comparison
    }

    @Test func `sets hold the same bytes`() {
        let texts = RegexParserTests.singleBytePatterns + ["[a-c-e]"]
        let raw = [[0xE9], Array("[".utf8) + [0xC3, 0xA9] + Array("-".utf8) + [0xFF] + Array("]".utf8)]
        for options in [Regex.Options(), .caseless, .dotMatchesLineEnds] {
            let patterns = (texts.map { Array($0.utf8) } + raw).map { ScanPattern(.regex($0, options)) }
            let comparison = compare(patterns, (UInt8.min...UInt8.max).map { [$0] })
            #expect(comparison.pairs > 200 * patterns.count)
            #expect(comparison.falseNegatives.isEmpty, "\(comparison.falseNegatives.prefix(5))")
            #expect(comparison.falsePositives.isEmpty, "\(comparison.falsePositives.prefix(5))")
        }
    }

    private static let oddTexts = [
        "(?x) a b # c\n b", "(?x: a [ ] ) b", "\\Qa.\\E+b", "a(?#x)b", "(?i)a(?-i)b|B", "a(?i)b|b=", "(?i:a)b",
        "[]a-]b",
        "a{2", "{a", "a{1}b", "\\x{61}b", "\\141b", "a\\040b", "(?<n>a)b", "(?P<n>a)b", "(?'n'a)b",
        "(?s:.)b(?-s:.)", "[a\\]b]=", "a\\x00?b", "a|", "a(?:|b)c", "(?i)[^a]b", "(?:a|ab)(?:c|bcd)?b", "(?:a?){3}b",
        "^a|b$", "(?:^|a)b", "b(?:$|a)", "\\ba", "a\\b", "\\Ba\\B", "(?m)^a", "(?m)b$", "(?|a|b)=", "a(?=b)", "(?<=a)b",
        "(?<!a)b", "a(?!b)", "(?>a|ab)b", "a*+b", "(a)=\\1", "^$", "a^b", "a$b", "\\Aa", "b\\z", "b\\Z", "[[:alpha:]]=",
        "[^[:space:]]{3}", "a.{0,3}b", "(?-s)a.b", "a\\Nb", "(a|b)*=", "\\h+a", "\\v", "=\\Ka", "\\Ra", "a\\Xb",
    ]

    @Test func `odd syntax means the same`() {
        var regexes = RandomRegexes(seed: 33)
        var alphabet = Array("aabb=".utf8)
        alphabet += Array(".Bc {2\n\r\t\u{00}-]".utf8)
        let values = (0..<800).map { _ in
            (0..<Int.random(in: 0...6, using: &regexes.random)).map { _ in regexes.pick(alphabet) }
        }
        for options in [Regex.Options(), .caseless, [.dotMatchesLineEnds, .dollarMatchesEndOnly], .multiline] {
            let comparison = compare(Self.oddTexts.map { regex($0, options) }, values)
            #expect(comparison.matches > 1_500)
            #expect(comparison.falseNegatives.isEmpty, "\(comparison.falseNegatives.prefix(5))")
            #expect(comparison.falsePositives.isEmpty, "\(comparison.falsePositives.prefix(5))")
        }
    }
}
