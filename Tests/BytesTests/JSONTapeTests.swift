// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import CByteSearch
import Testing

@testable import Bytes

/// The fast way to write down a value, beside the one that looks at one byte after the other.
///
/// On processors that lack what the fast way needs, both are the same.
struct JSONTapeTests {
    private struct Part: Equatable {
        var offset: UInt32
        var length: UInt32
        var next: UInt32
        var kind: JSONTape.Kind
    }

    /// What the slow way makes of a text: its end and its parts; nil for an error.
    private func slowly(_ text: UnsafeBufferPointer<UInt8>, depth: Int) -> (end: Int, parts: [Part])? {
        var builder = JSONTapeBuilder(text, maximumDepth: depth, entries: .allocate(capacity: 8), capacity: 8)
        defer { builder.entries.deallocate() }
        do {
            let end = try builder.build()
            return (end, parts(builder.entries))
        } catch {
            return nil
        }
    }

    private func parts(_ entries: UnsafeMutablePointer<JSONTape.Entry>) -> [Part] {
        (0..<Int(entries[0].next)).map { place in
            let entry = entries[place]
            return Part(offset: entry.offset, length: entry.length, next: entry.next, kind: entry.kind)
        }
    }

    private func quickly(_ text: UnsafeBufferPointer<UInt8>, depth: Int) -> (end: Int, parts: [Part])? {
        let tape = JSONTape.take()
        defer { JSONTape.giveBack(tape) }
        return tape.pointee.buildPrefix(of: text, maximumDepth: depth).map { ($0, parts(tape.pointee.entries)) }
    }

    private func expectSame(_ bytes: [UInt8], depth: Int = 128) {
        bytes.withUnsafeBufferPointer { text in
            let (slow, quick) = (slowly(text, depth: depth), quickly(text, depth: depth))
            let shown = String(decoding: bytes.prefix(300), as: UTF8.self)
            guard let slow else {
                #expect(quick == nil, "\(shown)")
                return
            }
            guard let quick else {
                // What stands behind the value may be in the way; the value alone is not.
                let alone = quickly(UnsafeBufferPointer(rebasing: text[..<slow.end]), depth: depth)
                #expect(alone?.parts == slow.parts, "\(shown)")
                return
            }
            #expect(quick.end == slow.end, "\(shown)")
            #expect(quick.parts == slow.parts, "\(shown)")
        }
    }

    // MARK: Made-up values

    private typealias Dice = JSONPullReaderPropertyTests.Dice

    private func value(_ dice: inout Dice, depth: Int) -> String {
        let spaces = ["", "", " ", "\n  ", "\t", "\r\n" + String(repeating: " ", count: 70)]
        let space = spaces.randomElement(using: &dice) ?? ""
        let numbers = ["0", "-1", "12.5", "1e3", "-0.5E-7", "123456789012"]
        switch Int.random(in: 0..<(depth > 5 ? 6 : 9), using: &dice) {
        case 0: return space + (["true", "false", "null"].randomElement(using: &dice) ?? "")
        case 1: return space + (numbers.randomElement(using: &dice) ?? "")
        case 2, 3, 4, 5: return space + "\"" + text(&dice) + "\"" + space
        case 6:
            let parts = (0..<Int.random(in: 0...5, using: &dice)).map { _ in value(&dice, depth: depth + 1) }
            return space + "[" + parts.joined(separator: ",") + space + "]" + space
        default:
            let parts = (0..<Int.random(in: 0...6, using: &dice)).map { _ in
                "\(space)\"\(text(&dice))\"\(space):\(value(&dice, depth: depth + 1))"
            }
            return space + "{" + parts.joined(separator: ",") + space + "}" + space
        }
    }

    private func text(_ dice: inout Dice) -> String {
        let pieces = [
            "a", "name", "é", "𝄞", #"\n"#, #"\""#, #"\\"#, #"\u00e9"#, #"\ud834\udd1e"#, #"\ud834"#, "{", "}", "[", "]",
            ",", ":",
            "true", "0", "/", String(repeating: "long text ", count: 9), String(repeating: #"\\"#, count: 40), "",
        ]
        return (0..<Int.random(in: 0...4, using: &dice)).map { _ in pieces.randomElement(using: &dice) ?? "" }.joined()
    }

    @Test(arguments: 0..<8)
    func `sound values give the same parts`(seed: UInt64) {
        var dice = Dice(state: seed)
        for _ in 0..<300 {
            let inner = (0..<3).map { _ in value(&dice, depth: 0) }.joined(separator: ",")
            expectSame(Array("[\(inner)]".utf8))
            expectSame(Array("{\"a\":[\(inner)],\"b\":{}} ,\"\u{1}".utf8))
        }
    }

    @Test(arguments: 0..<8)
    func `damaged values are refused by both or by none`(seed: UInt64) {
        var dice = Dice(state: seed &+ 100)
        let signs = Array("{}[]:,\"\\ \n\t\u{0}\u{1F}\u{C}\u{1A}0-.eEtfn\u{7F}é".utf8)
        for _ in 0..<1500 {
            var bytes = Array("[\(value(&dice, depth: 1)),\(value(&dice, depth: 1))]".utf8)
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                let place = Int.random(in: 0..<bytes.count, using: &dice)
                let sign = signs.randomElement(using: &dice) ?? 0
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: bytes[place] = sign
                case 1: bytes.insert(sign, at: place)
                case 2 where bytes.count > 2: bytes.remove(at: place)
                case 3 where bytes.count > 8: bytes.removeLast(Int.random(in: 1..<bytes.count / 2, using: &dice))
                default: break
                }
            }
            // The caller has looked at the first byte.
            guard bytes.first == UInt8(ascii: "[") || bytes.first == UInt8(ascii: "{") else { continue }
            expectSame(bytes)
        }
    }

    @Test func `escapes, quotes and control characters at each place of a block are seen`() {
        for length in 0..<200 {
            let plain = String(repeating: "x", count: length)
            for end in [#"\""#, #"\\"#, #"\u00e9"#, #"\u00g9"#, #"\x"#, "\u{1F}", "\u{7F}", #"\\\""#, #"\ud834\u00e"#] {
                expectSame(Array("[\"\(plain)\(end)\",\"b\"]".utf8))
                expectSame(Array("{\"\(plain)\(end)\":1}".utf8))
                expectSame(Array("[\"\(plain)\(end)".utf8))
            }
            for word in ["true", "tru", "nul", "-", "1.", "1e", "01", "12x", "1\"a\"", "falsey", "\u{C}", "\u{1A}"] {
                expectSame(Array("[\(String(repeating: " ", count: length))\(word)]".utf8))
                expectSame(Array("[\(String(repeating: " ", count: length))\(word)".utf8))
            }
        }
    }

    @Test(arguments: [1, 2, 3, 64, 127, 128, 129, 500])
    func `values nest as deep as they may`(depth: Int) {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let last = open == "[" ? "" : "1"
            let text = String(repeating: open, count: depth) + last + String(repeating: close, count: depth)
            expectSame(Array(text.utf8))
            expectSame(Array(text.utf8), depth: 2)
            expectSame(Array(text.utf8), depth: 0)
        }
    }

    @Test func `a value of many parts makes room for itself`() {
        let numbers = (0..<40_000).map { "{\"n\":\($0)}" }.joined(separator: ",")
        expectSame(Array("[\(numbers)]".utf8))
    }

    @Test func `the bytes of a value are those that stand in the text`() throws {
        let text = #"[{"a" : [1, {"b":"}"} ] , "c":{}} , [] ,{"d":[ ]}]"#
        let reader = JSONPullReader(ArraySource(Array(text.utf8)))
        #expect(try reader.nextDocument())
        let node = try reader.read()
        #expect(
            node.elements.map { String(decoding: $0.raw, as: UTF8.self) } == [
                #"{"a" : [1, {"b":"}"} ] , "c":{}}"#, "[]", #"{"d":[ ]}"#,
            ]
        )
        #expect(String(decoding: node[0]["a"].raw, as: UTF8.self) == #"[1, {"b":"}"} ]"#)
        #expect(String(decoding: node[0]["a"][1].raw, as: UTF8.self) == #"{"b":"}"}"#)
    }

    @Test(arguments: [
        "0", "9.8", "10", "0.1", "7.0", "123456789.012345", "1e3", "-4.5", ".5", "5.", "1.2.3", "", "1_0", "nan",
        "1e999",
        "999999999999999", "0.3000000000000001", "00.5", "9007199254740993",
    ])
    func `numbers in quotes are what the standard library reads`(text: String) throws {
        let reader = JSONPullReader(ArraySource(Array("[\"\(text)\"]".utf8)))
        #expect(try reader.nextDocument())
        let value = try reader.read()[0].double
        #expect(value == Double(text).flatMap { $0.isFinite ? $0 : nil })
    }
}

/// Sources that can step over bytes.
struct ByteWindowSkipTests {
    @Test(arguments: [16, 100, 4096])
    func `a part that is stepped over in the source leaves offsets and lines as they are`(capacity: Int) throws {
        let text = (0..<3000).map { "line \($0)\n" }.joined()
        let bytes = Array(text.utf8)
        for target in [0, 5, 17, 900, bytes.count - 1, bytes.count] {
            let window = ByteWindow(ArraySource(bytes), capacity: capacity)
            try window.rewind()
            #expect(try window.fill())
            let line = bytes[..<target].count { $0 == 0x0A } + 1
            try window.skip(to: target, line: line)
            #expect(window.offset(of: window.position) == target)
            #expect(window.line(of: window.position) == line)
            var rest: [UInt8] = []
            repeat {
                rest += window.rest
                window.position = window.end
            } while try window.fill()
            #expect(rest == Array(bytes[target...]))
            #expect(window.line(of: window.end) == 3001)
        }
    }
}
