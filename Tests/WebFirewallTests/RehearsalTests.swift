// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Foundation
import Policy
import SecLang
import Storage
import Testing

@testable import WebFirewall

/// Changed rules are tried on what was kept.
struct RehearsalTests {
    /// Rules as the Core Rule Set has them: some find, one adds up.
    private static let rules = #"""
        SecRuleEngine On
        SecRequestBodyAccess On
        SecAction "id:1,phase:1,nolog,pass,setvar:tx.score=0"
        SecRule ARGS "@contains select" "id:10,phase:2,pass,log,msg:'SQL',tag:'attack-sqli',setvar:tx.score=+5"
        SecRule ARGS "@contains union" "id:11,phase:2,pass,log,msg:'SQL too',tag:'attack-sqli',setvar:tx.score=+5"
        SecRule ARGS "@contains '" "id:12,phase:2,pass,log,msg:'quote',setvar:tx.score=+2"
        SecRule TX:SCORE "@ge 5" "id:99,phase:2,deny,status:403,log,msg:'score'"
        """#

    private func compile() throws -> RuleSet {
        let compiler = RuleSetCompiler()
        compiler.add(text: Self.rules, name: "test.conf")
        return try compiler.finish()
    }

    /// As it would be kept, with what the rules say of it.
    private func kept(_ target: String, body: String = "", status: Int = 200) throws -> KeptTransaction {
        var kept = KeptTransaction(
            identifier: Array(UUID().uuidString.utf8),
            time: 1_700_000_000_000_000_000,
            application: "shop",
            connection: HTTPConnectionInfo(
                clientAddress: "203.0.113.7",
                clientPort: 4_000,
                serverAddress: "::1",
                serverPort: 80
            ),
            request: HTTPRequestHead(
                method: Array((body.isEmpty ? "GET" : "POST").utf8),
                target: Array(target.utf8),
                version: Array("HTTP/1.1".utf8),
                fields: [
                    (Array("Host".utf8), Array("h".utf8)),
                    (Array("Content-Type".utf8), Array("application/x-www-form-urlencoded".utf8)),
                ]
            ),
            body: Array(body.utf8),
            response: HTTPResponseHead(version: Array("HTTP/1.1".utf8), status: status, reason: [], fields: []),
            status: status,
            decidedBy: nil,
            matches: []
        )
        let outcome = TransactionReplay(try compile()).run(kept)
        (kept.decidedBy, kept.matches) = (outcome.endedBy, outcome.matches)
        return kept
    }

    @Test func `what is kept comes back as it was`() throws {
        let before = try kept("/a?b=select\u{0}c", body: "x=1&y=%00")
        let after = try #require(KeptTransaction(encoded: before.encoded))
        #expect(after.encoded == before.encoded)
        #expect(after.request.bytes == before.request.bytes && after.body == before.body)
        #expect(after.connection.clientAddress == "203.0.113.7" && after.matches == before.matches)
        #expect(after.response?.status == 200 && after.time == before.time && after.decidedBy == 99)
    }

    @Test func `what is no kept transaction is refused`() throws {
        let bytes = try kept("/a?q=select", body: "x=1").encoded
        for length in 0..<bytes.count { #expect(KeptTransaction(encoded: Array(bytes.prefix(length))) == nil) }
        #expect(KeptTransaction(encoded: bytes + [0]) == nil)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3_000 {
            var changed = bytes
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            changed[place] = UInt8.random(in: 0...255, using: &generator)
            // Whatever it is now, reading it ends.
            _ = KeptTransaction(encoded: changed).map { $0.encoded.count }
        }
    }

    @Test func `a replay says what the rules said, and what they would say with an exception`() throws {
        let rules = try compile()
        let replay = TransactionReplay(rules)
        #expect(replay.run(try kept("/?q=select")).endedBy == 99)
        #expect(replay.run(try kept("/", body: "q=union")).endedBy == 99)
        #expect(replay.run(try kept("/?q=fine")).endedBy == nil)
        let exclusion = try #require(try rules.exclusion(of: .identifiers(10...10), target: "ARGS:q"))
        #expect(replay.run(try kept("/?q=select"), without: [exclusion]).endedBy == nil)
        #expect(replay.run(try kept("/?r=select"), without: [exclusion]).endedBy == 99)
    }

    @Test func `the assistant proposes the fewest exceptions, and tells what else they let pass`() throws {
        let wanted = try (0..<20).map { try kept("/articles?text=select+a+gift+it's+\($0)") }
        let others = try [
            kept("/articles?text=select+password"), kept("/articles?text=union+select"), kept("/articles?id=select"),
            kept("/articles?text=fine"),
        ]
        let place = try Scope.Place(parsing: "app:shop/route:/articles")
        let proposal = try #require(
            try ExclusionAssistant(compile()).propose(toPass: wanted, others: others, at: place)
        )
        // Without rule 10 the quote's score is not enough: one exception will do.
        #expect(
            proposal.drafts == [
                ExclusionAssistant.Draft(
                    rules: .rule(RuleID(10)),
                    target: try TargetSelector(parsing: "ARGS:text"),
                    place: place
                )
            ]
        )
        #expect(proposal.wanted == 20 && proposal.stillEnded == 0 && proposal.needs == [20])
        // The exception cannot touch id, where the rule matched elsewhere; that one was not replayed.
        #expect(proposal.others == 2)
        let passing = proposal.alsoPassing.map {
            String(decoding: $0.request.bytes[$0.request.target.bounds], as: UTF8.self)
        }
        #expect(passing == ["/articles?text=select+password"])
    }

    @Test func `nothing is proposed where nothing is ended, and the work can be ended`() throws {
        let assistant = ExclusionAssistant(try compile())
        #expect(assistant.propose(toPass: [try kept("/?q=fine")], others: [], at: .installation) == nil)
        #expect(
            assistant.propose(toPass: [try kept("/?q=select")], others: [], at: .installation) { _ in false } == nil
        )
    }

    @Test func `what has a detection is kept, and few of the others`() throws {
        let folder = try TemporaryFolder()
        let vault = try PayloadVault(folder: folder.path + "/payloads", time: 0)
        let bench = try FilterBench(Self.rules, mode: .observe, keeper: TransactionKeeper(vault))
        for number in 0..<30 {
            let exchange = bench.exchange()
            let target = number % 10 == 3 ? "/?q=select" : "/?q=fine"
            _ = exchange.requestHead(
                FilterBench.head(
                    target,
                    fields: [("Host", "h"), ("Content-Type", "application/x-www-form-urlencoded")]
                ),
                refusal: nil
            )
            Array("secret=\(number)".utf8).withUnsafeBufferPointer { exchange.requestBody($0) }
            _ = exchange.requestEnd(isTruncated: false)
            exchange.finish(status: 200)
            exchange.settle()
        }
        vault.close()
        var bodies: [String] = []
        let damaged = try vault.forEach(in: 0...(.max)) { payload in
            bodies.append(
                KeptTransaction(encoded: payload.bytes).map { String(decoding: $0.body, as: UTF8.self) } ?? "?"
            )
            return true
        }
        // The first of all is the one in a thousand.
        #expect(bodies == ["secret=0", "secret=3", "secret=13", "secret=23"] && damaged == 0)
    }
}
