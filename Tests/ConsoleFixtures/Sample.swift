// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Console
internal import DefenseModel
package import EventBus
internal import Foundation

/// An exchange as a gateway would record it.
package struct SampleExchange: Sendable {
    package struct Rule: Sendable {
        package var id: Int
        package var message: String
        package var target: String
        package var severity: Int
        package var kind: String
        package var technique: String
        package var evidence: String

        package init(
            id: Int,
            message: String,
            target: String,
            severity: Int,
            kind: String,
            technique: String,
            evidence: String
        ) {
            self.id = id
            self.message = message
            self.target = target
            self.severity = severity
            self.kind = kind
            self.technique = technique
            self.evidence = evidence
        }
    }

    /// Nanoseconds since 1970.
    package var time: Int64
    package var client: String?
    package var method = "GET"
    package var path = "/"
    package var application = "shop"
    package var host = "shop.example"
    package var agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    package var status = 200
    package var rules: [Rule] = []
    /// OCSF's `disposition_id`.
    package var disposition = 1
    package var transaction: String

    package init(time: Int64, client: String?, transaction: String) {
        self.time = time
        self.client = client
        self.transaction = transaction
    }

    package var facts: EventFacts {
        let worst = EventSeverity(rawValue: UInt8(rules.map(\.severity).max() ?? 1)) ?? .info
        return EventFacts(time: time, eventClass: .httpActivity, severity: worst, disposition: UInt8(disposition))
    }

    package var line: [UInt8] {
        var event: [String: Any] = [
            "activity_id": 3, "category_uid": 4, "class_uid": 4002, "type_uid": 400_203, "time": time / 1_000_000,
            "severity_id": Int(facts.severity.rawValue), "disposition_id": disposition, "action_id": 3,
            "metadata": ["version": "1.6.0", "product": ["name": "Redoubt"], "uid": transaction],
            "app_name": application,
            "http_request": [
                "http_method": method, "version": "1.1", "user_agent": agent, "url": ["hostname": host, "path": path],
            ] as [String: Any],
            "http_response": ["code": status],
        ]
        if let client { event["src_endpoint"] = ["ip": client, "port": 40_000] as [String: Any] }
        if let deciding = rules.first {
            event["unmapped"] =
                [
                    disposition == 2 ? "blocked_by" : "would_block_by": deciding.id,
                    "reason": disposition == 2 ? "enforced" : "observed",
                    "rules": rules.map { rule -> [String: Any] in
                        [
                            "uid": rule.id, "desc": rule.message, "target": rule.target, "severity_id": rule.severity,
                            "kind": rule.kind, "technique": rule.technique, "evidence": rule.evidence,
                        ]
                    },
                ] as [String: Any]
        }
        let data = try? JSONSerialization.data(withJSONObject: event, options: [.withoutEscapingSlashes, .sortedKeys])
        return Array(data ?? Data())
    }
}

/// What the fixtures show.
package enum Sample {
    static let sqli = SampleExchange.Rule(
        id: 942_100,
        message: "SQL injection attack detected via libinjection",
        target: "ARGS:q",
        severity: 4,
        kind: "sqli",
        technique: "T1190",
        evidence: "1' OR '1'='1' -- "
    )
    static let xss = SampleExchange.Rule(
        id: 941_110,
        message: "XSS filter: script tag vector",
        target: "ARGS:comment",
        severity: 4,
        kind: "xss",
        technique: "T1189",
        evidence: "<script>***</script>"
    )
    static let traversal = SampleExchange.Rule(
        id: 930_120,
        message: "OS file access attempt",
        target: "REQUEST_FILENAME",
        severity: 4,
        kind: "lfi",
        technique: "T1083",
        evidence: "/../../etc/passwd"
    )
    static let scanner = SampleExchange.Rule(
        id: 913_100,
        message: "Found user agent of a security scanner",
        target: "REQUEST_HEADERS:User-Agent",
        severity: 3,
        kind: "scanner",
        technique: "T1595.002",
        evidence: "sqlmap/1.8"
    )
    static let prose = SampleExchange.Rule(
        id: 942_260,
        message: "Detects basic SQL authentication bypass attempts 2/3",
        target: "ARGS:comment",
        severity: 4,
        kind: "sqli",
        technique: "T1190",
        evidence: "having met."
    )

    package static let applications = [
        ProtectedApplication(
            name: "shop",
            upstream: "http://127.0.0.1:8080",
            hosts: ["shop.example"],
            ruleSet: "Core Rule Set 4.19, paranoia level 1"
        ),
        ProtectedApplication(
            name: "blog",
            upstream: "http://127.0.0.1:8081",
            hosts: ["blog.example"],
            ruleSet: "Core Rule Set 4.19, paranoia level 1"
        ),
        ProtectedApplication(name: "intranet", upstream: "http://10.0.0.7:3000", hosts: [], ruleSet: nil),
    ]

    package static let catalogue: RuleCatalogue = {
        let rules = [sqli, xss, traversal, scanner, prose].map { rule in
            CatalogueRule(
                id: RuleID(rule.id),
                message: rule.message,
                text: """
                    SecRule \(rule.target) "@rx (?i)example" \\
                        "id:\(rule.id),phase:2,block,t:none,t:urlDecodeUni,\\
                        msg:'\(rule.message)',severity:'CRITICAL'"
                    """,
                file: "rules/REQUEST-\(rule.id / 1000)-EXAMPLE.conf",
                line: 40,
                tags: ["attack-\(rule.kind)", "paranoia-level/1"]
            )
        }
        return RuleCatalogue(all: { rules }, find: { id in rules.first { $0.id == id } })
    }()

    package static let health = [
        HealthCheck(name: "Gateway", state: .fine, detail: "serves 3 applications", isNeededToServe: true),
        HealthCheck(name: "Events", state: .fine, detail: "recorded, none lost; 41 MB in 7 days"),
        HealthCheck(
            name: "Witness",
            state: .degraded,
            detail: "no witness is named: whoever holds this machine could write a new history"
        ),
        HealthCheck(
            name: "intranet",
            state: .degraded,
            detail: "no rules look at it; all of its traffic passes unseen"
        ),
        HealthCheck(name: "Disk", state: .fine, detail: "61% used"),
    ]

    /// A day of traffic: people, a scanner, an injection that goes on for an hour, and prose that looks like SQL.
    package static func day(until now: Int64, requests: Int) -> [SampleExchange] {
        var random = SeededRandom(seed: 7)
        let hour: Int64 = 3_600_000_000_000
        return (0..<requests).map { number in
            let time = now - 24 * hour + Int64(number) * (24 * hour / Int64(requests)) - 1_000_000_000
            var exchange = SampleExchange(
                time: time,
                client: "198.51.100.\(random.below(200) + 1)",
                transaction: "\(time / 1_000_000).\(100_000 + number)"
            )
            exchange.application = random.below(4) == 0 ? "blog" : "shop"
            exchange.host = exchange.application + ".example"
            exchange.path =
                ["/", "/products/\(random.below(90))", "/cart", "/search", "/orders/\(random.below(900))"][
                    random.below(5)
                ]
            let phase = Double(number) / Double(requests)
            shape(&exchange, number, phase: phase, &random)
            return exchange
        }
    }

    private static func shape(
        _ exchange: inout SampleExchange,
        _ number: Int,
        phase: Double,
        _ random: inout SeededRandom
    ) {
        if (0.55..<0.62).contains(phase), random.below(3) > 0 {
            exchange.client = "203.0.113.66"
            exchange.agent = "sqlmap/1.8"
            exchange.path = "/search"
            exchange.rules = [sqli, scanner]
            exchange.disposition = 15
            exchange.status = random.below(6) == 0 ? 500 : 200
        } else if (0.85..<0.9).contains(phase), random.below(2) == 0 {
            exchange.client = "2001:db8:51::bad"
            exchange.path = "/static/../../etc/passwd"
            exchange.application = "blog"
            exchange.rules = [traversal]
            exchange.disposition = 2
            exchange.status = 403
        } else if random.below(28) == 0 {
            exchange.method = "POST"
            exchange.path = "/comments"
            exchange.rules = [prose]
            exchange.disposition = 15
            exchange.status = 302
        } else if random.below(60) == 0 {
            exchange.client = "192.0.2.\(random.below(9) + 1)"
            exchange.path = "/comments"
            exchange.rules = [xss]
            exchange.disposition = 15
        } else if random.below(40) == 0 {
            exchange.status = 404
        }
    }

    /// Strings that would do harm where they are taken for more than text.
    package static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u{1B}[31mred\u{1B}[0m", "\u{202E}gnp.exe",
        "=HYPERLINK(\"http://evil.example\")", "line\r\nSet-Cookie: a=b", "{{token}}{{{content}}}", "' OR 1=1 --",
        "a\u{0}b",
    ]
}

/// The same numbers in each run (SplitMix64).
package struct SeededRandom {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(max(1, bound)))
    }
}
