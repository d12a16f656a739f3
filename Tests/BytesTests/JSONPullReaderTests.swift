// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Bytes

struct JSONPullReaderTests {
    private func reader(
        _ text: String,
        pieceLength: Int = .max,
        limits: JSONLimits = JSONLimits()
    ) -> JSONPullReader {
        JSONPullReader(ArraySource(Array(text.utf8), pieceLength: pieceLength), limits: limits)
    }

    /// Reads all that there is, as one value per document.
    private func readAll(_ reader: JSONPullReader) throws -> [String] {
        var documents: [String] = []
        while try reader.nextDocument() {
            let node = try reader.read()
            documents.append(String(decoding: node.raw, as: UTF8.self))
        }
        return documents
    }

    @Test func `walks the outside and reads parts of it`() throws {
        let reader = reader(
            #"{"skip":{"a":[1,"]}\""]},"results":[{"id":"a","n":1.5e0},{"id":"\u0062","x":null}],"z":0}"#
        )
        var found: [String] = []
        #expect(try reader.nextDocument())
        try reader.forEachMember { name in
            guard name == "results" else { return }
            try reader.forEachElement { _ in
                let node = try reader.read()
                found.append("\(reader.pointer) \(node["id"].string ?? "?") \(node["n"].double ?? 0)")
            }
        }
        try reader.end()
        #expect(found == ["/results/0 a 1.5", "/results/1 b 0.0"])
    }

    @Test func `a node tells kinds, parts and values`() throws {
        let reader = reader(#"{"a":[1,-2,"3"],"b":true,"c":null,"d":{"e":{}},"s":"x\ny","big":123456789012345678901}"#)
        #expect(try reader.nextDocument())
        let node = try reader.read()
        #expect(node.kind == .object && node.count == 6)
        #expect(node["a"].elements.map(\.integer) == [1, -2, 3] && node["a"].count == 3)
        #expect(node["a"][1].integer == -2 && !node["a"][3].exists)
        #expect(node["b"].bool == true && node["c"].kind == .null && !node["c"].hasValue)
        #expect(node["d"]["e"].kind == .object && node["d"]["e"].count == 0 && !node["d"]["f"]["g"].exists)
        #expect(node["s"].string == "x\ny" && node["s"].equals("x\ny") && !node["s"].equals("x"))
        #expect(node["big"].scalarText == "123456789012345678901" && node["big"].integer == nil)
        #expect(node.members.map(\.name) == ["a", "b", "c", "d", "s", "big"])
        #expect(String(decoding: node["d"].raw, as: UTF8.self) == #"{"e":{}}"#)
    }

    @Test(arguments: [
        ("{}{}", ["{}", "{}"]), ("1 2\n\"x\"", ["1", "2", "\"x\""]), ("\u{1E}[1]\n\u{1E}{}\n", ["[1]", "{}"]),
        ("  ", []), ("{\"a\":1}\r\n{\"a\":2}\n\n", ["{\"a\":1}", "{\"a\":2}"]),
    ])
    func `reads documents that follow each other`(text: String, expected: [String]) throws {
        #expect(try readAll(reader(text)) == expected)
        #expect(try readAll(reader(text, pieceLength: 1)) == expected)
    }

    @Test(arguments: [false, true])
    func `reads UTF-16 with and without a mark`(isMarked: Bool) throws {
        let text = "{\"a\":\"é𝄞\"}"
        for isBigEndian in [false, true] {
            let units = (isMarked ? [0xFEFF] : []) + Array(text.utf16)
            let bytes = units.flatMap { unit -> [UInt8] in
                let pair = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
                return isBigEndian ? pair : pair.reversed()
            }
            for pieceLength in [1, 3, 1000] {
                let reader = JSONPullReader(ArraySource(bytes, pieceLength: pieceLength))
                #expect(try reader.nextDocument())
                #expect(try reader.read()["a"].string == "é𝄞")
                try reader.rewind()
                #expect(try readAll(reader) == [text])
            }
        }
    }

    @Test func `a byte order mark is no part of the text`() throws {
        #expect(try readAll(JSONPullReader(ArraySource([0xEF, 0xBB, 0xBF] + Array("[1]".utf8)))) == ["[1]"])
        #expect(throws: JSONError.self) { try readAll(JSONPullReader(ArraySource([0xFF, 0xFE, 0, 0, 0x5B, 0, 0, 0]))) }
    }

    @Test(arguments: [
        ("[1,]", JSONError.Code.unexpectedByte, 3, "/1"), ("{\"a\":[1,{\"b\":NaN}]}", .unexpectedByte, 13, "/a/1/b"),
        ("{\"a\":01}", .unexpectedByte, 6, "/a"), ("{\"a\"}", .unexpectedByte, 4, "/a"),
        ("{\"a\":tru}", .unexpectedByte, 8, "/a"),
        ("[\"a\nb\"]", .controlCharacter, 3, "/0"), ("[{\"x/~\":\"\\q\"}]", .badEscape, 10, "/0/x~1~0"),
        ("[1", .unexpectedEnd, 2, ""), ("[[1}]", .unexpectedByte, 3, "/0/0"), ("[\"abc", .unexpectedEnd, 5, ""),
        ("{\"a\":1 \"b\":2}", .unexpectedByte, 7, "/a"), ("[1}", .unexpectedByte, 2, "/0"),
    ])
    func `errors tell byte, line and pointer`(text: String, code: JSONError.Code, offset: Int, pointer: String) {
        for prefix in ["", "\n\n"] {
            let error = #expect(throws: JSONError.self) { _ = try readAll(reader(prefix + text)) }
            #expect(error?.code == code, "\(text)")
            #expect(error?.offset == offset + prefix.count, "\(text)")
            #expect(error?.line == prefix.count + 1, "\(text)")
            if code != .unexpectedEnd {
                #expect(error?.pointer == pointer, "\(text)")
            }
        }
    }

    @Test func `an error far behind tells its line and pointer`() {
        let lines = (0..<5000).map { "{\"id\": \($0)}" }.joined(separator: ",\n")
        let reader = reader("{\"r\": [\n\(lines),\n{\"id\": x}]}", limits: JSONLimits(windowBytes: 1024))
        let error = #expect(throws: JSONError.self) {
            _ = try reader.nextDocument()
            try reader.forEachMember { _ in try reader.forEachElement { _ in _ = try reader.read() } }
        }
        #expect(error?.line == 5002)
        #expect(error?.pointer == "/r/5000/id")
    }

    @Test func `limits nesting, read or stepped over`() throws {
        let deep = String(repeating: "[", count: 200_000)
        #expect(throws: JSONError.self) { try readAll(reader(deep)) }
        let allowed = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try readAll(reader(allowed)) == [allowed])
        for text in ["[" + allowed + "]", "[\"" + String(repeating: "x", count: 80) + "\"," + allowed + "]"] {
            #expect(throws: JSONError.self) { try readAll(reader(text)) }
            #expect(throws: JSONError.self) {
                let reader = reader(text)
                _ = try reader.nextDocument()
                try reader.skip()
            }
        }
    }

    @Test func `a string or value over the limit is an error, wherever it stands`() {
        let limits = JSONLimits(stringBytes: 1000, valueBytes: 3000, windowBytes: 256)
        let long = "\"" + String(repeating: "x", count: 1600) + "\""
        let big = "[" + Array(repeating: "\"abc\"", count: 2000).joined(separator: ",") + "]"
        for text in [long, "[\(long)]"] {
            #expect(throws: JSONError.self, "\(text.prefix(9))") {
                let reader = reader(text, limits: limits)
                _ = try reader.nextDocument()
                try reader.skip()
            }
        }
        #expect(throws: JSONError.self) { try readAll(reader(big, limits: limits)) }
        #expect(throws: Never.self) {
            let reader = reader(big, limits: limits)
            _ = try reader.nextDocument()
            try reader.skip()
        }
    }

    @Test func `the last of two members counts and the other is told`() throws {
        let reader = reader(#"{"a":{"x":1,"x":2},"b":0}"#)
        _ = try reader.nextDocument()
        try reader.forEachMember { name in
            guard name == "a" else { return }
            let value = try reader.read()["x"].integer
            #expect(value == 2)
        }
        #expect(reader.warnings.map(\.pointer) == ["/a"])
        try reader.rewind(superseded: ["/a": 1])
        #expect(try reader.nextDocument())
    }

    @Test func `members that stand twice are read once when that is known`() throws {
        let reader = reader(#"{"r":[1],"x":0,"r":[2,3]}"#)
        try reader.rewind(superseded: ["/r": 2])
        var found: [Int] = []
        _ = try reader.nextDocument()
        try reader.forEachMember { name in
            guard name == "r" else { return }
            try reader.forEachElement { _ in found.append(try reader.read().integer ?? 0) }
        }
        #expect(found == [2, 3])
        #expect(reader.warnings.count == 1)
    }

    @Test func `a walk that is left steps over the rest`() throws {
        let reader = reader(#"[[1,2,[3]],{"a":1,"b":{"c":"]"}},4]"#)
        var seen: [String] = []
        _ = try reader.nextDocument()
        try reader.forEachElement { _ in
            switch try reader.kind() {
            case .array:
                try reader.forEachElement { _ in
                    seen.append(reader.pointer)
                    reader.leaveContainer()
                }
            case .object:
                try reader.forEachMember { _ in
                    seen.append(reader.pointer)
                    reader.leaveContainer()
                }
            default: seen.append(reader.pointer)
            }
        }
        try reader.end()
        #expect(seen == ["/0/0", "/1/a", "/2"])
    }

    @Test func `text loses NUL characters and half surrogates`() throws {
        let reader = reader(#"["a\u0000b","\ud834x","\ud834\udd1e"]"#)
        _ = try reader.nextDocument()
        let node = try reader.read()
        #expect(node.elements.map(\.string) == ["ab", "\u{FFFD}x", "𝄞"])
        #expect(node[2].string(limit: 3) == "")
    }

    @Test func `bytes behind the document are an error`() throws {
        let reader = reader("{} x")
        _ = try reader.nextDocument()
        try reader.skip()
        #expect(throws: JSONError.self) { try reader.end() }
    }
}
