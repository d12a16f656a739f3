// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Storage
import Testing
import VulnerabilityManagement

@testable import Correlation

@Suite struct PatchTests {
    private struct Refusal: Error {}

    private func book(
        _ world: TestWorld,
        _ record: @escaping (VirtualPatchBook.Act) throws -> Void = { _ in }
    ) -> VirtualPatchBook {
        VirtualPatchBook(world.store, folder: world.folder + "/virtual-patches", record: record)
    }

    private func file(_ world: TestWorld, _ rule: Int) -> String? {
        FileManager.default.contents(atPath: "\(world.folder)/virtual-patches/\(rule).conf")
            .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a patch is proposed, observed, enforced by a decision, and retired, each act recorded before its file`()
        async throws
    {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let finding = try world.finding()
        var acts: [VirtualPatchBook.Act] = []
        let book = book(world) { act in
            // Its file is not there yet, or still says what held before.
            #expect(self.file(world, act.rule) != act.text || act.text == nil)
            acts.append(act)
        }
        let (patch, text) = try book.propose(finding.id, maker: "ada", now: world.now)
        #expect(patch.rule == 70_000)
        #expect(patch.state == .proposed)
        #expect(patch.pattern.description == "GET /cart/{id}")
        #expect(acts.isEmpty)
        #expect(file(world, 70_000) == nil)
        #expect(text.contains(",pass,") && !text.contains("deny"))
        #expect(throws: CorrelationError.self) {
            try book.enforce(70_000, because: "x", maker: "ada", now: world.now)
        }
        #expect(throws: CorrelationError.self) { try book.propose(finding.id, maker: "ada", now: world.now) }

        #expect(try book.apply(70_000, because: "look", maker: "ada", now: world.now).state == .observing)
        #expect(file(world, 70_000) == text)
        #expect(try book.enforce(70_000, because: "no false alarms", maker: "ada", now: world.now).state == .enforced)
        #expect(file(world, 70_000)?.contains(",deny,status:403,") == true)
        #expect(try book.observe(70_000, because: "the launch", maker: "ada", now: world.now).state == .observing)
        #expect(file(world, 70_000) == text)
        #expect(try book.retire(70_000, because: "mended", maker: "ada", now: world.now).state == .retired)
        #expect(file(world, 70_000) == nil)
        #expect(acts.map(\.act) == ["observing", "enforced", "observing", "retired"])
        let kinds = try world.store.history(of: finding.id).events.map(\.kind)
        #expect(kinds == ["patch_proposed", "patch_observing", "patch_enforced", "patch_observing", "patch_retired"])
        // Its number is not given again.
        #expect(try book.propose(finding.id, maker: "ada", now: world.now).patch.rule == 70_001)
        await world.end()
    }

    @Test func `what cannot be recorded changes nothing`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let refusing = book(world) { _ in throw Refusal() }
        let rule = try refusing.propose(try world.finding().id, maker: "ada", now: world.now).patch.rule
        #expect(throws: Refusal.self) { try refusing.apply(rule, because: "x", maker: "ada", now: world.now) }
        #expect(try world.store.virtualPatch(rule: rule)?.state == .proposed)
        #expect(file(world, rule) == nil)
        await world.end()
    }

    @Test func `the patch of a finding that is mended is retired, that of an open one stays`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.sast())
        try world.add("GET /cart/{id}", "src/cart.py")
        let book = book(world)
        let rule = try book.propose(try world.finding().id, parameter: "id", maker: "ada", now: world.now).patch.rule
        _ = try book.apply(rule, because: "look", maker: "ada", now: world.now)
        _ = try book.enforce(rule, because: "attacked", maker: "ada", now: world.now)
        #expect(try book.retireResolved(now: world.now).retired.isEmpty)
        // Complete scans without it, later ones each.
        for minute in 1...3 {
            try world.take(
                TestReports.sast(file: "web/page.js", line: 90, cwe: 79)
                    .replacing("A query is put together", with: "Text of a user is shown")
                    .replacing("sqli", with: "reflected-output")
                    .replacing("00:10:00", with: "00:1\(minute):00")
            )
        }
        #expect(try world.store.virtualPatch(rule: rule)?.isObsolete == true)
        // Whoever reads source code is not kept from it by a patch.
        let outcome = try book.retireResolved(now: world.now)
        #expect(outcome.retired.map(\.rule) == [rule])
        #expect(outcome.hidden.isEmpty)
        #expect(file(world, rule) == nil)
        #expect(try book.retireResolved(now: world.now).retired.isEmpty)
        await world.end()
    }

    @Test func `detections of a patch's rule count as its hits, whatever else matched`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let book = book(world)
        let rule = try book.propose(try world.finding().id, maker: "ada", now: world.now).patch.rule
        _ = try book.apply(rule, because: "look", maker: "ada", now: world.now)
        // 17 is noted and no attack by itself.
        try await world.detect([
            TestAttack(status: 200, disposition: 17, rule: rule, transaction: "1.1"),
            TestAttack(client: "203.0.113.8", others: [(rule, "sqli", "ARGS:id")], transaction: "1.2"),
            TestAttack(client: "203.0.113.9", transaction: "1.3"),
        ])
        try world.run()
        let patch = try #require(try world.store.virtualPatch(rule: rule))
        #expect(patch.hits == 2)
        #expect(try world.finding().attacks == 3)
        #expect(try world.timeline(of: try world.finding()).patches.map(\.hits) == [2])
        await world.end()
    }

    @Test func `no rule is proposed without a route, or where it would strike ordinary requests`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.sast(cwe: 78))
        let book = book(world)
        let id = try world.finding().id
        #expect(throws: CorrelationError.self) { try book.propose(id, maker: "ada", now: world.now) }
        let route = try RoutePattern(parsing: "POST /run")
        #expect(throws: CorrelationError.self) { try book.propose(id, route: route, maker: "ada", now: world.now) }
        let patch = try book.propose(id, route: route, parameter: "cmd", maker: "ada", now: world.now).patch
        #expect(patch.attackClass == "rce")
        #expect(throws: CorrelationError.self) { try book.propose(id + 1, maker: "ada", now: world.now) }
        await world.end()
    }
}

@Suite struct PatchTextTests {
    @Test func `the text is one chain of method, path and what looks for the attack`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let finding = try world.finding()
        let text = try VirtualPatchBook(world.store, folder: world.folder) { _ in }
            .propose(finding.id, maker: "ada", now: world.now).text
        let id = finding.identifier.description
        #expect(
            text == #"""
                # A virtual patch, written by redoubt vuln patch: changes are lost. It goes when the finding is mended.
                # Finding \#(id), route GET /cart/{id}
                SecRule REQUEST_METHOD "@rx ^(?:GET|HEAD)$" \
                    "id:70000,phase:2,pass,t:none,log,auditlog,msg:'Virtual patch: SQL injection in id, finding \#(id)',tag:'attack-sqli',tag:'redoubt/virtual-patch',tag:'redoubt/finding/\#(id)',severity:'CRITICAL',chain"
                    SecRule REQUEST_FILENAME "@rx ^/cart/[^/]+/?$" "t:none,t:urlDecodeUni,t:normalizePath,chain"
                        SecRule ARGS:/(?i)(?:^|[.\[])id\]?$/|REQUEST_COOKIES:id|REQUEST_HEADERS:id|REQUEST_FILENAME "@detectSQLi" "t:none,t:utf8toUnicode,t:urlDecodeUni,t:removeNulls"

                """#
        )
        await world.end()
    }

    @Test(arguments: [
        ("GET /a/{x}/b", "^/a/[^/]+/b/?$"), ("/api/*", "^/api(?:/|$)"), ("/", "^/?$"),
        ("/a.b/c%20d", #"^/a\x2eb/c\x20d/?$"#), (#"/q"uote'"#, #"^/q\x22uote\x27/?$"#),
    ])
    func `a route's path is matched alone`(_ pattern: String, _ expression: String) throws {
        #expect(PatchRule.path(try RoutePattern(parsing: pattern)) == expression)
    }

    @Test func `every class has a rule with a parameter, but for what no rule can tell`() {
        for attack in AttackClass.allCases {
            #expect(PatchRule.canGuard(attack, hasParameter: true) == (attack != .sessionFixation))
        }
        #expect(!PatchRule.canGuard(.commandInjection, hasParameter: false))
    }

    @Test(arguments: ["id", "user.name", "a-b_c"])
    func `plain names of parameters can stand in a rule`(_ name: String) {
        #expect(PatchRule.isPlain(name))
    }

    @Test(arguments: ["", "a b", "a\"b", "a|b", "a'b", "a\nb", "ä"])
    func `names that could end a rule's text cannot stand in it`(_ name: String) {
        #expect(!PatchRule.isPlain(name))
    }
}
