// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Foundation
import TestSupport
import Testing
import WebFirewall

struct BenchmarkCorpusTests {
    private static func block(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { Array($0) } + bytes
    }

    private static func record(_ trafficClass: UInt8, body: String = "") -> [UInt8] {
        [trafficClass] + ["n", "POST", "/t", "1.1", body].flatMap { block(Array($0.utf8)) } + [2, 0]
            + ["A", "b", "A", "c"].flatMap { block(Array($0.utf8)) }
    }

    @Test func `reads records`() throws {
        let corpus = try BenchmarkCorpus(Self.record(1, body: "x=y") + Self.record(3))
        #expect(corpus.records.map(\.trafficClass) == [.form, .attack])
        let transaction = corpus.records[0].transaction
        #expect(transaction.id == "n")
        #expect(Sample.text(transaction.request.head.line, of: transaction.request.head) == "POST /t HTTP/1.1")
        #expect(transaction.request.head.fields.count == 2)
        #expect(transaction.request.body == Sample.bytes("x=y"))
        #expect(transaction.connection.clientAddress == "203.0.113.7")
        let response = try #require(transaction.response)
        #expect((2_000..<2_080).contains(response.body.count))
        #expect(response.body.suffix(14) == Sample.bytes("</body></html>")[...])
    }

    @Test func `refuses every cut`() throws {
        let bytes = Self.record(0, body: "abc")
        for length in 1..<bytes.count {
            let error = #expect(throws: BenchmarkCorpusError.self) { try BenchmarkCorpus(Array(bytes.prefix(length))) }
            #expect(error.map { $0.offset <= length } == true)
        }
        #expect(throws: BenchmarkCorpusError.self) { try BenchmarkCorpus(Self.record(4)) }
        #expect(throws: BenchmarkCorpusError.self) { try BenchmarkCorpus([0, 0xFF, 0xFF, 0xFF, 0xFF]) }
        #expect(try BenchmarkCorpus([]).records.isEmpty)
    }

    @Test func `survives random bytes`() {
        var random = SystemRandomNumberGenerator()
        let seed = Self.record(0, body: "abc") + Self.record(2)
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                _ = try BenchmarkCorpus(bytes)
            } catch {
                #expect(error.offset <= bytes.count)
            }
        }
    }

    @Test(
        .enabled(if: TestData.available("waf/bench", for: "benchmark corpora")),
        arguments: [("corpus.bin", 1), ("corpus-varied.bin", 20)]
    )
    func `reads the corpora`(name: String, times: Int) throws {
        let data = try Data(contentsOf: TestData.url("waf/bench/\(name)"))
        let corpus = try BenchmarkCorpus(Array(data))
        #expect(corpus.records.count == 50 * times)
        #expect(corpus.count(of: .get) == 20 * times)
        #expect(corpus.count(of: .form) == 5 * times)
        #expect(corpus.count(of: .json) == 5 * times)
        #expect(corpus.count(of: .attack) == 20 * times)
        #expect(corpus.records.allSatisfy { !$0.transaction.request.head.fields.isEmpty })
    }

    @Test func `warms up, goes around and reports per class`() throws {
        let corpus = try BenchmarkCorpus(Self.record(0) + Self.record(3))
        var count = 0
        let run = BenchmarkRun(corpus, seconds: 0.02) { _ in
            count += 1
            return count == 4
        }
        let json = try JSONReader.read(run.json)
        let gets = json["classes"]?["get"]?["n"]?.integer ?? 0
        let attacks = json["classes"]?["attack"]?["n"]?.integer ?? 0
        #expect(gets > 1)
        #expect((0...1).contains(gets - attacks))
        #expect(count == 2 + gets + attacks)
        #expect(json["classes"]?["form"]?["p50_us"] == .null)
        let denied = ["get", "attack"].compactMap { json["classes"]?[$0]?["denied"]?.integer }
        #expect(denied.reduce(0, +) == 1)
        #expect((json["classes"]?["get"]?["p10_us"]?.double ?? 99) <= (json["classes"]?["get"]?["p50_us"]?.double ?? 0))
        #expect((json["tx_per_s"]?.double ?? 0) > 0)
        #expect((json["rss_mb"]?.double ?? 0) > 1)
        #expect(run.text.contains("attack"))
    }
}
