// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Storage
import Testing

@testable import Incidents

@Suite struct QueryTests {
    /// Detections of all sorts; some at the same time.
    private func mixed(_ count: Int, at time: Int64) -> [TestExchange] {
        var random = SeededGenerator(seed: 11)
        return (0..<count).map { number in
            var exchange = TestExchange(time: time - Int64(number / 3) * TestInsight.second)
            exchange.client = "10.0.0.\(Int.random(in: 1...5, using: &random))"
            exchange.application = ["shop", "blog", nil].randomElement(using: &random) ?? nil
            exchange.path = ["/login", "/orders/5", "/search"].randomElement(using: &random) ?? "/"
            exchange.disposition = [2, 15, 17].randomElement(using: &random) ?? 2
            exchange.severity = [.low, .medium, .high].randomElement(using: &random) ?? .low
            let (rule, kind) =
                [(942100, "sqli"), (941100, "xss"), (920100, "protocol")].randomElement(using: &random) ?? (1, "")
            exchange.rules = [.init(uid: rule, message: "About \(kind) things", kind: kind)]
            exchange.decider = rule
            exchange.transaction = "t\(number)"
            return exchange
        }
    }

    @Test func `each filter gives just what it takes, in order, page by page`() async throws {
        let insight = try TestInsight {
            $0.foldWindow = .zero
            $0.incidentsPerDay = 1000
        }
        let time = insight.time
        try await insight.keep(mixed(300, at: time))
        let all = try await insight.all(limit: 500)
        #expect(all.count == 300)
        let client = try Entity(parsing: "10.0.0.2")
        let incident = all.first { $0.incident != nil }?.incident
        let filters: [DetectionFilter] = [
            .with { _ in }, .with { $0.rule = "942100" }, .with { $0.client = client }, .with { $0.kind = "xss" },
            .with { $0.application = "shop" }, .with { $0.application = "" }, .with { $0.severity = .high },
            .with { $0.severity = .medium }, .with { $0.outcomes = [.blocked] },
            .with { $0.outcomes = [.noted, .wouldStop] }, .with { $0.incident = incident },
            .with { $0.route = "GET /orders/{id}" },
            .with { ($0.since, $0.until) = (time - 50 * TestInsight.second, time - 10 * TestInsight.second) },
            .with { ($0.rule, $0.application, $0.severity, $0.client) = ("941100", "blog", .medium, client) },
            .with { ($0.text, $0.until) = ("xss things", time - 10 * TestInsight.second) },
        ]
        for filter in filters {
            let wanted = all.filter { row in
                (filter.rule ?? row.rule == row.rule) && (filter.client ?? row.client == row.client)
                    && (filter.kind ?? row.kind == row.kind)
                    && (filter.application ?? row.application == row.application)
                    && row.severity >= filter.severity ?? .info && (filter.route ?? row.route == row.route)
                    && (filter.outcomes.isEmpty || filter.outcomes.contains(row.outcome))
                    && (filter.incident == nil || filter.incident == row.incident)
                    && row.time >= filter.since ?? .min && row.time <= filter.until ?? .max
                    && (filter.text == nil || row.kind == "xss")
            }
            let found = try await insight.all(filter)
            #expect(!wanted.isEmpty)
            if filter.text == nil {
                #expect(found == wanted)
                #expect(zip(found, found.dropFirst()).allSatisfy { ($0.time, $0.id) > ($1.time, $1.id) })
            } else {
                #expect(Set(found) == Set(wanted))
                #expect(found.map(\.id) == found.map(\.id).sorted(by: >))
            }
        }
        try await insight.end()
    }

    @Test func `a page that costs too much ends early and goes on`() async throws {
        let insight = try TestInsight {
            $0.foldWindow = .zero
            $0.floodBurst = .max
        }
        let time = insight.time
        let count = InsightStore.mostRowsLookedAt + 200
        var exchanges = (0..<count).map { TestExchange(time: time + Int64($0)) }
        exchanges[0].path = "/rare"
        try await insight.keep(exchanges)
        let filter = DetectionFilter.with { $0.route = "GET /rare" }
        let page = try await insight.store.detections(filter)
        #expect(page.elements.isEmpty && page.isPartial)
        let next = try await insight.store.detections(filter, after: page.next)
        #expect(next.elements.count == 1 && next.next == nil && !next.isPartial)
        try await insight.end()
    }

    @Test func `texts are found by words, addresses and beginnings of words`() async throws {
        let insight = try TestInsight { $0.foldWindow = .zero }
        var first = TestExchange(time: insight.time, client: "2001:db8::1", path: "/wp-login.php")
        first.rules = [.init(uid: 942100, message: "Größe: SQL injection (libinjection)")]
        let second = TestExchange(time: insight.time, client: "203.0.113.70", application: "blog", path: "/x")
        try await insight.keep([first, second])
        func found(_ text: String) async throws -> [String?] {
            try await insight.all(.with { $0.text = text }).map(\.path)
        }
        #expect(try await found("wp-login") == ["/wp-login.php"])
        #expect(try await found("2001:DB8:0::1") == ["/wp-login.php"])
        #expect(try await found("größe INJECTION") == ["/wp-login.php"])
        #expect(try await found("libinj*") == ["/wp-login.php"])
        #expect(try await found("libinj") == [])
        #expect(try await found("203.0.113.7") == [])
        #expect(try await found("203.0.113.70 blog") == ["/x"])
        #expect(try await found("shop.example sql") == ["/x", "/wp-login.php"])
        #expect(try await found("x\" OR \"wp") == [])
        #expect(try await found("NEAR(a b) AND NOT *") == [])
        let refusal = await #expect(throws: StorageError.self) { _ = try await found("***") }
        #expect(refusal?.code == .badQuery)
        try await insight.end()
    }

    @Test func `no question reads a whole table`() async throws {
        let insight = try TestInsight()
        try await insight.keep([TestExchange(time: insight.time)])
        let questions =
            [
                InsightSQL.scanByTime, InsightSQL.scanByRule, InsightSQL.scanByClient, InsightSQL.scanByKind,
                InsightSQL.scanByApplication, InsightSQL.scanByIncident, InsightSQL.scanSevere, InsightSQL.scanStopped,
                InsightSQL.scanByWords, InsightSQL.detection, InsightSQL.detectionRules,
                InsightSQL.detectionsOfTransaction,
                InsightSQL.entity, InsightSQL.entities, InsightSQL.decision, InsightSQL.decisionsByTime,
                InsightSQL.decisionsBySubject, InsightSQL.decisionsByDisposition, InsightSQL.incident,
                InsightSQL.incidentsByTime, InsightSQL.openIncidents, InsightSQL.incidentsOfClient,
                InsightSQL.incidentsOpened, InsightSQL.formerIncident, InsightSQL.acts, InsightSQL.detectionSeries,
                InsightSQL.detectionSeriesOfApplication, InsightSQL.detectionSeriesOfRule,
                InsightSQL.detectionSeriesOfRuleAndApplication, InsightSQL.trafficSeries,
                InsightSQL.trafficSeriesOfApplication, InsightSQL.ruleTotals, InsightSQL.ruleTotalsOfApplication,
                InsightSQL.applicationTotals, InsightSQL.trafficTotals, InsightSQL.ruleNote, InsightSQL.routeCells,
                InsightSQL.stopCells, InsightSQL.clientCells, InsightSQL.oldestDetections, InsightSQL.removeOldEntities,
                InsightSQL.removeOldDecisions, InsightSQL.removeOldIncidents, InsightSQL.removeOldActs,
                InsightSQL.growDetection, InsightSQL.growIncident,
            ] + InsightSQL.stepTables.flatMap { [InsightSQL.removeSteps($0), InsightSQL.oldestStep($0)] }
        for sql in questions {
            // A value that has a number stands there twice.
            let repeated = sql.contains("?4 IS NULL") ? 1 : 0
            let values = [Value](repeating: .null, count: sql.count { $0 == "?" } - repeated)
            let plan = try insight.store.database.readNow { connection throws(StorageError) in
                try connection.all("EXPLAIN QUERY PLAN " + sql, values) { row throws(StorageError) in try row.text(3) }
            }
            let bad = plan.filter { line in
                line.hasPrefix("SCAN") && !line.hasPrefix("SCAN step") && !line.hasPrefix("SCAN detection_text VIRTUAL")
                    && !line.contains("CONSTANT ROW") || line.contains("TEMP B-TREE FOR ORDER BY")
            }
            #expect(bad.isEmpty && !plan.isEmpty, "\(sql): \(plan)")
        }
        try await insight.end()
    }

    @Test func `entities are counted, and listed by when they were seen last`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        var blocked = TestExchange(time: time + 5, client: "10.0.0.1")
        blocked.disposition = 2
        blocked.severity = .critical
        try await insight.keep([
            TestExchange(time: time, client: "10.0.0.1"), TestExchange(time: time, client: "10.0.0.1"), blocked,
            TestExchange(time: time + 9, client: "2001:DB8::0:1"),
        ])
        let page = try await insight.store.entities(limit: 1)
        #expect(page.elements.map(\.entity.key) == ["2001:db8::1"])
        let rest = try await insight.store.entities(after: page.next, limit: 1)
        let entity = try #require(rest.elements.first)
        #expect(
            entity.entity.key == "10.0.0.1" && entity.detections == 3 && entity.wouldStop == 2 && entity.stopped == 1
        )
        #expect(entity.firstSeen == time && entity.lastSeen == time + 5 && entity.worst == .critical)
        #expect(try await insight.store.entity(entity.entity) == entity)
        #expect(try await insight.store.entity(Entity(parsing: "10.9.9.9")) == nil)
        var filter = EntityFilter()
        filter.severity = .critical
        #expect(try await insight.store.entities(filter).elements == [entity])
        filter.kind = .user
        #expect(try await insight.store.entities(filter).elements.isEmpty)
        try await insight.end()
    }

    @Test func `decisions are kept once, with all that they say`() async throws {
        let insight = try TestInsight()
        var generator = IdentifierGenerator()
        let subject = try Entity(parsing: "10.0.0.1")
        let decisions = try (0..<6).map { number in
            Decision(
                id: generator.next(time: Int64(number) * 1_000_000, random: (1, 2)),
                time: insight.time + Int64(number / 2),
                control: .webFirewall,
                disposition: number % 2 == 0 ? .blocked : .changed,
                reason: number % 2 == 0 ? .enforced : .change,
                mode: .enforce,
                scope: try Scope(parsing: "waf/app:shop"),
                revision: number,
                subject: number < 3 ? subject : nil,
                detection: generator.next(time: 9, random: (3, 4)),
                rule: RuleID(942100),
                message: "Because \u{1B}",
                maker: "alice",
                expires: 77,
                undo: "redoubt block remove 10.0.0.1"
            )
        }
        try await insight.store.keep(decisions.map { ($0, 5) })
        try await insight.store.keep([(decisions[0], 6)])
        let kept = try await insight.store.decisions().elements
        #expect(kept.map(\.decision) == decisions.reversed() && kept.allSatisfy { $0.leaf == 5 })
        #expect(try await insight.store.decision(decisions[3].id)?.decision == decisions[3])
        var filter = DecisionFilter()
        filter.subject = subject
        #expect(try await insight.store.decisions(filter).elements.map(\.decision.revision) == [2, 1, 0])
        filter.disposition = .changed
        #expect(try await insight.store.decisions(filter).elements.map(\.decision.revision) == [1])
        filter.subject = nil
        let page = try await insight.store.decisions(filter, limit: 2)
        #expect(page.elements.map(\.decision.revision) == [5, 3])
        let rest = try await insight.store.decisions(filter, after: page.next, limit: 2)
        #expect(rest.elements.map(\.decision.revision) == [1])
        #expect(rest.next == nil)
        try await insight.end()
    }
}
