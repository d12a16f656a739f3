// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Incidents
import Storage
import Testing
import VulnerabilityManagement

@testable import Correlation

@Suite struct CorrelationTests {
    @Test func `an attack on the address and parameter of a finding raises its priority, and is counted once`()
        async throws
    {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let before = try world.finding()
        try await world.detect([TestAttack(path: "/cart/99")])
        try world.run()
        try world.run()
        let after = try world.finding()
        #expect(after.attacks == 1)
        #expect(after.lastAttack == TestWorld.noon)
        #expect(after.priority > before.priority)
        // Stopped attacks say nothing of exploitation.
        #expect(after.decision == before.decision)
        let timeline = try world.timeline(of: after)
        #expect(timeline.days.map(\.attacks) == [1])
        #expect(timeline.days.first?.blocked == 1)
        #expect(timeline.days.first?.rules.first?.rule == "942100")
        #expect(timeline.days.first?.rules.first?.basis == .parameter)
        #expect(timeline.clients.map(\.client) == ["address:203.0.113.7"])
        #expect(try world.events("attacked", of: after).count == 1)
        await world.end()
    }

    @Test func `what differs in class, parameter, path, method or host is no attack on a finding`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        try await world.detect([
            TestAttack(rule: 941100, kind: "xss", transaction: "1.1"),
            TestAttack(client: "203.0.113.8", target: "ARGS:name", transaction: "1.2"),
            TestAttack(path: "/orders/17", transaction: "1.3"),
            TestAttack(method: "POST", transaction: "1.4"),
            TestAttack(host: "other.example", path: "/cart/18/items", transaction: "1.5"),
            TestAttack(client: "203.0.113.9", host: "other.example", transaction: "1.6"),
            TestAttack(client: "203.0.113.10", disposition: 10, transaction: "1.7"),
        ])
        try world.run()
        #expect(try world.finding().attacks == 0)
        #expect(try world.timeline(of: try world.finding()).days.isEmpty)
        await world.end()
    }

    @Test func `a rule that looks at the whole request counts on the address, with less certainty`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        try await world.detect([TestAttack(target: "REQUEST_BODY")])
        try world.run()
        #expect(try world.timeline(of: try world.finding()).days.first?.rules.first?.basis == .address)
        await world.end()
    }

    @Test func `an attack that was let through and answered with success counts as exploited`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let before = try world.finding()
        try await world.detect([
            TestAttack(status: 404, disposition: 15, transaction: "1.1")
        ])
        try world.run()
        #expect(try world.finding().decision == before.decision)
        try await world.detect([
            TestAttack(client: "203.0.113.8", status: 200, disposition: 15, transaction: "1.2")
        ])
        try world.run()
        let after = try world.finding()
        #expect(after.decision == .fourteenDays)
        #expect(after.attacks == 2)
        let timeline = try world.timeline(of: after)
        #expect(timeline.days.first?.letThrough == 2)
        #expect(timeline.days.first?.mayHaveWorked == 1)
        #expect(timeline.assessment?.contains("may have worked") == true)
        #expect(try world.events("assessed", of: after).isEmpty == false)
        await world.end()
    }

    @Test func `a row that grows after it was read counts for what it grew by`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        try await world.detect([TestAttack(transaction: "1.1")])
        try world.run()
        try await world.detect([TestAttack(transaction: "1.2"), TestAttack(transaction: "1.3")])
        try world.run()
        #expect(try world.finding().attacks == 3)
        // Long after, what was read is left behind, and still nothing counts twice.
        for _ in 0..<4 {
            world.now += AttackCorrelator.growth
            try world.run()
        }
        #expect(try world.finding().attacks == 3)
        #expect(try world.mark().settled == 1)
        await world.end()
    }

    @Test func `a flood writes a line of history a day`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        for round in 0..<5 {
            let attacks = (0..<200).map { number in
                TestAttack(client: "198.51.100.\(number)", transaction: "\(round).\(number)")
            }
            try await world.detect(attacks)
            try world.run()
        }
        let finding = try world.finding()
        #expect(finding.attacks == 1000)
        let events = try world.events("attacked", of: finding)
        #expect(events.count == 1)
        #expect(events.first?.detail?.hasPrefix("1000 attacks that day, 1000 blocked") == true)
        let timeline = try world.timeline(of: finding)
        #expect(timeline.clients.count == 10)
        await world.end()
    }

    @Test func `urgency goes when attacks have ceased for 30 days, and what happened stays`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let before = try world.finding()
        try await world.detect([TestAttack(status: 200, disposition: 15)])
        try world.run()
        #expect(try world.finding().decision == .fourteenDays)
        world.now += 32 * TestWorld.day
        try world.run()
        let after = try world.finding()
        #expect(after.priority == before.priority)
        #expect(after.decision == before.decision)
        #expect(after.due == before.due)
        #expect(after.attacks == 1)
        #expect(try world.timeline(of: after).days.count == 1)
        await world.end()
    }

    @Test func `new findings are tied to the detections of the last 30 days, and to no older ones`() async throws {
        let world = try await TestWorld()
        try await world.detect([
            TestAttack(time: TestWorld.noon - 40 * TestWorld.day, client: "203.0.113.1", transaction: "1.1"),
            TestAttack(time: TestWorld.noon - 5 * TestWorld.day, client: "203.0.113.2", transaction: "1.2"),
        ])
        try world.run()
        try world.take(TestReports.dast())
        let outcome = try world.run()
        #expect(outcome.tied == 1)
        #expect(try world.finding().attacks == 1)
        #expect(try world.run().tied == 0)
        #expect(try world.finding().attacks == 1)
        await world.end()
    }

    @Test func `a report that writes a finding anew does not take its urgency away for long`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        try await world.detect([TestAttack()])
        try world.run()
        let attacked = try world.finding()
        world.now += 60
        try world.take(TestReports.dast(severity: "Critical"))
        try world.run()
        let after = try world.finding()
        #expect(after.severity == "critical")
        #expect(after.priority > attacked.priority)
        #expect(after.attacks == 1)
        await world.end()
    }

    @Test func `detections of another store are counted by a mark of their own`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        try await world.detect([TestAttack(transaction: "1.1"), TestAttack(client: "203.0.113.8", transaction: "1.2")])
        try world.run()
        let other = try await TestWorld()
        #expect(try world.insight.identity() != other.insight.identity())
        try await other.detect([TestAttack(client: "203.0.113.9", transaction: "2.1")])
        _ = try AttackCorrelator(world.store, other.feed).run(now: world.now)
        #expect(try world.finding().attacks == 3)
        // Neither spoils what is known of the other.
        for _ in 0..<2 {
            try world.run()
            _ = try AttackCorrelator(world.store, other.feed).run(now: world.now)
        }
        try world.add("GET /cart/{id}", "src/cart.py")
        try world.run()
        #expect(try world.finding().attacks == 3)
        try await world.detect([TestAttack(client: "203.0.113.10", transaction: "1.3")])
        try world.run()
        #expect(try world.finding().attacks == 4)
        #expect(try world.timeline(of: try world.finding()).days.first?.rules.map(\.attacks) == [4])
        await world.end()
        await other.end()
    }

    @Test func `rows of a copy that was put back are known, and those that come with numbers of others are new`()
        async throws
    {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let test = TestFeed("a", (1...5).map { SeenDetection.onCart(Int64($0), client: "address:203.0.113.\($0)") })
        for _ in 0..<3 {
            _ = try AttackCorrelator(world.store, test.feed).run(now: world.now)
            world.now += AttackCorrelator.growth
        }
        #expect(try world.finding().attacks == 5)
        test.remove(after: 3)
        _ = try AttackCorrelator(world.store, test.feed).run(now: world.now)
        #expect(try world.finding().attacks == 5)
        test.append(.onCart(4, client: "address:203.0.113.20"))
        _ = try AttackCorrelator(world.store, test.feed).run(now: world.now)
        #expect(try world.finding().attacks == 6)
        await world.end()
    }

    @Test func `a deadline counts from the first attack that may have worked, not from one that was stopped before`()
        async throws
    {
        let world = try await TestWorld()
        try world.take(TestReports.dast())
        let test = TestFeed(
            "a",
            [
                .onCart(1, time: TestWorld.noon - 9 * 3600),
                .onCart(2, time: TestWorld.noon - 3600, client: "address:203.0.113.8", status: 200),
                .onCart(3, client: "address:203.0.113.8", status: 200),
            ]
        )
        _ = try AttackCorrelator(world.store, test.feed).run(now: world.now)
        let finding = try world.finding()
        #expect(finding.decision == .fourteenDays)
        #expect(finding.due == TestWorld.noon - 3600 + 14 * TestWorld.day)
        await world.end()
    }
}

@Suite struct RouteTieTests {
    @Test func `a route leads attacks to the findings of its file, from the moment that it is known`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.sast())
        try await world.detect([TestAttack()])
        try world.run()
        #expect(try world.finding().attacks == 0)
        try world.add("GET /cart/{id}", "src/cart.py")
        try world.run()
        let finding = try world.finding()
        #expect(finding.attacks == 1)
        #expect(try world.timeline(of: finding).days.first?.rules.first?.basis == .file)
        // Another route changes nothing of what was counted.
        try world.add("GET /orders/{id}", "src/orders.py")
        try world.run()
        #expect(try world.finding().attacks == 1)
        await world.end()
    }

    @Test func `the function, else the nearest handler above, says which of a file's routes leads to a finding`()
        async throws
    {
        let world = try await TestWorld()
        try world.take(TestReports.sast(line: 25, method: "add"))
        try world.add("GET /cart/{id}", "src/cart.py", function: "cart.show", line: 10)
        try world.add("POST /cart/{id}", "src/cart.py", function: "cart.add", line: 40)
        try await world.detect([TestAttack(transaction: "1.1")])
        try world.run()
        #expect(try world.finding().attacks == 0)
        try await world.detect([TestAttack(method: "POST", transaction: "1.2")])
        try world.run()
        #expect(try world.timeline(of: try world.finding()).days.first?.rules.first?.basis == .function)
        await world.end()

        let other = try await TestWorld()
        try other.take(TestReports.sast(line: 25))
        try other.add("GET /cart/{id}", "src/cart.py", line: 10)
        try other.add("POST /cart/{id}", "src/cart.py", line: 20)
        try other.add("DELETE /cart/{id}", "src/cart.py", line: 30)
        try await other.detect([TestAttack(transaction: "1.1"), TestAttack(method: "DELETE", transaction: "1.2")])
        try other.run()
        #expect(try other.finding().attacks == 0)
        try await other.detect([TestAttack(method: "POST", transaction: "1.3")])
        try other.run()
        #expect(try other.timeline(of: try other.finding()).days.first?.rules.first?.basis == .line)
        await other.end()
    }

    @Test func `only attacks on a project's applications count for it, once somebody said which these are`()
        async throws
    {
        let world = try await TestWorld()
        try world.take(TestReports.sast())
        try world.add("GET /cart/{id}", "src/cart.py")
        let project = try #require(try world.store.project("shop"))
        try world.store.setApplications(
            of: project.id,
            [AttackApplication(project: project.id, application: "other", host: nil)],
            maker: "ada"
        )
        try await world.detect([TestAttack()])
        try world.run()
        #expect(try world.finding().attacks == 0)
        try world.store.setApplications(
            of: project.id,
            [AttackApplication(project: project.id, application: "shop", host: "SHOP.example")],
            maker: "ada"
        )
        try world.run()
        #expect(try world.finding().attacks == 1)
        await world.end()
    }

    @Test func `a rule that names a vulnerability counts for components with it`() async throws {
        let world = try await TestWorld()
        try world.take(TestReports.dependency())
        let before = try world.finding()
        let attack = TestAttack(
            path: "/anything",
            status: 200,
            disposition: 15,
            rule: 944150,
            kind: "rce",
            target: "REQUEST_HEADERS:User-Agent",
            message: "Potential Remote Command Execution: Log4j / Log4shell (CVE-2021-44228)"
        )
        try await world.detect([attack])
        try world.run()
        let after = try world.finding()
        #expect(after.attacks == 1)
        #expect(after.priority > before.priority)
        #expect(after.decision.rawValue > before.decision.rawValue)
        #expect(try world.timeline(of: after).days.first?.rules.first?.basis == .vulnerability)
        // Tied anew, it is counted once.
        for _ in 0..<3 {
            world.now += AttackCorrelator.growth
            try world.run()
        }
        try world.add("GET /a", "a.py")
        try world.run()
        #expect(try world.finding().attacks == 1)
        await world.end()
    }
}

@Suite struct AttackClassTests {
    @Test(arguments: [
        ("sqli", 89), ("attack-sqli", 564), ("sqli", 943), ("xss", 79), ("xss", 87), ("rce", 78), ("rce", 94),
        ("lfi", 22), ("lfi", 36), ("lfi", 73), ("lfi", 98), ("rfi", 98), ("ssrf", 918), ("injection-php", 94),
        ("attack-deserialization", 502), ("injection-java", 917), ("java", 917), ("ldap", 90),
    ])
    func `a tag aims at the weaknesses of its class`(_ tag: String, _ weakness: Int) throws {
        let attack = try #require(AttackClass(tag: tag))
        #expect(attack.weaknesses.contains(weakness))
        #expect(AttackClass.aiming(at: weakness).contains(attack))
    }

    @Test func `tags that say nothing of a weakness are no class`() {
        for tag in ["protocol", "attack-disclosure", "reputation-scanner", "", "attack-"] {
            #expect(AttackClass(tag: tag) == nil)
        }
        #expect(AttackClass.aiming(at: 798).isEmpty)
        for weakness in 1...1400 {
            #expect(AttackClass.aiming(at: weakness).allSatisfy { $0.weaknesses.contains(weakness) })
        }
    }

    @Test(arguments: [
        ("ARGS:id", "id"), ("ARGS_GET:ID", "id"), ("ARGS:json.items.0.id", "id"), ("ARGS:user[name]", "name"),
        ("REQUEST_HEADERS:User-Agent", "user-agent"), ("REQUEST_COOKIES:sid", "sid"),
    ])
    func `a target names its parameter`(_ target: String, _ name: String) {
        #expect(ParameterName.ofTarget(target) == name)
    }

    @Test(arguments: [nil, "REQUEST_URI", "REQUEST_BODY", "XML:/*", "ARGS:", ""] as [String?])
    func `a target that is the whole request names none`(_ target: String?) {
        #expect(ParameterName.ofTarget(target) == nil)
    }

    @Test func `addresses are read in the forms that scanners write`() {
        #expect(FindingAddress.path(url: "https://a.example:8443/x/y?q=1#z", path: nil) == "/x/y")
        #expect(FindingAddress.path(url: "https://a.example", path: nil) == "/")
        #expect(FindingAddress.path(url: nil, path: "x?y") == "/x")
        #expect(FindingAddress.path(url: nil, path: nil) == nil)
        #expect(FindingAddress.host("HTTPS://A.example:8443/", url: nil) == "a.example")
        #expect(FindingAddress.host(nil, url: "http://u:p@[2001:DB8::1]:80/x") == "2001:db8::1")
        #expect(FindingAddress.host(nil, url: "/x") == nil)
    }

    @Test func `vulnerabilities are found in texts, and what only looks like one is not`() {
        let text = "Shellshock (CVE-2014-6271), cve-2014-7169 CVE-2014-6271 CVE-201-1234 CVE-2020-123 xCVE"
        #expect(NamedVulnerability.names(in: text) == ["CVE-2014-6271", "CVE-2014-7169"])
        #expect(NamedVulnerability.names(in: "").isEmpty)
        #expect(NamedVulnerability.names(in: "CVE-2021-44228") == ["CVE-2021-44228"])
    }
}
