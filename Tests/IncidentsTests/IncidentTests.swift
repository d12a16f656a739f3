// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Storage
import Testing

@testable import Incidents

@Suite struct IncidentTests {
    private func attack(
        _ time: Int64,
        client: String = "203.0.113.7",
        application: String = "shop",
        kind: String = "sqli",
        rule: Int = 942100,
        disposition: UInt8 = 15,
        status: Int = 200,
        severity: EventSeverity = .high
    ) -> TestExchange {
        var exchange = TestExchange(time: time, client: client, application: application, status: status)
        exchange.severity = severity
        exchange.disposition = disposition
        exchange.rules = [.init(uid: rule, kind: kind)]
        exchange.decider = rule
        return exchange
    }

    @Test func `detections of one client and technique are one incident across applications`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        try await insight.keep([
            attack(time, status: 403), attack(time + 1, application: "blog", rule: 942200, status: 403),
            attack(time + 2, kind: "xss", rule: 941100, status: 500), attack(time, client: "203.0.113.8"),
            attack(time, kind: "scanner", rule: 913100, status: 403),
        ])
        let incidents = try await insight.store.incidents().elements
        #expect(incidents.count == 3)
        let first = try #require(incidents.first { $0.requests == 3 })
        #expect(first.client?.key == "203.0.113.7" && first.technique == "T1190")
        #expect(
            first.title
                == "SQL injection and 1 more kind from 203.0.113.7 on shop and blog: 3 requests, 3 rules, none stopped"
        )
        #expect(first.severity == .high && first.state == .new && first.revision == 1 && first.groups == 1)
        #expect(first.firstTime == time && first.lastTime == time + 2 && first.passed == 0)
        #expect(try await insight.all(.with { $0.incident = first.id }).count == 3)
        #expect(try await insight.store.incident(first.identifier) == first)
        #expect(try await insight.store.acts(ofIncident: first.id).map(\.kind) == [.opened])
        #expect(try await insight.store.openIncidentCounts() == [.high: 3])
        try await insight.end()
    }

    @Test func `an hour of quiet, or a day, ends an incident`() async throws {
        let insight = try TestInsight { $0.foldWindow = .zero }
        let start = insight.time
        for hours in stride(from: 0.0, through: 30, by: 0.9) {
            insight.time = start + Int64(hours * 3600) * TestInsight.second
            try await insight.keep([attack(insight.time)])
        }
        var incidents = try await insight.store.incidents().elements
        #expect(incidents.count == 2)
        #expect(incidents[0].former == incidents[1].id)
        #expect(incidents[1].lastTime - incidents[1].firstTime <= 24 * TestInsight.hour)
        insight.time += TestInsight.hour + 1
        try await insight.keep([attack(insight.time)])
        incidents = try await insight.store.incidents().elements
        #expect(incidents.count == 3 && incidents[0].requests == 1)
        try await insight.end()
    }

    @Test func `little detections open nothing, and join what is open`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        let little = attack(time, disposition: 17, severity: .low)
        try await insight.keep([little])
        #expect(try await insight.store.incidents().elements.isEmpty)
        try await insight.keep([
            attack(time, rule: 942200), attack(time + 1, rule: 942300, disposition: 17, severity: .low),
        ])
        #expect(try await insight.store.incidents().elements.map(\.requests) == [2])
        try await insight.end()
    }

    @Test func `many kinds make a scanner, and success after an attack raises`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        let kinds = ["sqli", "xss", "lfi", "rce"]
        try await insight.keep(kinds.enumerated().map { attack(time, kind: $1, rule: 942100 + $0, status: 403) })
        let scan = try #require(try await insight.store.incidents().elements.first)
        #expect(
            scan.severity == .critical
                && scan.title.hasPrefix("Scan (SQL injection and 3 more kinds) from 203.0.113.7 on shop")
        )
        try await insight.keep([attack(time, client: "10.0.0.1"), attack(time + 1, client: "10.0.0.1")])
        let passed = try #require(
            try await insight.store.incidents(.open).elements.first { $0.client?.key == "10.0.0.1" }
        )
        #expect(passed.severity == .critical && passed.passed == 1)
        try await insight.end()
    }

    @Test func `beyond the budget there is one summary, and what is critical passes`() async throws {
        let insight = try TestInsight { $0.incidentsPerDay = 4 }
        let time = insight.time
        let medium = (0..<5).map { attack(time, client: "10.0.1.\($0)", severity: .medium) }
        let high = (0..<6).map { attack(time, client: "10.0.2.\($0)") }
        let critical = (0..<3).map { attack(time, client: "10.0.3.\($0)", severity: .critical) }
        try await insight.keep(medium + high + critical)
        let incidents = try await insight.store.incidents(limit: 100).elements
        let summary = try #require(incidents.first { $0.isSummary })
        #expect(incidents.filter(\.isSummary).count == 1)
        #expect(summary.groups == 7 && summary.requests == 7 && summary.client == nil)
        #expect(summary.title.hasPrefix("Summary of 7 further groups of detections on shop: 7 requests"))
        #expect(incidents.filter { !$0.isSummary && $0.severity == .medium }.count == 3)
        #expect(incidents.filter { !$0.isSummary && $0.severity == .high }.count == 1)
        #expect(incidents.filter { $0.severity == .critical }.count == 3)
        #expect(try await insight.all(.with { $0.incident = summary.id }, limit: 3).count == 7)
        #expect(insight.keeper.statistics.incidentsSummarised == 7)
        // What turns out worse leaves the summary.
        try await insight.keep((0..<3).map { attack(time + 1, client: "10.0.2.5", rule: 942300 + $0) })
        let later = try await insight.store.incidents(.with { $0.client = try? Entity(parsing: "10.0.2.5") }).elements
        #expect(later.map(\.severity) == [.critical] && later.first?.isSummary == false)
        // A summary that people closed is not opened again behind their backs.
        _ = try await insight.store.edit(incident: summary.id, IncidentEdit(state: .resolved), by: "a", at: time)
        try await insight.keep([attack(time, client: "10.0.4.4")])
        let second = try await insight.store.incidents(.open).elements.filter { $0.isSummary }
        #expect(second.map(\.groups) == [1])
        // The next day has a budget of its own.
        insight.time += TestInsight.day
        try await insight.keep([attack(insight.time, client: "10.0.9.9", severity: .medium)])
        #expect(try await insight.store.incidents(limit: 1).elements.first?.client?.key == "10.0.9.9")
        try await insight.end()
    }

    @Test func `the budget of a day outlives the process`() async throws {
        let folder = try TestFolder()
        for number in 0..<4 {
            let insight = try TestInsight(folder) { $0.incidentsPerDay = 2 }
            try await insight.keep([attack(insight.time, client: "10.0.2.\(number)")])
            try await insight.end()
        }
        let store = try InsightStore(path: folder.file("insight.sqlite"))
        let incidents = try await store.incidents().elements
        #expect(incidents.filter { !$0.isSummary }.count == 2)
        #expect(incidents.filter(\.isSummary).map(\.groups) == [2])
        try store.close()
    }

    // MARK: People

    @Test func `an edit is kept with its maker, and new detections do not overwrite it`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        try await insight.keep([attack(time)])
        let id = try #require(try await insight.store.incidents().elements.first?.id)
        let edit = IncidentEdit(
            state: .inProgress,
            assignee: " alice ",
            severity: .low,
            title: "Our scanner",
            comment: "Called them"
        )
        let edited = try await insight.store.edit(incident: id, edit, by: "bob", expecting: 1, at: time)
        #expect(edited.revision == 2 && edited.assignee == "alice" && edited.severity == .low)
        #expect(edited.title == "Our scanner" && edited.computedSeverity == .high)
        try await insight.keep((0..<5).map { attack(time + Int64($0), rule: 942200 + $0) })
        let after = try #require(try await insight.store.incident(id: id))
        #expect(after.requests == 6 && after.revision == 2 && after.state == .inProgress)
        #expect(after.title == "Our scanner" && after.severity == .low && after.computedSeverity == .critical)
        let acts = try await insight.store.acts(ofIncident: id)
        #expect(acts.map(\.kind) == [.opened, .state, .assignee, .severity, .title, .comment])
        #expect(acts[1].maker == "bob" && acts[1].before == "new" && acts[1].after == "in_progress")
        #expect(acts[5].after == "Called them" && acts[5].time == time)
        let bare = try await insight.store.edit(
            incident: id,
            IncidentEdit(assignee: "", title: ""),
            by: "bob",
            at: time
        )
        #expect(bare.assignee == nil && bare.title.hasPrefix("SQL injection from") && bare.revision == 3)
        let same = try await insight.store.edit(incident: id, IncidentEdit(state: .inProgress), by: "bob", at: time)
        #expect(same.revision == 3)
        try await insight.end()
    }

    @Test func `an edit of what another has changed is refused`() async throws {
        let insight = try TestInsight()
        try await insight.keep([attack(insight.time)])
        let id = try #require(try await insight.store.incidents().elements.first?.id)
        let edit = IncidentEdit(state: .acknowledged)
        _ = try await insight.store.edit(incident: id, edit, by: "a", expecting: 1, at: 1)
        let stale = await #expect(throws: InsightError.self) {
            try await insight.store.edit(incident: id, IncidentEdit(state: .resolved), by: "b", expecting: 1, at: 2)
        }
        #expect(stale?.code == .revisionMismatch)
        #expect(try await insight.store.incident(id: id)?.state == .acknowledged)
        let missing = await #expect(throws: InsightError.self) {
            try await insight.store.edit(incident: 99, edit, by: "b", at: 2)
        }
        #expect(missing?.code == .notFound)
        let long = await #expect(throws: InsightError.self) {
            try await insight.store.comment(onIncident: id, String(repeating: "x", count: 20_000), by: "b", at: 2)
        }
        #expect(long?.code == .badValue)
        await #expect(throws: InsightError.self) {
            try await insight.store.comment(onIncident: id, " \n", by: "b", at: 2)
        }
        await #expect(throws: InsightError.self) {
            try await insight.store.comment(onIncident: 99, "x", by: "b", at: 2)
        }
        try await insight.end()
    }

    @Test func `a resolved incident that goes on is opened anew and names the former`() async throws {
        let insight = try TestInsight()
        try await insight.keep([attack(insight.time)])
        let first = try #require(try await insight.store.incidents().elements.first)
        _ = try await insight.store.edit(incident: first.id, IncidentEdit(state: .resolved), by: "a", at: 1)
        #expect(try await insight.store.incidents(.open).elements.isEmpty)
        try await insight.keep([attack(insight.time + 5, rule: 942300)])
        let second = try #require(try await insight.store.incidents(.open).elements.first)
        #expect(second.former == first.id && second.requests == 1)
        #expect(try await insight.store.incident(id: first.id)?.requests == 1)
        // What was no attack stays closed.
        _ = try await insight.store.edit(incident: second.id, IncidentEdit(state: .falsePositive), by: "a", at: 2)
        try await insight.keep([attack(insight.time + 6, rule: 942400)])
        #expect(try await insight.store.incidents(.open).elements.isEmpty)
        #expect(try await insight.store.incident(id: second.id)?.requests == 2)
        try await insight.end()
    }

    @Test func `groups that are told apart are bounded`() async throws {
        let insight = try TestInsight {
            $0.incidentGroups = 10
            $0.incidentsPerDay = 5
        }
        try await insight.keep((0..<200).map { attack(insight.time + Int64($0), client: "10.0.1.\($0)") })
        #expect(insight.keeper.statistics.groupsForgotten > 100)
        let incidents = try await insight.store.incidents(limit: 100).elements
        #expect(incidents.count == 6 && incidents.reduce(0) { $0 + $1.requests } == 200)
        try await insight.end()
    }
}

extension IncidentFilter {
    static func with(_ change: (inout IncidentFilter) -> Void) -> IncidentFilter {
        var filter = IncidentFilter()
        change(&filter)
        return filter
    }
}
