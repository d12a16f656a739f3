// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Bytes

/// The pull reader beside the strict reader of whole documents, on random documents and random damage.
struct JSONPullReaderPropertyTests {
    /// Numbers that are the same in every run (SplitMix64).
    struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    private func document(_ dice: inout Dice, depth: Int = 0) -> String {
        let space = ["", "", " ", "\n", "\t \r\n"].randomElement(using: &dice) ?? ""
        switch Int.random(in: 0..<(depth > 5 ? 6 : 9), using: &dice) {
        case 0: return space + "null"
        case 1: return space + (Bool.random(using: &dice) ? "true" : "false") + space
        case 2: return space + String(Int.random(in: -9...99999, using: &dice))
        case 3: return ["1.5", "-0", "1e9", "2.25E-3", "0.1"].randomElement(using: &dice) ?? "0"
        case 4, 5: return space + text(&dice) + space
        case 6, 7:
            let parts = (0..<Int.random(in: 0..<6, using: &dice)).map { _ in document(&dice, depth: depth + 1) }
            return "[" + parts.joined(separator: ",") + space + "]"
        default:
            let parts = (0..<Int.random(in: 0..<6, using: &dice)).map { index in
                "\"m\(index)\"" + space + ":" + document(&dice, depth: depth + 1)
            }
            return space + "{" + parts.joined(separator: ",") + "}"
        }
    }

    private func text(_ dice: inout Dice) -> String {
        let parts = [
            "a", "\\\\", "\\\"", "[", "]", "{", "}", ",", "\\n", "é", "\\u0041", "\\ud834\\udd1e", "long text ",
        ]
        let count = [0, 1, 3, 10, 40].randomElement(using: &dice) ?? 0
        return "\"" + (0..<count).map { _ in parts.randomElement(using: &dice) ?? "" }.joined() + "\""
    }

    private func value(_ node: JSONNode) -> JSONValue {
        switch node.kind {
        case .missing, .null: return .null
        case .bool: return .bool(node.bool == true)
        case .number:
            let text = node.scalarText ?? ""
            return Int(text).map { .integer($0) } ?? .number(Double(text) ?? .nan)
        case .string: return .string(node.bytes ?? [])
        case .array: return .array(node.elements.map { value($0) })
        case .object: return .object(node.members.map { JSONMember(name: Array($0.name.utf8), value: value($0.value)) })
        }
    }

    /// The document as the pull reader sees it: walked two levels deep and read below.
    private func pull(_ bytes: [UInt8], pieceLength: Int, walks: Bool) throws -> JSONValue {
        let reader = JSONPullReader(ArraySource(bytes, pieceLength: pieceLength), limits: JSONLimits(windowBytes: 64))
        guard try reader.nextDocument() else {
            throw JSONError(code: .unexpectedEnd, offset: 0, message: "nothing")
        }
        let value = try walks ? walk(reader, depth: 0) : value(reader.read())
        try reader.end()
        return value
    }

    private func walk(_ reader: JSONPullReader, depth: Int) throws -> JSONValue {
        let kind = try reader.kind()
        if kind == .array, depth < 2 {
            var elements: [JSONValue] = []
            try reader.forEachElement { _ in elements.append(try walk(reader, depth: depth + 1)) }
            return .array(elements)
        }
        if kind == .object, depth < 2 {
            var members: [JSONMember] = []
            try reader.forEachMember { name in
                members.append(JSONMember(name: Array(name.utf8), value: try walk(reader, depth: depth + 1)))
            }
            return .object(members)
        }
        return value(try reader.read())
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1000])
    func `reads what the strict reader reads, however it is fed`(pieceLength: Int) throws {
        var dice = Dice(state: 5)
        for _ in 0..<400 {
            let bytes = Array(document(&dice).utf8)
            let expected = try JSONReader.read(bytes)
            #expect(try pull(bytes, pieceLength: pieceLength, walks: false) == expected)
            #expect(try pull(bytes, pieceLength: pieceLength, walks: true) == expected)
        }
    }

    @Test func `refuses what the strict reader refuses, at the same byte`() throws {
        var dice = Dice(state: 6)
        for _ in 0..<3000 {
            var bytes = Array(document(&dice).utf8)
            let index = Int.random(in: 0..<bytes.count, using: &dice)
            switch Int.random(in: 0..<3, using: &dice) {
            case 0: bytes.removeSubrange(index...)
            case 1: bytes.remove(at: index)
            default:
                bytes[index] = [0x22, 0x5C, 0x5B, 0x5D, 0x7B, 0x7D, 0x2C, 1, 0x31].randomElement(using: &dice) ?? 0
            }
            let strict = Result { try JSONReader.read(bytes) }
            let pulled = Result { try pull(bytes, pieceLength: 5, walks: false) }
            switch strict {
            case .success(let value): #expect(try pulled.get() == value)
            case .failure: #expect(throws: JSONError.self) { try pulled.get() }
            }
        }
    }

    @Test func `stepping over a value ends where reading it ends, however it is fed`() throws {
        var dice = Dice(state: 7)
        for _ in 0..<500 {
            let text = "[" + document(&dice) + "," + document(&dice) + ",7]"
            for pieceLength in [1, 63, 64, 65, 5000] {
                let reader = JSONPullReader(ArraySource(Array(text.utf8), pieceLength: pieceLength))
                var last: Int?
                _ = try reader.nextDocument()
                try reader.forEachElement { index in
                    if index == 2 { last = try reader.read().integer }
                }
                #expect(last == 7, "\(text)")
            }
        }
    }
}
