// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import SecLang
import Testing

@testable import WebFirewall

@Suite struct CostTests {
    private func evaluate(_ targets: [String]) throws -> (RuleCosts, RuleSet) {
        let text = """
            SecRuleEngine On
            SecRule ARGS "@rx attack" "id:1,phase:1,pass"
            SecRule ARGS "!@rx ^[a-z]*$" "id:2,phase:1,deny"
            SecRule ARGS "@streq b" "id:3,phase:1,pass"
            """
        let evaluator = try TransactionEvaluator(
            rules: RuleSources(texts: [.init(name: "rules", text: text)]),
            options: EvaluationOptions(patterns: PatternCache(directory: nil))
        )
        let costs = RuleCosts(evaluator.rules)
        evaluator.costs = costs
        for target in targets {
            let head = HTTPRequestHead(
                method: Array("GET".utf8),
                target: Array(target.utf8),
                version: Array("HTTP/1.1".utf8),
                fields: []
            )
            let connection = HTTPConnectionInfo(
                clientAddress: "203.0.113.7",
                clientPort: 1,
                serverAddress: "127.0.0.1",
                serverPort: 80
            )
            _ = evaluator.evaluate(
                RecordedTransaction(
                    id: target,
                    connection: connection,
                    request: ReceivedRequest(head: head, body: [], refusal: nil),
                    response: nil
                )
            )
        }
        return (costs, evaluator.rules)
    }

    @Test func `counts turns, candidates and matches of each rule`() throws {
        let (costs, _) = try evaluate(["/?x=an+attack", "/?x=b", "/?x=c"])
        let counts = costs.entries.map { [$0.rule, $0.cost.visits, $0.cost.candidates, $0.cost.matches] }
        // A blank is no letter: rule 2 denies the first request and rule 3 has no turn.
        #expect(counts == [[1, 3, 1, 1], [2, 3, 3, 1], [3, 2, 1, 1]])
        #expect(costs.transactions == 3)
    }

    @Test func `reports the dearest rules`() throws {
        let (costs, rules) = try evaluate(["/?x=b", "/?x=c"])
        let report = CostReport(costs, rules: rules, limit: 2)
        let json = try JSONReader.read(report.json)
        #expect(json["transactions"]?.integer == 2)
        let listed = json["rules"]?.elements ?? []
        #expect(listed.count == 2)
        #expect((listed.first?["nanoseconds"]?.integer ?? 0) >= (listed.last?["nanoseconds"]?.integer ?? 1))
        #expect(report.text.contains("2 requests"))
        #expect(report.ndjson.count { $0 == UInt8(ascii: "\n") } == 2)
    }
}
