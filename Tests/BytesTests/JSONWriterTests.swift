// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

struct JSONWriterTests {
    private func text(_ json: JSONWriter) -> String {
        String(decoding: json.bytes, as: UTF8.self)
    }

    @Test func `places commas and colons`() {
        var json = JSONWriter()
        json.beginObject()
        json.key("a")
        json.number(1)
        json.key("b")
        json.beginArray()
        json.bool(true)
        json.null()
        json.beginObject()
        json.endObject()
        json.raw(Array("[1, 2]".utf8))
        json.string("x")
        json.endArray()
        json.key(Array("c".utf8))
        json.strings(["p", "q"])
        json.endObject()
        #expect(text(json) == #"{"a":1,"b":[true,null,{},[1, 2],"x"],"c":["p","q"]}"#)
    }

    @Test func `escapes quotes, backslashes and control characters`() {
        var json = JSONWriter()
        json.string("\"\\/\u{8}\t\n\u{C}\r\u{0}\u{1F}\u{7F}é€𝄞")
        #expect(text(json) == #""\"\\/\b\t\n\f\r\u0000\u001f"# + "\u{7F}é€𝄞\"")
    }

    @Test(
        arguments: [
            ([0xFF], "\u{FFFD}"),
            ([0x61, 0xC3], "a\u{FFFD}"),
            ([0xE2, 0x82, 0x41], "\u{FFFD}A"),
            ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xF0, 0x9D, 0x84, 0x9E], "𝄞"),
        ] as [([UInt8], String)]
    )
    func `replaces what is not UTF-8`(bytes: [UInt8], expected: String) {
        var json = JSONWriter()
        json.string(bytes)
        #expect(text(json) == "\"\(expected)\"")
    }

    @Test func `any bytes become the text that Swift decodes them to`() throws {
        var random = SystemRandomNumberGenerator()
        let interesting: [UInt8] = [0, 9, 10, 0x22, 0x5C, 0x7F, 0x80, 0xBF, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xFF]
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? interesting[Int.random(in: 0..<interesting.count, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
            }
            var json = JSONWriter()
            json.string(bytes)
            #expect(String(validating: json.bytes, as: UTF8.self) != nil, "\(bytes)")
            let back = try JSONReader.read(json.bytes)
            #expect(back == .string(Array(String(decoding: bytes, as: UTF8.self).utf8)), "\(bytes)")
        }
    }

    @Test func `writes numbers that read back the same`() {
        var json = JSONWriter()
        json.beginArray()
        json.number(Int.min)
        json.number(0.1)
        json.number(Double.infinity)
        json.number(12.3456, decimals: 2)
        json.endArray()
        #expect(text(json) == "[-9223372036854775808,0.1,null,12.35]")
    }

    @Test func `starts a new document after a line`() {
        var json = JSONWriter()
        json.number(1)
        json.endLine()
        json.number(2)
        json.endLine()
        #expect(text(json) == "1\n2\n")
        json.removeAll()
        #expect(json.bytes.isEmpty)
    }
}
