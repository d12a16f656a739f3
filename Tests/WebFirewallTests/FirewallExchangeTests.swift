// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Evidence
import Foundation
import SecLang
import Testing

@testable import WebFirewall

/// A filter with rules of its own that writes into a folder of its own.
struct FilterBench {
    let folder: TemporaryFolder
    let filter: FirewallFilter
    let logs: FirewallLogs

    init(
        _ rules: String,
        mode: Mode = .enforce,
        policy: FirewallPolicy? = nil,
        keepsAuditLog: Bool = true,
        budget: Duration? = FirewallFilter.standardBudget,
        now: (@Sendable () -> UInt64)? = nil,
        evidence: EvidenceLog? = nil,
        recorder: TransactionRecorder? = nil,
        keeper: TransactionKeeper? = nil
    ) throws {
        let folder = try TemporaryFolder()
        let compiler = RuleSetCompiler()
        compiler.add(text: rules.replacing("FOLDER", with: folder.path), name: "test.conf")
        let ruleSet = try compiler.finish()
        logs = try FirewallLogs(
            errorLog: folder.path + "/error.log",
            auditLog: keepsAuditLog ? folder.path + "/audit.log" : nil,
            now: now
        )
        filter = try FirewallFilter(
            rules: ruleSet,
            mode: mode,
            policy: policy,
            logs: logs,
            ruleLogs: logs.open(for: ruleSet),
            collections: PersistentCollections(capacity: 64),
            budget: budget,
            application: "shop",
            decisions: evidence.map { [logs] log in DecisionRecorder(log) { logs.report($0) } },
            recorder: recorder,
            keeper: keeper
        )
        self.folder = folder
    }

    func exchange(from client: String = "203.0.113.7") -> any HTTPFilterExchange {
        filter.makeExchange(
            HTTPConnectionInfo(clientAddress: client, clientPort: 4_000, serverAddress: "::1", serverPort: 80)
        )
    }

    static func head(_ target: String = "/", fields: [(String, String)] = [("Host", "h")]) -> HTTPRequestHead {
        HTTPRequestHead(
            method: Array("POST".utf8),
            target: Array(target.utf8),
            version: Array("HTTP/1.1".utf8),
            fields: fields.map { (name: Array($0.0.utf8), value: Array($0.1.utf8)) }
        )
    }

    func text(_ name: String) -> String {
        (try? String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)) ?? ""
    }

    func lines(_ name: String) -> [String] {
        text(name).split(separator: "\n").map(String.init)
    }
}

struct FirewallExchangeTests {
    private static let pause = #"""
        SecRuleEngine On
        SecRule ARGS:a "@rx ." "id:1,phase:1,deny,pause:250"
        SecRule ARGS:b "@rx ." "id:2,phase:1,deny,pause:3600000"
        """#

    @Test func `holds an answer back where it enforces, for five seconds at most`() throws {
        let bench = try FilterBench(Self.pause)
        let short = bench.exchange()
        #expect(short.delayMilliseconds == 0)
        #expect(short.requestHead(FilterBench.head("/?a=1"), refusal: nil) == .deny(status: 403))
        #expect(short.delayMilliseconds == 250)
        let long = bench.exchange()
        _ = long.requestHead(FilterBench.head("/?b=1"), refusal: nil)
        #expect(long.delayMilliseconds == 5_000)
    }

    @Test func `holds nothing back where it observes`() throws {
        let exchange = try FilterBench(Self.pause, mode: .observe).exchange()
        #expect(exchange.requestHead(FilterBench.head("/?a=1"), refusal: nil) == .pass)
        #expect(exchange.delayMilliseconds == 0)
    }

    @Test func `warns of a pause that is capped, and of no other`() throws {
        let bench = try FilterBench(Self.pause)
        #expect(bench.filter.rules.warnings.map(\.location.line) == [3])
        #expect(bench.filter.rules.warnings.first?.message.contains("capped at 5000") == true)
    }

    @Test func `bounds what a transaction's rules take, unless the bound is off`() throws {
        let rules = #"""
            SecRuleEngine On
            SecRule ARGS "@rx ^never$" "id:1,phase:1,pass"
            SecAction "id:2,phase:1,deny,status:451"
            """#
        let target = "/?" + (0..<100).map { "a\($0)=1" }.joined(separator: "&")
        func verdict(_ budget: Duration?) throws -> HTTPVerdict {
            let bench = try FilterBench(rules, budget: budget)
            let exchange = bench.exchange()
            defer { exchange.finish(status: 403) }
            return exchange.requestHead(FilterBench.head(target), refusal: nil)
        }
        // Any work takes more than a nanosecond.
        #expect(try verdict(.nanoseconds(1)) == .deny(status: 403))
        #expect(try verdict(nil) == .deny(status: 451))
        #expect(try verdict(.seconds(3_600)) == .deny(status: 451))
    }

    private static let refused = #"""
        SecRuleEngine On
        SecRequestBodyAccess On
        SecAuditEngine RelevantOnly
        SecRule ARGS "@rx evil" "id:7,phase:2,pass,msg:'seen'"
        SecRule REQBODY_ERROR "!@eq 0" "id:8,phase:2,pass,msg:'body'"
        """#

    @Test func `tells of a refusal behind the head as of one of the head`() throws {
        let bench = try FilterBench(Self.refused)
        let exchange = bench.exchange()
        let type = ("Content-Type", "application/json")
        _ = exchange.requestHead(FilterBench.head("/?q=evil", fields: [("Host", "h"), type]), refusal: nil)
        Array("{\"cut".utf8).withUnsafeBufferPointer { exchange.requestBody($0) }
        exchange.requestRefused(HTTPRefusal(status: 413, reason: "body too large"))
        exchange.finish(status: 413)
        let lines = bench.lines("error.log")
        // The half of a body that was received is no broken body.
        #expect(lines.count == 2)
        #expect(lines.first?.contains("Redoubt: Request refused with code 413. body too large") == true)
        #expect(lines.last?.contains("[id \"7\"]") == true)
        #expect(bench.lines("audit.log").count == 1)
    }

    @Test func `does not run the rules of the body again when it is refused late`() throws {
        let bench = try FilterBench(Self.refused)
        let exchange = bench.exchange()
        _ = exchange.requestHead(FilterBench.head("/?q=evil"), refusal: nil)
        _ = exchange.requestEnd(isTruncated: false)
        exchange.requestRefused(HTTPRefusal(status: 408, reason: "too slow"))
        exchange.finish(status: 408)
        #expect(bench.lines("error.log").count { $0.contains("[id \"7\"]") } == 1)
    }

    @Test func `writes ten refusals a second and counts the others`() throws {
        let clock = TestClock()
        let bench = try FilterBench("SecRuleEngine On", now: { clock.now })
        func refuse(_ reason: String) {
            let exchange = bench.exchange()
            _ = exchange.requestHead(FilterBench.head(), refusal: HTTPRefusal(status: 400, reason: reason))
            exchange.finish(status: 400)
        }
        for number in 0..<30 {
            refuse(number % 3 == 0 ? "bad line" : "bad field")
        }
        #expect(bench.lines("error.log").count == 10)
        #expect(bench.lines("audit.log").count == 10)
        clock.now += 1_000_000_000
        refuse("bad line")
        #expect(bench.lines("error.log").count == 12)
        let summary = "Redoubt: 20 more requests refused: 14 \"bad field\", 6 \"bad line\""
        #expect(bench.lines("error.log")[10] == summary)
        for _ in 0..<12 {
            refuse("bad line")
        }
        bench.logs.flush()
        #expect(bench.lines("error.log").last == "Redoubt: 3 more requests refused: 3 \"bad line\"")
        bench.logs.flush()
        #expect(bench.lines("error.log").count == 22)
    }

    @Test func `still writes what a rule matched in a flood of refusals`() throws {
        let clock = TestClock()
        let bench = try FilterBench(Self.refused, now: { clock.now })
        for _ in 0..<20 {
            let exchange = bench.exchange()
            let refusal = HTTPRefusal(status: 400, reason: "bad")
            _ = exchange.requestHead(FilterBench.head("/?q=evil"), refusal: refusal)
            exchange.finish(status: 400)
        }
        #expect(bench.lines("error.log").count { $0.contains("[id \"7\"]") } == 20)
        #expect(bench.lines("audit.log").count == 20)
    }
}
