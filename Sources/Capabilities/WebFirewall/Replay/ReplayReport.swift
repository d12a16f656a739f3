// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel

/// What a rule set would have done to recorded traffic, by rule and by route.
///
/// Memory is bounded: routes beyond ``maximumRoutes`` are counted together.
package struct ReplayReport {
    /// What is known of one rule.
    package struct Rule {
        package var id: Int
        package var message: String
        package var severity: Int?
        /// Values that matched.
        package var matches = 0
        /// Requests with a match.
        package var requests = 0
        /// Requests that this rule stopped.
        package var stopped = 0
        /// Routes with a match, and how many requests of each.
        package var routes: [String: Int] = [:]
    }

    /// What is known of one route.
    package struct Route {
        package var requests = 0
        package var matched = 0
        package var stopped = 0
        /// Rules that matched, and in how many requests.
        package var rules: [Int: Int] = [:]
    }

    package static let maximumRoutes = 10_000
    /// Where requests to routes beyond the limit are counted.
    package static let otherRoutes = "(other routes)"

    package private(set) var requests = 0
    /// Requests in which some rule matched.
    package private(set) var matched = 0
    /// Requests that would not have passed.
    package private(set) var stopped = 0
    package private(set) var rules: [Int: Rule] = [:]
    package private(set) var routes: [String: Route] = [:]
    /// Entries of the recording that could not be used.
    package var unreadable = 0

    package init() {}

    /// Counts one transaction.
    package mutating func add(_ transaction: RecordedTransaction, _ result: TransactionResult) {
        let route = route(of: transaction.request.head)
        let outcome = result.would ?? result.outcome
        let isStopped = outcome.verdict != .pass
        requests += 1
        matched += result.matches.isEmpty ? 0 : 1
        stopped += isStopped ? 1 : 0
        routes[route, default: Route()].requests += 1
        routes[route]?.matched += result.matches.isEmpty ? 0 : 1
        routes[route]?.stopped += isStopped ? 1 : 0
        var seen: Set<Int> = []
        for match in result.matches {
            let isFirst = seen.insert(match.rule).inserted
            count(match, route: route, isFirst: isFirst, isStopping: isStopped && outcome.rule == match.rule)
        }
    }

    private mutating func count(_ match: TransactionResult.Match, route: String, isFirst: Bool, isStopping: Bool) {
        var rule =
            rules[match.rule]
            ?? Rule(
                id: match.rule,
                message: String(decoding: match.message, as: UTF8.self),
                severity: match.severity
            )
        rule.matches += 1
        if isFirst {
            rule.requests += 1
            rule.stopped += isStopping ? 1 : 0
            rule.routes[route, default: 0] += 1
            routes[route]?.rules[match.rule, default: 0] += 1
        }
        rules[match.rule] = rule
    }

    private func route(of head: HTTPRequestHead) -> String {
        let route = RouteTemplate.of(
            method: Array(head.bytes[head.method.bounds]),
            target: Array(head.bytes[head.target.bounds])
        )
        return routes[route] != nil || routes.count < Self.maximumRoutes ? route : Self.otherRoutes
    }

    /// Rules by the number of requests they matched in, most first.
    private var orderedRules: [Rule] {
        rules.values.sorted { ($1.requests, $0.id) < ($0.requests, $1.id) }
    }

    /// Routes by the number of requests stopped, then matched, most first.
    private var orderedRoutes: [(name: String, route: Route)] {
        routes.map { (name: $0.key, route: $0.value) }.sorted {
            ($1.route.stopped, $1.route.matched, $1.route.requests, $0.name)
                < ($0.route.stopped, $0.route.matched, $0.route.requests, $1.name)
        }
    }
}

// MARK: - Output

extension ReplayReport {
    /// Two tables and a line of totals.
    package var text: String {
        var byRule = TextTable(
            ["RULE", "REQUESTS", "MATCHES", "STOPPED", "ROUTES", "MESSAGE"],
            alignments: [.right, .right, .right, .right, .right]
        )
        for rule in orderedRules {
            let counts = [rule.id, rule.requests, rule.matches, rule.stopped, rule.routes.count].map { String($0) }
            byRule.add(counts + [String(rule.message.prefix(100))])
        }
        var byRoute = TextTable(
            ["REQUESTS", "MATCHED", "STOPPED", "ROUTE", "RULES"],
            alignments: [.right, .right, .right]
        )
        for (name, route) in orderedRoutes {
            let rules = route.rules.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(6)
            let list = rules.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
            let counts = [route.requests, route.matched, route.stopped].map { String($0) }
            byRoute.add(counts + [name, list + (route.rules.count > 6 ? ", ..." : "")])
        }
        var text = byRule.isEmpty ? "No rule matched.\n" : byRule.text
        text += (byRoute.isEmpty ? "" : "\n" + byRoute.text) + "\n"
        text += "\(requests) requests: \(matched) with a match, \(stopped) would have been stopped"
        return text + (unreadable > 0 ? "; \(unreadable) entries could not be read\n" : "\n")
    }

    /// All of it as one JSON object.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        writeTotals(to: &json)
        json.key("rules")
        json.beginArray()
        for rule in orderedRules {
            write(rule, to: &json)
        }
        json.endArray()
        json.key("routes")
        json.beginArray()
        for (name, route) in orderedRoutes {
            write(route, name: name, to: &json)
        }
        json.endArray()
        json.endObject()
        json.endLine()
        return json.bytes
    }

    /// One line per rule, then one per route, then the totals; each says with `type` what it is.
    package var ndjson: [UInt8] {
        var json = JSONWriter()
        for rule in orderedRules {
            write(rule, to: &json, type: "rule")
            json.endLine()
        }
        for (name, route) in orderedRoutes {
            write(route, name: name, to: &json, type: "route")
            json.endLine()
        }
        json.beginObject()
        json.key("type")
        json.string("total")
        writeTotals(to: &json)
        json.endObject()
        json.endLine()
        return json.bytes
    }

    private func writeTotals(to json: inout JSONWriter) {
        let totals = [("requests", requests), ("matched", matched), ("stopped", stopped), ("unreadable", unreadable)]
        for (name, value) in totals {
            json.key(name)
            json.number(value)
        }
    }

    private func write(_ rule: Rule, to json: inout JSONWriter, type: String? = nil) {
        json.beginObject()
        begin(type, &json)
        json.key("rule")
        json.number(rule.id)
        json.key("message")
        json.string(rule.message)
        json.key("severity")
        json.numberOrNull(rule.severity)
        for (name, value) in [("requests", rule.requests), ("matches", rule.matches), ("stopped", rule.stopped)] {
            json.key(name)
            json.number(value)
        }
        json.key("routes")
        json.beginObject()
        for (name, count) in rule.routes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            json.key(name)
            json.number(count)
        }
        json.endObject()
        json.endObject()
    }

    private func write(_ route: Route, name: String, to json: inout JSONWriter, type: String? = nil) {
        json.beginObject()
        begin(type, &json)
        json.key("route")
        json.string(name)
        for (name, value) in [("requests", route.requests), ("matched", route.matched), ("stopped", route.stopped)] {
            json.key(name)
            json.number(value)
        }
        json.key("rules")
        json.beginObject()
        for (rule, count) in route.rules.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            json.key(String(rule))
            json.number(count)
        }
        json.endObject()
        json.endObject()
    }

    private func begin(_ type: String?, _ json: inout JSONWriter) {
        if let type {
            json.key("type")
            json.string(type)
        }
    }
}
