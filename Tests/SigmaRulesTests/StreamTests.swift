// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SigmaRules
import Testing

struct StreamTests {
    private static let rules = """
        title: shell
        name: shell
        logsource: {product: linux, category: process_creation}
        detection: {s: {Image|endswith: /sh}, condition: s}
        ---
        title: token
        name: token
        logsource: {product: gitlab, service: audit}
        detection: {s: {event_type: token_created}, condition: s}
        ---
        title: token, then shell
        level: high
        correlation:
            type: temporal_ordered
            rules: [token, shell]
            group-by: [user]
            timespan: 5m
            aliases: {user: {shell: User, token: author_name}}
        ---
        title: alone
        logsource: {product: gitlab}
        detection: {s: {event_type|startswith: token}, condition: s}
        """

    @Test func `correlations join events of several log sources`() throws {
        let (set, diagnostics) = Rules.compile(Self.rules)
        #expect(diagnostics == [])
        let stream = SigmaStream(set)
        let gitlab = try LogSource(parsing: "product=gitlab,service=audit")
        let linux = try LogSource(parsing: "product=linux,category=process_creation")
        let events: [(LogSource, String)] = [
            (linux, #"{"Image":"/bin/sh","User":"joe","UtcTime":"2026-01-01 00:00:01.5"}"#),
            (gitlab, #"{"event_type":"token_created","author_name":"joe","created_at":"2026-01-01T00:00:02Z"}"#),
            (linux, #"{"Image":"/bin/sh","User":"ann","UtcTime":"2026-01-01 00:00:03"}"#),
            (linux, "{"),
            (linux, #"{"Image":"/bin/sh","User":"joe","UtcTime":"2026-01-01 00:00:04"}"#),
        ]
        var told: [String] = []
        for (source, text) in events {
            var text = text
            do {
                let matches = try text.withUTF8 { try stream.take($0, of: source) }
                told += matches.map { "\($0.event) \(set.rules[$0.rule].title) \($0.firing?.group ?? [])" }
            } catch is SigmaEventError {
                told.append("broken")
            }
        }
        #expect(told == ["1 alone []", "broken", "4 token, then shell [\"joe\"]"])
        #expect(stream.eventCount == 5 && stream.brokenCount == 1)
    }

    @Test func `explanations name the values, counters the work`() throws {
        let (set, _) = Rules.compile(Rules.text("s:\n    f|contains: [abc, bcd]\n    g|gt: 5\ncondition: s"))
        let matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        #expect(try Rules.match(matcher, #"{"f":"xBCDx","g":3}"#) == [])
        let explanation = try #require(matcher.explain(0))
        #expect(!explanation.matches)
        #expect(explanation.tests.map(\.holds) == [true, false])
        #expect(explanation.tests.map(\.field) == ["f", "g"])
        #expect(explanation.tests[0].found == "bcd" && explanation.tests[0].values == ["xBCDx"])
        #expect(explanation.tests[0].expected == #"contains "abc" or contains "bcd""#)
        #expect(explanation.tests[1].values == ["3"])
        #expect(try Rules.match(matcher, #"{"f":"none","g":9}"#) == [])
        #expect(try Rules.match(matcher, #"{"f":"abc","g":9}"#) == [0])
        // Without one of its literals a rule is not even looked at.
        #expect(matcher.counters == [SigmaRuleCounters(rule: 0, evaluations: 2, matches: 1)])
        #expect(matcher.explain(1) == nil)
    }
}
