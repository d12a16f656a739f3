// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct DecisionTests {
    private func decide(
        _ snapshot: PolicySnapshot,
        _ detections: [Detection],
        _ facts: ActivityFacts,
        at time: Int64 = 5
    ) -> Ruling {
        snapshot.decide(.webFirewall, detections, for: facts, at: time)
    }

    @Test(arguments: [
        (Mode.off, Disposition.allowed, Decision.Reason.off), (.observe, .wouldBlock, .observed),
        (.enforce, .blocked, .enforced),
    ])
    func `the mode says what becomes of a detection`(
        mode: Mode,
        disposition: Disposition,
        reason: Decision.Reason
    ) throws {
        let ruling = decide(try snapshot(.mode("waf/app:shop", mode)), [detection()], try request())
        #expect(ruling.disposition == disposition && ruling.reason == reason)
        #expect(ruling.mode.scope?.description == "waf/app:shop")
    }

    @Test func `nothing is stopped where nothing was set`() throws {
        #expect(decide(try snapshot(), [detection()], try request()).disposition == .wouldBlock)
    }

    @Test func `only a detection that asks for a response counts`() throws {
        let snapshot = try snapshot(.mode("waf", .enforce))
        #expect(decide(snapshot, [], try request()).reason == .noDetection)
        #expect(decide(snapshot, [detection(response: nil)], try request()).disposition == .allowed)
        #expect(decide(snapshot, [detection(control: .dataLossPrevention)], try request()).disposition == .allowed)
        #expect(decide(snapshot, [detection(response: .mask)], try request()).disposition == .masked)
    }

    @Test func `the strictest mode decides, then the most severe`() throws {
        let snapshot = try snapshot(.mode("waf", .observe), .mode("waf/rule:3", .enforce), .mode("waf/rule:4", .off))
        let detections = [
            detection(1, severity: .low), detection(2, severity: .high), detection(3, severity: .info),
            detection(4, severity: .critical),
        ]
        let all = decide(snapshot, detections, try request())
        #expect(all.disposition == .blocked && all.detection?.rule == RuleID(3))
        let observed = decide(snapshot, [detections[0], detections[1], detections[3]], try request())
        #expect(observed.disposition == .wouldBlock && observed.detection?.rule == RuleID(2))
        let off = decide(snapshot, [detections[3]], try request())
        #expect(off.disposition == .allowed && off.reason == .off)
    }

    @Test func `an exception lets its detection pass and no other`() throws {
        let snapshot = try snapshot(.mode("waf", .enforce), .exception(7, rules: "942100", target: "ARGS:q"))
        let excepted = decide(snapshot, [detection()], try request())
        #expect(excepted.disposition == .excepted && excepted.exception?.id == identifier(7))
        let other = decide(snapshot, [detection(), detection(941100)], try request())
        #expect(other.disposition == .blocked && other.detection?.rule == RuleID(941100))
    }

    @Test(arguments: [
        ("10.1.2.3", "listed"),
        ("198.51.100.7", "administrator"), ("203.0.113.9", "-"), ("2001:db8::1", "health_check"),
    ])
    func `who is never blocked is told so`(client: String, kind: String) throws {
        let snapshot = try snapshot(
            .mode("waf", .enforce),
            .never("10.0.0.0/8"),
            .never("198.51.100.7", .administrator, expires: 100),
            .never("2001:db8::/64", .healthCheck),
            .blocking("10.1.2.3"),
            .blocking("203.0.113.0/24")
        )
        let ruling = decide(snapshot, [detection()], try request(from: client))
        let refusal = snapshot.refusal(of: try request(from: client), at: 5)
        if kind == "-" {
            #expect(ruling.disposition == .blocked && refusal?.disposition == .blocked)
        } else {
            #expect(ruling.disposition == .wouldBlock && ruling.reason == .neverBlocked)
            #expect(ruling.neverBlock?.kind.rawValue == kind)
            #expect(ruling.message.contains("is never blocked"))
            #expect(refusal == nil || refusal?.reason == .neverBlocked)
        }
        // The administrator's entry ends.
        let later = decide(snapshot, [detection()], try request(from: "198.51.100.7"), at: 100)
        #expect(later.disposition == .blocked)
    }

    @Test(arguments: ["127.0.0.1", "127.9.9.9", "::1"])
    func `this machine is never shut out, but its attacks are refused`(client: String) throws {
        let few = RateLimit(try RuleID(parsing: "few"), per: .address, count: 1, seconds: 60, by: alice)
        let snapshot = try snapshot(.mode("waf", .enforce), .mode("limits", .enforce), .setLimit(few))
        let facts = try request(from: client)
        #expect(decide(snapshot, [detection()], facts).disposition == .blocked)
        let limiter = RateLimiter(capacity: 512)
        #expect(limiter.charge(facts, under: snapshot, at: 5) == nil)
        let exceeded = try #require(limiter.charge(facts, under: snapshot, at: 5))
        let ruling = snapshot.decide(exceeded, for: facts, at: 5)
        #expect(ruling.reason == .neverBlocked && ruling.neverBlock?.kind == .loopback)
    }

    @Test func `a user may be on the never-block list, but attacks in that name are refused`() throws {
        let snapshot = try snapshot(
            .mode("waf", .enforce),
            .never("user:root", .administrator),
            .blocking("192.0.2.0/24")
        )
        let refusal = snapshot.refusal(of: try request("GET /", "user:root"), at: 5)
        #expect(refusal == nil || refusal?.reason == .neverBlocked)
        #expect(snapshot.refusal(of: try request("GET /", "user:eve"), at: 5)?.disposition == .blocked)
        for user in ["user:root", "user:eve"] {
            #expect(decide(snapshot, [detection()], try request("GET /", user)).reason == .enforced)
        }
    }

    @Test func `a control that stood back observes until it is resumed`() throws {
        var document = try document([.mode("waf", .enforce), .mode("dlp", .enforce)])
        let guardian = Authorship("block-rate-guard", because: "too much", at: 2)
        let stood = try document.apply(.standBack(.webFirewall, guardian), by: guardian)
        let snapshot = PolicySnapshot(document, key: key)
        let ruling = decide(snapshot, [detection()], try request())
        #expect(ruling.disposition == .wouldBlock && ruling.reason == .stoodBack)
        #expect(ruling.message.contains("too much"))
        #expect(snapshot.mode(of: .dataLossPrevention, for: try request(), at: 5).mode == .enforce)
        _ = try document.apply(stood.inverse, by: alice)
        #expect(decide(PolicySnapshot(document, key: key), [detection()], try request()).disposition == .blocked)
    }

    @Test func `standing down observes everything, lifts blocks and leaves off what is off`() throws {
        let changes: [PolicyChange] = try [
            .mode("waf", .enforce), .mode("waf/rule:1", .enforce), .mode("dlp", .off), .blocking("203.0.113.9"),
            .mode("limits", .enforce),
        ]
        let author = Authorship("bob", because: "an outage", at: 3)
        let byFunction = PolicySnapshot(try document(changes), key: key).standingDown(author)
        let byDocument = PolicySnapshot(try document(changes + [.standDown(author)]), key: key)
        for snapshot in [byFunction, byDocument] {
            for control in ControlID.allCases {
                let mode = snapshot.mode(of: control, for: try request(), at: 5).mode
                #expect(mode == (control == .dataLossPrevention ? .off : .observe))
            }
            let ruling = decide(snapshot, [detection(1)], try request())
            #expect(ruling.disposition == .wouldBlock && ruling.reason == .stoodDown && ruling.cap == author)
            let refusal = snapshot.refusal(of: try request(from: "203.0.113.9"), at: 5)
            #expect(refusal?.disposition == .wouldBlock && refusal?.reason == .stoodDown)
        }
    }

    @Test func `blocks act unless their control says otherwise`() throws {
        let plain = try snapshot(.blocking("user:eve", expires: 100))
        let facts = try request("GET /", "user:eve")
        let refusal = plain.refusal(of: facts, at: 5)
        #expect(refusal?.disposition == .blocked && refusal?.reason == .entityBlock)
        #expect(refusal?.subject == (try entity("user:eve")))
        #expect(plain.refusal(of: facts, at: 100) == nil)
        #expect(plain.refusal(of: try request(), at: 5) == nil)
        let observed = try snapshot(.blocking("user:eve"), .mode("blocks/app:shop", .observe), .mode("blocks", .off))
        #expect(observed.refusal(of: facts, at: 5)?.disposition == .wouldBlock)
        #expect(observed.refusal(of: try request("GET /", app: "blog", "user:eve"), at: 5)?.disposition == .allowed)
    }

    @Test func `the record of a ruling says who decided what, and how to take it back`() throws {
        let snapshot = try snapshot(
            .mode("waf/app:shop", .enforce, expires: 900),
            .blocking("203.0.113.0/24", expires: 800)
        )
        let decision = decide(snapshot, [detection()], try request()).decision(identifier(1), at: 5)
        #expect(decision.scope?.description == "waf/app:shop" && decision.mode == .enforce && decision.revision == 2)
        #expect(decision.maker == "alice" && decision.expires == 900 && decision.rule == RuleID(942100))
        #expect(decision.subject == (try entity("192.0.2.1")) && decision.detection == identifier(942100))
        #expect(decision.message == "rule 942100: an attack; waf/app:shop is set to enforce")
        #expect(decision.undo == "redoubt mode set 'waf/app:shop' observe --because TEXT")
        let block = try #require(snapshot.refusal(of: try request(from: "203.0.113.9"), at: 5)).decision(
            identifier(2),
            at: 5
        )
        #expect(block.subject == (try entity("203.0.113.0/24")) && block.expires == 800)
        #expect(block.undo == "redoubt block remove 'network:203.0.113.0/24'")
        #expect(try decoded(try json(block), as: Decision.self) == block)
    }

    @Test func `a decision explains itself when asked`() throws {
        let snapshot = try snapshot(
            .mode("waf", .enforce),
            .mode("waf/rule:941100", .observe),
            .exception(7, rules: "942100"),
            .never("192.0.2.1")
        )
        let detections = [detection(), detection(941100), detection(930120)]
        let facts = try request()
        let (ruling, steps) = snapshot.explain(.webFirewall, detections, for: facts, at: 5)
        #expect(ruling.message == decide(snapshot, detections, facts).message)
        #expect(
            steps.map(\.question) == [
                .controlMode, .exception, .ruleMode, .deciding, .neverBlock, .outcome,
            ]
        )
        #expect(steps[0].answer == "enforce, set for waf by alice: a test")
        #expect(steps[3].answer == "rule 930120")
        #expect(steps[5].answer.contains("never blocked"))
        let refusal = snapshot.explainRefusal(of: facts, at: 5)
        #expect(refusal.ruling == nil && refusal.steps.map(\.question) == [.block])
    }
}
