// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Storage
import Testing

@testable import Incidents

@Suite struct NumbersTests {
    @Test func `series count what was kept, at every level`() async throws {
        let insight = try TestInsight()
        let start = insight.time
        var blocked = TestExchange(time: start + 90 * TestInsight.second, status: 403)
        blocked.disposition = 2
        blocked.severity = .critical
        try await insight.keep([
            TestExchange(time: start), TestExchange(time: start + 1),
            TestExchange(time: start + 61 * TestInsight.second),
            blocked, TestExchange(time: start, application: "blog"), .plain(time: start, status: 500),
        ])
        let store = insight.store
        let hour = try await store.detectionSeries(SeriesFilter(since: start, until: start + TestInsight.hour))
        #expect(hour.level == .minute && hour.start == start && hour.points.count == 61)
        #expect(hour.points[0][.high] == 3 && hour.points[0].wouldStop == 3)
        #expect(hour.points[1].total == 2 && hour.points[1].stopped == 1 && hour.points[1][.critical] == 1)
        for days in [2, 30, 300, 3000] as [Int64] {
            let filter = SeriesFilter(since: start - days * TestInsight.day, until: start + TestInsight.hour)
            let series = try await store.detectionSeries(filter)
            #expect(series.points.reduce(0) { $0 + $1.total } == 5 && series.points.count <= 400)
            let traffic = try await store.trafficSeries(filter)
            #expect(traffic.points.reduce(0) { $0 + $1.total } == 6)
        }
        func total(_ change: (inout SeriesFilter) -> Void) async throws -> Int {
            var filter = SeriesFilter(since: start, until: start)
            change(&filter)
            return try await store.detectionSeries(filter).points.reduce(0) { $0 + $1.total }
        }
        #expect(try await total { $0.application = "blog" } == 1)
        #expect(try await total { $0.rule = "942100" } == 3)
        #expect(try await total { ($0.rule, $0.application) = ("942100", "shop") } == 2)
        #expect(try await total { $0.rule = "1" } == 0)
        #expect(try await total { $0.severity = .critical } == 0)
        let shop = try await store.trafficSeries(SeriesFilter(since: start, until: start, application: "shop"))
        #expect(shop.points[0].byStatusClass == [0, 0, 2, 0, 0, 1] && shop.points[0].wouldStop == 2)
        try await insight.end()
    }

    @Test func `the most frequent come first`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        var exchanges = (0..<5).map { TestExchange(time: time + Int64($0), client: "10.0.0.1") }
        exchanges += (0..<2).map {
            TestExchange(time: time + Int64($0), client: "10.0.0.2", application: "blog", path: "/b")
        }
        exchanges[6].rules = [.init(uid: 941100, message: "XSS", kind: "xss")]
        exchanges[6].decider = 941100
        try await insight.keep(exchanges + [.plain(time: time, path: "/quiet")])
        func top(_ dimension: TopDimension, _ application: String? = nil) async throws -> [String] {
            try await insight.store.top(dimension, since: time, until: time, application: application).entries
                .map { "\($0.name) \($0.note ?? "-") \($0.count)" }
        }
        #expect(try await top(.rules) == ["942100 SQL Injection Attack 6", "941100 XSS 1"])
        #expect(try await top(.rules, "blog") == ["941100 XSS 1", "942100 SQL Injection Attack 1"])
        #expect(try await top(.clients) == ["address:10.0.0.1 - 5", "address:10.0.0.2 - 2"])
        #expect(try await top(.clients, "blog") == ["address:10.0.0.2 - 2"])
        #expect(try await top(.routes) == ["GET /products/{id} shop 5", "GET /b blog 2"])
        #expect(try await top(.applications) == ["shop - 5", "blog - 2"])
        #expect(try await insight.store.rule("941100")?.message == "XSS")
        #expect(try await insight.store.rule("1") == nil)
        let applications = try await insight.store.applications()
        #expect(applications.map(\.name) == ["blog", "shop"] && applications[1].exchanges == 6)
        #expect(applications[1].lastSeen == time + 4 && applications[0].lastDetection == time + 1)
        try await insight.end()
    }

    @Test func `a rehearsal counts what enforce would have stopped in a scope`() async throws {
        let insight = try TestInsight()
        let start = insight.time - 3 * TestInsight.day
        var exchanges: [TestExchange] = []
        // People on one route, an attacker on another, over three days.
        for number in 0..<60 {
            let time = start + Int64(number) * TestInsight.hour
            var person = TestExchange(time: time, client: "10.0.\(number).1", method: "POST", path: "/comment")
            person.rules = [.init(uid: 941100, message: "XSS", kind: "xss")]
            person.decider = 941100
            exchanges.append(person)
            exchanges.append(TestExchange(time: time, path: "/orders/\(number)", status: 404))
            exchanges.append(.plain(time: time, path: "/comment"))
            exchanges.append(.plain(time: time, path: "/"))
        }
        exchanges.append(TestExchange(time: start, application: "blog"))
        var blocked = TestExchange(time: start, path: "/orders/1", status: 403)
        blocked.disposition = 2
        exchanges.append(blocked)
        try await insight.keep(exchanges)
        func rehearse(_ scope: String) async throws -> RehearsalCounts {
            try await insight.store.rehearse(Scope(parsing: scope), since: start, until: insight.time)
        }
        let all = try await rehearse("waf")
        #expect(all.requests == 242 && all.wouldStop == 121 && all.stopped == 1)
        let shop = try await rehearse("waf/app:shop")
        #expect(shop.requests == 241 && shop.wouldStop == 120 && shop.stopped == 1)
        #expect(shop.byStatusClass == [0, 0, 60, 0, 60, 0])
        #expect(
            shop.byRule.map(\.name).sorted() == ["941100", "942100"] && shop.byRule.allSatisfy { $0.wouldStop == 60 }
        )
        #expect(shop.byRule.first { $0.name == "941100" }?.note == "XSS")
        #expect(shop.byRoute.map(\.requests) == [61, 60] || shop.byRoute.map(\.requests) == [60, 61])
        #expect(shop.byClient.first?.name == "address:203.0.113.7" && shop.byClient.first?.wouldStop == 60)
        let benign = try #require(shop.groups.first)
        #expect(benign.rule == "941100" && benign.route == "POST /comment" && benign.succeeded == 60)
        #expect((50...70).contains(benign.clients) && benign.benignLikeness > 0.9)
        #expect(shop.groups.last?.benignLikeness == 0)
        let route = try await rehearse("waf/app:shop/route:/orders/{id}")
        #expect(route.requests == 61 && route.wouldStop == 60 && route.byRule.map(\.name) == ["942100"])
        #expect(route.clientsAreOfWholeApplication)
        let rule = try await rehearse("waf/app:shop/rule:941100")
        #expect(rule.requests == 241 && rule.wouldStop == 60 && rule.byRoute.map(\.name) == ["POST /comment"])
        let later = try await insight.store.rehearse(
            Scope(.webFirewall),
            since: start + 50 * TestInsight.hour,
            until: insight.time
        )
        #expect(later.requests == 40 && later.wouldStop == 20)
        try await insight.end()
    }

    @Test func `days and hours together cover a stretch once`() {
        let hour = TestInsight.hour
        for since in stride(from: 0, to: 30, by: 5) as StrideTo<Int64> {
            for length in [0, 3, 24, 25, 50, 170] as [Int64] {
                let rehearsal = RecordedRehearsal(Scope(.webFirewall), since * hour, (since + length) * hour, limit: 1)
                var next = since * 3600
                for part in rehearsal.parts {
                    #expect(part.start == next && part.end > part.start)
                    #expect(part.start % part.level.seconds == 0 && part.end % part.level.seconds == 0)
                    next = part.end
                }
                #expect(next == (since + length + 1) * 3600)
            }
        }
    }

    @Test func `cells stay few, keep what has most, and lose no number`() {
        var table = CellTable<RouteCell>(capacity: 100)
        var random = SeededGenerator(seed: 9)
        var truth: [String: Int] = [:]
        for number in 0..<20_000 {
            let route =
                number % 2 == 0 ? "GET /hot\(number % 20)" : "GET /cold\(Int.random(in: 0..<100_000, using: &random))"
            truth[route, default: 0] += 1
            table.update(
                NameHash.of("shop", route),
                { RouteCell(application: "shop", route: route) },
                { $0.requests += 1 }
            )
            if number % 1000 == 0 { table.confirm() }
        }
        #expect(table.count <= 151)
        table.settle()
        #expect(table.count <= 100)
        var cells = table
        cells.confirm()
        let kept = table.allCells
        #expect(kept.reduce(0) { $0 + $1.requests } == 20_000)
        for cell in kept where cell.route.hasPrefix("GET /hot") { #expect(cell.requests == truth[cell.route]) }
        #expect(kept.filter { $0.route.hasPrefix("GET /hot") }.count == 10)
        #expect(kept.contains(where: \.isOthers) && table.folded > 5000)
    }

    @Test func `sketches tell clients apart`() {
        var sketch = ClientSketch()
        #expect(sketch.estimate == 0)
        for number in 0..<200 { sketch.insert(hash: NameHash.of("client \(number)")) }
        let other = sketch
        sketch.formUnion(other)
        #expect((160...240).contains(sketch.estimate))
        #expect(sketch.bytes.withUnsafeBytes { ClientSketch($0) } == sketch)
        for number in 0..<50_000 { sketch.insert(hash: NameHash.of("more \(number)")) }
        #expect(sketch.estimate > 2500)
    }
}
