// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct GuardTests {
    private func counts(_ blocked: Int, of clients: Int, requests: (Int, of: Int) = (0, of: 0)) -> BlockCounts {
        BlockCounts(clients: clients, blockedClients: blocked, requests: requests.of, blockedRequests: requests.0)
    }

    @Test(arguments: [
        (9, 9, false), (10, 10, true), (10, 49, true), (10, 50, false), (20, 100, false), (21, 100, true),
        (0, 0, false),
        (1000, 1_000_000, false),
    ])
    func `too many blocked clients make a control stand back`(blocked: Int, clients: Int, standsBack: Bool) {
        var guardian = BlockRateGuard(.webFirewall, BlockRateLimit())
        let change = guardian.observe(counts(blocked, of: clients), at: 7)
        #expect((change != nil) == standsBack)
        #expect(guardian.state == (standsBack ? .stoodBack(since: 7) : .watching))
    }

    @Test func `one attacker cannot make a control stand back`() {
        var guardian = BlockRateGuard(.webFirewall, BlockRateLimit())
        #expect(guardian.observe(counts(1, of: 3, requests: (999_000, of: 1_000_000)), at: 7) == nil)
    }

    @Test func `a share of requests may be limited beside`() {
        var limit = BlockRateLimit()
        limit.requestPercent = 50
        var guardian = BlockRateGuard(.webFirewall, limit)
        #expect(guardian.observe(counts(15, of: 1000, requests: (50, of: 100)), at: 7) == nil)
        #expect(guardian.observe(counts(15, of: 1000, requests: (51, of: 100)), at: 7) != nil)
    }

    @Test func `it stands back once, says why, and waits for a person`() throws {
        var guardian = BlockRateGuard(.webFirewall, BlockRateLimit())
        let observed = guardian.observe(counts(50, of: 100), at: 7)
        let change = try #require(observed)
        #expect(guardian.observe(counts(90, of: 100), at: 8) == nil)
        var document = try document([.mode("waf", .enforce)])
        let author = try #require({ if case .standBack(.webFirewall, let author) = change { author } else { nil } }())
        #expect(author.maker == "block-rate-guard")
        #expect(author.reason == "waf blocked 50 of 100 clients in 60 s; the limit is 20%")
        let decision = try document.apply(change, by: author).decision(identifier(1))
        #expect(decision.control == .webFirewall && decision.disposition == .changed)
        #expect(
            PolicySnapshot(document, key: key).mode(of: .webFirewall, for: ActivityFacts(), at: 9).cap == .stoodBack
        )
        // A restart finds it standing back.
        var restarted = BlockRateGuard(.webFirewall, document.blockRate, standingBack: document.stoodBack[.webFirewall])
        #expect(restarted.state == .stoodBack(since: 7) && restarted.observe(counts(90, of: 100), at: 9) == nil)
        restarted.resume()
        #expect(restarted.observe(counts(90, of: 100), at: 10) != nil)
    }

    @Test func `a guard that is off does nothing`() {
        var limit = BlockRateLimit()
        limit.isOn = false
        var guardian = BlockRateGuard(.webFirewall, limit)
        #expect(guardian.observe(counts(100, of: 100), at: 7) == nil)
    }
}
