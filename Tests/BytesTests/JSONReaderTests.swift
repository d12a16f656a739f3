// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Testing

struct JSONReaderTests {
    private func read(_ text: String) throws -> JSONValue {
        try JSONReader.read(Array(text.utf8))
    }

    @Test func `reads every kind of value`() throws {
        let value = try read(#" {"a":[1,-2.5e1,true,false,null,"x"],"b":{}} "#)
        #expect(value["a"]?.elements?.count == 6)
        #expect(value["a"]?.elements?[0] == .integer(1))
        #expect(value["a"]?.elements?[1] == .number(-25))
        #expect(value["a"]?.elements?[5].text == "x")
        #expect(value["b"]?.members?.isEmpty == true)
        #expect(value["c"] == nil)
    }

    @Test func `keeps bytes that are not UTF-8`() throws {
        #expect(try JSONReader.read([0x22, 0xFF, 0x80, 0x22]) == .string([0xFF, 0x80]))
    }

    @Test(arguments: [
        (#""\u0041\u00e9\u20ac\ud834\udd1e""#, "Aé€𝄞"),
        (#""\ud834x""#, "\u{FFFD}x"),
        (#""\ud834\u0041""#, "\u{FFFD}A"),
        (#""\udd1e""#, "\u{FFFD}"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0000""#, "\0"),
    ])
    func `decodes escapes`(json: String, expected: String) throws {
        #expect(try read(json) == .string(Array(expected.utf8)))
    }

    @Test(arguments: [
        ("", JSONError.Code.unexpectedEnd, 0), ("[1,]", .unexpectedByte, 3), ("{\"a\":1,}", .unexpectedByte, 7),
        ("{a:1}", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3), ("01", .trailingBytes, 1),
        ("-", .badNumber, 1), ("1.", .badNumber, 2), ("1e", .badNumber, 2), (".5", .unexpectedByte, 0),
        ("+1", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0), ("\"\\x\"", .badEscape, 2),
        ("\"\\u12g4\"", .badEscape, 5), ("\"a\nb\"", .controlCharacter, 2), ("\"abc", .unexpectedEnd, 4),
        ("tru", .unexpectedEnd, 3), ("{} x", .trailingBytes, 3), ("// c\n1", .unexpectedByte, 0),
        ("[", .unexpectedEnd, 1), ("{\"a\"}", .unexpectedByte, 4),
    ])
    func `refuses what the grammar does not allow`(json: String, code: JSONError.Code, offset: Int) {
        let error = #expect(throws: JSONError.self) { try read(json) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test func `limits nesting`() throws {
        let deep = String(repeating: "[", count: 200_000)
        #expect(throws: JSONError.self) { try read(deep) }
        let allowed = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try read(allowed).elements?.count == 1)
        #expect(throws: JSONError.self) { try read("[" + allowed + "]") }
    }

    @Test func `tells line and column of an error`() throws {
        let document = Array("{\n  \"a\": 1,\n  b\n}".utf8)
        let error = #expect(throws: JSONError.self) { try JSONReader.read(document) }
        #expect(error?.position(in: document).line == 3)
        #expect(error?.position(in: document).column == 3)
    }

    @Test func `reads back what the writer writes`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let value = randomValue(depth: 0, using: &random)
            var json = JSONWriter()
            json.value(value)
            #expect(try JSONReader.read(json.bytes) == value)
        }
    }

    @Test func `survives mutated documents`() throws {
        var random = SystemRandomNumberGenerator()
        let seed = Array(
            #"{"id":"t1","request":{"headers":[["A","\u00e9\ud834\udd1e"]],"n":-1.5e+3},"x":[null,true]}"#.utf8
        )
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: at)
                }
            }
            do {
                let value = try JSONReader.read(bytes)
                var json = JSONWriter()
                json.value(value)
                _ = try JSONReader.read(json.bytes)
            } catch {
                #expect(error.offset <= bytes.count)
            }
        }
    }

    private func randomValue(depth: Int, using random: inout SystemRandomNumberGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth < 4 ? 7 : 5), using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2: .integer(Int.random(in: Int.min...Int.max, using: &random))
        case 3: .number(Double.random(in: -1e9...1e9, using: &random) + 0.5)
        case 4: .string(randomText(using: &random))
        case 5:
            .array(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in randomValue(depth: depth + 1, using: &random) }
            )
        default:
            .object(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    JSONMember(name: randomText(using: &random), value: randomValue(depth: depth + 1, using: &random))
                }
            )
        }
    }

    private func randomText(using random: inout SystemRandomNumberGenerator) -> [UInt8] {
        var text: [UInt8] = []
        for _ in 0..<Int.random(in: 0..<6, using: &random) {
            UTF8Part.append(codePoint: UInt32.random(in: 0...0x1_10FF, using: &random), to: &text)
        }
        return text
    }
}
