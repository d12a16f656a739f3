// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Policy
import Testing

@testable import WebFirewall

/// Enforcement that does more than it should is taken back.
struct PolicyWatchTests {
    private static let rules = """
        SecRuleEngine On
        SecRule ARGS:a "@contains evil" "id:77,phase:1,deny,status:403"
        """
    private static let alice = Authorship("alice", because: "a test", at: 1)
    private static let second: Int64 = 1_000_000_000

    /// A firewall under a policy that can change, and what watches over it.
    private final class Installation {
        var document = PolicyDocument()
        let counts = EnforcementCounts()
        let inForce = PolicyInForce(PolicySnapshot(PolicyDocument(), key: HashKey(3, 4)))
        let bench: FilterBench

        init() throws {
            let policy = FirewallPolicy(inForce, limiter: RateLimiter(capacity: 512), counts: counts)
            bench = try FilterBench(PolicyWatchTests.rules, mode: .observe, policy: policy)
        }

        func apply(_ change: PolicyChange, by author: Authorship = PolicyWatchTests.alice) throws {
            _ = try document.apply(change, by: author)
            inForce.replace(PolicySnapshot(document, key: HashKey(3, 4)))
        }

        /// - Returns: what the client was answered.
        @discardableResult
        func request(_ target: String, from client: String) -> Int {
            let exchange = bench.exchange(from: client)
            let status = exchange.requestHead(FilterBench.head(target), refusal: nil) == .pass ? 200 : 403
            exchange.finish(status: status)
            return status
        }
    }

    private func setting(_ mode: Mode, canary: Int? = nil, at time: Int64 = 1) throws -> PolicyChange {
        let author = Authorship("alice", because: "a test", at: time)
        return .setMode(ModeSetting(try Scope(parsing: "waf"), mode, canary: canary, by: author))
    }

    @Test func `the firewall is put back where it blocks too many clients`() throws {
        let installation = try Installation()
        try installation.apply(setting(.enforce))
        var watch = PolicyWatch(installation.counts, installation.document, at: 0)
        for number in 1...30 { installation.request("/", from: "198.51.100.\(number)") }
        for number in 1...9 { installation.request("/?a=evil", from: "203.0.113.\(number)") }
        #expect(watch.look(at: installation.document, time: Self.second).isEmpty)
        installation.request("/?a=evil", from: "203.0.113.10")
        let due = try #require(watch.look(at: installation.document, time: 2 * Self.second).first)
        #expect(due.by.maker == "block-rate-guard" && due.by.reason.contains("10 of 40 clients"))
        try installation.apply(due.change, by: due.by)
        #expect(installation.request("/?a=evil", from: "203.0.113.11") == 200)
        // Once: a person has to look.
        #expect(watch.look(at: installation.document, time: 3 * Self.second).isEmpty)
        try installation.apply(.resume(.webFirewall))
        #expect(installation.request("/?a=evil", from: "203.0.113.12") == 403)
    }

    @Test func `one client may be blocked as often as it likes`() throws {
        let installation = try Installation()
        try installation.apply(setting(.enforce))
        var watch = PolicyWatch(installation.counts, installation.document, at: 0)
        for number in 1...30 { installation.request("/", from: "198.51.100.\(number)") }
        for _ in 0..<500 { installation.request("/?a=evil", from: "203.0.113.1") }
        #expect(watch.look(at: installation.document, time: Self.second).isEmpty)
        #expect(
            installation.counts.window()
                == BlockCounts(clients: 31, blockedClients: 1, requests: 530, blockedRequests: 500)
        )
        _ = watch.look(at: installation.document, time: 61 * Self.second)
        #expect(installation.counts.window() == BlockCounts())
    }

    @Test func `a canary that refuses more than the rest ends itself`() throws {
        let installation = try Installation()
        try installation.apply(setting(.enforce, canary: 50))
        // Were all of them blocked at once, the guard would be first.
        var limit = BlockRateLimit()
        limit.isOn = false
        try installation.apply(.setBlockRate(limit))
        var watch = PolicyWatch(installation.counts, installation.document, at: 0)
        var due: [PolicyWatch.Due] = []
        for number in 0..<2_000 where due.isEmpty {
            // Every tenth request is one that a rule mistakes for an attack.
            let target = number % 10 == 0 ? "/?a=evil" : "/"
            installation.request(target, from: "10.0.\(number / 250).\(number % 250 + 1)")
            if number % 100 == 99 { due = watch.look(at: installation.document, time: Int64(number)) }
        }
        let change = try #require(due.first)
        #expect(change.by.maker == "canary" && change.by.reason.contains("the canary refused"))
        try installation.apply(change.change, by: change.by)
        #expect(installation.document.modes.values.first?.mode == .observe)
        #expect(watch.look(at: installation.document, time: 5_000).isEmpty)
    }

    @Test func `a canary that refuses no more goes on, and a new share counts anew`() throws {
        let installation = try Installation()
        try installation.apply(setting(.enforce, canary: 50))
        var watch = PolicyWatch(installation.counts, installation.document, at: 0)
        for number in 0..<2_000 { installation.request("/", from: "10.0.\(number / 250).\(number % 250 + 1)") }
        #expect(watch.look(at: installation.document, time: 5_000).isEmpty)
        let scope = try Scope(parsing: "waf")
        #expect(
            installation.counts.canaries(in: installation.document)[scope].map { $0.inside.total + $0.outside.total }
                == 2_000
        )
        try installation.apply(setting(.enforce, canary: 60, at: 2))
        installation.request("/", from: "10.0.0.1")
        #expect(
            installation.counts.canaries(in: installation.document)[scope].map { $0.inside.total + $0.outside.total }
                == 1
        )
    }
}
