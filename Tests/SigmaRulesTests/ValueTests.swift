// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SigmaRules
import Testing

struct ValueTests {
    @Test(arguments: [
        ("f: abc", "abc", true), ("f: abc", "ABC", true), ("f: abc", "abcd", false), ("f: 'a*'", "abcd", true),
        ("f: 'a?c'", "abc", true), ("f: 'a?c'", "ac", false), ("f: 'a?c'", "a\u{e9}c", true), ("f: '*b*'", "abc", true),
        ("f: '*'", "", true), ("f: 'a*c*e'", "abcde", true), ("f: 'a*c*e'", "abdce", true),
        ("f: 'a*c*e'", "acd", false),
        ("f: '*a?'", "xxab", true), ("f: '*a?'", "xxa", false), ("f: '?'", "", false), ("f: '??*'", "ab", true),
        ("f: ''", "", true), ("f: ''", "a", false), ("f: 'A?*b'", "axxb", true),
    ])
    func `wildcards stand for runs and for one character`(item: String, value: String, expected: Bool) throws {
        #expect(try Rules.selects(item, "{\"f\":\"\(value)\"}") == expected)
    }

    /// The value of the rule, and the value of the event as JSON writes it.
    @Test(arguments: [
        (#"a\b"#, #"a\\b"#, true), (#"a\\b"#, #"a\\b"#, true), (#"a\*b"#, "a*b", true), (#"a\*b"#, "axb", false),
        (#"a\\*b"#, #"a\\xxb"#, true), (#"a\\\*b"#, #"a\\*b"#, true), (#"a\\\*b"#, #"a\\xb"#, false),
        (#"a\\\\b"#, #"a\\\\b"#, true), (#"a\"#, #"a\\"#, true), (#"a\?"#, "a?", true), (#"a\?"#, "ab", false),
        (#"\\\x"#, #"\\\\x"#, true),
    ])
    func `backslashes escape wildcards and themselves`(value: String, event: String, expected: Bool) throws {
        #expect(try Rules.selects("f: '\(value)'", "{\"f\":\"\(event)\"}") == expected)
    }

    @Test(arguments: [
        ("f: 5", "5", true), ("f: 5", "\"5\"", true), ("f: 5", "5.0", true), ("f: 5", "0.5e1", true),
        ("f: 5", "50", false),
        ("f: '5'", "5", true), ("f: -1", "-1", true), ("f: 0x10", "16", true), ("f: 0x10", "\"0x10\"", true),
        ("f: 1.5", "1.50", true), ("f: true", "true", true), ("f: 'true'", "true", true), ("f: true", "\"True\"", true),
        ("f: false", "true", false), ("f: 18446744073709551615", "18446744073709551615", true),
        ("f: 18446744073709551615", "18446744073709551614", false),
    ])
    func `numbers are equal by value or by text`(item: String, value: String, expected: Bool) throws {
        #expect(try Rules.selects(item, "{\"f\":\(value)}") == expected)
    }

    @Test func `null is absent or null, empty is a text`() throws {
        #expect(try Rules.selects("f: null", "{}"))
        #expect(try Rules.selects("f:", "{\"f\":null}"))
        #expect(try !Rules.selects("f: null", "{\"f\":\"\"}"))
        #expect(try !Rules.selects("f: ''", "{}"))
        #expect(try !Rules.selects("f: ''", "{\"f\":null}"))
        #expect(try Rules.selects("f: []", "{}"))
        #expect(try Rules.selects("f:\n    - null\n    - x", "{\"f\":\"x\"}"))
    }

    @Test func `maps are and, lists are or`() throws {
        #expect(try Rules.selects("f: [a, b]\ng: c", #"{"f":"b","g":"C"}"#))
        #expect(try !Rules.selects("f: [a, b]\ng: c", #"{"f":"b","g":"d"}"#))
        let list = "selection:\n    - f: a\n      g: b\n    - h: c\ncondition: selection"
        #expect(try Rules.matches(list, #"{"h":"c"}"#))
        #expect(try !Rules.matches(list, #"{"f":"a"}"#))
    }

    @Test func `keywords are looked for in all values, at any depth`() throws {
        let keywords = "keywords:\n    - 'evil thing'\n    - 'b?d*wolf'\n    - 4711\ncondition: keywords"
        #expect(try Rules.matches(keywords, #"{"message":"an Evil Thing happened"}"#))
        #expect(try Rules.matches(keywords, #"{"a":{"b":[1,{"c":"the bad old wolf"}]}}"#))
        #expect(try Rules.matches(keywords, #"{"a":[[{"n":47110}]]}"#))
        #expect(try !Rules.matches(keywords, #"{"evil thing":"evil","b":"thing"}"#))
        let all = "keywords:\n    '|all':\n        - one\n        - two\ncondition: keywords"
        #expect(try Rules.matches(all, #"{"a":"two","b":"xoney"}"#))
        #expect(try !Rules.matches(all, #"{"a":"two"}"#))
        #expect(try Rules.matches("k:\n    '|re': 'o+ps$'\ncondition: k", #"{"a":{"b":"ooops"}}"#))
    }

    @Test func `fields are found by path, by name with dots, and in arrays`() throws {
        for event in [
            #"{"a":{"b":{"c":"x"}}}"#, #"{"a.b.c":"x"}"#, #"{"a":{"b.c":"x"}}"#, #"{"a.b":{"c":["y","x"]}}"#,
            #"{"a":[{"b":{"c":"q"}},{"b":{"c":"x"}}]}"#, #"{"\u0061":{"b":{"c":"\u0078"}}}"#,
        ] {
            #expect(try Rules.selects("a.b.c: x", event), "\(event)")
        }
        #expect(try !Rules.selects("a.b.c: x", #"{"a":{"b":"x"}}"#))
        #expect(try !Rules.selects("a.b.c: x", #"{"c":"x"}"#))
        #expect(try Rules.selects("a: '*'", #"{"a":{"b":1}}"#))
        #expect(try !Rules.selects("a: '*'", #"{"a":null}"#))
        let deep = "a.b.c.d.e.f.g.h"
        #expect(try Rules.selects("\(deep): x", "{\"\(deep)\":\"x\"}"))
        #expect(try Rules.selects("\(deep): x", #"{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":"x"}}}}}}}}"#))
    }

    @Test func `values that were escaped are compared as they are meant`() throws {
        #expect(try Rules.selects(#"f|contains: "a\"b\u0000c\td""#, #"{"f":"xa\"b\u0000c\td"}"#))
        #expect(try Rules.selects("f: '/etc/passwd'", #"{"f":"\/etc\/pass\u0077d"}"#))
        #expect(try Rules.selects("f: '\u{1F600}'", #"{"f":"\ud83d\ude00"}"#))
    }

    @Test func `what is no event is an error with an offset`() throws {
        let (set, _) = Rules.compile(Rules.text("a:\n    f: x\ncondition: a"))
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        for (event, offset) in [("", 0), ("[]", 0), ("{\"f\":}", 5), ("{\"f\":1", 6), ("12", 0)] {
            do {
                _ = try Rules.match(matcher, event)
                Issue.record("\(event) was taken")
            } catch let error as SigmaEventError {
                #expect(error.offset == offset, "\(event): \(error)")
            }
        }
        #expect(try Rules.match(matcher, #"{"f":"x"}"#) == [0])
    }
}
