// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Foundation
import Storage
import Testing

@testable import Incidents

@Suite struct KeepingTests {
    @Test func `a detection is kept with all that it tells`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        var exchange = TestExchange(time: time, path: "/orders/17")
        exchange.rules = [
            .init(uid: 942100), .init(uid: 920350, message: "Host is an address", severity: 2, kind: "protocol"),
        ]
        try await insight.keep([exchange, .plain(time: time)])
        let row = try #require(try await insight.all().first)
        #expect(row.time == time && row.lastTime == time && row.count == 1 && row.folding == .none)
        #expect(row.severity == .high && row.outcome == .wouldStop && row.control == .webFirewall)
        #expect(row.rule == "942100" && row.kind == "sqli" && row.technique == "T1190")
        #expect(row.message == "SQL Injection Attack" && row.target == "ARGS:id")
        #expect(row.client?.description == "address:203.0.113.7" && row.application == "shop")
        #expect(row.method == "GET" && row.host == "shop.example" && row.path == "/orders/17")
        #expect(row.route == "GET /orders/{id}" && row.status == 200)
        #expect(row.scope == "waf/app:shop" && row.revision == 7 && row.transaction == "1.1")
        let detail = try #require(try await insight.store.detection(row.identifier))
        #expect(detail.row == row && detail.rules.count == 2 && detail.moreRules == 0)
        #expect(detail.rules[1].rule == "920350" && detail.rules[1].severity == .low)
        #expect(try await insight.store.detections(ofTransaction: "1.1") == [row])
        let other = Identifier(milliseconds: 5, random: (0, UInt64(row.id)))
        #expect(try await insight.store.detection(other) == nil)
        #expect(insight.keeper.statistics.events == 2 && insight.keeper.statistics.detections == 1)
        try await insight.end()
    }

    @Test func `what is neither severe nor stopped is no detection`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        var noted = TestExchange.plain(time: time)
        noted.disposition = 17
        var refused = TestExchange.plain(time: time, status: 400)
        refused.disposition = 2
        try await insight.keep([.plain(time: time), noted, refused])
        #expect(Set(try await insight.all().map(\.outcome)) == [.noted, .blocked])
        try await insight.end()
    }

    @Test func `alike detections become one row, and none is lost`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        var exchanges: [TestExchange] = []
        for number in 0..<500 {
            var exchange = TestExchange(time: time + Int64(number) * 1000, path: "/orders/\(number)")
            exchange.client = number % 2 == 0 ? "203.0.113.7" : "203.0.113.8"
            exchange.transaction = "t\(number)"
            exchanges.append(exchange)
        }
        try await insight.keep(exchanges)
        let rows = try await insight.all()
        #expect(rows.map(\.count) == [250, 250])
        #expect(
            rows.allSatisfy {
                $0.folding == .alike && $0.samples.count == 3 && !$0.samples.contains($0.transaction ?? "")
            }
        )
        #expect(rows.map(\.lastTime).max() == exchanges.last?.time)
        // A window that goes on counts on, and what differs is another row.
        var other = exchanges[0]
        other.disposition = 2
        try await insight.keep([exchanges[0], other])
        #expect(try await insight.all().map(\.count).sorted() == [1, 250, 251])
        #expect(insight.keeper.statistics.folded == 499)
        try await insight.end()
    }

    @Test func `a window ends`() async throws {
        let insight = try TestInsight { $0.foldWindow = .zero }
        try await insight.keep([TestExchange(time: insight.time), TestExchange(time: insight.time)])
        #expect(try await insight.all().count == 2)
        try await insight.end()
    }

    @Test func `a flood of clients is bounded, and counted`() async throws {
        let insight = try TestInsight {
            $0.floodBurst = 100
            $0.floodRowsPerSecond = 0
            $0.cellsPerHour = 50
        }
        let time = insight.time
        let exchanges = (0..<3000).map { number in
            var exchange = TestExchange(time: time, path: "/p\(number)x")
            exchange.client = "10.0.\(number / 250).\(number % 250)"
            return exchange
        }
        try await insight.keep(exchanges)
        let rows = try await insight.all()
        #expect(rows.count <= 102)
        #expect(rows.reduce(0) { $0 + $1.count } == 3000)
        let flood = try #require(rows.first { $0.folding == .flood })
        #expect(flood.client == nil && flood.count >= 2898)
        #expect(insight.keeper.statistics.floodFolded >= 2898)
        let clients = try await insight.store.top(.clients, since: time, until: time, limit: 100)
        #expect(clients.entries.count <= 50)
        #expect(clients.entries.reduce(clients.others) { $0 + $1.count } == 3000)
        let routes = try await insight.store.top(.routes, since: time, until: time, limit: 100)
        #expect(routes.entries.reduce(routes.others) { $0 + $1.count } == 3000)
        #expect(insight.keeper.statistics.namesFolded > 0)
        try await insight.end()
    }

    @Test func `hostile members are kept bounded, and as they are`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        let long = String(repeating: "é\u{1B}[2J\u{202E}<script>", count: 3000)
        var exchange = TestExchange(time: time, path: "/\u{0}a\r\nb")
        exchange.rules = [.init(uid: 1, message: long, target: long)]
        exchange.client = "not an address\u{0}"
        exchange.application = long
        exchange.transaction = "a"
        try await insight.keep([exchange])
        let row = try #require(try await insight.all().first)
        #expect(row.path == "/\u{0}a\r\nb" && row.route == "GET /?a??b")
        #expect(row.message.utf8.count <= 512 && long.hasPrefix(row.message))
        #expect(row.application.utf8.count <= 128 && row.client == nil)
        let bytes: [UInt8] =
            Array(#"{"app_name":""#.utf8) + [0xFF, 0xC0] + Array(#"","http_request":{"url":{"path":"/"#.utf8)
            + [0xFE] + Array(#""}}}"#.utf8)
        var batch = EventBatch(origin: EventOrigin(source: 1, epoch: 1))
        batch.append(bytes, EventFacts(time: time, eventClass: .httpActivity, severity: .low, disposition: 1))
        await insight.keeper.append(batch)
        try await insight.keeper.flush()
        #expect(try await insight.all().contains { $0.path == "/\u{FFFD}" })
        try await insight.end()
    }

    @Test func `an event that cannot be read is kept with what its header says`() async throws {
        let insight = try TestInsight()
        let facts = EventFacts(
            time: insight.time,
            eventClass: .httpActivity,
            severity: .critical,
            disposition: 2
        )
        try await insight.keep(#"{"app_name":"shop","http_request":{"#, facts)
        let row = try #require(try await insight.all().first)
        #expect(row.severity == .critical && row.outcome == .blocked && row.application == "shop")
        #expect(insight.keeper.statistics.unreadable == 1)
        try await insight.end()
    }

    @Test func `times that cannot be count for the time of arrival`() async throws {
        let insight = try TestInsight()
        try await insight.keep([TestExchange(time: .min), TestExchange(time: .max, client: "10.0.0.1")])
        #expect(try await insight.all().map(\.time) == [insight.time, insight.time])
        #expect(insight.keeper.statistics.misdated == 2)
        try await insight.end()
    }

    @Test func `a clock that jumps back and forth loses nothing`() async throws {
        let insight = try TestInsight { $0.foldWindow = .zero }
        let noon = insight.time
        for jump in [0, 30, -20, 90, -100, 5, 0] as [Int64] {
            insight.time = noon + jump * TestInsight.day
            try await insight.keep([TestExchange(time: insight.time), .plain(time: insight.time)])
        }
        let rows = try await insight.all(limit: 2)
        #expect(rows.count == 7)
        #expect(rows.map(\.time) == rows.map(\.time).sorted(by: >))
        let range = SeriesFilter(since: noon - 200 * TestInsight.day, until: noon + 150 * TestInsight.day)
        let series = try await insight.store.detectionSeries(range)
        #expect(series.points.reduce(0) { $0 + $1.total } == 7 && series.points.count <= 400)
        let traffic = try await insight.store.trafficSeries(range)
        #expect(traffic.points.reduce(0) { $0 + $1.total } == 14)
        try await insight.end()
    }

    @Test func `the bus brings events, and the end of the bus ends the keeping`() async throws {
        let insight = try TestInsight()
        let bus = EventBus()
        let subscription = bus.subscribe("detections")
        let producer = bus.producer(source: 1, epoch: 1)
        let task = Task { await insight.keeper.keep(subscription) }
        for number in 0..<300 {
            let exchange = TestExchange(time: insight.time, client: "10.0.0.\(number % 250)")
            producer.append(exchange.line, exchange.facts)
        }
        await bus.close()
        await task.value
        try await insight.keeper.flush()
        #expect(insight.keeper.statistics.detections == 300)
        await insight.keeper.close()
        #expect(await !insight.keeper.append(EventBatch([])))
        await #expect(throws: StorageError.self) { try await insight.keeper.flush() }
        try insight.store.close()
    }

    @Test func `a new process goes on where the one before ended`() async throws {
        let folder = try TestFolder()
        var insight = try TestInsight(folder)
        try await insight.keep([TestExchange(time: insight.time), .plain(time: insight.time)])
        try await insight.end()
        insight = try TestInsight(folder)
        try await insight.keep([TestExchange(time: insight.time + 5), .plain(time: insight.time + 5)])
        let rows = try await insight.all()
        #expect(rows.map(\.id) == [2, 1])
        #expect(Set(rows.map(\.incident)).count == 1)
        let top = try await insight.store.top(.routes, since: insight.time, until: insight.time)
        #expect(top.entries.map(\.count) == [2])
        let counts = try await insight.store.rehearse(Scope(.webFirewall), since: insight.time, until: insight.time)
        #expect(counts.requests == 4 && counts.wouldStop == 2)
        let incident = try #require(try await insight.store.incidents().elements.first)
        #expect(incident.requests == 2)
        try await insight.end()
    }
}
