// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Evidence
import Foundation
import Testing

@testable import WebFirewall

struct DecisionRecorderTests {
    private static let rules = #"""
        SecRuleEngine On
        SecRule ARGS:a "@contains evil" "id:77,phase:1,deny,status:403,log,msg:'found it'"
        """#

    private func deny(_ bench: FilterBench) -> (verdict: HTTPVerdict, isRecorded: Bool?) {
        let exchange = bench.exchange()
        let verdict = exchange.requestHead(FilterBench.head("/?a=evil"), refusal: nil)
        defer { exchange.finish(status: 403) }
        guard verdict != .pass else { return (verdict, nil) }
        let outcome = Outcome()
        guard exchange.recordVerdict(done: { outcome.set($0) }) else { return (verdict, nil) }
        return (verdict, outcome.wait())
    }

    @Test func `records who was blocked, by which rule and where`() async throws {
        let folder = try TemporaryFolder()
        let log = try EvidenceLog(LogFolder(folder.path + "/evidence"), time: 0)
        let bench = try FilterBench(Self.rules, evidence: log)
        let outcome = deny(bench)
        #expect(outcome.verdict == .deny(status: 403) && outcome.isRecorded == true)
        await log.close()
        let leaf = try EvidenceLeaf(bytes: EvidenceArchive(LogFolder(folder.path + "/evidence")).prove(0).leaf)
        #expect(leaf.kind.description == "decision.blocked")
        let decision = try JSONDecoder().decode(Decision.self, from: Data(leaf.content))
        #expect(decision.scope?.description == "waf/app:shop" && decision.rule == RuleID(77))
        #expect(decision.subject?.key == "203.0.113.7" && decision.time == leaf.time)
        #expect(decision.message.contains(": found it;") && decision.control == .webFirewall)
    }

    @Test func `only observes while nothing can be recorded, and says so once`() async throws {
        let folder = try TemporaryFolder()
        let log = try EvidenceLog(LogFolder(folder.path + "/evidence"), time: 0)
        let bench = try FilterBench(Self.rules, evidence: log)
        await log.close()
        // The first to find out: its verdict does not take effect.
        let first = deny(bench)
        #expect(first.verdict == .deny(status: 403) && first.isRecorded == false)
        #expect(deny(bench).verdict == .pass)
        #expect(deny(bench).verdict == .pass)
        bench.logs.flush()
        #expect(bench.lines("error.log").filter { $0.contains("decisions cannot be recorded") }.count == 1)
        #expect(bench.text("error.log").contains("Observed only"))
    }

    @Test func `tries again after a pause, also where the clock went back`() throws {
        let folder = try TemporaryFolder()
        let log = try EvidenceLog(LogFolder(folder.path + "/evidence"), time: 0)
        let recorder = DecisionRecorder(log) { _ in }
        #expect(recorder.isReady(at: 100))
        let far = Int64(1) << 60
        recorder.noteFailure(at: far)
        #expect(!recorder.isReady(at: far) && !recorder.isReady(at: far + DecisionRecorder.pause - 1))
        #expect(recorder.isReady(at: far + DecisionRecorder.pause) && recorder.isReady(at: far - 1))
    }
}

/// What became of a record.
private final class Outcome: @unchecked Sendable {
    private let isDone = DispatchSemaphore(value: 0)
    private var value = false

    func set(_ value: Bool) {
        self.value = value
        isDone.signal()
    }

    func wait() -> Bool {
        isDone.wait()
        return value
    }
}
