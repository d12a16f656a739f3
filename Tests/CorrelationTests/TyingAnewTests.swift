// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Glibc
import Testing
import VulnerabilityManagement

@testable import Correlation

@Suite struct TyingAnewTests {
    private func route(_ world: TestWorld, _ pattern: String, _ file: String = "src/cart.py") throws -> AttackRoute {
        try #require(
            try world.store.attackRoutes().first { $0.pattern.description == pattern && $0.file == file }
        )
    }

    @discardableResult
    private func run(_ world: TestWorld, _ test: TestFeed) throws -> AttackCorrelator.Outcome {
        try AttackCorrelator(world.store, test.feed).run(now: world.now)
    }

    // MARK: Routes that go

    @Test func `what a route tied goes with it, and so does the urgency that came of it`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.sast())
        let before = try world.finding()
        try world.add("GET /cart/{id}", "src/cart.py")
        try await world.detect([TestAttack(status: 200, disposition: 15)])
        try world.run()
        let attacked = try world.finding()
        #expect(attacked.decision == .fourteenDays)
        let (nearer, due) = (try #require(attacked.due), try #require(before.due))
        #expect(nearer < due)
        #expect(try world.store.removeRoute(try route(world, "GET /cart/{id}").id))
        try world.run()
        let after = try world.finding()
        #expect(after.attacks == 0 && after.lastAttack == nil)
        #expect(after.priority == before.priority)
        #expect(after.decision == before.decision)
        #expect(after.due == before.due)
        #expect(try world.timeline(of: after).days.isEmpty)
        #expect(try world.timeline(of: after).clients.isEmpty)
        #expect(try world.timeline(of: after).assessment == nil)
        // Known again, it ties what is still there.
        try world.add("GET /cart/{id}", "src/cart.py")
        try world.run()
        #expect(try world.finding().attacks == 1)
        await world.end()
    }

    @Test func `a deadline that a removed route brought nearer goes back to what other attacks make of it`()
        async throws
    {
        let world = try await TestWorld()
        try world.take(TestReports.sast())
        try world.add("GET /cart/{id}", "src/cart.py")
        try world.add("GET /orders/{id}", "src/cart.py")
        let test = TestFeed(
            "a",
            [
                .onCart(1, client: "address:203.0.113.8", status: 200),
                .onCart(2, time: TestWorld.noon + 60, path: "/orders/17"),
            ]
        )
        try run(world, test)
        #expect(try world.finding().decision == .fourteenDays)
        #expect(try world.store.removeRoute(try route(world, "GET /cart/{id}").id))
        try run(world, test)
        let after = try world.finding()
        #expect(after.attacks == 1)
        #expect(after.decision == .bySeverity)
        // High findings are due in 30 days.
        #expect(after.due == after.firstSeen + 30 * TestWorld.day)
        await world.end()
    }

    @Test func `an import that says the same again changes nothing, and what it no longer says goes`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.sast())
        let project = try #require(try world.store.project("shop")).id
        func imported(_ patterns: [String]) throws {
            let routes = try patterns.map {
                AttackRoute(
                    project: project,
                    pattern: try RoutePattern(parsing: $0),
                    file: "src/cart.py",
                    origin: .annotation
                )
            }
            try world.store.add(routes, replacing: (project, .annotation, ""), maker: "ci", now: world.now)
        }
        try imported(["GET /cart/{id}", "GET /orders/{id}"])
        let before = try world.store.attackRoutes().map(\.id)
        try await world.detect([TestAttack()])
        #expect(try world.run().tied == 1)
        try imported(["GET /cart/{id}", "GET /orders/{id}"])
        #expect(try world.store.attackRoutes().map(\.id) == before)
        #expect(try world.run().tied == 0)
        try imported(["GET /orders/{id}"])
        #expect(try world.store.attackRoutes().map(\.pattern.description) == ["GET /orders/{id}"])
        try world.run()
        #expect(try world.finding().attacks == 0)
        await world.end()
    }

    // MARK: Detections that are gone

    @Test func `what was counted of detections that are gone stays when findings are tied anew`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.sast())
        try world.add("GET /cart/{id}", "src/cart.py")
        let day = TestWorld.day
        let test = TestFeed(
            "a",
            [
                .onCart(1, time: TestWorld.noon - 5 * day, client: "address:203.0.113.1"),
                .onCart(2, time: TestWorld.noon - 3 * day, client: "address:203.0.113.2"),
                .onCart(3, time: TestWorld.noon - 3 * day + 60, client: "address:203.0.113.2"),
                .onCart(4, time: TestWorld.noon, client: "address:203.0.113.1"),
            ]
        )
        try run(world, test)
        let before = try world.timeline(of: try world.finding())
        #expect(before.days.map(\.attacks) == [1, 2, 1])
        // Of the day before yesterday but one the first is gone, too.
        test.remove(before: TestWorld.noon - 3 * day + 30)
        try world.add("GET /orders/{id}", "src/orders.py")
        #expect(try run(world, test).tied == 1)
        let after = try world.timeline(of: try world.finding())
        #expect(after.days == before.days)
        #expect(after.clients == before.clients)
        #expect(try world.finding().attacks == 4)
        // A finding that was not tied before gets what is left of that day.
        try world.add("GET /cart/{id}", "src/other.py")
        try world.take(
            TestReports.sast(file: "src/other.py").replacing("Semgrep", with: "Other")
                .replacing("\"id\":\"s\"", with: "\"id\":\"other\"").replacing(
                    "\"sqli\"",
                    with: "\"other\""
                )
        )
        try run(world, test)
        let other = try #require(try world.findings().first { $0.path == "src/other.py" })
        #expect(other.attacks == 2)
        // When all is gone, all that was counted stays.
        test.remove(before: TestWorld.noon + day)
        try world.add("GET /new/{id}", "src/new.py")
        try run(world, test)
        #expect(try world.timeline(of: after.finding).days == before.days)
        await world.end()
    }

    @Test func `what a removed route tied goes also where its detections are gone`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.sast())
        try world.add("GET /cart/{id}", "src/cart.py")
        try world.add("GET /orders/{id}", "src/cart.py")
        let day = TestWorld.day
        let test = TestFeed(
            "a",
            [
                .onCart(1, time: TestWorld.noon - 5 * day),
                .onCart(2, time: TestWorld.noon - 4 * day, path: "/orders/17"),
                .onCart(3, time: TestWorld.noon),
            ]
        )
        try run(world, test)
        #expect(try world.finding().attacks == 3)
        test.remove(before: TestWorld.noon - 3600)
        #expect(try world.store.removeRoute(try route(world, "GET /cart/{id}").id))
        try run(world, test)
        let timeline = try world.timeline(of: try world.finding())
        #expect(timeline.days.map(\.start) == [(20_000 - 4) * day])
        #expect(try world.finding().attacks == 1)
        await world.end()
    }

    // MARK: Ends before the end

    @Test func `a run that is stopped between batches goes on the next time, and counts nothing twice`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let test = TestFeed("a", KilledRun.rows)
        for allowed in 0..<6 {
            var asked = 0
            let outcome = try AttackCorrelator(world.store, test.feed).run(now: world.now) {
                asked += 1
                return asked > allowed
            }
            #expect(outcome.isCut)
            #expect(outcome.detections <= allowed * 1000)
        }
        #expect(try !run(world, test).isCut)
        #expect(try world.finding().attacks == KilledRun.rows.count)
        try run(world, test)
        #expect(try world.finding().attacks == KilledRun.rows.count)
        await world.end()
    }

    /// The reads of a run: three for the past, and three for what follows.
    @Test(arguments: 1...6)
    func `a run that is killed goes on the next time, and counts nothing twice`(_ read: Int) async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let path = world.folder + "/vulnerabilities.sqlite"
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, read = read as Int] in
            try KilledRun.run(path, killedAtRead: read)
        }
        let test = TestFeed("a", KilledRun.rows)
        try run(world, test)
        #expect(try world.finding().attacks == KilledRun.rows.count)
        let timeline = try world.timeline(of: try world.finding())
        #expect(timeline.days.map(\.attacks) == [KilledRun.rows.count])
        #expect(timeline.clients.map(\.attacks).reduce(0, +) == KilledRun.rows.count)
        try run(world, test)
        #expect(try world.finding().attacks == KilledRun.rows.count)
        await world.end()
    }

    @Test func `findings are read again only where they changed`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let memory = TieMemory()
        let test = TestFeed("a", [.onCart(1)])
        func look() throws -> AttackCorrelator.Outcome {
            try AttackCorrelator(world.store, test.feed, memory: memory).run(now: world.now)
        }
        #expect(try look().findingsRead > 0)
        // The first look wrote of the attack into the finding's history.
        _ = try look()
        for number in 2...4 {
            test.append(.onCart(Int64(number), client: "address:203.0.113.\(number)"))
            #expect(try look().findingsRead == 0)
        }
        #expect(try world.finding().attacks == 4)
        // A route leads further attacks to other findings.
        try world.take(TestReports.sast(file: "src/cart.py"))
        try world.add("GET /orders/{id}", "src/cart.py")
        test.append(.onCart(5, path: "/orders/17"))
        #expect(try look().findingsRead > 0)
        let finding = try #require(try world.findings().first { $0.kind == "sast" })
        #expect(finding.attacks == 1)
        // One that is closed is attacked no more.
        let plan = try world.store.plan(.resolve, comment: "", on: [finding.identifier], now: world.now)
        _ = try world.store.apply(plan, maker: "ada", now: world.now)
        test.append(.onCart(6, path: "/orders/17"))
        #expect(try look().findingsRead > 0)
        #expect(try world.timeline(of: finding).days.map(\.attacks) == [1])
        await world.end()
    }
}

/// A run in a process of its own that is killed.
enum KilledRun {
    /// More than two batches.
    static var rows: [SeenDetection] {
        (1...2500).map { SeenDetection.onCart(Int64($0), client: "address:203.0.113.\($0 % 10)") }
    }

    static func run(_ path: String, killedAtRead number: Int) throws {
        let store = try VulnerabilityStore(path: path)
        let test = TestFeed("a", rows) { read in
            if read == number { kill(getpid(), SIGKILL) }
        }
        _ = try AttackCorrelator(store, test.feed).run(now: TestWorld.noon)
    }
}
