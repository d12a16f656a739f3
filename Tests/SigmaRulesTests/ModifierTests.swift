// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SigmaRules
import Testing

struct ModifierTests {
    @Test(arguments: [
        ("f|contains: bc", "ABCD", true), ("f|startswith: ab", "ABCD", true), ("f|startswith: b", "abcd", false),
        ("f|endswith: cd", "ABCD", true), ("f|endswith: c", "abcd", false), ("f|endswith: abcde", "bcde", false),
        ("f|contains: 'b*d'", "abxxde", true), ("f|startswith: 'a*c'", "abbcd", true),
        ("f|endswith: 'b?d'", "abcd", true),
        ("f|contains|all: [ab, cd]", "abxcd", true), ("f|contains|all: [ab, cd]", "ab", false),
        ("f|contains: [ab, zz]", "ab", true), ("f|cased: Abc", "Abc", true), ("f|cased: Abc", "abc", false),
        ("f|contains|cased: 'Bc'", "aBcd", true), ("f|contains|cased: 'Bc'", "abcd", false),
        ("f|startswith|cased: 'A'", "a", false), ("f|endswith|cased: 'D*'", "abD", true),
        ("f|neq: abc", "abd", true), ("f|neq: abc", "ABC", false), ("f|neq: [a, b]", "b", false),
        ("f|neq: [a, b]", "c", true),
        ("f|contains: ''", "", true), ("f|contains: 12", "a123", true),
    ])
    func `texts stand at their place`(item: String, value: String, expected: Bool) throws {
        #expect(try Rules.selects(item, "{\"f\":\"\(value)\"}") == expected)
    }

    @Test(arguments: [
        ("f|re: 'b.d'", "abcd", true), ("f|re: 'B.D'", "abcd", false), ("f|re|i: 'B.D'", "abcd", true),
        ("f|re: '^b'", "abc", false), ("f|re: '^x'", "a\\nx", false), ("f|re|m: '^x'", "a\\nx", true),
        ("f|re: 'a.x'", "a\\nx", false), ("f|re|s: 'a.x'", "a\\nx", true), ("f|re|i|s: 'A.X'", "a\\nx", true),
        ("f|re: 'a\\\\\\\\b'", "a\\\\\\\\b", true), ("f|re|startswith: 'b|a'", "cb", false),
    ])
    func `regular expressions are searched for, with regard to case`(item: String, value: String, expected: Bool) throws
    {
        #expect(try Rules.selects(item, "{\"f\":\"\(value)\"}") == expected)
    }

    @Test(arguments: [
        ("f|gt: 5", "6", true), ("f|gt: 5", "5", false), ("f|gte: 5", "5", true), ("f|lt: 5", "4.99", true),
        ("f|lte: 5", "\"5\"", true), ("f|lt: 5", "\"x\"", false), ("f|lt: 5", "null", false), ("f|gt: -1", "0", true),
    ])
    func `numbers are compared`(item: String, value: String, expected: Bool) throws {
        #expect(try Rules.selects(item, "{\"f\":\(value)}") == expected)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.168.1.1", "192.168.1.1", true),
        ("2001:db8::/32", "2001:DB8:1::5", true), ("::/0", "10.0.0.1", false), ("10.0.0.0/8", "host", false),
        ("0.0.0.0/0", "8.8.8.8", true),
    ])
    func `networks hold their addresses`(network: String, address: String, expected: Bool) throws {
        #expect(try Rules.selects("f|cidr: '\(network)'", "{\"f\":\"\(address)\"}") == expected)
    }

    @Test func `existence is about the member, not its value`() throws {
        #expect(try Rules.selects("f|exists: true", "{\"f\":null}"))
        #expect(try Rules.selects("f|exists: false", "{\"g\":1}"))
        #expect(try !Rules.selects("f|exists: true", "{}"))
        #expect(try Rules.selects("f|exists: true", "{\"f\":[]}"))
    }

    @Test(arguments: [
        ("{\"f\":\"-Enc x\"}", true), ("{\"f\":\"/enc x\"}", true), ("{\"f\":\"\u{2013}enc x\"}", true),
        ("{\"f\":\"\u{2014}enc x\"}", true), ("{\"f\":\"\u{2015}enc x\"}", true), ("{\"f\":\"enc x\"}", false),
    ])
    func `windash takes all signs that begin an option`(event: String, expected: Bool) throws {
        #expect(try Rules.selects("f|windash|contains: '-enc x'", event) == expected)
        #expect(try Rules.selects("f|contains|windash: '-enc x'", event) == expected)
    }

    @Test func `windash leaves signs inside of words alone`() throws {
        #expect(try !Rules.selects("f|windash: 'a-b -c'", "{\"f\":\"a/b -c\"}"))
        #expect(try Rules.selects("f|windash: 'a-b -c /d'", "{\"f\":\"a-b /c \u{2014}d\"}"))
        let many = (0..<6).map { "-a\($0)" }.joined(separator: " ")
        #expect(Rules.complaint("f|windash: '\(many)'")?.contains("3125") == true)
    }

    @Test func `base64 is the whole value, base64offset any place in one`() throws {
        #expect(try Rules.selects("f|base64: foobar", #"{"f":"Zm9vYmFy"}"#))
        #expect(try Rules.selects("f|base64|contains: 'fo'", #"{"f":"xZm8=x"}"#))
        // "/bin/sh" behind 0, 1 and 2 other bytes.
        for encoded in ["L2Jpbi9zaCAtaQ==", "eC9iaW4vc2ggLWk=", "eHgvYmluL3NoIC1p"] {
            #expect(try Rules.selects("f|base64offset|contains: '/bin/sh'", "{\"f\":\"\(encoded)\"}"))
        }
        #expect(try Rules.selects("f|wide|base64offset|contains: 'ls -l'", #"{"f":"eHhsAHMAIAAtAGwA"}"#))
        #expect(try Rules.selects("f|utf16be: 'ab'", #"{"f":"\u0000a\u0000b"}"#))
        #expect(try Rules.selects("f|utf16le|startswith: 'a'", #"{"f":"a\u0000b"}"#))
        #expect(try Rules.selects("f|utf16|base64: 'cmd'", #"{"f":"//5jAG0AZAA="}"#))
        #expect(Rules.complaint("f|base64: 'a*b'")?.contains("wildcards") == true)
    }

    @Test func `placeholders become their values, or the rule is refused`() throws {
        var options = SigmaOptions()
        options.placeholders = ["servers": ["srv*", "db1"], "zone": ["x", "y"]]
        #expect(try Rules.selects("f|expand: '%servers%.%zone%'", #"{"f":"srv9.y"}"#, options: options))
        #expect(try !Rules.selects("f|expand: '%servers%.%zone%'", #"{"f":"db2.y"}"#, options: options))
        #expect(try Rules.selects(#"f|expand: '\%servers% 5'"#, #"{"f":"%servers% 5"}"#, options: options))
        #expect(try Rules.selects("f: '%servers%'", #"{"f":"%servers%"}"#))
        #expect(Rules.complaint("f|expand: '%nobody%'")?.contains("%nobody%") == true)
    }

    @Test func `a field may be compared with another one`() throws {
        #expect(try Rules.selects("f|fieldref: g", #"{"f":"A","g":"a"}"#))
        #expect(try !Rules.selects("f|fieldref: g", #"{"f":"A"}"#))
        #expect(try Rules.selects("f|fieldref|neq: g", #"{"f":"A","g":"b"}"#))
        #expect(try Rules.selects("f|fieldref|startswith: g.h", #"{"f":"abc","g":{"h":"AB"}}"#))
        #expect(try Rules.selects("f|fieldref|contains: g", #"{"f":"abc","g":"b"}"#))
        #expect(try !Rules.selects("f|fieldref|cased: g", #"{"f":"A","g":"a"}"#))
    }

    @Test(arguments: [
        ("f|minute: 34", true), ("f|hour: 23", true), ("f|hour|gte: 22", true), ("f|lt|hour: 22", false),
        ("f|day: 1", true),
        ("f|month: 1", true), ("f|year: 2027", true), ("f|week: 53", true), ("f|week: 1", false),
    ])
    func `parts of a date are numbers`(item: String, expected: Bool) throws {
        for date in [
            "\"2027-01-01T23:34:56.7Z\"", "\"2027-01-01 23:34\"", "\"2027-01-01T23:34:56+02:00\"", "1798846496",
        ] {
            #expect(try Rules.selects(item, "{\"f\":\(date)}") == expected, "\(date)")
        }
    }

    @Test(arguments: [
        ("f|contain: x", "no modifier"), ("f|gt: abc", "a number"), ("f|re: '('", "does not compile"),
        ("f|cidr: 10.0.0.0/40", "network"), ("f|exists: 1", "true or false"), ("f|i: x", "\"re\""),
        ("f|contains: null", "a text"), ("f|hour: x", "a number"), ("f: {a: b}", "mapping"),
    ])
    func `what does not fit is refused with a reason`(item: String, reason: String) {
        #expect(Rules.complaint(item)?.contains(reason) == true, "\(Rules.complaint(item) ?? "taken")")
    }
}
