// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import Testing

@testable import SecLang

@Suite struct BodyJSONTests {
    @Test func `names members and elements by their path`() {
        let json = parseJSON(#"{"a":{"b":[1,{"c":"x"},[true,[]]]},"d":null,"":"e"}"#)
        #expect(json.result == nil)
        #expect(
            json.pairs == [
                BodyPair("json.a.b.array_0", "1"), BodyPair("json.a.b.array_1.c", "x"),
                BodyPair("json.a.b.array_2.array_0", "true"), BodyPair("json.d", ""), BodyPair("json.", "e"),
            ]
        )
    }

    @Test func `names the elements of an array at the top`() {
        let numbers = (0...11).map(String.init).joined(separator: ",")
        let json = parseJSON("[\(numbers),{\"a\":false}]")
        #expect(json.pairs.map(\.name).suffix(3) == ["json.array_10", "json.array_11", "json.array_12.a"])
    }

    @Test func `takes a lone scalar as json`() {
        for (text, value) in [("1", "1"), (" \"a\" ", "a"), ("false", "false"), ("null\n", "")] {
            let json = parseJSON(text)
            #expect(json.result == nil)
            #expect(json.pairs == [BodyPair("json", value)])
        }
    }

    @Test func `keeps duplicate keys and raw numbers`() {
        let json = parseJSON(#"{"a":1e+10,"a":-0.50E3,"a":12345678901234567890123}"#)
        #expect(json.pairs.map(\.value) == ["1e+10", "-0.50E3", "12345678901234567890123"])
        #expect(Set(json.pairs.map(\.name)) == ["json.a"])
    }

    @Test func `unescapes strings and keys`() {
        let json = parseJSON(#"{"\u0061\/b":"\"\\\/\b\f\n\r\t\u0000\u00e9\u20AC\uD83D\uDE00é"}"#)
        #expect(json.pairs.first?.name == "json.a/b")
        let expected = "\"\\/\u{8}\u{C}\n\r\t\u{0}é€😀é"
        #expect(json.pairs.first?.value == bodyText(Array(expected.utf8)))
    }

    @Test func `replaces a leading surrogate without a partner`() {
        let json = parseJSON(#"["\uD800","\ud83d\u0041","\uD800\uD800\uDC00","\uDC00"]"#)
        #expect(json.result == nil)
        #expect(json.pairs.map(\.value) == ["?", "?A", "?\u{F0}\u{90}\u{80}\u{80}", "\u{ED}\u{B0}\u{80}"])
    }

    @Test func `takes an empty body as nothing and blanks as an error`() {
        #expect(parseJSON("").result == nil)
        #expect(parseJSON(" \r\n\t").result?.code == .malformed)
    }

    @Test(arguments: [
        "{", "[", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "[1,", "\"a", "\"\\", "\"\\u12", "tru", "nul", "-",
        "1.",
        "1e", "1e+", "{a:1}", "{'a':1}", "{\"a\" 1}", "{\"a\":1,}", "[1,]", "[,1]", "[1 2]", "{\"a\":1 \"b\":2}", "]",
        "}",
        "[}", "{]", "[1}", "{\"a\":1]", "01", "+1", ".5", "1.e1", "0x10", "NaN", "Infinity", "-Infinity", "True",
        "nullx",
        "1 2", "{}{}", "[]x", "// c\n1", "/* c */1", "\"a\tb\"", "\"a\nb\"", "\"\\x41\"", "\"\\u00g0\"", "\"\\'\"",
        "\u{FEFF}{}", "{\"a\":\"b\"},", ",", ":", "{\"a\"::1}", "{1:2}", "{null:1}", "[\u{B}1]", "\u{A0}1",
    ])
    func `refuses what the grammar does not know`(text: String) {
        #expect(parseJSON(text).result?.code == .malformed)
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xE2, 0x82], [0xFF], [0x00],
        ] as [[UInt8]]
    )
    func `refuses invalid UTF-8 inside strings`(sequence: [UInt8]) {
        #expect(parseJSON([0x22] + sequence + [0x22]).result?.code == .malformed)
        #expect(parseJSON([0x7B, 0x22] + sequence + Array("\":1}".utf8)).result?.code == .malformed)
    }

    @Test func `refuses other encodings`() {
        #expect(parseJSON([0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00]).result != nil)
        #expect(parseJSON([0x00, 0x5B, 0x00, 0x5D]).result != nil)
    }

    @Test func `limits depth, counting arrays and objects`() {
        let four = #"{"key1":{"key2":[{"key3":1}]}}"#
        #expect(parseJSON(four, maxDepth: 4).result == nil)
        let json = parseJSON(four, maxDepth: 3)
        #expect(json.result?.code == .depth)
        #expect(json.result?.message == "JSON depth limit exceeded")
    }

    @Test func `survives a bomb of a million brackets`() {
        let bomb = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(parseJSON(bomb).result?.code == .depth)
        // Names grow with depth, so without a limit on depth the length of names stops it.
        #expect(parseJSON(bomb, maxDepth: .max).result?.code == .size)
        let objects = Array(repeatElement("{\"a\":", count: 200_000).joined().utf8)
        #expect(parseJSON(objects).result?.code == .depth)
    }

    @Test func `limits the number of arguments`() {
        let body = #"{"k1":"v1","k2":"v2","k3":"v3","k4":"v4","k5":"v5"}"#
        #expect(parseJSON(body, maxArguments: 5).result == nil)
        let json = parseJSON(body, maxArguments: 4)
        #expect(json.result?.message == "More than 4 JSON keys")
        #expect(json.pairs.count == 4)
    }

    @Test func `limits the length of names alone and together`() {
        let key = String(repeating: "k", count: 2000)
        #expect(parseJSON("{\"\(key)\":{\"\(key)\":1}}").result == nil)
        #expect(parseJSON("{\"\(key)\":{\"\(key)\":{\"\(key)\":1}}}").result?.code == .size)
        let many = Array(repeatElement("1", count: 60_000).joined(separator: ",").utf8)
        let amplified = Array("{\"\(key)\":[".utf8) + many + Array("]}".utf8)
        #expect(parseJSON(amplified).result?.code == .size)
        #expect(parseJSON(Array("[".utf8) + many + Array("]".utf8)).result == nil)
    }

    @Test func `tells where it stopped`() {
        #expect(parseJSON("[1,x]").result?.offset == 3)
        #expect(parseJSON("[1,").result?.offset == 3)
    }

    @Test func `hands out the arguments before an error`() {
        #expect(parseJSON(#"{"a":1,"b":x}"#).pairs == [BodyPair("json.a", "1")])
    }

    @Test func `agrees with Foundation on what is valid`() {
        let fragments = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u00e9\"", "1", "-2.5e3", "true", "null", " ", "{\"a\":", "[1,",
            "{\"b\":[2]}", "[]",
        ]
        var valid = 0
        for input in bodyMutations(of: fragments, count: 20_000, seed: 3)
        where input.allSatisfy({ $0 > 0 && $0 < 0x7F }) {
            let ours = input.isEmpty || parseJSON(input).result == nil
            let theirs = (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil
            valid += ours ? 1 : 0
            // Foundation lets a comma stand before the end of an array.
            let hasLateComma = bodyText(input.filter { $0 > 0x20 }).contains(",]")
            if ours != (theirs || input.isEmpty), !(theirs && hasLateComma) {
                Issue.record("ours \(ours), Foundation \(theirs): \(bodyText(input))")
            }
        }
        #expect(valid > 200)
    }

    @Test(.timeLimit(.minutes(1))) func `takes linear time for long strings and many members`() {
        let string = Array("\"".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 2_000_000) + Array("\"".utf8)
        #expect(parseJSON(string).result == nil)
        let escapes = Array("\"".utf8) + Array(repeatElement("\\u0041", count: 100_000).joined().utf8) + [0x22]
        #expect(parseJSON(escapes).pairs.first?.value.count == 100_000)
        let members = Array("{".utf8) + Array(repeatElement("\"a\":1", count: 50_000).joined(separator: ",").utf8)
        #expect(parseJSON(members + Array("}".utf8)).pairs.count == 50_000)
    }
}
