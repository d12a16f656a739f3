// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import EventBus
import Testing

@testable import Incidents

@Suite struct ReadingTests {
    private func read(_ line: [UInt8], _ body: (EventReader, UnsafeBufferPointer<UInt8>) -> Void) {
        line.withUnsafeBufferPointer { bytes in
            var reader = EventReader()
            reader.read(bytes, wantsRules: true)
            body(reader, bytes)
        }
    }

    private func text(_ line: UnsafeBufferPointer<UInt8>, _ range: Range<Int>?) -> String? {
        range.map { JSONText.string(line.part($0), atMost: 1000) }
    }

    @Test func `reads the members of an event in any order`() {
        let line = #"""
            { "unmapped" : {"x":[1,{"rules":"no"}], "rules":[ {"severity_id":4,"uid":"a/b"} , {"uid":942100,"desc":"x"}],
            "decision":"d","blocked_by":942100,"more_rules":3,"revision":12}, "http_response":{"code":503},
            "http_request":{"url":{"path":"/a\"b","hostname":"h"},"http_method":"PUT"}, "app_name":"shop",
            "src_endpoint":{"port":1,"ip":"::1"}, "metadata":{"uid":"t"} }
            """#
        read(Array(line.utf8)) { reader, line in
            let event = reader.event
            #expect(!event.isBroken)
            #expect(text(line, event.path) == "/a\"b")
            #expect(text(line, event.host) == "h" && text(line, event.method) == "PUT")
            #expect(text(line, event.application) == "shop" && text(line, event.client) == "::1")
            #expect(event.status == 503 && event.statusClass == 5)
            #expect(text(line, event.decider) == "942100" && event.revision == 12 && event.moreRules == 3)
            #expect(reader.rules.count == 2 && text(line, reader.rules[0].uid) == "a/b")
            #expect(reader.rules[0].severity == 4)
            #expect(text(line, event.transaction) == "t")
        }
    }

    @Test func `a transaction's name is read from the metadata`() {
        let line = #"{"uid":"x","metadata":{"version":"1.6.0","uid":"t"},"http_response":{"code":200}}"#
        read(Array(line.utf8)) { reader, line in #expect(text(line, reader.event.transaction) == "t") }
    }

    @Test func `a rule that sums up others gives way to the worst of them`() {
        let summary = TestExchange.Rule(uid: 949110, message: "Score", severity: 4, kind: nil)
        let rules = [
            TestExchange.Rule(uid: 920350, severity: 3, kind: "protocol"), TestExchange.Rule(uid: 942100), summary,
        ]
        let exchange = TestExchange(time: 1, rules: rules, decider: 949110)
        read(exchange.line) { reader, line in
            let leader = reader.leadingRule(in: line)
            #expect(text(line, leader?.rule.uid) == "942100")
            #expect(leader?.hasDecided == false)
        }
        read(TestExchange(time: 1, rules: rules, decider: 920350).line) { reader, line in
            #expect(text(line, reader.leadingRule(in: line)?.rule.uid) == "920350")
        }
        read(TestExchange(time: 1, rules: [summary], decider: 949110).line) { reader, line in
            #expect(text(line, reader.leadingRule(in: line)?.rule.uid) == "949110")
        }
    }

    @Test func `reads a detection finding`() {
        let line =
            #"{"class_uid":2004,"finding_info":{"title":"Odd login","analytic":{"uid":"r7"},"uid":"x","#
            + #""attacks":[{"technique":{"uid":"T1078"}}]},"src_endpoint":{"ip":"10.0.0.1"}}"#
        read(Array(line.utf8)) { reader, line in
            #expect(text(line, reader.event.finding.message) == "Odd login")
            #expect(text(line, reader.event.finding.uid) == "r7")
            #expect(text(line, reader.event.finding.technique) == "T1078")
        }
    }

    /// Against the strict reader: what that one accepts is read alike, member for member.
    @Test func `agrees with the strict reader on all documents`() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let value = JSONValue.random(&random, depth: 0)
            var json = JSONWriter()
            json.value(value)
            let document = json.bytes
            let read = try JSONReader.read(document)
            document.withUnsafeBufferPointer { bytes in
                var scanner = JSONScanner(bytes)
                #expect(scanner.copy() == read)
                #expect(!scanner.isBroken)
            }
        }
    }

    /// Every part of an event, and every event with some bytes changed.
    @Test func `survives any bytes`() {
        var random = SeededGenerator(seed: 5)
        let line = TestExchange(time: 1, path: "/a\u{1F600}\"\\x").line
        for length in 0...line.count { read(Array(line.prefix(length))) { _, _ in } }
        for _ in 0..<20_000 {
            var bytes = line
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array("{}[]\",:\\u0".utf8).randomElement(using: &random) ?? 0, at: place)
                }
            }
            read(bytes) { reader, line in
                _ = reader.leadingRule(in: line)
                let maker = RowMaker(line: line, event: reader.event, leader: reader.leadingRule(in: line))
                let facts = EventFacts(time: 1, eventClass: .httpActivity)
                let exchange = Exchange(time: 1, statusClass: 2, outcome: .noted)
                let row = maker.row(id: 1, facts, exchange, "a", "GET /")
                #expect(row.path?.utf8.count ?? 0 <= 512 && row.message.utf8.count <= 512)
                var rules: [UInt8] = []
                maker.appendRules(to: &rules)
                #expect(String(validating: rules, as: UTF8.self) != nil)
            }
        }
    }

    @Test func `deep nesting and absurd numbers cost no stack and no crash`() {
        let deep = String(repeating: "[", count: 60_000)
        read(Array((#"{"a":"# + deep).utf8)) { reader, _ in #expect(reader.event.isBroken) }
        let nested = #"{"a":\#(deep)\#(String(repeating: "]", count: 60_000)),"http_response":{"code":404}}"#
        read(Array(nested.utf8)) { reader, _ in
            #expect(!reader.event.isBroken)
            #expect(reader.event.status == 404)
        }
        for number in ["99999999999999999999", "-9223372036854775809", "1e999", "-", "0x1", "1.5"] {
            read(Array(#"{"http_response":{"code":\#(number)},"app_name":"x"}"#.utf8)) { reader, line in
                #expect((0...999).contains(reader.event.status))
                #expect(text(line, reader.event.application) == "x")
            }
        }
    }

    @Test func `routes have placeholders for identifiers and are bounded`() {
        func shape(_ path: String) -> String {
            let path = Array(path.utf8)
            let method = Array("GET".utf8)
            var bytes: [UInt8] = []
            method.withUnsafeBufferPointer { method in
                path.withUnsafeBufferPointer { RouteShape.append(method: method, path: $0, to: &bytes) }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(shape("/orders/17/items/deadbeef01") == "GET /orders/{id}/items/{id}")
        #expect(shape("/v2/users") == "GET /v2/users")
        #expect(shape("/") == "GET /")
        #expect(shape("/a//b") == "GET /a//b")
        #expect(shape("/a\u{1B}[31m") == "GET /a?[31m")
        #expect(shape(String(repeating: "/segment", count: 9000)).utf8.count <= RouteShape.longest)
        #expect(shape("/" + String(repeating: "é", count: 500)).utf8.count <= RouteShape.longest)
    }

    @Test func `words of a query are words of a row`() throws {
        #expect(try SearchWords.query("SQL Injection") == "\"sql\" \"injection\"")
        #expect(try SearchWords.query("203.0.113.7") == "\"203.0.113.7\"")
        #expect(try SearchWords.query("wp-login.p*") == "\"wp\" \"login\" \"p\"")
        #expect(try SearchWords.query("/admin*") == "\"admin\"*")
        #expect(throws: (any Error).self) { try SearchWords.query(" \"*' ") }
    }

    /// Words as they are defined, one text each.
    private static func plainWords(_ row: DetectionRow) -> [String] {
        var words: [String] = []
        func add(_ word: String) {
            if !word.isEmpty, words.count < 64, !words.contains(word) { words.append(word) }
        }
        func cut(_ text: String?) {
            let isBetween = { (byte: UInt8) in
                byte < 0x80 && !(0x30...0x39).contains(byte) && !(0x41...0x5A).contains(byte)
                    && !(0x61...0x7A).contains(byte)
            }
            for part in (text ?? "").utf8.split(whereSeparator: isBetween) {
                let lowered = part.prefix(40).map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
                add(String(decoding: lowered, as: UTF8.self))
            }
        }
        cut(row.rule)
        cut(row.decidedBy)
        cut(row.kind)
        if let client = row.client { add(client.key) }
        for text in [row.application, row.host, row.message, row.path] { cut(text) }
        return words
    }

    @Test(arguments: 0..<200) func `the words of any row are its runs of letters and digits, each once`(
        seed: Int
    ) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let pieces = [
            "a", "B", "é", "🦆", " ", "-", "/", "0", "\u{0}", "select", "SELECT",
            "x" + String(repeating: "ä", count: 25),
        ]
        func text() -> String {
            (0..<Int.random(in: 0..<40, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                .joined()
        }
        var row = try DetectionRow.plain(client: "203.0.113.7")
        (row.rule, row.kind, row.application, row.message) = (text(), text(), text(), text())
        (row.decidedBy, row.host, row.path) = (text(), text(), text())
        let before = Array("before".utf8)
        var bytes = before
        SearchWords.append(row, to: &bytes)
        #expect(bytes.prefix(before.count).elementsEqual(before))
        #expect(
            String(decoding: bytes.dropFirst(before.count), as: UTF8.self)
                == Self.plainWords(row).joined(separator: " ")
        )
        #expect(SearchWords.text(of: row) == Self.plainWords(row).joined(separator: " "))
    }
}

extension DetectionRow {
    /// A row of which a test changes what it is about.
    fileprivate static func plain(client: String) throws -> DetectionRow {
        DetectionRow(
            id: 1,
            time: 1,
            lastTime: 1,
            count: 1,
            severity: .high,
            outcome: .wouldStop,
            control: .webFirewall,
            rule: "",
            decidedBy: nil,
            kind: "",
            technique: nil,
            message: "",
            target: nil,
            evidence: nil,
            client: try Entity(parsing: client),
            application: "",
            method: nil,
            host: nil,
            path: nil,
            route: "",
            status: 200,
            reason: nil,
            scope: nil,
            revision: nil,
            decision: nil,
            transaction: nil,
            samples: [],
            folding: .none,
            incident: nil
        )
    }
}

extension JSONValue {
    fileprivate static func random(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 5 : 7), using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2: .integer(Int.random(in: .min ... .max, using: &random))
        case 3, 4: .string(text(&random))
        case 5: .array((0..<Int.random(in: 0...4, using: &random)).map { _ in .random(&random, depth: depth + 1) })
        default:
            .object(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in
                    JSONMember(name: text(&random), value: .random(&random, depth: depth + 1))
                }
            )
        }
    }

    private static func text(_ random: inout SeededGenerator) -> [UInt8] {
        let pieces = ["a", "\"", "\\", "\n", "é", "\u{1F600}", "\u{0}", "}", "]", ":", ","]
        return Array(
            (0..<Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
                .utf8
        )
    }
}

extension JSONScanner {
    /// The value as the strict reader makes it, of documents without odd numbers.
    fileprivate mutating func copy() -> JSONValue {
        var ahead = self
        guard let range = ahead.rawValue() else { return .null }
        switch bytes[range.lowerBound] {
        case UInt8(ascii: "{"):
            _ = beginObject()
            var members: [JSONMember] = []
            while let key = nextKey() {
                let name = Array(JSONText.string(bytes.part(key), atMost: 1000).utf8)
                members.append(JSONMember(name: name, value: copy()))
            }
            return .object(members)
        case UInt8(ascii: "["):
            _ = beginArray()
            var elements: [JSONValue] = []
            while nextElement() { elements.append(copy()) }
            return .array(elements)
        case UInt8(ascii: "\""):
            return .string(string().map { Array(JSONText.string(bytes.part($0), atMost: 1000).utf8) } ?? [])
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "f"):
            skip()
            let word = String(decoding: bytes.part(range), as: UTF8.self)
            return word == "null" ? .null : .bool(word == "true")
        default:
            return integer().map { .integer($0) } ?? .null
        }
    }
}
