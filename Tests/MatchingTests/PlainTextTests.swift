// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Matching
import Testing

/// What `Regex.matches` tells of patterns that are mere text has to be what PCRE2 tells, which `firstMatch` asks.
@Suite struct PlainTextTests {
    private static let patterns = ["^ab", "ab", "^a", "b-c", "A_b", "^", "a.b", "^a$", "abab", "^ab-"]
    private static let options: [Regex.Options] = [[], [.caseless], [.multiline], [.caseless, .dotMatchesLineEnds]]

    @Test(arguments: patterns)
    func `tells what PCRE2 tells, for every short text`(pattern: String) throws {
        let alphabet = Array("aAb-_\n".utf8)
        let scratch = RegexScratch()
        for options in Self.options {
            let regex = try Regex(pattern, options: options)
            for number in 0..<1_296 {
                for length in 0...4 {
                    let text = (0..<length).map { place in
                        alphabet[number / [1, 6, 36, 216][place] % alphabet.count]
                    }
                    let (found, expected) = text.withUnsafeBufferPointer { bytes in
                        (
                            regex.matches(bytes, scratch: scratch),
                            regex.firstMatch(in: bytes, scratch: scratch) != .noMatch
                        )
                    }
                    #expect(found == expected, "\(pattern) in \(text)")
                }
            }
        }
    }
}
