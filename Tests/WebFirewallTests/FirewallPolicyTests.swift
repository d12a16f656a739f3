// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Evidence
import Foundation
import Policy
import Testing

@testable import WebFirewall

/// The rules under the policy: what people have decided counts, and says so.
struct FirewallPolicyTests {
    private static let rules = #"""
        SecRuleEngine On
        SecRule ARGS "@contains evil" "id:77,phase:1,deny,status:403,log,msg:'found it',tag:'attack-generic'"
        SecRule ARGS "@contains vile" "id:78,phase:1,deny,status:403,log,msg:'found that'"
        """#
    private static let alice = Authorship("alice", because: "a test", at: 1)

    /// What a firewall does to a request under a policy, and what it records.
    private func judge(
        _ target: String,
        configured: Mode = .observe,
        from client: String = "203.0.113.7",
        standingDown: Bool = false,
        _ changes: PolicyChange...
    ) async throws -> (verdict: HTTPVerdict, decision: Decision?) {
        var document = PolicyDocument()
        for change in changes { _ = try document.apply(change, by: Self.alice) }
        var snapshot = PolicySnapshot(document, key: HashKey(1, 2))
        if standingDown { snapshot = snapshot.standingDown(Self.alice) }
        let folder = try TemporaryFolder()
        let place = LogFolder(folder.path + "/evidence")
        let log = try EvidenceLog(place, time: 0)
        let policy = FirewallPolicy(PolicyInForce(snapshot), limiter: RateLimiter(capacity: 512))
        let bench = try FilterBench(Self.rules, mode: configured, policy: policy, evidence: log)
        let exchange = bench.exchange(from: client)
        var verdict = exchange.requestHead(FilterBench.head(target), refusal: nil)
        if verdict == .pass { verdict = exchange.requestEnd(isTruncated: false) }
        if verdict != .pass {
            let isRecorded = await withCheckedContinuation { continuation in
                #expect(exchange.recordVerdict { continuation.resume(returning: $0) })
            }
            #expect(isRecorded)
        }
        exchange.finish(status: verdict == .pass ? 200 : 403)
        await log.close()
        var leaves: [EvidenceLeaf] = []
        try place.forEachLeaf(from: 0) { _, leaf in
            leaves.append(leaf)
            return true
        }
        let decision = try leaves.first.map { try JSONDecoder().decode(Decision.self, from: Data($0.content)) }
        #expect((decision == nil) == (verdict == .pass))
        return (verdict, decision)
    }

    private func set(_ scope: String, _ mode: Mode, canary: Int? = nil) throws -> PolicyChange {
        .setMode(ModeSetting(try Scope(parsing: scope), mode, canary: canary, by: Self.alice))
    }

    private func except(
        _ rules: String,
        target: String? = nil,
        at place: String = "",
        client: String? = nil
    ) throws -> PolicyChange {
        .addException(
            PolicyException(
                Identifier(milliseconds: 1, random: (1, UInt64(rules.utf8.count))),
                .webFirewall,
                rules: try RuleSelector(parsing: rules),
                target: try target.map { try TargetSelector(parsing: $0) },
                place: try Scope.Place(parsing: place),
                client: try client.map { try Entity(parsing: $0) },
                owner: "alice",
                by: Self.alice
            )
        )
    }

    @Test func `a setting enforces what the configuration observes, and the record says whose it is`() async throws {
        #expect(try await judge("/?a=evil").verdict == .pass)
        let (verdict, decision) = try await judge("/?a=evil", set("waf", .enforce))
        #expect(verdict == .deny(status: 403))
        #expect(decision?.scope?.description == "waf" && decision?.maker == "alice" && decision?.revision == 1)
        #expect(decision?.rule == RuleID(77) && decision?.reason == .enforced)
        #expect(decision?.undo == "redoubt mode set 'waf' observe --because TEXT")
    }

    @Test func `the configuration counts where nothing is set`() async throws {
        let (verdict, decision) = try await judge("/?a=evil", configured: .enforce, set("waf/app:other", .observe))
        #expect(verdict == .deny(status: 403))
        #expect(decision?.scope?.description == "waf/app:shop" && decision?.maker == "configuration")
        #expect(try await judge("/?a=evil", configured: .enforce, set("waf", .observe)).verdict == .pass)
        #expect(try await judge("/?a=evil", configured: .enforce, set("waf", .off)).verdict == .pass)
    }

    @Test func `the narrowest setting wins`() async throws {
        let changes = try [set("waf", .enforce), set("waf/app:shop/route:/free/*", .observe)]
        #expect(try await judge("/free/x?a=evil", changes[0], changes[1]).verdict == .pass)
        #expect(try await judge("/x?a=evil", changes[0], changes[1]).verdict == .deny(status: 403))
    }

    @Test func `one rule may enforce where others are observed`() async throws {
        let change = try set("waf/rule:78", .enforce)
        #expect(try await judge("/?a=evil", change).verdict == .pass)
        let (verdict, decision) = try await judge("/?a=evil+vile", change)
        #expect(verdict == .deny(status: 403) && decision?.rule == RuleID(78))
        #expect(decision?.scope?.description == "waf/rule:78")
    }

    @Test(arguments: [
        ("77", "ARGS:a", "", nil), ("70-79", nil, "app:shop/route:/x", nil), ("tag:attack-generic", nil, "", nil),
        ("77", "ARGS", "", "203.0.113.0/24"),
    ])
    func `an exception lets pass what it names`(
        rules: String,
        target: String?,
        place: String,
        client: String?
    ) async throws {
        let exception = try except(rules, target: target, at: place, client: client)
        #expect(try await judge("/x?a=evil", configured: .enforce, exception).verdict == .pass)
    }

    @Test(arguments: [
        ("78", nil, "", nil), ("77", "ARGS:b", "", nil), ("77", nil, "app:shop/route:/y", nil),
        ("tag:attack-sqli", nil, "", nil), ("77", nil, "", "198.51.100.1"),
    ])
    func `an exception lets nothing else pass`(
        rules: String,
        target: String?,
        place: String,
        client: String?
    ) async throws {
        let exception = try except(rules, target: target, at: place, client: client)
        #expect(try await judge("/x?a=evil", configured: .enforce, exception).verdict == .deny(status: 403))
    }

    @Test func `an exception that can let nothing pass is told once`() throws {
        var document = PolicyDocument()
        _ = try document.apply(except("77", target: "NOSUCH:a"), by: Self.alice)
        let policy = FirewallPolicy(
            PolicyInForce(PolicySnapshot(document, key: HashKey(1, 2))),
            limiter: RateLimiter(capacity: 512)
        )
        let bench = try FilterBench(Self.rules, policy: policy)
        for _ in 0..<3 {
            #expect(bench.exchange().requestHead(FilterBench.head("/?a=evil"), refusal: nil) == .deny(status: 403))
        }
        bench.logs.flush()
        #expect(bench.lines("error.log").filter { $0.contains("lets nothing pass") }.count == 1)
    }

    @Test func `a blocked client is refused whatever it asks for, and the record says why`() async throws {
        let block = PolicyChange.block(EntityBlock(try Entity(parsing: "203.0.113.0/24"), by: Self.alice))
        let (verdict, decision) = try await judge("/", block)
        #expect(verdict == .deny(status: 403) && decision?.reason == .entityBlock)
        #expect(decision?.subject?.key == "203.0.113.0/24" && decision?.message.contains("a test") == true)
        #expect(try await judge("/", from: "198.51.100.1", block).verdict == .pass)
        #expect(try await judge("/", block, set("blocks", .observe)).verdict == .pass)
        #expect(try await judge("/", block, .standDown(Self.alice)).verdict == .pass)
    }

    @Test func `who is never blocked is not`() async throws {
        let entry = PolicyChange.neverBlock(NeverBlock(try Entity(parsing: "203.0.113.7"), .listed, by: Self.alice))
        #expect(try await judge("/?a=evil", configured: .enforce, entry).verdict == .pass)
        #expect(try await judge("/?a=evil", configured: .enforce, from: "203.0.113.8", entry).verdict != .pass)
        #expect(try await judge("/?a=evil", configured: .enforce, from: "127.0.0.1").verdict != .pass)
    }

    @Test func `of many values the first and the last count, each kind by itself`() throws {
        var identification = ClientIdentification()
        identification.add(.device, by: .cookie("id"))
        identification.add(.user, by: .header("X-User"))
        let cookies = (0..<10).map { "id=\($0)" }.joined(separator: "; ")
        let head = FilterBench.head(fields: [("Cookie", cookies), ("X-User", "root")])
        let snapshot = PolicySnapshot(PolicyDocument(), key: HashKey(1, 2))
        let entities = identification.entities(of: head, under: snapshot)
        let kept = ["0", "1", "2", "3", "6", "7", "8", "9"].map { snapshot.pseudonym(of: $0.utf8) }
        #expect(entities.filter { $0.kind == .device }.map(\.key) == kept)
        #expect(entities.filter { $0.kind == .user }.map(\.key) == ["root"])
    }

    @Test func `what a cookie or a device's header says is kept as a keyed hash only`() throws {
        var identification = ClientIdentification()
        for kind in [Entity.Kind.session, .device, .user] {
            identification.add(kind, by: .cookie("\(kind)"))
            identification.add(kind, by: .header("X-\(kind)"))
        }
        let cookies = "session=s3cret-cookie; device=s3cret-cookie; user=s3cret-cookie"
        let head = FilterBench.head(fields: [
            ("Cookie", cookies), ("X-session", "s3cret-header"), ("X-device", "s3cret-header"), ("X-user", "alice"),
        ])
        let snapshot = PolicySnapshot(PolicyDocument(), key: HashKey(1, 2))
        let entities = identification.entities(of: head, under: snapshot)
        #expect(entities.count == 6 && !entities.contains { $0.key.contains("s3cret") })
        #expect(entities.filter { $0.kind == .user }.map(\.key).contains("alice"))
        // What somebody pastes is the same as what events show.
        for kind in [Entity.Kind.session, .device] {
            let pasted = snapshot.known(try Entity(kind, key: "s3cret-cookie"))
            #expect(entities.contains(pasted) && snapshot.known(pasted) == pasted)
        }
        #expect(snapshot.known(try Entity(parsing: "user:alice")).key == "alice")
        let device = try Entity(parsing: "device:d")
        #expect(PolicySnapshot(PolicyDocument(), key: HashKey(3, 4)).known(device) != snapshot.known(device))
    }

    @Test func `standing down stops everything`() async throws {
        #expect(try await judge("/?a=evil", configured: .enforce, .standDown(Self.alice)).verdict == .pass)
        #expect(try await judge("/?a=evil", standingDown: true, set("waf", .enforce)).verdict == .pass)
    }

    @Test func `a canary is a share of clients, each of which stays in it or out of it`() async throws {
        let setting = try set("waf", .enforce, canary: 50)
        var inside = 0
        for number in 1...20 {
            let first = try await judge("/?a=evil", from: "203.0.113.\(number)", setting).verdict
            let second = try await judge("/?a=evil", from: "203.0.113.\(number)", setting).verdict
            #expect(first == second)
            inside += first == .pass ? 0 : 1
        }
        #expect((3...17).contains(inside))
    }

    @Test func `limits are observed till they are enforced`() throws {
        var document = PolicyDocument()
        let limit = RateLimit(
            try RuleID(parsing: "few"),
            per: .address,
            count: 2,
            seconds: 86_400,
            by: Self.alice
        )
        _ = try document.apply(.setLimit(limit), by: Self.alice)
        for (mode, expected) in [(Mode.observe, HTTPVerdict.pass), (.enforce, .deny(status: 429))] {
            _ = try document.apply(set("limits", mode), by: Self.alice)
            let inForce = PolicyInForce(PolicySnapshot(document, key: HashKey(1, 2)))
            let policy = FirewallPolicy(inForce, limiter: RateLimiter(capacity: 512))
            let bench = try FilterBench(Self.rules, mode: .observe, policy: policy)
            let verdicts = (0..<3).map { _ in bench.exchange().requestHead(FilterBench.head("/"), refusal: nil) }
            #expect(verdicts == [.pass, .pass, expected])
        }
    }

    @Test func `a change is in force for the next request, and not for one that runs`() throws {
        let inForce = PolicyInForce(PolicySnapshot(PolicyDocument(), key: HashKey(1, 2)))
        let policy = FirewallPolicy(inForce, limiter: RateLimiter(capacity: 512))
        let bench = try FilterBench(
            """
            SecRuleEngine On
            SecRequestBodyAccess On
            SecRule ARGS:a "@contains evil" "id:77,phase:2,deny,status:403"
            """,
            mode: .observe,
            policy: policy
        )
        let running = bench.exchange()
        #expect(running.requestHead(FilterBench.head("/?a=evil"), refusal: nil) == .pass)
        var document = PolicyDocument()
        _ = try document.apply(set("waf", .enforce), by: Self.alice)
        inForce.replace(PolicySnapshot(document, key: HashKey(1, 2)))
        #expect(running.requestEnd(isTruncated: false) == .pass)
        let next = bench.exchange()
        #expect(next.requestHead(FilterBench.head("/?a=evil"), refusal: nil) == .pass)
        #expect(next.requestEnd(isTruncated: false) == .deny(status: 403))
    }

    @Test(arguments: [
        ("x' UNION SELECT password,1 FROM users--", "x' UNION SELECT ********,1 FROM *****--"),
        ("<script>alert('geheim')</script>", "<script>alert('******')</script>"),
        ("../../etc/passwd", "../../etc/passwd"), ("a\u{1B}[31m", "a.[***"), ("", ""),
    ])
    func `a sketch shows the attack and hides the words`(value: String, sketch: String) {
        #expect(String(decoding: MatchSketch(of: Array(value.utf8)[...]).bytes, as: UTF8.self) == sketch)
    }

    @Test func `a sketch of anything is short, printable and shows no word that is not known`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let value = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let sketch = MatchSketch(of: value[...]).bytes
            #expect(sketch.count <= MatchSketch.longest + 40)
            #expect(sketch.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        }
    }
}
