// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Testing

@testable import WebFirewall

struct HARReaderTests {
    private func read(_ entries: String) throws -> (transactions: [RecordedTransaction], errors: Int) {
        var errors = 0
        let text = #"{"log":{"version":"1.2","entries":[\#(entries)]}}"#
        let transactions = try HARReader.read([0xEF, 0xBB, 0xBF] + Array(text.utf8)) { _ in errors += 1 }
        return (transactions, errors)
    }

    @Test func `reads a browser's entry`() throws {
        let (transactions, _) = try read(
            #"{"request":{"method":"POST","url":"https://shop.example:8443/buy?x=1#top","httpVersion":"h2","headers":["#
                + #"{"name":":authority","value":"shop.example:8443"},{"name":":path","value":"/buy"},"#
                + #"{"name":"Content-Length","value":"999"},{"name":"Cookie","value":"a=b"}],"postData":{"mimeType":"#
                + #""application/x-www-form-urlencoded","text":"q=1"}},"response":{"status":200,"httpVersion":"h2","#
                + #""headers":[{"name":"Content-Encoding","value":"gzip"},{"name":"Content-Type","value":"text/html"}],"#
                + #""content":{"encoding":"base64","text":"eHl6"}},"serverIPAddress":"192.0.2.9"}"#
        )
        let transaction = try #require(transactions.first)
        let head = transaction.request.head
        #expect(Sample.text(head.line, of: head) == "POST /buy?x=1 HTTP/1.1")
        let fields = head.fields.map { Sample.text($0.name, of: head) + ": " + Sample.text($0.value, of: head) }
        #expect(fields == ["Host: shop.example:8443", "Content-Length: 3", "Cookie: a=b"])
        #expect(transaction.request.body == Sample.bytes("q=1"))
        #expect(transaction.connection.serverPort == 8_443)
        #expect(transaction.connection.serverAddress == "192.0.2.9")
        #expect(transaction.response?.body == Sample.bytes("xyz"))
        #expect(transaction.response?.head.fields.count == 1)
    }

    @Test func `makes a host, a path and a body where only parts were recorded`() throws {
        let (transactions, _) = try read(
            #"{"request":{"method":"GET","url":"http://user@a.example?q","headers":[],"postData":{"params":["#
                + #"{"name":"a b","value":"c&d"},{"name":"e"}]}},"response":{"status":0}}"#
        )
        let transaction = try #require(transactions.first)
        let head = transaction.request.head
        #expect(Sample.text(head.target, of: head) == "/?q")
        #expect(head.fields.map { Sample.text($0.value, of: head) } == ["a.example"])
        #expect(transaction.request.body == Sample.bytes("a+b=c%26d&e="))
        #expect(transaction.response == nil)
    }

    @Test func `goes on behind an entry that makes no sense`() throws {
        let (transactions, errors) = try read(
            #"{"request":{}},{"request":{"method":"GET","url":"/x"}},{"request":{"method":"GET","url":"/y"},"#
                + #""response":{"status":200,"content":{"encoding":"base64","text":"\u0001"}}}"#
        )
        #expect(transactions.count + errors == 3)
        #expect(errors >= 1)
    }

    @Test(arguments: ["", "[]", "{\"log\":{}}", "{\"log\":{\"entries\":5}}", "{"])
    func `refuses what is no archive`(text: String) {
        #expect(throws: TransactionDecodingError.self) { try HARReader.read(Array(text.utf8)) { _ in } }
    }

    @Test func `survives mutated archives`() throws {
        var random = SystemRandomNumberGenerator()
        let seed = Array(
            #"{"log":{"entries":[{"request":{"method":"GET","url":"http://a/b?c","headers":[{"name":"A","value":"b"}]},"response":{"status":200,"content":{"text":"x"}}}]}}"#
                .utf8
        )
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                for transaction in try HARReader.read(bytes, onError: { _ in }) {
                    _ = ReplayReport.self
                    #expect(!transaction.id.isEmpty)
                }
            } catch {
                #expect(error.line >= 1)
            }
        }
    }
}

struct RouteTemplateTests {
    @Test(arguments: [
        ("/orders/17?x=1", "GET /orders/{id}"), ("/", "GET /"), ("/a/b.html", "GET /a/b.html"),
        ("/u/550e8400-e29b-41d4-a716-446655440000/x", "GET /u/{id}/x"), ("/v2/items", "GET /v2/items"),
        ("/t/deadbeef01", "GET /t/{id}"), ("/face", "GET /face"), ("", "GET "),
        ("/s/Zx9Kq2Lm8Pw3Rt6Y", "GET /s/{id}"), ("/x/1.2", "GET /x/1.2"),
    ])
    func `puts placeholders for identifiers`(target: String, route: String) {
        #expect(RouteTemplate.of(method: Array("GET".utf8), target: Array(target.utf8)) == route)
    }

    @Test func `bounds the length of a route`() {
        let target = Array(String(repeating: "/abcdefgh", count: 5_000).utf8)
        #expect(RouteTemplate.of(method: Array("GET".utf8), target: target).utf8.count < 140)
        #expect(
            RouteTemplate.of(method: Array("GET".utf8), target: [0x2F] + Array(repeating: 0x61, count: 9_999)).utf8
                .count < 140
        )
    }
}

struct ReplayReportTests {
    private func report() -> ReplayReport {
        var report = ReplayReport()
        let denied = TransactionResult(
            outcome: .init(verdict: .deny, status: 403, rule: 949_110, phase: 2),
            matches: [Sample.match(942_100), Sample.match(942_100), Sample.match(949_110, "score")]
        )
        report.add(Sample.transaction(target: "/item/1?id=1"), denied)
        report.add(Sample.transaction(target: "/item/2"), denied)
        let passed = TransactionResult(outcome: .init(verdict: .pass, status: 200), matches: [Sample.match(920_350)])
        report.add(Sample.transaction(target: "/item/3"), passed)
        report.add(Sample.transaction(target: "/about"), TransactionResult(outcome: .init(verdict: .pass, status: 200)))
        return report
    }

    @Test func `counts by rule and by route`() throws {
        let report = report()
        #expect(report.requests == 4)
        #expect(report.matched == 3)
        #expect(report.stopped == 2)
        let rule = try #require(report.rules[942_100])
        #expect(rule.matches == 4)
        #expect(rule.requests == 2)
        #expect(rule.stopped == 0)
        #expect(report.rules[949_110]?.stopped == 2)
        let route = try #require(report.routes["GET /item/{id}"])
        #expect(route.requests == 3)
        #expect(route.matched == 3)
        #expect(route.stopped == 2)
        #expect(route.rules == [942_100: 2, 949_110: 2, 920_350: 1])
    }

    @Test func `counts what enforce had stopped`() {
        var report = ReplayReport()
        let result = TransactionResult(
            outcome: .init(verdict: .pass, status: 200),
            would: .init(verdict: .drop, status: 0, rule: 1, phase: 1),
            matches: [Sample.match(1)]
        )
        report.add(Sample.transaction(target: "/"), result)
        #expect(report.stopped == 1)
        #expect(report.rules[1]?.stopped == 1)
    }

    @Test func `prints tables`() {
        let text = report().text
        #expect(text.contains("942100"))
        #expect(text.contains("GET /item/{id}"))
        #expect(text.contains("4 requests: 3 with a match, 2 would have been stopped"))
    }

    @Test func `writes JSON and NDJSON`() throws {
        let report = report()
        let json = try JSONReader.read(report.json)
        #expect(json["requests"]?.integer == 4)
        #expect(json["rules"]?.elements?.count == 3)
        #expect(json["routes"]?.elements?.first?["route"]?.text == "GET /item/{id}")
        #expect(json["routes"]?.elements?.first?["rules"]?["942100"]?.integer == 2)
        let lines = report.ndjson.split(separator: 10)
        #expect(lines.count == 6)
        for line in lines {
            #expect(try JSONReader.read(Array(line))["type"] != nil)
        }
    }

    @Test func `bounds the number of routes`() {
        var report = ReplayReport()
        let result = TransactionResult(outcome: .init(verdict: .pass, status: 200))
        for number in 0..<(ReplayReport.maximumRoutes + 50) {
            let name = String(number).map { String(UnicodeScalar(UInt8(ascii: "a") + UInt8($0.wholeNumberValue ?? 0))) }
            report.add(Sample.transaction(target: "/" + name.joined()), result)
        }
        #expect(report.routes.count == ReplayReport.maximumRoutes + 1)
        #expect(report.routes[ReplayReport.otherRoutes]?.requests == 50)
    }

    @Test func `keeps control characters away from terminals`() {
        var report = ReplayReport()
        let result = TransactionResult(
            outcome: .init(verdict: .pass, status: 200),
            matches: [Sample.match(1, "\u{1B}[2J\u{202E}x")]
        )
        report.add(Sample.transaction(target: "/\u{1B}]0;x\u{7}"), result)
        #expect(!report.text.unicodeScalars.contains("\u{1B}"))
        #expect(!report.text.unicodeScalars.contains("\u{202E}"))
        #expect(report.text.contains("\\x1b[2J"))
    }
}
