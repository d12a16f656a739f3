// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct PromotionTests {
    private func promotion(_ changes: PolicyChange..., at time: Int64 = 5) throws -> Promotion {
        Promotion(of: try scope("waf/app:shop"), in: try document(changes), at: time)
    }

    private let worse = PromotionEvent.counts(
        canary: RefusalCounts(total: 2000, refused: 300),
        others: RefusalCounts(total: 20_000, refused: 1000)
    )

    @Test func `the way leads over a canary to enforce and back, each step recorded`() throws {
        var document = PolicyDocument()
        var stages: [String] = []
        let events: [PromotionEvent] = [.canary(5), .canary(25), .enforce, .canary(50), .observe, .enforce, .observe]
        for event in events {
            let promotion = Promotion(of: try scope("waf/app:shop"), in: document, at: 5)
            let step = try #require(try promotion.step(on: event, by: alice))
            let before = document
            let applied = try document.apply(step.change, by: step.by)
            let decision = applied.decision(identifier(1))
            #expect(decision.scope?.description == "waf/app:shop" && decision.maker == "alice")
            stages.append("\(Promotion(of: try scope("waf/app:shop"), in: document, at: 5).stage)")
            #expect(stages.last == "\(step.to)" && step.from == promotion.stage)
            var undone = document
            _ = try undone.apply(applied.inverse, by: alice)
            #expect(undone.modes == before.modes)
        }
        #expect(
            stages == ["canary of 5%", "canary of 25%", "enforce", "canary of 50%", "observe", "enforce", "observe"]
        )
    }

    @Test func `a canary that refuses more is taken back by itself`() throws {
        let step = try #require(
            try promotion(.mode("waf/app:shop", .enforce, canary: 10)).step(on: worse, by: alice)
        )
        #expect(step.from == .canary(10) && step.to == .observe && step.by.maker == "canary")
        #expect(step.by.reason == "the canary refused 15.0% (300 of 2000), the others 5.0% (1000 of 20000)")
        #expect(step.comparison?.outcome == .worse)
    }

    @Test func `only a canary is taken back by counts`() throws {
        #expect(try promotion().step(on: worse, by: alice) == nil)
        #expect(try promotion(.mode("waf/app:shop", .enforce)).step(on: worse, by: alice) == nil)
        #expect(try promotion(.mode("waf/app:shop", .enforce, canary: 5, expires: 5)).step(on: worse, by: alice) == nil)
    }

    @Test func `a step to where the scope is, or to no share, is refused`() throws {
        #expect(throws: PolicyError.self) { try promotion().step(on: .observe, by: alice) }
        #expect(throws: PolicyError.self) {
            try promotion(.mode("waf/app:shop", .enforce, canary: 5)).step(on: .canary(5), by: alice)
        }
        #expect(throws: PolicyError.self) { try promotion().step(on: .canary(100), by: alice) }
        #expect(throws: PolicyError.self) {
            try promotion().step(on: .enforce, by: Authorship("alice", because: "", at: 1))
        }
    }

    @Test(arguments: [
        (299, 200, 10_000, 100, ProportionComparison.Outcome.tooFew), (10_000, 100, 299, 2, .tooFew),
        (300, 100, 300, 1, .worse), (1000, 20, 10_000, 200, .sound), (1000, 0, 10_000, 200, .sound),
        (1000, 28, 10_000, 200, .sound), (100_000, 2900, 100_000, 2000, .sound), (100_000, 3500, 100_000, 2000, .worse),
        (300, 0, 300, 0, .sound), (300, 300, 300, 300, .sound), (300, 300, 300, 0, .worse), (0, 0, 0, 0, .tooFew),
        (-5, 3, 7, 100, .tooFew),
    ])
    func `shares are compared with a margin and a test`(
        total: Int,
        refused: Int,
        otherTotal: Int,
        otherRefused: Int,
        outcome: ProportionComparison.Outcome
    ) {
        let comparison = ProportionComparison(
            canary: RefusalCounts(total: total, refused: refused),
            others: RefusalCounts(total: otherTotal, refused: otherRefused)
        )
        #expect(comparison.outcome == outcome, "\(comparison.statistic)")
    }

    @Test func `chance alone hardly ever takes a canary back, a real rise soon does`() {
        var numbers = SeededNumbers(state: 9)
        func draw(_ total: Int, _ share: Double) -> RefusalCounts {
            RefusalCounts(
                total: total,
                refused: (0..<total).count { _ in Double.random(in: 0..<1, using: &numbers) < share }
            )
        }
        var falseReturns = 0
        var returns = 0
        for _ in 0..<150 {
            let others = draw(3000, 0.05)
            falseReturns += ProportionComparison(canary: draw(600, 0.05), others: others).outcome == .worse ? 1 : 0
            returns += ProportionComparison(canary: draw(600, 0.15), others: others).outcome == .worse ? 1 : 0
        }
        #expect(falseReturns == 0)
        #expect(returns > 140)
    }
}
