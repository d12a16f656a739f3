// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Bytes

/// Members that are found by a table, beside what a walk over all of them finds.
struct JSONNameIndexTests {
    private func withNode(_ text: String, _ body: (JSONNode) throws -> Void) throws {
        let reader = JSONPullReader(ArraySource(Array(text.utf8)))
        #expect(try reader.nextDocument())
        try body(try reader.read())
    }

    @Test(arguments: [1, 5, 6, 7, 63, 64, 65, 200])
    func `objects of any size give each of their members and no other`(count: Int) throws {
        let members = (0..<count).map { "\"name\($0)\":\($0)" }.joined(separator: ",")
        try withNode("{\(members)}") { node in
            for index in 0..<count {
                #expect(node[named: "name\(index)"].integer == index)
            }
            #expect(!node["name"].exists)
            #expect(!node["Name1"].exists)
            #expect(!node["name999"].exists)
            #expect(!node[named: ""].exists)
        }
    }

    @Test func `random names are found as a walk finds them`() throws {
        var dice = JSONPullReaderPropertyTests.Dice(state: 11)
        // Few letters and lengths, so that names fall on the same slots.
        func name() -> String {
            String((0..<Int.random(in: 1...4, using: &dice)).map { _ in "abA_".randomElement(using: &dice) ?? "a" })
        }
        for _ in 0..<300 {
            let names = (0..<Int.random(in: 6...64, using: &dice)).map { _ in name() }
            let members = names.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",")
            try withNode("[{\(members)},{\"a\":{\(members)}}]") { node in
                for _ in 0..<40 {
                    let wanted = name()
                    #expect(node[0][named: wanted].integer == names.lastIndex(of: wanted))
                    #expect(node[1]["a"][named: wanted].integer == names.lastIndex(of: wanted))
                }
            }
        }
    }

    @Test func `of a name that stands twice the last counts, and that is told`() throws {
        let text = #"[{"a":1,"b":2,"c":3,"d":4,"e":5,"a":6,"f":7}]"#
        let reader = JSONPullReader(ArraySource(Array(text.utf8)))
        #expect(try reader.nextDocument())
        try reader.forEachElement { _ in
            let value = try reader.read()["a"].integer
            #expect(value == 6)
        }
        #expect(reader.warnings.map(\.pointer) == ["/0"])
    }

    @Test func `names with escapes are found`() throws {
        try withNode(#"{"\u0061":1,"b":2,"c":3,"d":4,"e":5,"f\n":6,"g":7}"#) { node in
            #expect(node["a"].integer == 1)
            #expect(node["f\n"].integer == 6)
            #expect(node["g"].integer == 7)
            #expect(!node["h"].exists)
        }
    }

    @Test func `objects in objects keep their own tables`() throws {
        func object(_ level: Int) -> String {
            let members = (0..<8).map { "\"m\($0)\":\(level * 10 + $0)" }.joined(separator: ",")
            return level == 7 ? "{\(members)}" : "{\(members),\"in\":\(object(level + 1))}"
        }
        try withNode(object(0)) { root in
            for _ in 0..<3 {
                var node = root
                for level in 0..<8 {
                    #expect(node["m3"].integer == level * 10 + 3)
                    #expect(root["m5"].integer == 5)
                    node = node["in"]
                }
                #expect(!node.exists)
            }
        }
    }
}

/// Large values that are stepped over a second time.
struct JSONRepeatedSkipTests {
    private let head = "{\n\"list\": [\n"

    private func document(_ elements: Int) -> String {
        head + (0..<elements).map { "{\"n\": \($0), \"text\": \"] } \\\" \($0)\"}" }.joined(separator: ",\n")
            + "\n],\n\"end\": 7,\n\"bad\": tru }"
    }

    @Test(arguments: [1 << 10, 64 << 10, 1 << 20])
    func `a list that was stepped over ends where it ended, with the same lines`(pieceLength: Int) throws {
        let elements = 20_000
        let limits = JSONLimits(windowBytes: 64 << 10)
        let reader = JSONPullReader(
            ArraySource(Array(document(elements).utf8), pieceLength: pieceLength),
            limits: limits
        )
        var errors: [JSONError] = []
        for pass in 0..<4 {
            try reader.rewind()
            #expect(try reader.nextDocument())
            var end: Int?
            var count = 0
            let error = #expect(throws: JSONError.self) {
                try reader.forEachMember { name in
                    if name == "list", pass == 1 {
                        try reader.forEachElement { index in
                            count += 1
                            if index == 2 { reader.leaveContainer() }
                        }
                    } else if name == "list", pass == 3 {
                        try reader.forEachElement { index in
                            let number = try reader.read()["n"].integer
                            #expect(number == index)
                            count += 1
                        }
                    } else if name == "end" {
                        end = try reader.read().integer
                    } else if name == "bad" {
                        _ = try reader.read()
                    }
                }
            }
            #expect(end == 7)
            #expect(count == [0, 3, 0, elements][pass])
            errors.append(try #require(error))
        }
        #expect(errors.allSatisfy { $0 == errors[0] })
        #expect(errors[0].line == elements + 5)
        #expect(errors[0].pointer == "/bad")
    }
}

/// Texts whose escapes are taken out.
struct JSONDecodedTextTests {
    @Test func `escapes, pairs of surrogates and zero bytes are decoded alike in any place`() throws {
        let parts: [(String, String)] = [
            ("plain text of more than fifteen bytes ", "plain text of more than fifteen bytes "), (#"\n"#, "\n"),
            (#"\u0041"#, "A"), (#"\u00e9"#, "é"), (#"\ud834\udd1e"#, "𝄞"), (#"\ud834"#, "\u{FFFD}"), (#"\u0000"#, ""),
            (#"\\"#, "\\"), (#"\/"#, "/"), ("é", "é"), (#"\""#, "\""),
        ]
        var dice = JSONPullReaderPropertyTests.Dice(state: 3)
        for _ in 0..<500 {
            let chosen = (0..<Int.random(in: 0...6, using: &dice)).compactMap { _ in parts.randomElement(using: &dice) }
            // A lone surrogate before an escaped one would be a pair.
            let text = chosen.map(\.0).joined(separator: "-")
            let reader = JSONPullReader(ArraySource(Array("[\"\(text)\"]".utf8)))
            #expect(try reader.nextDocument())
            let node = try reader.read()[0]
            #expect(node.string == chosen.map(\.1).joined(separator: "-"))
            #expect(node.bytes == Array(chosen.map(\.1).joined(separator: "-").utf8))
        }
    }
}
