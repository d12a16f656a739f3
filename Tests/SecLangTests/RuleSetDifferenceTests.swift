// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Matching
import Testing

@testable import SecLang

/// Which transactions a change of the rules can touch.
struct RuleSetDifferenceTests {
    private static let rules = #"""
        SecRuleEngine On
        SecRequestBodyAccess On
        SecPcreMatchLimit 200
        SecAction "id:1,phase:1,nolog,pass,setvar:tx.level=1,setvar:tx.score=0,setvar:tx.json=1"
        SecRule TX:json "@eq 1" "id:2,phase:1,nolog,pass,chain"
        SecRule REQUEST_HEADERS:Content-Type "@rx json" "ctl:requestBodyProcessor=JSON"
        SecRule REQUEST_HEADERS:User-Agent "@pm scanner robot" "id:3,phase:1,pass,log,setvar:tx.score=+5"
        SecRule TX:level "@lt 2" "id:4,phase:2,nolog,pass,skipAfter:END"
        SecRule ARGS "@contains deep" "id:5,phase:2,pass,log,setvar:tx.score=+5"
        SecMarker END
        SecRule ARGS "@rx select" "id:10,phase:2,pass,log,setvar:tx.score=+5"
        SecRule ARGS:kind "@rx ." "id:11,phase:2,pass,log,chain,setvar:tx.kind=%{MATCHED_VAR}"
        SecRule TX:kind "@streq odd" "setvar:tx.score=+5"
        SecRule TX:/^MSC_/ "!@streq 0" "id:12,phase:2,pass,log,setvar:tx.score=+5"
        SecRule TX:1 "@rx ^gi" "id:13,phase:2,pass,log,setvar:tx.score=+5"
        SecRule MATCHED_VAR "@streq robot" "id:14,phase:2,pass,log,setvar:tx.score=+5"
        SecRule TX:score "@ge 5" "id:99,phase:2,deny,status:403,log"
        SecRule ARGS_NAMES "@streq kind" "id:100,phase:3,log,deny"
        """#

    private static func compile(_ text: String) throws -> RuleSet { try RuleHarness.compile(text) }

    private struct Seen: Equatable {
        var would: Intervention?
        var matches: [Int]
        var hasRegexFailure: Bool
    }

    private static func run(
        _ rules: RuleSet,
        _ target: String,
        agent: String = "browser",
        type: String = "application/x-www-form-urlencoded",
        body: String = "",
        costs: RuleCosts? = nil
    ) -> Seen {
        var context = TransactionContext(
            identifier: Array("1".utf8),
            now: { 1_700_000_000_000_000_000 },
            collections: PersistentCollections(capacity: 64),
            observesOnly: true
        )
        context.costs = costs
        var transaction = Transaction(rules: rules, context: context)
        transaction.connection(
            HTTPConnectionInfo(clientAddress: "192.0.2.1", clientPort: 4_000, serverAddress: "::1", serverPort: 80)
        )
        transaction.requestHead(
            HTTPRequestHead(
                method: Array((body.isEmpty ? "GET" : "POST").utf8),
                target: Array(target.utf8),
                version: Array("HTTP/1.1".utf8),
                fields: [
                    (Array("Host".utf8), Array("h".utf8)), (Array("User-Agent".utf8), Array(agent.utf8)),
                    (Array("Content-Type".utf8), Array(type.utf8)),
                ]
            )
        )
        transaction.evaluateRequestHeaders()
        Array(body.utf8).withUnsafeBufferPointer { _ = transaction.appendRequestBody($0) }
        transaction.evaluateRequestBody()
        transaction.finish()
        return Seen(
            would: transaction.would,
            matches: transaction.matches.map(\.rule),
            hasRegexFailure: transaction.hasRegexFailure
        )
    }

    /// Whether a change touches a request; nil where that cannot be told.
    private static func touches(
        _ changed: String,
        of rules: String = rules,
        _ target: String,
        agent: String = "browser",
        type: String = "application/x-www-form-urlencoded",
        body: String = "",
        scans: Bool = true
    ) throws -> Bool? {
        guard let difference = RuleSetDifference(try compile(rules), try compile(changed)) else { return nil }
        return difference.probes.contains { probe in
            if scans { probe.rules.use(PatternLibrary.compile(probe.rules.scanPatterns, backend: .automatic)) }
            let costs = RuleCosts(probe.rules)
            let seen = run(probe.rules, target, agent: agent, type: type, body: body, costs: costs)
            return seen.would != nil || seen.hasRegexFailure || probe.met(costs) > 0
        }
    }

    @Test func `rules that are the same touch nothing, wherever they stand and whatever they are called`() throws {
        // Another variable moves the numbers of all others.
        let moved = "\n# a comment\n\n" + Self.rules.replacing("SecAction \"id:1,", with: "SecAction \"id:1,phase:1,")
        #expect(try Self.touches(moved, "/?q=select") == false)
        #expect(RuleSetDifference(try Self.compile(Self.rules), try Self.compile(moved))?.probes.isEmpty == true)
    }

    @Test func `a new rule touches what it matches`() throws {
        let new = "SecRule ARGS \"@rx union\" \"id:20,phase:2,deny,log,setvar:tx.union=1\"\n"
        for changed in [Self.rules + "\n" + new, "SecRuleEngine On\nSecRequestBodyAccess On\n" + new + Self.rules] {
            #expect(try Self.touches(changed, "/?q=union") == true)
            #expect(try Self.touches(changed, "/?q=select") == false)
        }
    }

    @Test func `a rule that is gone touches what it matched`() throws {
        let changed = Self.rules + "\nSecRuleRemoveById 10\n"
        #expect(try Self.touches(changed, "/?q=select") == true)
        #expect(try Self.touches(changed, "/?q=union") == false)
        #expect(try Self.touches(Self.rules, of: changed, "/?q=select") == true)
    }

    @Test func `a parameter that is left out touches all that the rule matched`() throws {
        let changed = Self.rules + "\nSecRuleUpdateTargetById 10 \"!ARGS:text\"\n"
        #expect(try Self.touches(changed, "/?text=select") == true)
        #expect(try Self.touches(changed, "/?text=union") == false)
    }

    @Test func `bodies are read as all rules together have them read`() throws {
        let changed = Self.rules + "\nSecRule ARGS:json.a \"@streq x\" \"id:20,phase:2,deny,log\"\n"
        #expect(try Self.touches(changed, "/", type: "application/json", body: #"{"a":"x"}"#) == true)
        #expect(try Self.touches(changed, "/", type: "text/plain", body: #"{"a":"x"}"#) == false)
        let off = changed.replacing("setvar:tx.json=1", with: "setvar:tx.json=0")
        #expect(
            try Self.touches(off, of: off.replacing("@streq x", with: "@streq y"), "/", body: #"{"a":"x"}"#) == false
        )
    }

    @Test func `a chain that looks at what rules set is met where its first rule may match`() throws {
        let changed = Self.rules.replacing("@streq odd", with: "@streq even")
        #expect(try Self.touches(changed, "/?kind=odd") == true)
        #expect(try Self.touches(changed, "/?q=select") == false)
    }

    @Test(arguments: [
        ("@ge 5\"", "@ge 10\""), ("tx.level=1", "tx.level=2"), ("SecRuleEngine On", "SecRuleEngine Off"),
        ("SecRuleEngine On", "SecRuleEngine DetectionOnly"), ("SecRequestBodyAccess On", "SecRequestBodyAccess Off"),
        (
            "SecMarker END\nSecRule ARGS \"@rx select\" \"id:10,phase:2,pass,log,setvar:tx.score=+5\"",
            "SecRule ARGS \"@rx select\" \"id:10,phase:2,pass,log,setvar:tx.score=+5\"\nSecMarker END"
        ),
    ])
    func `what rules make of one another can only be told by all of them`(_ old: String, _ new: String) throws {
        let changed = Self.rules.replacing(old, with: new)
        #expect(changed != Self.rules)
        #expect(try Self.touches(changed, "/?q=union") == nil)
    }

    @Test func `an expression that gives up is met, as rules are told of it`() throws {
        let changed = Self.rules + "\nSecRule ARGS \"@rx ^(?:(?:[a-z]+)*)*[!?]\" \"id:20,phase:1,pass,log\"\n"
        #expect(try Self.touches(changed, "/?q=" + String(repeating: "a", count: 40), scans: false) == true)
    }

    @Test func `a chain acts link by link`() throws {
        let chain =
            "SecRule ARGS \"@rx gift\" \"id:20,phase:2,pass,nolog,setvar:tx.score=+5,chain\"\n"
            + "SecRule REQUEST_HEADERS:User-Agent \"@streq other\"\n"
        let changed = Self.rules.replacing("SecRule TX:score", with: chain + "SecRule TX:score")
        #expect(try Self.touches(changed, "/?q=gift") == true)
        #expect(Self.run(try Self.compile(changed), "/?q=gift").would != nil)
        #expect(Self.run(try Self.compile(Self.rules), "/?q=gift").would == nil)
        #expect(try Self.touches(changed, "/?q=union") == false)
    }

    @Test func `a session that is named is more than its collection`() throws {
        let collection = Self.rules + "\nSecAction \"id:20,phase:1,nolog,pass,initcol:session=%{REMOTE_ADDR}\"\n"
        let session = collection.replacing("initcol:session=", with: "setsid:")
        #expect(try Self.touches(session, of: session, "/?q=union") == false)
        #expect(try Self.touches(session, of: collection, "/?q=union") == nil)
    }

    @Test func `who leads past the rule that reads a body is asked too`() throws {
        let gate = "SecRule REQUEST_HEADERS:User-Agent \"@streq app\" \"id:6,phase:1,pass,nolog,skipAfter:JSON\"\n"
        let rules =
            Self.rules.replacing("SecRule TX:json", with: gate + "SecRule TX:json") + "\nSecMarker NONE\n"
        let marked = rules.replacing(
            "SecRule REQUEST_HEADERS:User-Agent \"@pm",
            with: "SecMarker JSON\nSecRule REQUEST_HEADERS:User-Agent \"@pm"
        )
        let changed = marked + "SecRule ARGS:json.a \"@streq x\" \"id:20,phase:2,deny,log\"\n"
        let body = #"{"a":"x"}"#
        #expect(try Self.touches(changed, of: marked, "/", type: "application/json", body: body) == true)
        #expect(try Self.touches(changed, of: marked, "/", agent: "app", type: "application/json", body: body) == false)
    }

    /// Changes at random: whatever is said to be untouched is decided alike, rule by rule.
    @Test func `what no change touches is decided alike`() throws {
        var random = SeededGenerator(seed: 11)
        let words = ["select", "union", "deep", "odd", "robot", "x", "even", "gift"]
        var told = 0
        for round in 0..<200 {
            let sides = (0..<2).map { _ in Self.changed(Self.rules, words, &random) }
            let (first, second) = (try RuleHarness.compile(sides[0]), try RuleHarness.compile(sides[1]))
            guard let difference = RuleSetDifference(first, second) else { continue }
            for _ in 0..<40 {
                let word = words.randomElement(using: &random) ?? ""
                let name = ["q", "kind", "text"].randomElement(using: &random) ?? ""
                let isJSON = Bool.random(using: &random)
                let target = "/p?\(name)=\(word)"
                let agent = Bool.random(using: &random) ? "robot" : "browser"
                let type = isJSON ? "application/json" : "text/plain"
                let body = Bool.random(using: &random) ? #"{"a":"\#(word)"}"# : ""
                func run(_ rules: RuleSet, _ costs: RuleCosts? = nil) -> Seen {
                    Self.run(rules, target, agent: agent, type: type, body: body, costs: costs)
                }
                let isTouched = difference.probes.contains { probe in
                    let costs = RuleCosts(probe.rules)
                    let seen = run(probe.rules, costs)
                    return seen.would != nil || seen.hasRegexFailure || probe.met(costs) > 0
                }
                guard !isTouched else { continue }
                told += 1
                #expect(run(first) == run(second), "round \(round): \(target) \(body)")
            }
        }
        #expect(told > 1_000)
    }

    private static func changed(_ rules: String, _ words: [String], _ random: inout SeededGenerator) -> String {
        var text = rules
        for number in 0..<Int.random(in: 1...3, using: &random) {
            let word = words.randomElement(using: &random) ?? ""
            text = change(text, word, number, &random)
        }
        return text
    }

    /// One change: what people write, and what would lead the comparison astray.
    private static func change(_ text: String, _ word: String, _ number: Int, _ random: inout SeededGenerator) -> String
    {
        let id = 200 + number
        let before =
            ["SecRule TX:json", "SecRule ARGS \"@rx select", "SecRule TX:score"].randomElement(using: &random) ?? ""
        func inserted(_ rule: String) -> String {
            text.replacing(before, with: rule + "\n" + before, maxReplacements: 1)
        }
        let second = "SecRule REQUEST_HEADERS:User-Agent \"@streq robot\""
        switch Int.random(in: 0..<16, using: &random) {
        case 0: return text + "\nSecRuleRemoveById \([3, 5, 10, 11, 100].randomElement(using: &random) ?? 3)"
        case 1:
            let name = ["q", "text"].randomElement(using: &random) ?? ""
            return text + "\nSecRuleUpdateTargetById 10 \"!ARGS:\(name)\""
        case 2: return text + "\nSecRule ARGS \"@rx \(word)\" \"id:\(id),phase:2,log,deny\""
        case 3:
            return inserted(
                "SecRule ARGS|REQUEST_HEADERS \"@contains \(word)\" \"id:\(id),phase:2,log,pass,setvar:tx.score=+5\""
            )
        case 4: return text.replacing("@pm scanner robot", with: "@pm scanner \(word)")
        case 5:
            return inserted(
                "SecRule ARGS_NAMES \"!@rx ^(?:\(word)|q)$\" \"id:\(id),phase:1,log,pass,setvar:tx.level=2\""
            )
        case 6:
            return inserted(
                "SecRule ARGS \"@rx ^(\(word.prefix(2)))\" "
                    + "\"id:\(id),phase:2,pass,nolog,capture,setvar:tx.score=+5,chain\"\n\(second)"
            )
        case 7:
            return inserted(
                "SecRule ARGS \"@contains \(word)\" "
                    + "\"id:\(id),phase:1,pass,nolog,ctl:ruleRemoveById=10,chain\"\n\(second)"
            )
        case 8:
            return inserted(
                "SecRule ARGS:kind \"@rx .\" \"id:\(id),phase:1,pass,nolog,chain\"\n"
                    + "SecRule ARGS \"@streq \(word)\" \"ctl:ruleEngine=Off,chain\"\n\(second)"
            )
        case 9:
            return inserted(
                "SecRule ARGS \"@streq \(word)\" \"id:\(id),phase:1,pass,nolog,ctl:requestBodyProcessor=JSON\""
            )
        case 10: return inserted("SecRule ARGS \"@streq \(word)\" \"id:\(id),phase:2,pass,nolog,skipAfter:END\"")
        case 11:
            return inserted(
                "SecRule ARGS \"@rx (?:\(word)|gift)$\" "
                    + "\"id:\(id),phase:2,pass,log,multiMatch,t:lowercase,t:removeNulls\""
            )
        case 12: return inserted("SecRule ARGS \"@rx ^(\(word))$\" \"id:\(id),phase:2,pass,nolog,capture\"")
        case 13:
            return inserted("SecRule ARGS \"@rx (?:(?:[a-z]+)*)*\(word)!\" \"id:\(id),phase:1,pass,log\"")
        case 14: return text.replacing("SecRuleEngine On", with: "SecRuleEngine DetectionOnly")
        default: return inserted("SecRule ARGS \"@streq \(word)\" \"id:\(id),phase:3,log,deny\"")
        }
    }
}
