// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Foundation
import Gateway
import TestSupport
import Testing
import WebFirewall

/// Shorthands for tests that build bytes and transactions.
enum Sample {
    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    static func text(_ range: ByteRange, of head: HTTPRequestHead) -> String {
        String(decoding: head.bytes[range.bounds], as: UTF8.self)
    }

    static func transaction(
        method: String = "GET",
        target: String,
        fields: [(String, String)] = []
    ) -> RecordedTransaction {
        let head = HTTPRequestHead(
            method: bytes(method),
            target: bytes(target),
            version: bytes("HTTP/1.1"),
            fields: fields.map { (name: bytes($0.0), value: bytes($0.1)) }
        )
        return RecordedTransaction(
            id: "t",
            connection: HTTPConnectionInfo(
                clientAddress: "203.0.113.7",
                clientPort: 40_000,
                serverAddress: "127.0.0.1",
                serverPort: 80
            ),
            request: ReceivedRequest(head: head, body: [], refusal: nil)
        )
    }

    static func match(_ rule: Int, _ message: String = "m") -> TransactionResult.Match {
        TransactionResult.Match(
            rule: rule,
            phase: 2,
            message: bytes(message),
            data: bytes("d"),
            severity: 2,
            tags: ["a"],
            variable: bytes("ARGS:x"),
            value: bytes("v")
        )
    }
}

struct TransactionDecoderTests {
    private let decoder = TransactionDecoder(parseRawRequest: parseRawRequest)

    private func decode(_ text: String, line: Int = 1) throws -> RecordedTransaction {
        try decoder.decode(Array(text.utf8), line: line)
    }

    @Test func `reads every member of a line`() throws {
        let transaction = try decode(
            #"{"id":"t1","rules":"SecRuleEngine On","client":{"address":"2001:db8::1","port":5},"#
                + #""server":{"address":"10.0.0.1","port":8080},"request":{"method":"POST","target":"/a?b=c","#
                + #""version":"HTTP/1.0","headers":[["Host","x"],["X","1"],["X","2"]],"body":"AP9h"},"#
                + #""response":{"status":404,"version":"HTTP/1.1","headers":[["A","b"]],"body":"eA=="}}"#
        )
        #expect(transaction.id == "t1")
        #expect(transaction.rules == "SecRuleEngine On")
        #expect(transaction.connection.clientAddress == "2001:db8::1")
        #expect(transaction.connection.serverPort == 8080)
        let head = transaction.request.head
        #expect(Sample.text(head.line, of: head) == "POST /a?b=c HTTP/1.0")
        #expect(head.fields.map { Sample.text($0.value, of: head) } == ["x", "1", "2"])
        #expect(transaction.request.body == [0x00, 0xFF, 0x61])
        #expect(transaction.response?.head.status == 404)
        #expect(transaction.response?.body == [0x78])
    }

    @Test func `needs no more than a request`() throws {
        let transaction = try decode(#"{"request":{"method":"GET","target":"/"}}"#, line: 7)
        #expect(transaction.id == "7")
        #expect(Sample.text(transaction.request.head.version, of: transaction.request.head) == "HTTP/1.1")
        #expect(transaction.response == nil)
        #expect(transaction.request.refusal == nil)
    }

    @Test func `hands raw requests to the gateway's parser`() throws {
        let good = Data("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".utf8).base64EncodedString()
        let transaction = try decode(#"{"id":1,"raw":"\#(good)"}"#)
        #expect(transaction.id == "1")
        #expect(Sample.text(transaction.request.head.target, of: transaction.request.head) == "/x")
        let bad = Data("nonsense\r\n\r\n".utf8).base64EncodedString()
        #expect(try decode(#"{"raw":"\#(bad)"}"#).request.refusal != nil)
    }

    @Test(arguments: [
        (#"{"id":"a""#, "column 10"),
        (#"[]"#, "an object is expected"),
        (#"{"id":"a"}"#, "\"request\" or \"raw\" is missing"),
        (#"{"request":{"target":"/"}}"#, "request.method"),
        (#"{"request":{"method":"GET","target":"/","headers":[["a"]]}}"#, "request.headers"),
        (#"{"request":{"method":"GET","target":"/","headers":{"a":"b"}}}"#, "request.headers"),
        (#"{"request":{"method":"GET","target":"/","body":"***"}}"#, "request.body"),
        (#"{"raw":"***"}"#, "raw"),
        (#"{"request":{"method":"GET","target":"/"},"client":{"port":70000}}"#, "client.port"),
        (#"{"request":{"method":"GET","target":"/"},"response":{"status":9}}"#, "response.status"),
    ])
    func `says what is wrong with a line`(line: String, part: String) {
        let error = #expect(throws: TransactionDecodingError.self) { try decode(line, line: 3) }
        #expect(error?.description.hasPrefix("line 3") == true)
        #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }

    @Test func `keeps the name of a transaction that it cannot read`() {
        let error = #expect(throws: TransactionDecodingError.self) { try decode(#"{"id":"a","request":{}}"#) }
        #expect(error?.id == "a")
    }

    @Test(.enabled(if: TestData.available("waf/eval", for: "recorded transactions")))
    func `reads the recorded transactions`() throws {
        let data = try Data(contentsOf: TestData.url("waf/eval/transactions.ndjson"))
        let lines = Array(data).split(separator: 10)
        #expect(lines.count == 23)
        for (index, line) in lines.enumerated() {
            let transaction = try decoder.decode(Array(line), line: index + 1)
            #expect(!transaction.id.isEmpty)
            #expect(transaction.request.head.fields.count > 0)
            #expect(transaction.response?.head.status == 200)
        }
    }

    @Test func `survives mutated lines`() {
        var random = SystemRandomNumberGenerator()
        let seed = Array(
            #"{"id":"t","client":{"address":"1.2.3.4","port":1},"request":{"method":"GET","target":"/","headers":[["Host","x"]],"body":"eA=="},"response":{"status":200,"headers":[],"body":""}}"#
                .utf8
        )
        var failures = 0
        for _ in 0..<5_000 {
            var line = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                line[Int.random(in: 0..<line.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                _ = try decoder.decode(line, line: 1)
            } catch {
                failures += 1
                #expect(error.line == 1)
            }
        }
        #expect(failures > 0)
    }
}
