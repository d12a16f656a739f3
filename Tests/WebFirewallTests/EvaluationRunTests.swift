// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import Gateway
import Testing
import WebFirewall

struct EvaluationRunTests {
    private func object(_ line: [UInt8]) throws -> JSONValue {
        #expect(line.last == 10)
        return try JSONReader.read(line)
    }

    @Test func `writes an answer in the agreed form`() throws {
        var encoder = ResultEncoder()
        let result = TransactionResult(
            outcome: .init(verdict: .deny, status: 403, rule: 949_110, phase: 2),
            matches: [Sample.match(942_100)],
            errorLog: [[0x61, 0xFF, 0x0A]],
            auditLog: Array(#"{"transaction":{}}"#.utf8),
            debugLog: [Sample.bytes("Target value: \"v\" (Variable: ARGS:k)")]
        )
        let line = String(decoding: encoder.encode(result, id: "t1"), as: UTF8.self)
        #expect(
            line == #"{"id":"t1","verdict":"deny","status":403,"location":null,"rule":949110,"phase":2,"matches":["#
                + #"{"rule":942100,"phase":2,"message":"m","data":"d","severity":2,"tags":["a"],"variable":"ARGS:x","#
                + #""value":"v"}],"errorLog":["a"# + "\u{FFFD}" + #"\n"],"auditLog":{"transaction":{}},"debugLog":["#
                + #""Target value: \"v\" (Variable: ARGS:k)"],"error":null}"# + "\n"
        )
    }

    @Test func `tells in observe what enforce had answered`() throws {
        var encoder = ResultEncoder()
        let result = TransactionResult(
            outcome: .init(verdict: .pass, status: 200),
            would: .init(verdict: .redirect, status: 302, location: Sample.bytes("/x"), rule: 5, phase: 1)
        )
        let answer = try object(encoder.encode(result, id: "t"))
        #expect(answer["verdict"]?.text == "pass")
        #expect(answer["would"]?["verdict"]?.text == "redirect")
        #expect(answer["would"]?["location"]?.text == "/x")
        #expect(answer["would"]?["rule"]?.integer == 5)
        #expect(answer["auditLog"] == .null)
    }

    @Test func `answers every line and goes on after a bad one`() throws {
        var evaluated: [String] = []
        var run = EvaluationRun(decoder: TransactionDecoder(parseRawRequest: parseRawRequest)) { transaction in
            evaluated.append(transaction.id)
            return TransactionResult(
                outcome: .init(verdict: .pass, status: 200),
                error: transaction.rules == nil ? nil : "x.conf:1:2: bad"
            )
        }
        func answer(_ text: String) throws -> JSONValue? {
            try run.answer(.line(Array(text.utf8))).map { try object($0) }
        }
        let request = #""request":{"method":"GET","target":"/"}"#
        #expect(try answer("{\"id\":\"a\",\(request)}")?["error"] == .null)
        #expect(try answer("") == nil)
        let bad = try answer(#"{"id":"b","request":7}"#)
        #expect(bad?["id"]?.text == "b")
        #expect(bad?["verdict"] == .null)
        #expect(bad?["error"]?.text?.hasPrefix("line 3: ") == true)
        let tooLong = run.answer(.tooLong)
        #expect(try object(#require(tooLong))["error"]?.text == "line 4: the line is too long")
        #expect(try answer("{\"id\":\"c\",\"rules\":\"x\",\(request)}")?["error"]?.text == "x.conf:1:2: bad")
        #expect(evaluated == ["a", "c"])
        #expect(run.summary.answered == 1)
        #expect(run.summary.failed == 3)
    }

    @Test func `reads lines however they arrive`() throws {
        let pipe = Pipe()
        let long = String(repeating: "x", count: 200_000)
        let text = "one\r\n\ntwo\n\(long)\nlast"
        let writer = pipe.fileHandleForWriting
        Thread.detachNewThread {
            for byte in text.utf8.prefix(9) {
                writer.write(Data([byte]))
            }
            writer.write(Data(text.utf8.dropFirst(9)))
            writer.closeFile()
        }
        var reader = LineReader(descriptor: pipe.fileHandleForReading.fileDescriptor, maximumLength: 100_000)
        var items: [LineReader.Item] = []
        while let item = try reader.next() {
            items.append(item)
        }
        #expect(
            items == [
                .line(Array("one".utf8)), .line([]), .line(Array("two".utf8)), .tooLong, .line(Array("last".utf8)),
            ]
        )
    }

    @Test func `reports a descriptor that cannot be read`() {
        var reader = LineReader(descriptor: 9_999)
        #expect(throws: LineReader.ReadError.self) { try reader.next() }
    }
}
