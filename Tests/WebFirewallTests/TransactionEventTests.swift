// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Foundation
import OCSFValidation
import Testing

@testable import WebFirewall

/// What is recorded of an exchange.
struct TransactionEventTests {
    private static let rules = #"""
        SecRuleEngine On
        SecRequestBodyAccess On
        SecRule ARGS:q "@contains evil" "id:77,phase:2,deny,status:403,log,severity:CRITICAL,msg:'found it'"
        SecRule ARGS:q "@contains odd" "id:78,phase:2,pass,log,severity:WARNING,msg:'looks odd'"
        SecRule ARGS:q "@contains gone" "id:79,phase:2,drop,log,severity:ALERT,msg:'away with it'"
        """#

    /// One exchange, and the events that came of it.
    private func record(
        _ target: String,
        mode: Mode = .enforce,
        fields: [(String, String)] = [("Host", "shop.example")],
        status: Int = 200,
        client: String = "203.0.113.7",
        method: String = "POST",
        refusal: HTTPRefusal? = nil
    ) async throws -> (batch: EventBatch, json: [String: Any]) {
        let bus = EventBus()
        let subscription = bus.subscribe("test")
        let recorder = TransactionRecorder(bus.producer(source: 1, epoch: 1))
        let bench = try FilterBench(Self.rules, mode: mode, recorder: recorder)
        let exchange = bench.exchange(from: client)
        let head = HTTPRequestHead(
            method: Array(method.utf8),
            target: Array(target.utf8),
            version: Array("HTTP/1.1".utf8),
            fields: fields.map { (name: Array($0.0.utf8), value: Array($0.1.utf8)) }
        )
        if exchange.requestHead(head, refusal: refusal) == .pass, refusal == nil {
            _ = exchange.requestEnd(isTruncated: false)
        }
        exchange.finish(status: status)
        exchange.settle()
        bus.flush()
        let batch = try #require(await subscription.next())
        #expect(batch.count == 1)
        // Whatever a test sends has to fit the schema.
        let problems = try OCSFSchema().problems(in: Array(batch.event(at: 0)))
        #expect(problems == [])
        let line = Data(batch.event(at: 0))
        return (batch, try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any]))
    }

    private func value(_ json: [String: Any], _ path: String) -> String? {
        var value: Any? = json
        for key in path.split(separator: ".") {
            if let number = Int(key) {
                let list = value as? [Any]
                value = list.flatMap { number < $0.count ? $0[number] : nil }
            } else {
                value = (value as? [String: Any])?[String(key)]
            }
        }
        return value.map { "\($0)" }
    }

    @Test func `an ordinary exchange is HTTP activity that was allowed`() async throws {
        let fields = [
            ("Host", "shop.example"), ("uSER-aGENT", "test/1"), ("Content-Type", "text/plain"), ("Cookie", "secret=1"),
        ]
        let (batch, json) = try await record("/a%20b?q=private", fields: fields)
        let header = try #require(batch.headers.first)
        #expect(header.facts.eventClass == .httpActivity && header.facts.severity == .info)
        #expect(header.facts.disposition == 1 && header.facts.time > 1_600_000_000_000_000_000)
        #expect(
            Array(batch.entities(at: 0)) == [
                EntityKey(try Entity(.address, key: "203.0.113.7")),
                EntityKey(try Entity(.service, key: "shop")),
            ]
        )
        let expected = [
            "class_uid": "4002", "category_uid": "4", "activity_id": "6", "type_uid": "400206", "severity_id": "1",
            "action_id": "1", "disposition_id": "1", "app_name": "shop", "src_endpoint.ip": "203.0.113.7",
            "src_endpoint.port": "4000", "dst_endpoint.port": "80", "http_request.http_method": "POST",
            "http_request.url.path": "/a b", "http_request.url.hostname": "shop.example",
            "http_request.user_agent": "test/1", "http_request.http_headers.0.value": "text/plain",
            "http_response.code": "200", "metadata.product.name": "Redoubt", "metadata.profiles.0": "security_control",
            "metadata.version": "1.6.0",
        ]
        for (path, text) in expected {
            #expect(value(json, path) == text, "\(path)")
        }
        #expect(value(json, "unmapped") == nil && value(json, "metadata.uid")?.isEmpty == false)
        let line = String(decoding: batch.event(at: 0), as: UTF8.self)
        #expect(!line.contains("private") && !line.contains("secret"))
    }

    @Test(arguments: [("GET", 3), ("PATCH", 9), ("PROPFIND", 99), ("get", 99), ("<script>", 99)])
    func `a method that OCSF does not know is told beside it`(method: String, activity: Int) async throws {
        let (_, json) = try await record("/", method: method)
        #expect(value(json, "activity_id") == "\(activity)" && value(json, "type_uid") == "\(400_200 + activity)")
        #expect(value(json, "http_request.http_method") == (activity == 99 ? nil : method))
        #expect(value(json, "unmapped.http_method") == (activity == 99 ? method : nil))
    }

    @Test func `a client without an address is no endpoint`() async throws {
        let (_, json) = try await record("/", client: "")
        #expect(value(json, "src_endpoint") == nil && value(json, "dst_endpoint.ip") == "::1")
    }

    @Test(arguments: [
        ("2001:DB8::0:1", "2001:db8::1"), ("::ffff:192.0.2.7", "192.0.2.7"), ("192.0.2.7", "192.0.2.7"),
    ])
    func `a client is found however its address was spelled`(_ spelling: String, _ canonical: String) async throws {
        let (batch, json) = try await record("/", client: spelling)
        #expect(batch.entities(at: 0).first == EntityKey(try Entity(.address, key: canonical)))
        #expect(value(json, "src_endpoint.ip") == spelling)
    }

    @Test func `what was blocked names the rule, and nothing of what was typed`() async throws {
        let (batch, json) = try await record("/?q=evil+password", status: 403)
        #expect(batch.headers.first?.facts.severity == .high && batch.headers.first?.facts.disposition == 2)
        #expect(value(json, "action_id") == "2" && value(json, "unmapped.blocked_by") == "77")
        #expect(value(json, "unmapped.rules.0.desc") == "found it")
        #expect(value(json, "unmapped.rules.0.target") == "ARGS:q" && value(json, "http_response.code") == "403")
        #expect(!String(decoding: batch.event(at: 0), as: UTF8.self).contains("password"))
    }

    @Test func `what would have been blocked says so`() async throws {
        let (batch, json) = try await record("/?q=evil", mode: .observe)
        #expect(batch.headers.first?.facts.disposition == 15 && value(json, "action_id") == "3")
        #expect(value(json, "unmapped.would_block_by") == "77" && value(json, "unmapped.blocked_by") == nil)
    }

    @Test func `matches without an end, drops and refusals are told apart`() async throws {
        let odd = try await record("/?q=odd")
        #expect(odd.batch.headers.first?.facts.disposition == 17 && odd.batch.headers.first?.facts.severity == .low)
        let dropped = try await record("/?q=gone", status: 0)
        #expect(dropped.batch.headers.first?.facts.disposition == 6)
        #expect(dropped.batch.headers.first?.facts.severity == .critical)
        let refused = try await record("/", status: 400, refusal: HTTPRefusal(status: 400, reason: "bad header"))
        #expect(refused.batch.headers.first?.facts.disposition == 2)
        #expect(value(refused.json, "unmapped.refusal") == "bad header")
    }

    @Test func `hostile texts are cut, and stay one line of JSON`() async throws {
        let long = String(repeating: "x", count: 5_000)
        let fields = [("Host", "h\u{1B}[31m\"\\"), ("User-Agent", long), ("Content-Type", "a\u{0}b\nc")]
        let (batch, json) = try await record("/%FF%0A%22\(long)", fields: fields)
        #expect(batch.event(at: 0).count < 2_500 && !batch.event(at: 0).contains(0x0A))
        #expect(value(json, "http_request.user_agent")?.count == 512)
        #expect(value(json, "http_request.url.hostname") == "h\u{1B}[31m\"\\")
    }
}
