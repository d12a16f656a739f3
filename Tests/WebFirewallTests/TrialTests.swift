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

/// A vault with transactions in it, as a gateway keeps them.
private struct TrialBench {
    static let rules = #"""
        SecRuleEngine On
        SecRequestBodyAccess On
        SecAction "id:1,phase:1,nolog,pass,setvar:tx.score=0"
        SecRule REQUEST_HEADERS:Content-Type "@rx csv" "id:920420,phase:1,pass,log,severity:2,setvar:tx.score=+5"
        SecRule ARGS "@contains select" "id:10,phase:2,pass,log,severity:2,msg:'SQL',setvar:tx.score=+5"
        SecRule ARGS "@contains password" "id:11,phase:2,pass,log,severity:2,msg:'secret',setvar:tx.score=+5"
        SecRule ARGS:kind "@rx ." "id:13,phase:2,pass,log,severity:2,msg:'kind',chain,setvar:tx.kind=%{MATCHED_VAR}"
        SecRule TX:kind "@streq odd" "setvar:tx.score=+5"
        SecRule TX:SCORE "@ge 5" "id:99,phase:2,deny,status:403,log,msg:'score'"
        """#
    static let start: Int64 = 1_700_000_000_000_000_000
    static let times = start...(start + 86_400_000_000_000)

    let folder: TemporaryFolder
    let vault: PayloadVault
    let set: RuleSet
    private var number = 0

    init() throws {
        folder = try TemporaryFolder()
        vault = try PayloadVault(folder: folder.path + "/payloads", time: Self.start)
        set = try Self.compile(Self.rules)
    }

    static func compile(_ text: String) throws -> RuleSet {
        let compiler = RuleSetCompiler()
        compiler.add(text: text, name: "test.conf")
        return try compiler.finish()
    }

    @discardableResult
    mutating func keep(
        _ method: String = "GET",
        _ target: String,
        from client: String,
        application: String = "shop",
        type: String = "application/x-www-form-urlencoded",
        body: String = "",
        status: Int = 200
    ) -> KeptTransaction {
        number += 1
        var kept = KeptTransaction(
            identifier: Array("1.\(number)".utf8),
            time: Self.start + Int64(number) * 1_000_000,
            application: application,
            connection: HTTPConnectionInfo(
                clientAddress: client,
                clientPort: 4_000,
                serverAddress: "::1",
                serverPort: 80
            ),
            request: HTTPRequestHead(
                method: Array(method.utf8),
                target: Array(target.utf8),
                version: Array("HTTP/1.1".utf8),
                fields: [(Array("Host".utf8), Array("h".utf8)), (Array("Content-Type".utf8), Array(type.utf8))]
            ),
            body: Array(body.utf8),
            response: HTTPResponseHead(version: Array("HTTP/1.1".utf8), status: status, reason: [], fields: []),
            status: status,
            decidedBy: nil,
            matches: []
        )
        let outcome = TransactionReplay(set).run(kept)
        (kept.decidedBy, kept.matches) = (outcome.endedBy, outcome.matches)
        vault.keep(Payload(name: kept.identifier, time: kept.time, bytes: kept.encoded))
        return kept
    }

    /// People who write about gifts, one attacker on the same route, and much that passes.
    mutating func keepUsual() {
        for number in 1...10 {
            keep("POST", "/guestbook", from: "198.51.100.\(number)", body: "text=select+a+gift+\(number)")
            keep("GET", "/products?page=\(number)", from: "198.51.100.\(number)")
        }
        keep("POST", "/guestbook", from: "203.0.113.9", body: "text=select+password")
        keep("GET", "/search?q=select", from: "203.0.113.9", status: 404)
    }

    private var exceptions: ReplayExceptions { Self.exceptions(PolicyDocument()) }

    static func exceptions(_ policy: PolicyDocument) -> ReplayExceptions {
        ReplayExceptions(PolicySnapshot(policy, key: HashKey(1, 2)), at: start)
    }

    func search(_ order: ExclusionSearch.Order, _ known: ReplayExceptions? = nil) throws -> ExclusionSearch.Finding? {
        let search = ExclusionSearch(
            KeptTransactions(vault),
            rules: { [set] in $0 == "bare" ? nil : set },
            exceptions: known ?? exceptions
        )
        return try search.run(order) { _ in true }
    }

    func compare(
        _ changed: String,
        scope: String = "waf",
        _ known: ReplayExceptions? = nil,
        evaluatesAll: Bool = false
    ) throws
        -> RuleComparison.Finding?
    {
        let changed = try Self.compile(changed)
        return try RuleComparison(
            KeptTransactions(vault),
            today: { [set] _ in set },
            changed: { _ in changed },
            exceptions: known,
            evaluatesAll: evaluatesAll
        ).run(try Scope(parsing: scope), in: Self.times) { _ in true }
    }
}

/// What is tried on transactions that were kept.
struct TrialTests {
    @Test func `what looks like people at work shall pass, by one exception on its route`() throws {
        var bench = try TrialBench()
        bench.keepUsual()
        let order = ExclusionSearch.Order(try Scope(parsing: "waf/app:shop"), in: TrialBench.times)
        let found = try #require(try bench.search(order))
        #expect(
            found.drafts == [
                ExclusionAssistant.Draft(
                    rules: .rule(RuleID(10)),
                    target: try TargetSelector(parsing: "ARGS:text"),
                    place: try Scope.Place(parsing: "app:shop/route:POST /guestbook")
                )
            ]
        )
        #expect(found.looked == 22 && found.ended == 12 && found.wanted == 10 && found.stillEnded == 0)
        #expect(found.needs == [10] && found.damaged == 0 && found.skipped == 0)
        // The attacker on the same route is stopped by what else was found.
        #expect(found.others == 1 && found.alsoPassing.isEmpty)
    }

    @Test func `what would pass as well is told`() throws {
        var bench = try TrialBench()
        bench.keepUsual()
        // Nothing tells it from what people write but that its client attacks elsewhere.
        let attack = bench.keep("POST", "/guestbook", from: "203.0.113.9", body: "text=select+all")
        let order = ExclusionSearch.Order(try Scope(parsing: "waf"), in: TrialBench.times)
        let found = try #require(try bench.search(order))
        #expect(found.drafts.count == 1 && found.wanted == 10)
        #expect(found.alsoPassing.map(\.identifier) == [attack.identifier])
    }

    @Test func `who sends what fails for everybody is no attacker`() throws {
        var bench = try TrialBench()
        bench.keepUsual()
        for client in 1...10 {
            bench.keep("POST", "/old", from: "198.51.100.\(client)", body: "text=select+old", status: 410)
        }
        let order = ExclusionSearch.Order(try Scope(parsing: "waf"), in: TrialBench.times)
        let found = try #require(try bench.search(order))
        #expect(found.wanted == 10 && found.drafts.map { $0.place.description } == ["app:shop/route:POST /guestbook"])
    }

    @Test func `what a rule kept of the request is left out with the rule`() throws {
        var bench = try TrialBench()
        for client in 1...9 { bench.keep("GET", "/?kind=odd", from: "198.51.100.\(client)") }
        let order = ExclusionSearch.Order(try Scope(parsing: "waf"), in: TrialBench.times)
        let found = try #require(try bench.search(order))
        #expect(
            found.drafts.map { "\($0.rules) \($0.target?.description ?? "all") \($0.place)" } == [
                "13 all app:shop/route:GET /"
            ]
        )
        #expect(found.stillEnded == 0)
    }

    @Test func `transactions can be picked, and the rule that is to be silent`() throws {
        var bench = try TrialBench()
        bench.keepUsual()
        let picked = bench.keep("GET", "/search?q=select+me", from: "203.0.113.20")
        let scope = try Scope(parsing: "waf/app:shop")
        let byName = ExclusionSearch.Order(scope, in: TrialBench.times, transactions: [picked.identifier])
        let found = try #require(try bench.search(byName))
        #expect(found.wanted == 1)
        #expect(found.drafts.map { $0.place.description } == ["app:shop/route:GET /search"])
        #expect(try bench.search(ExclusionSearch.Order(scope, in: TrialBench.times, rule: 11))?.wanted == 0)
        #expect(try bench.search(ExclusionSearch.Order(scope, in: TrialBench.times, rule: 10))?.wanted == 10)
    }

    @Test func `an exception that holds already is not proposed again`() throws {
        var bench = try TrialBench()
        bench.keepUsual()
        var policy = PolicyDocument()
        let author = Authorship("test", because: "prose", at: TrialBench.start)
        let exception = PolicyException(
            Identifier(milliseconds: 1, random: (1, 1)),
            .webFirewall,
            rules: .rule(RuleID(10)),
            target: try TargetSelector(parsing: "ARGS:text"),
            place: try Scope.Place(parsing: "app:shop/route:POST /guestbook"),
            owner: "test",
            by: author
        )
        _ = try policy.apply(.addException(exception), by: author)
        let order = ExclusionSearch.Order(try Scope(parsing: "waf/app:shop"), in: TrialBench.times)
        let found = try #require(try bench.search(order, TrialBench.exceptions(policy)))
        #expect(found.drafts.isEmpty && found.wanted == 0)
    }

    @Test func `on many routes an exception is for the application`() throws {
        var bench = try TrialBench()
        for route in 1...5 {
            for client in 1...8 {
                bench.keep(
                    "GET",
                    "/page\("abcdef".dropFirst(route).first.map(String.init) ?? "")?q=select",
                    from: "198.51.100.\(client)"
                )
            }
        }
        let order = ExclusionSearch.Order(try Scope(parsing: "waf"), in: TrialBench.times)
        #expect(try bench.search(order)?.drafts.map { $0.place.description } == ["app:shop"])
    }

    @Test func `what has no rules is counted, and work can be ended`() throws {
        var bench = try TrialBench()
        for client in 1...8 { bench.keep("GET", "/?q=select", from: "198.51.100.\(client)", application: "bare") }
        let order = ExclusionSearch.Order(try Scope(parsing: "waf"), in: TrialBench.times)
        #expect(try bench.search(order)?.withoutRules == 8)
        let kept = KeptTransactions(bench.vault)
        let search = ExclusionSearch(kept, rules: { _ in nil }, exceptions: TrialBench.exceptions(PolicyDocument()))
        #expect(try search.run(order) { _ in false } == nil)
    }

    // MARK: Changed rules

    @Test func `rules as they would be are compared with what was decided`() throws {
        var bench = try TrialBench()
        bench.keepUsual()
        let without = TrialBench.rules.replacing("@contains select", with: "@contains nothing")
        let fewer = try #require(try bench.compare(without))
        #expect(fewer.replayed == 22 && fewer.stoppedToday == 12 && fewer.stoppedThen == 1)
        #expect(fewer.fewerCount == 11 && fewer.moreCount == 0 && fewer.drifted == 0)
        #expect(fewer.byRule == [RuleComparison.Part(name: "10", more: 0, fewer: 11)])
        #expect(fewer.byRoute.map(\.name) == ["POST /guestbook", "GET /search"])
        let more = try #require(
            try bench.compare(TrialBench.rules + "\nSecRule ARGS:page \"@ge 0\" \"id:12,phase:2,deny,log\"\n")
        )
        #expect(more.moreCount == 10 && more.fewerCount == 0 && more.more.count == 10)
        #expect(more.byRule == [RuleComparison.Part(name: "12", more: 10, fewer: 0)])
        #expect(try bench.compare(without, scope: "waf/app:blog")?.replayed == 0)
        #expect(try bench.compare(without, scope: "waf/app:shop/route:GET /search")?.fewerCount == 1)
        #expect(try bench.compare(TrialBench.rules)?.fewerCount == 0)
    }

    @Test func `what the rules of today decide otherwise is not the change's doing`() throws {
        var bench = try TrialBench()
        var kept = bench.keep("GET", "/?q=fine", from: "198.51.100.1")
        kept.identifier = Array("drift".utf8)
        kept.decidedBy = 99
        bench.vault.keep(Payload(name: kept.identifier, time: kept.time, bytes: kept.encoded))
        let found = try #require(try bench.compare(TrialBench.rules, evaluatesAll: true))
        #expect(found.replayed == 2 && found.drifted == 1 && found.fewerCount == 0 && found.stoppedToday == 0)
    }

    @Test func `what meets no rule that differs is decided as it was, without an evaluation`() throws {
        var bench = try TrialBench()
        bench.keepUsual()
        bench.keep("GET", "/?kind=odd", from: "198.51.100.1")
        let rules = TrialBench.rules
        let changes = [
            (rules, untouched: 23), (rules.replacing("@contains select", with: "@contains gift"), 11),
            (rules + "\nSecRule ARGS:page \"@eq 3\" \"id:12,phase:2,deny,log\"\n", 22),
            (rules.replacing("@streq odd", with: "@streq even"), 22), (rules.replacing("@ge 5", with: "@ge 10"), 0),
        ]
        for (changed, untouched) in changes {
            let quick = try #require(try bench.compare(changed))
            let whole = try #require(try bench.compare(changed, evaluatesAll: true))
            #expect(quick.untouched == untouched && whole.untouched == 0, "\(changed)")
            #expect(quick.replayed == 23 && whole.replayed == 23)
            #expect(quick.stoppedToday == whole.stoppedToday && quick.stoppedThen == whole.stoppedThen)
            #expect(quick.byRule == whole.byRule && quick.byRoute == whole.byRoute)
            #expect(quick.more.map(\.identifier) == whole.more.map(\.identifier))
        }
    }

    // MARK: Defaults

    @Test func `a content type that people send becomes a proposal`() throws {
        var bench = try TrialBench()
        for client in 1...9 {
            bench.keep("POST", "/import", from: "198.51.100.\(client)", type: "text/csv; charset=utf-8", body: "a,b")
        }
        bench.keep("POST", "/admin", from: "203.0.113.9", type: "application/x-csv", body: "x", status: 403)
        let search = DefaultsSearch(KeptTransactions(bench.vault))
        let found = try #require(try search.run(try Scope(parsing: "waf"), in: TrialBench.times) { _ in true })
        let finding = try #require(found.first)
        #expect(found.count == 1 && finding.subject == .contentType && finding.value == "text/csv")
        #expect(finding.count == 9 && finding.clients == 9 && finding.answered == 9)
        #expect(finding.place.description == "app:shop" && finding.rules == .rule(RuleID(920_420)))
        #expect(finding.contentType?.description == "text/csv" && finding.routes == ["POST /import"])
        #expect(try search.run(try Scope(parsing: "waf/app:blog"), in: TrialBench.times) { _ in true }?.isEmpty == true)
    }

    @Test func `what is seen on several routes is one proposal for the application`() throws {
        var bench = try TrialBench()
        for (route, clients) in [("/import", 1...9), ("/admin/import", 1...6)] {
            for client in clients {
                bench.keep("POST", route, from: "198.51.100.\(client)", type: "text/csv; charset=utf-8", body: "a,b")
            }
        }
        bench.keep("POST", "/import", from: "203.0.113.9", type: "application/x-csv", body: "x", status: 403)
        let search = DefaultsSearch(KeptTransactions(bench.vault))
        let found = try #require(try search.run(try Scope(parsing: "waf"), in: TrialBench.times) { _ in true })
        let finding = try #require(found.first)
        #expect(found.count == 1 && finding.count == 15 && finding.clients == 9)
        #expect(finding.routes == ["POST /import", "POST /admin/import"] && finding.place.description == "app:shop")
        // As the policy takes it: for this type everywhere in the application, for others nowhere.
        let exception = PolicyException(
            Identifier(milliseconds: 1, random: (1, 2)),
            .webFirewall,
            rules: finding.rules,
            place: finding.place,
            contentType: finding.contentType,
            owner: "ann",
            by: Authorship("ann", because: "usual here", at: 1)
        )
        var document = PolicyDocument()
        _ = try document.apply(.addException(exception), by: exception.by, expecting: nil)
        #expect(try JSONDecoder().decode(PolicyException.self, from: JSONEncoder().encode(exception)) == exception)
        let snapshot = PolicySnapshot(document, key: HashKey(1, 2))
        func passes(_ route: String, _ types: [String], application: String = "shop") -> Bool {
            let head = HTTPRequestHead(
                method: Array("POST".utf8),
                target: Array(route.utf8),
                version: Array("HTTP/1.1".utf8),
                fields: types.map { (Array("Content-Type".utf8), Array($0.utf8)) }
            )
            let facts = ActivityFacts(
                application: application,
                method: head.bytes[head.method.bounds],
                path: head.bytes[head.target.bounds],
                contentType: head.contentType
            )
            return !snapshot.exceptions(of: .webFirewall, for: facts, at: 2).isEmpty
        }
        #expect(passes("/import", ["text/csv"]) && passes("/anew", ["Text/CSV ; header=present"]))
        for types in [["application/x-csv"], [], ["text/csvx"]] { #expect(!passes("/import", types), "\(types)") }
        #expect(!passes("/import", ["text/csv", "application/x-csv"]))
        #expect(!passes("/import", ["text/csv"], application: "blog"))
    }

    // MARK: Explanations

    @Test func `what rules put aside is hidden, but for scores that are numbers`() throws {
        var bench = try TrialBench()
        let kept = bench.keep("GET", "/?kind=odd&q=select", from: "198.51.100.1")
        let rules =
            TrialBench.rules + #"""

                SecRule ARGS:kind "@rx ." "id:21,phase:2,pass,nolog,setvar:tx.false_score=%{MATCHED_VAR}"
                SecRule TX:false_score "@rx odd" "id:22,phase:2,pass,log,msg:'text in a score'"
                SecRule ARGS:kind "@rx (o)dd" "id:23,phase:2,pass,nolog,capture,setvar:tx.aside=%{TX.0}"
                SecRule TX:aside "@rx odd" "id:24,phase:2,pass,log,msg:'a capture'"
                """#
        let matches = TransactionExplanation(kept, try TrialBench.compile(rules)).matches
        for (rule, text) in [
            (13, "(3 bytes that a rule put aside, hidden)"), (22, "(3 bytes that a rule put aside, hidden)"),
            (24, "(3 bytes that a rule put aside, hidden)"),
        ] {
            let match = try #require(matches.first { $0.rule == rule }, "\(rule)")
            #expect(match.target.uppercased().hasPrefix("TX:") && match.value.text == text, "\(rule)")
        }
        let score = try #require(matches.first { $0.rule == 99 })
        #expect(score.value.text == "10" && score.decides)
    }

    @Test func `a kept transaction is found again and explained, masked`() throws {
        var bench = try TrialBench()
        bench.keepUsual()
        let kept = bench.keep("GET", "/search?q=Margaret+select+Miller&password=hunter2", from: "198.51.100.1")
        let found = try #require(
            try KeptTransactions(bench.vault).transaction(kept.identifier, in: TrialBench.times)
        )
        #expect(try KeptTransactions(bench.vault).transaction(Array("2.1".utf8), in: TrialBench.times) == nil)
        let explanation = TransactionExplanation(found, bench.set)
        #expect(explanation.endedBy == 99)
        let match = try #require(explanation.matches.first { $0.rule == 10 })
        #expect(match.target == "ARGS:q" && match.file == "test.conf" && match.line == 5 && !match.decides)
        #expect(match.value.pieces.filter(\.isMarked).map(\.text) == ["select"])
        #expect(match.value.text == "******** select ******")
        let masked = MaskedTransaction(found)
        #expect(masked.query.map(\.name) == ["q", "password"])
        #expect(masked.query.map(\.value.text) == ["******** select ******", "(7 bytes, hidden)"])
    }
}
