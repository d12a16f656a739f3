// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import SigmaRules
import Testing

/// Runs events through rules and correlations.
struct CorrelationRun {
    let set: SigmaRuleSet
    let matcher: SigmaMatcher
    let correlator: SigmaCorrelator

    /// - Parameters:
    ///   - correlation: its section, and whatever documents follow.
    ///   - limits: of what is kept.
    init(_ correlation: String, limits: SigmaCorrelationLimits = SigmaCorrelationLimits()) {
        let body = correlation.split(separator: "\n").map {
            $0.hasPrefix("---") || $0.hasPrefix("!") ? $0 : "    " + $0
        }
        let own =
            "title: correlation\nname: correlation\ncorrelation:\n"
            + body.map { $0.hasPrefix("!") ? String($0.dropFirst()) : String($0) }.joined(separator: "\n")
        let rules = ["a", "b", "c"].map { name in
            Rules.text("s:\n    e: \(name)\ncondition: s", title: "rule \(name)", extra: "name: \(name)")
        }
        let (set, diagnostics) = SigmaRuleSet.compile([
            SigmaFile(name: "correlation", text: own), SigmaFile(name: "rules", text: rules.joined(separator: "---\n")),
        ])
        #expect(diagnostics == [])
        self.set = set
        matcher = SigmaMatcher(SigmaProgram(set, logSource: nil))
        correlator = SigmaCorrelator(set, limits: limits)
    }

    /// - Parameter events: the seconds when each comes, its rule, its group and its value.
    /// - Returns: the indexes of the events at which something fired, with the titles of what did.
    /// - Throws: where an event is none.
    func fire(_ events: [(Int64, String, String, String)]) throws -> [String] {
        var fired: [String] = []
        for (index, event) in events.enumerated() {
            let text = "{\"e\":\"\(event.1)\",\"User\":\"\(event.2)\",\"v\":\(event.3)}"
            fired += try firings(text, time: event.0).map { "\(index) \($0.group.joined(separator: ","))" }
        }
        return fired
    }

    func firings(_ event: String, time seconds: Int64?) throws -> [SigmaFiring] {
        var event = event
        return try event.withUTF8 { bytes in
            let matched = try matcher.match(bytes)
            return correlator.take(matched, from: matcher, time: seconds.map { ($0 + 1_000_000) * 1_000_000_000 })
        }
    }
}

struct CorrelationTests {
    private func events(_ text: String) -> [(Int64, String, String, String)] {
        text.split(separator: " ").map { word in
            let parts = word.split(separator: ":")
            let rule = String(parts[1].prefix(1))
            let user = String(parts[1].dropFirst())
            return (Int64(parts[0]) ?? 0, rule, user.isEmpty ? "u" : user, parts.count > 2 ? String(parts[2]) : "0")
        }
    }

    private static let counting = "type: event_count\nrules: [a]\ngroup-by: [User]\ntimespan: 10s\n"

    @Test(arguments: [
        ("condition: {gte: 3}", "0:a 5:a 10:a", ["2 u"]),
        ("condition: {gte: 3}", "0:a 5:a 11:a", []),
        ("condition: {gte: 3}", "0:a 1:a 2:a 3:a 4:a", ["2 u"]),
        ("condition: {gte: 3}", "0:a 1:a 2:a 3:a 9:a 13:a", ["2 u", "5 u"]),
        ("condition: {gte: 3}", "0:a 1:a 2:a 30:a 31:a 32:a", ["2 u", "5 u"]),
        ("condition: {gte: 2}", "0:ax 1:ay 2:ax 3:ay", ["2 x", "3 y"]),
        ("condition: {gt: 2}", "0:a 1:a 2:a", ["2 u"]), ("condition: {eq: 2}", "0:a 1:a 2:a", ["1 u"]),
        ("condition: {gt: 1, lte: 2}", "0:a 1:a 2:a 3:a", ["1 u"]), ("condition: {lt: 2}", "0:a 1:a", ["0 u"]),
        ("condition: {gte: 2}", "0:a 1:b 2:a", ["2 u"]),
        // Late, but not too late: it completes a window that has passed already.
        ("condition: {gte: 3}", "0:a 8:a 18:a 5:a", ["3 u"]),
        ("condition: {gte: 2}", "100:a 65:a 66:a 99:a", ["3 u"]),
    ])
    func `events are counted in sliding windows`(condition: String, stream: String, expected: [String]) throws {
        #expect(try CorrelationRun(Self.counting + condition).fire(events(stream)) == expected, "\(stream)")
    }

    @Test(arguments: [
        ("value_count", "condition: {field: v, gte: 3}", "0:a:1 1:a:2 2:a:2 3:a:3", ["3 u"]),
        ("value_count", "condition: {field: v, gte: 3}", "0:a:1 1:a:2 11:a:3", []),
        ("value_count", "condition: {field: v, gte: 2}", "0:a:1 9:a:1 12:a:2", ["2 u"]),
        ("value_count", "condition: {field: v, gte: 2}", "0:a:[1,2]", ["0 u"]),
        ("value_count", "condition: {field: [v, e], gte: 2}", "0:a:1 1:a:1 2:a:2", ["2 u"]),
        ("value_count", "condition: {field: nowhere, gte: 1}", "0:a:1 1:a:1", []),
        ("value_sum", "condition: {field: v, gt: 10}", "0:a:5 1:a:5 2:a:1", ["2 u"]),
        ("value_sum", "condition: {field: v, gt: 10}", "0:a:9 11:a:5", []),
        ("value_sum", "condition: {field: v, gt: 10}", "0:a:11 5:a:0 12:a:1 13:a:10", ["0 u", "3 u"]),
        ("value_avg", "condition: {field: v, gt: 10}", "0:a:10 1:a:11", ["1 u"]),
        ("value_avg", "condition: {field: v, lt: 3}", "0:a:10 1:a:2 12:a:2", ["2 u"]),
        ("value_percentile", "condition: {field: v, percentile: 50, gte: 5}", "0:a:1 1:a:9 2:a:5 3:a:5", ["2 u"]),
        ("value_percentile", "condition: {field: v, lte: 25}", "0:a:1 1:a:1 2:a:1 3:a:2 4:a:2", ["3 u"]),
    ])
    func `values are counted, summed and averaged`(
        type: String,
        condition: String,
        stream: String,
        expected: [String]
    ) throws {
        let text = "type: \(type)\nrules: [a]\ngroup-by: [User]\ntimespan: 10s\n\(condition)"
        #expect(try CorrelationRun(text).fire(events(stream)) == expected, "\(type) \(stream)")
    }

    @Test(arguments: [
        ("temporal", "0:a 5:c 10:b", ["2 u"]), ("temporal", "0:a 5:c 11:b", []),
        ("temporal", "0:ax 1:by 2:cx 3:bx", ["3 x"]),
        ("temporal", "0:a 1:b 2:c 3:a 20:a 21:b 22:c", ["2 u", "6 u"]), ("temporal", "5:a 4:b 3:c", ["2 u"]),
        ("temporal_ordered", "0:a 5:b 10:c", ["2 u"]), ("temporal_ordered", "0:a 5:c 6:b", []),
        ("temporal_ordered", "0:a 5:b 11:c", []), ("temporal_ordered", "0:a 2:b 6:a 8:b 11:c", ["4 u"]),
        ("temporal_ordered", "0:a 1:b 2:c 3:c", ["2 u"]),
        ("temporal_ordered", "0:a 1:b 2:c 3:a 4:b 5:c", ["2 u", "5 u"]),
        ("temporal_ordered", "0:a 4:c 2:b", ["2 u"]), ("temporal_ordered", "0:b 1:a 2:c", []),
        ("temporal_ordered", "0:ax 1:bx 2:cy 3:cx", ["3 x"]),
    ])
    func `rules come together, in any order or in theirs`(type: String, stream: String, expected: [String]) throws {
        let text = "type: \(type)\nrules: [a, b, c]\ngroup-by: [User]\ntimespan: 10s"
        #expect(try CorrelationRun(text).fire(events(stream)) == expected, "\(type) \(stream)")
    }

    @Test func `of temporal rules some are enough where the condition says so`() throws {
        let text = "type: temporal\nrules: [a, b, c]\ngroup-by: [User]\ntimespan: 10s\ncondition: {gte: 2}"
        #expect(try CorrelationRun(text).fire(events("0:a 1:a 2:c")) == ["2 u"])
    }

    @Test(arguments: [
        ("rules: [a, b]", "0:a 1:b 2:b", ["1 u"]), ("rules: [a, {not: c}, b]", "0:a 1:c 2:b", []),
        ("rules: [a, {not: c}, b]", "0:a 1:c 2:a 3:b", ["3 u"]),
        ("rules: [{rule: a, runs: 3}, b]", "0:a 1:a 2:b 3:a 4:b", ["4 u"]),
        ("rules: [a, b]\nuntil: [c]", "0:a 1:c 2:b", []), ("rules: [a, b]\nuntil: [c]", "0:a 1:c 2:a 3:b", ["3 u"]),
        ("rules: [{not: c}, a]", "0:c 5:a 16:a", ["2 u"]), ("rules: [a, b]", "0:ax 1:by", []),
        ("rules: [a, {not: b}]", "0:a 5:b 60:c", []), ("rules: [a, {not: b}]", "0:a 40:c 41:cx", ["2 u"]),
        ("rules: [a, b, a]", "0:a 1:b 2:a", ["2 u"]),
    ])
    func `sequences run, break off and wait for what must not come`(
        rules: String,
        stream: String,
        expected: [String]
    ) throws {
        let text = "type: sequence\n\(rules)\ngroup-by: [User]\ntimespan: 10s"
        #expect(try CorrelationRun(text).fire(events(stream)) == expected, "\(rules) \(stream)")
    }

    @Test func `new terms are those not seen for a while`() throws {
        let text = "type: new_terms\nrules: [a]\ngroup-by: [User]\ntimespan: 100s\nlearn: 10s\ncondition: {field: v}"
        let stream = "0:a:1 5:a:2 11:a:1 12:a:3 13:a:3 200:a:3 201:a:1"
        #expect(try CorrelationRun(text).fire(events(stream)) == ["3 u", "5 u", "6 u"])
    }

    @Test func `correlations may be made of correlations`() throws {
        let text = """
            type: temporal_ordered
            rules: [many, b]
            group-by: [User]
            timespan: 60s
            ---
            !title: many
            !name: many
            !correlation:
            type: event_count
            rules: [a]
            group-by: [User]
            timespan: 10s
            condition: {gte: 2}
            """
        let run = CorrelationRun(text)
        #expect(try run.fire(events("0:a 1:a 5:b")) == ["1 u", "2 u"])
        #expect(run.set.rules.map(\.isReported) == [true, false, false, false, true])
    }

    @Test func `generate tells the rules by themselves too`() {
        let text = "type: event_count\nrules: [a]\ngroup-by: [User]\ntimespan: 10s\ncondition: {gte: 2}\ngenerate: true"
        #expect(CorrelationRun(text).set.rules.allSatisfy { $0.isReported })
    }

    @Test func `aliases name one group by different fields`() throws {
        let text = """
            type: temporal
            rules: [a, b]
            group-by: [ip]
            timespan: 10s
            aliases:
                ip: {a: destination.ip, b: source.ip}
            """
        let run = CorrelationRun(text)
        #expect(try run.firings(#"{"e":"a","destination":{"ip":"1.2.3.4"}}"#, time: 0).isEmpty)
        #expect(try run.firings(#"{"e":"b","source":{"ip":"9.9.9.9"}}"#, time: 1).isEmpty)
        #expect(try run.firings(#"{"e":"b","source.ip":"1.2.3.4"}"#, time: 2).map(\.group) == [["1.2.3.4"]])
        #expect(try run.firings(#"{"e":"b"}"#, time: 3).isEmpty)
        #expect(run.correlator.counters.ungrouped == 1)
    }

    @Test func `times are read from events, and what is out of time is counted`() throws {
        let run = CorrelationRun(Self.counting + "condition: {gte: 2}")
        let event = { (time: String) in "{\"e\":\"a\",\"User\":\"u\",\"@timestamp\":\(time)}" }
        #expect(try run.firings(event("\"2026-01-01T00:00:00Z\""), time: nil).isEmpty)
        #expect(try run.firings(event("\"2026-01-01T01:00:10+01:00\""), time: nil).count == 1)
        #expect(try run.firings(event("\"2025-01-01T00:00:00Z\""), time: nil).isEmpty)
        #expect(run.correlator.counters.late == 1)
        #expect(try run.firings(#"{"e":"a","User":"w"}"#, time: nil).isEmpty)
        #expect(try run.firings(#"{"e":"a","User":"w"}"#, time: nil).count == 1)
        #expect(run.correlator.counters.untimed == 2)
    }

    @Test func `groups, values and entries are bounded`() throws {
        var limits = SigmaCorrelationLimits()
        limits.groups = 10
        let run = CorrelationRun(Self.counting + "condition: {gte: 2}", limits: limits)
        let stream = (0..<100).map { (Int64(0), "a", "u\($0)", "0") }
        #expect(try run.fire(stream).isEmpty)
        #expect(run.correlator.counters.evictedGroups == 90)
        #expect(try run.fire([(1, "a", "u99", "0"), (1, "a", "u0", "0")]) == ["0 u99"])
        limits.groups = 1000
        limits.entries = 50
        let small = CorrelationRun(Self.counting + "condition: {gte: 1000}", limits: limits)
        #expect(try small.fire(stream).isEmpty)
        #expect(small.correlator.counters.evictedGroups == 50)
    }

    @Test func `chains that wait are told when their time is over`() throws {
        let run = CorrelationRun("type: sequence\nrules: [a, {not: b}]\ngroup-by: [User]\ntimespan: 10s")
        let starts: [Int64] = [5, 1, 9, 3, 7, 2, 8, 0, 6, 4]
        for start in starts {
            #expect(try run.fire([(100 + start, "a", "u\(start)", "0")]).isEmpty)
        }
        #expect(try run.fire([(109, "b", "u4", "0")]).isEmpty)
        let second: Int64 = 1_000_000_000
        #expect(run.correlator.advance(to: (1_000_000 + 110) * second).isEmpty)
        let first = run.correlator.advance(to: (1_000_000 + 115) * second)
        #expect(first.map(\.group) == [["u0"], ["u1"], ["u2"], ["u3"]])
        #expect(run.correlator.advance(to: (1_000_000 + 200) * second).map(\.group) == (5...9).map { ["u\($0)"] })
        #expect(run.correlator.advance(to: .max).isEmpty)
    }

    @Test func `many late events take no longer than their number`() throws {
        let run = CorrelationRun("type: event_count\nrules: [a]\ntimespan: 30s\ncondition: {gte: 100000}")
        let early = (0..<4000).map { (Int64(100 + $0 / 200), "a", "u", "0") }
        let late = (0..<400).map { _ in (Int64(101), "a", "u", "0") }
        #expect(try run.fire(early + late).isEmpty)
    }

    @Test func `very many events are counted with few entries`() throws {
        let run = CorrelationRun("type: event_count\nrules: [a]\ntimespan: 1h\ncondition: {gte: 20000}")
        let stream = (0..<20_001).map { (Int64($0 / 10), "a", "u", "0") }
        #expect(try run.fire(stream) == ["19999 "])
    }

    @Test(arguments: [
        ("type: event_count\nrules: [zz]\ntimespan: 1h\ncondition: {gte: 1}", "zz"),
        ("type: event_cont\nrules: [a]\ntimespan: 1h\ncondition: {gte: 1}", "event_count"),
        ("type: event_count\nrules: [a]\ntimespan: 1w\ncondition: {gte: 1}", "7d"),
        ("type: event_count\nrules: [a]\ncondition: {gte: 1}", "timespan"),
        ("type: event_count\nrules: [a]\ntimespan: 1h", "condition"),
        ("type: event_count\nrules: [a]\ntimespan: 1h\ncondition: {ge: 1}", "gte"),
        ("type: value_count\nrules: [a]\ntimespan: 1h\ncondition: {gte: 1}", "field"),
        ("type: event_count\nrules: [a]\ntimespan: 1h\ncondition: {gte: 1}\ngroupby: [x]", "group-by"),
        ("type: temporal\nrules: [me]\ntimespan: 1h", "itself"), ("type: temporal\nrules: []\ntimespan: 1h", "empty"),
    ])
    func `a broken correlation is refused with a reason`(text: String, reason: String) {
        let body = text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        let rule = Rules.text("s:\n    e: a\ncondition: s", extra: "name: a")
        let (_, diagnostics) = Rules.compile("title: t\nname: me\ncorrelation:\n\(body)", rule)
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.message.contains(reason) == true, "\(diagnostics)")
    }
}
