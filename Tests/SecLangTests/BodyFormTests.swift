// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

@testable import SecLang

@Suite struct BodyFormTests {
    @Test func `splits at the separator and the first equals sign`() {
        let form = parseForm("param1=value1=more&param2=value2")
        #expect(form.pairs == [BodyPair("param1", "value1=more"), BodyPair("param2", "value2")])
        #expect(form.result.count == 2)
        #expect(!form.result.hasInvalidEncoding)
    }

    @Test(arguments: [
        ("", []),
        ("&", ["="]),
        ("&&", ["=", "="]),
        ("a", ["a="]),
        ("a=", ["a="]),
        ("=", ["="]),
        ("=b", ["=b"]),
        ("a&&b", ["a=", "=", "b="]),
        ("a=1&", ["a=1"]),
        ("&a=1", ["=", "a=1"]),
    ])
    func `takes empty stretches as arguments except the last`(input: String, expected: [String]) {
        #expect(parseForm(input).pairs.map(\.description) == expected)
    }

    @Test func `decodes plus signs and escapes in names and values`() {
        let form = parseForm("a+b%3d=%41%7a+%00%ff")
        #expect(form.pairs == [BodyPair("a b=", "Az \u{0}\u{FF}")])
        #expect(!form.result.hasInvalidEncoding)
    }

    @Test(arguments: ["%", "a=%", "a=%4", "a=%zz", "a=%4&b=1", "%g1=b", "a=1%&b=2%2"])
    func `keeps and reports an invalid escape`(input: String) {
        let form = parseForm(input)
        #expect(form.result.hasInvalidEncoding)
        #expect(form.pairs.map(\.description).joined(separator: "&").contains("%"))
    }

    @Test func `does not let an escape reach over the separator`() {
        #expect(parseForm("a=%4&1=b").pairs == [BodyPair("a", "%4"), BodyPair("1", "b")])
    }

    @Test func `uses the separator that is configured`() {
        let form = parseForm("a=1&x;b=2", separator: ";")
        #expect(form.pairs == [BodyPair("a", "1&x"), BodyPair("b", "2")])
    }

    @Test func `tells where names and values stand in the raw input`() {
        let form = parseForm("param01=5555&b%20y=6&c")
        #expect(form.offsets == [[0, 8], [13, 19], [21, 23]])
    }

    @Test func `stops at the limit and says so`() {
        let form = parseForm("a=1&b=2&c=3", limit: 2)
        #expect(form.pairs.map(\.name) == ["a", "b"])
        #expect(form.result.exceededLimit)
        #expect(!parseForm("a=1&b=2", limit: 2).result.exceededLimit)
    }

    @Test func `keeps ranges inside the arena and beside each other`() {
        var arena = ByteArena(capacity: 64)
        _ = arena.append(Array("before".utf8))
        for input in bodyMutations(of: ["a", "=", "&", "%", "%4", "%41", "+", "\u{0}"], count: 3000, seed: 1) {
            var end = arena.count
            input.withUnsafeBufferPointer { buffer in
                var ends: [Int] = []
                _ = URLEncodedBody.parse(buffer, into: &arena) { name, value, nameOffset, valueOffset in
                    #expect(name.bounds.lowerBound >= end && value.bounds.lowerBound == name.bounds.upperBound)
                    #expect(nameOffset < input.count && valueOffset <= input.count + 1)
                    end = value.bounds.upperBound
                    ends.append(end)
                }
                #expect(ends.allSatisfy { $0 <= arena.count })
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `takes linear time`() {
        let large = [UInt8](repeating: UInt8(ascii: "&"), count: 1_000_000)
        #expect(parseForm(large, limit: 1000).result.exceededLimit)
        let escapes = Array(repeatElement("%4", count: 250_000).joined().utf8)
        #expect(parseForm(escapes).result.count == 1)
    }
}

@Suite struct BodyCookieTests {
    @Test func `splits cookies and keeps values as they are`() {
        let cookies = parseCookies("USER_TOKEN=Yes; a=z; t=b;  foo= bar; q=\"x%20y\"")
        #expect(
            cookies.pairs == [
                BodyPair("USER_TOKEN", "Yes"), BodyPair("a", "z"), BodyPair("t", "b"), BodyPair("foo", " bar"),
                BodyPair("q", "\"x%20y\""),
            ]
        )
        #expect(cookies.offsets.first == [0, 11])
        #expect(cookies.offsets[1] == [16, 18])
    }

    @Test func `keeps a cookie without a value and drops one without a name`() {
        #expect(parseCookies("a; =b; ;c=").pairs == [BodyPair("a", ""), BodyPair("c", "")])
    }

    @Test func `keeps equal names and further equals signs`() {
        #expect(parseCookies("a=1;a=2=3").pairs == [BodyPair("a", "1"), BodyPair("a", "2=3")])
    }

    @Test func `reads quoted values and attributes of version 1`() {
        let cookies = parseCookies(
            "$Version=\"1\"; id = \"a;b\" ; $Path=\"/x\", other=plain ; $Domain=d; lone",
            .rfc2109
        )
        #expect(
            cookies.pairs == [
                BodyPair("$Version", "1"), BodyPair("id", "a;b"), BodyPair("$id_Path", "/x"),
                BodyPair("other", "plain"),
                BodyPair("$other_Domain", "d"), BodyPair("lone", ""),
            ]
        )
    }

    @Test func `takes an open quote of version 1 up to the end`() {
        #expect(parseCookies("a=\"b; c=d", .rfc2109).pairs == [BodyPair("a", "b; c=d")])
        #expect(parseCookies("a=\"", .rfc2109).pairs == [BodyPair("a", "")])
    }

    @Test func `stops at the limit and says so`() {
        for format in [CookieParser.Format.netscape, .rfc2109] {
            let cookies = parseCookies("a=1; b=2; c=3", format, limit: 2)
            #expect(cookies.pairs.count == 2)
            #expect(cookies.result.exceededLimit)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `does not multiply a long name by its attributes`() {
        let header = String(repeating: "n", count: 30_000) + "=1" + String(repeating: ";$a", count: 20_000)
        var arena = ByteArena()
        bodyBytes(header).withUnsafeBufferPointer { buffer in
            _ = CookieParser.parse(buffer, format: .rfc2109, into: &arena) { _, _, _, _ in }
        }
        #expect(arena.count < 6 * header.utf8.count)
    }

    @Test func `never leaves the header`() {
        for input in bodyMutations(of: ["a", "=", ";", ",", " ", "\"", "$", "$Path"], count: 3000, seed: 2) {
            for format in [CookieParser.Format.netscape, .rfc2109] {
                let cookies = parseCookies(input, format)
                #expect(cookies.pairs.allSatisfy { !$0.name.isEmpty })
                #expect(cookies.offsets.allSatisfy { $0[0] < input.count && $0[1] <= input.count })
            }
        }
    }
}

@Suite struct BodyContentTypeTests {
    private func kind(_ header: String) -> ContentType.Kind {
        bodyBytes(header).withUnsafeBufferPointer { ContentType.kind(of: $0) }
    }

    private func parameter(_ header: String) -> String? {
        let header = bodyBytes(header)
        return header.withUnsafeBufferPointer { ContentType.parameter("charset", of: $0) }.map { bodyText(header[$0]) }
    }

    @Test func `names the family of a body`() {
        #expect(kind("application/x-www-form-urlencoded; charset=UTF-8") == .urlEncoded)
        #expect(kind("APPLICATION/X-WWW-FORM-URLENCODED") == .urlEncoded)
        #expect(kind("Multipart/Form-Data;boundary=x") == .multipart)
        #expect(kind("application/vnd.api+json") == .json)
        #expect(kind(" application/json;x") == .json)
        #expect(kind("application/soap+xml") == .xml)
        #expect(kind("text/xml") == .xml)
        #expect(kind("application/jsonx") == .other)
        #expect(kind("text/plain; a=application/json") == .other)
        #expect(kind("") == .other)
    }

    @Test func `finds a parameter with or without quotes`() {
        #expect(parameter("text/html; Charset = \"utf-8\"; a=b") == "utf-8")
        #expect(parameter("text/html;a=\"; charset=no\";charset=yes") == "yes")
        #expect(parameter("text/html;charset=a;charset=b") == "a")
        #expect(parameter("text/html; charset=\"open") == "open")
        #expect(parameter("text/html; charset") == "")
        #expect(parameter("text/html; xcharset=1; charset2=2") == nil)
        #expect(parameter("text/html; charset=\"") == "")
        #expect(parameter(";") == nil)
    }
}
