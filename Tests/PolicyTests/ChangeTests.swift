// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct ChangeTests {
    /// A document with something of each kind.
    static func full() throws -> PolicyDocument {
        var rate = BlockRateLimit()
        rate.requestPercent = 50
        return try document([
            .mode("waf/app:shop", .enforce, canary: 5, expires: 900), .mode("waf/route:POST /a/{id}/rule:7", .off),
            .exception(1, rules: "942100-942199", target: "ARGS:q", place: "app:shop/route:/a/*", client: "10.0.0.0/8"),
            .exception(2, rules: "tag:attack-sqli", expires: 77), .blocking("203.0.113.0/24", expires: 800),
            .blocking("user:eve"), .never("198.51.100.1", .console), .never("user:root", .administrator, expires: 9),
            .setLimit(limit("login", place: "app:shop/route:POST /login")), .setLimit(limit("all")),
            .setFailure(#require(FailureCase("request.engine_error")), .deny), .setBlockRate(rate),
            .standBack(.webFirewall, alice), .standDown(alice),
        ])
    }

    static func limit(_ name: String, place: String = "", count: Int = 10) throws -> RateLimit {
        RateLimit(
            try RuleID(parsing: name),
            place: try Scope.Place(parsing: place),
            per: .address,
            count: count,
            seconds: 60,
            by: alice
        )
    }

    static func changes() throws -> [PolicyChange] {
        let failure = try #require(FailureCase("request.engine_error"))
        let body = try #require(FailureCase("request.body_over_limit"))
        return try [
            .mode("waf/app:shop", .observe), .mode("waf", .enforce), .clearMode(scope("waf/app:shop")), .exception(3),
            .removeException(identifier(1)), .blocking("user:eve", expires: 50), .blocking("10.0.0.0/8"),
            .unblock(entity("203.0.113.0/24")), .never("198.51.100.1"), .never("device:9"),
            .removeNeverBlock(entity("user:root")), .setLimit(limit("login", count: 3)), .setLimit(limit("other")),
            .removeLimit(RuleID(parsing: "all")), .setFailure(failure, nil), .setFailure(failure, .letPass),
            .setFailure(body, .inspectPart), .setBlockRate(BlockRateLimit()), .standBack(.webFirewall, alice),
            .standBack(.dataLossPrevention, alice), .resume(.webFirewall),
            .standDown(Authorship("bob", because: "again", at: 5)), .standUp,
            .several([
                .mode("waf", .enforce), .mode("waf", .off), .clearMode(scope("waf")), .unblock(entity("user:eve")),
            ]),
        ]
    }

    @Test(arguments: 0..<24) func `what was changed can be taken back and made again`(index: Int) throws {
        let change = try Self.changes()[index]
        let before = try Self.full()
        var document = before
        let applied = try document.apply(change, by: alice)
        #expect(applied.revision == before.revision + 1 && document.revision == applied.revision)
        let after = document
        let undone = try document.apply(applied.inverse, by: alice)
        document.revision = before.revision
        #expect(document == before)
        _ = try document.apply(undone.inverse, by: alice)
        document.revision = after.revision
        #expect(document == after)
    }

    @Test func `each kind of change is among those that are taken back`() throws {
        #expect(try Self.changes().count == 24)
    }

    @Test func `any sequence of changes can be taken back`() throws {
        var numbers = SeededNumbers(state: 8)
        let changes = try Self.changes()
        for _ in 0..<50 {
            let before = try Self.full()
            var document = before
            var inverses: [PolicyChange] = []
            for _ in 0..<10 {
                guard let change = changes.randomElement(using: &numbers),
                    let applied = try? document.apply(change, by: alice)
                else { continue }
                inverses.append(applied.inverse)
            }
            for inverse in inverses.reversed() {
                _ = try document.apply(inverse, by: alice)
            }
            document.revision = before.revision
            #expect(document == before)
        }
    }

    private static func mistakes() throws -> [(PolicyChange, PolicyError.Code)] {
        let parse = try #require(FailureCase("request.parse_error"))
        var rate = BlockRateLimit()
        rate.clientPercent = 0
        var limit = try limit("x")
        limit.seconds = 0
        let nobody = Authorship(" ", because: "x", at: 1)
        let silent = Authorship("alice", because: "", at: 1)
        return try [
            (.mode("waf", .enforce, canary: 0), .outOfRange), (.mode("waf", .enforce, canary: 100), .outOfRange),
            (.mode("waf", .observe, canary: 5), .senseless), (.mode("waf", .enforce, expires: 1), .badExpiry),
            (.setMode(ModeSetting(scope("waf"), .off, by: nobody)), .incomplete),
            (.setMode(ModeSetting(scope("waf"), .off, by: silent)), .incomplete),
            (.clearMode(scope("dlp")), .notFound), (.exception(1), .duplicate), (.exception(9, expires: 0), .badExpiry),
            (.removeException(identifier(9)), .notFound), (.blocking("0.0.0.0/0"), .tooWide),
            (.blocking("10.0.0.0/7"), .tooWide), (.blocking("2001::/16"), .tooWide), (.blocking("::/0"), .tooWide),
            (.blocking("127.0.0.1"), .senseless), (.blocking("::1"), .senseless),
            (.blocking("user:x", expires: 1), .badExpiry),
            (.unblock(entity("user:x")), .notFound), (.never("127.0.0.1"), .duplicate),
            (.never("user:x", .loopback), .duplicate), (.removeNeverBlock(entity("127.0.0.1")), .senseless),
            (.removeNeverBlock(entity("user:x")), .notFound), (.setLimit(limit), .outOfRange),
            (.removeLimit(RuleID(5)), .notFound), (.setFailure(parse, .letPass), .senseless),
            (.setFailure(parse, .inspectPart), .senseless), (.setBlockRate(rate), .outOfRange),
            (.resume(.dataLossPrevention), .notFound),
            (.several([.mode("waf", .off), .unblock(entity("user:eve")), .unblock(entity("user:x"))]), .notFound),
        ]
    }

    @Test(arguments: 0..<29) func `a change that makes no sense is refused and changes nothing`(index: Int) throws {
        let (change, code) = try Self.mistakes()[index]
        let before = try Self.full()
        var document = before
        let error = #expect(throws: PolicyError.self) { try document.apply(change, by: alice) }
        #expect(error?.code == code, "\(change): \(error?.message ?? "")")
        #expect(document == before)
    }

    @Test func `a change needs an author and the revision that the author saw`() throws {
        var document = try Self.full()
        let change = try PolicyChange.mode("waf", .off)
        #expect(throws: PolicyError.self) { try document.apply(change, by: Authorship("alice", because: " ", at: 1)) }
        let stale = document.revision - 1
        let error = #expect(throws: PolicyError.self) { try document.apply(change, by: alice, expecting: stale) }
        #expect(error?.code == .conflict)
        _ = try document.apply(change, by: alice, expecting: document.revision)
    }

    @Test func `a policy has no more entries than it can`() throws {
        var document = PolicyDocument()
        for index in 0..<PolicyDocument.maximumLimits {
            _ = try document.apply(.setLimit(try Self.limit("l\(index)")), by: alice)
        }
        #expect(throws: PolicyError.self) { try document.apply(.setLimit(try Self.limit("more")), by: alice) }
        _ = try document.apply(.setLimit(try Self.limit("l0", count: 5)), by: alice)
    }

    @Test func `the record of a change says what it did and how to take it back`() throws {
        var document = try Self.full()
        let applied = try document.apply(
            try .mode("waf/app:shop", .enforce),
            by: Authorship("bob", because: "ready", at: 9)
        )
        let decision = applied.decision(identifier(4))
        #expect(decision.disposition == .changed && decision.mode == .enforce && decision.revision == document.revision)
        #expect(
            decision.message == "waf/app:shop set to enforce: ready" && decision.maker == "bob" && decision.time == 9
        )
        #expect(decision.undo == "redoubt mode set 'waf/app:shop' enforce --canary 5 --because TEXT")
        let block = try document.apply(try .blocking("10.0.0.0/8"), by: alice).decision(identifier(5))
        #expect(
            block.subject == (try entity("10.0.0.0/8")) && block.undo == "redoubt block remove 'network:10.0.0.0/8'"
        )
    }

    @Test func `a document reads back from its JSON`() throws {
        let document = try Self.full()
        let text = try json(document)
        #expect(try decoded(text, as: PolicyDocument.self) == document)
        #expect(try json(try decoded(text, as: PolicyDocument.self)) == text)
        #expect(try json(PolicyDocument()) == emptyDocument)
        #expect(try decoded(emptyDocument, as: PolicyDocument.self) == PolicyDocument())
    }

    private let emptyDocument =
        #"{"block_rate":{"client_percent":20,"minimum_blocked_clients":10,"on":true,"seconds":60},"blocks":[],"#
        + #""exceptions":[],"failures":{},"limits":[],"modes":[],"never_blocked":[],"revision":0,"stood_back":{},"#
        + #""version":1}"#

    @Test(arguments: 0..<24) func `a change reads back from its JSON`(index: Int) throws {
        let change = try Self.changes()[index]
        #expect(try decoded(try json(change), as: PolicyChange.self) == change)
    }

    @Test func `the JSON of a change has stable keys`() throws {
        #expect(
            try json(try PolicyChange.mode("waf/app:shop", .enforce, canary: 5)) == #"{"change":"set_mode","setting":"#
                + #"{"by":{"maker":"alice","reason":"a test","time":1},"canary":5,"mode":"enforce","scope":"waf/app:shop"}}"#
        )
        #expect(
            try json(PolicyChange.unblock(try entity("10.0.0.1")))
                == #"{"change":"unblock","entity":"address:10.0.0.1"}"#
        )
    }

    @Test func `JSON that says something else is refused`() throws {
        let text = try json(try Self.full())
        let cases = [
            (#""modes""#, #""modus""#, "unknown key \"modus\"; did you mean modes?"),
            (#""version":1"#, #""version":2"#, "version 1"),
            (#""canary":5"#, #""canary":500"#, "1 to 99 percent"),
            ("user:eve", "network:203.0.113.0/24", "is there twice"),
            (#""maker":"alice","#, #""maker":"","#, "expected a maker"),
            ("waf/app:shop\"", "waf/app:\"", "1 to 64 letters"),
            ("request.engine_error", "request.engine", "there is no failure"),
        ]
        for (old, new, part) in cases {
            let found = problem(text.replacing(old, with: new), as: PolicyDocument.self)
            #expect(found?.contains(part) == true, "\(found ?? "accepted \(new)")")
        }
        let mixed = #"{"change":"unblock","entity":"address:10.0.0.1","id":"x"}"#
        #expect(problem(mixed, as: PolicyChange.self) == "id is no part of the change unblock")
    }

    @Test func `blocks that have ended can be dropped`() throws {
        var document = try Self.full()
        let revision = document.revision
        #expect(document.removeBlocks(endedBefore: 801) == 1)
        #expect(document.blocks.keys.map(\.description) == ["user:eve"] && document.revision == revision)
    }
}
