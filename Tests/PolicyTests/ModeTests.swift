// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct ModeTests {
    @Test func `without a setting everything is observed`() throws {
        let snapshot = try snapshot()
        for control in ControlID.allCases {
            let mode = snapshot.mode(of: control, for: try request(), at: 5)
            #expect(mode.mode == .observe && mode.scope == nil && mode.cap == nil)
        }
    }

    private static let settings: [(String, Mode)] = [
        ("waf", .enforce), ("waf/app:shop", .observe), ("waf/app:shop/route:POST /login", .enforce),
        ("waf/app:shop/route:/users/{id}", .off), ("waf/app:shop/route:/users/me", .enforce),
        ("waf/app:shop/route:/users/{id}/orders/*", .enforce), ("waf/app:shop/route:/files/*", .off),
        ("waf/app:shop/route:GET /files/public", .enforce), ("waf/route:/health", .off),
        ("waf/app:blog/route:/health", .enforce), ("dlp/app:shop", .enforce),
    ]

    @Test(arguments: [
        ("GET /", "blog", "waf"), ("GET /", "shop", "waf/app:shop"),
        ("POST /login", "shop", "waf/app:shop/route:POST /login"),
        ("GET /login", "shop", "waf/app:shop"), ("POST /login", "blog", "waf"),
        ("GET /users/7", "shop", "waf/app:shop/route:/users/{id}"),
        ("GET /users/me", "shop", "waf/app:shop/route:/users/me"),
        ("GET /users/me/orders", "shop", "waf/app:shop/route:/users/{id}/orders/*"),
        ("GET /users/7/orders/3", "shop", "waf/app:shop/route:/users/{id}/orders/*"),
        ("GET /users/7/other", "shop", "waf/app:shop"), ("GET /files", "shop", "waf/app:shop/route:/files/*"),
        ("GET /files/public", "shop", "waf/app:shop/route:GET /files/public"),
        ("HEAD /files/public", "shop", "waf/app:shop/route:GET /files/public"),
        ("PUT /files/public", "shop", "waf/app:shop/route:/files/*"), ("GET /health", "shop", "waf/route:/health"),
        ("GET /health", "blog", "waf/app:blog/route:/health"), ("GET /health", "other", "waf/route:/health"),
    ])
    func `the narrowest scope wins and is named`(line: String, app: String, origin: String) throws {
        let snapshot = PolicySnapshot(
            try document(try Self.settings.map { try .mode($0.0, $0.1) }.shuffled()),
            key: key
        )
        let mode = snapshot.mode(of: .webFirewall, for: try request(line, app: app), at: 5)
        #expect(mode.scope?.description == origin)
        #expect(mode.mode == Self.settings.first { $0.0 == origin }?.1)
    }

    @Test func `a setting of a rule wins over the place of its control`() throws {
        let snapshot = try snapshot(
            .mode("waf/app:shop/route:/a", .enforce),
            .mode("waf/rule:1", .observe),
            .mode("waf/app:shop/rule:2", .off),
            .mode("waf/app:shop/route:/a/rule:1", .off)
        )
        func mode(_ rule: Int, _ line: String, _ app: String) throws -> String {
            let mode = snapshot.mode(of: RuleID(rule), .webFirewall, for: try request(line, app: app), at: 5)
            return "\(mode.mode) \(mode.scope?.description ?? "-")"
        }
        #expect(try mode(1, "GET /a", "shop") == "off waf/app:shop/route:/a/rule:1")
        #expect(try mode(1, "GET /b", "shop") == "observe waf/rule:1")
        #expect(try mode(2, "GET /a", "shop") == "off waf/app:shop/rule:2")
        #expect(try mode(2, "GET /a", "blog") == "observe -")
        #expect(try mode(3, "GET /a", "shop") == "enforce waf/app:shop/route:/a")
    }

    @Test func `workloads and namespaces have modes as applications and routes do`() throws {
        let snapshot = try snapshot(
            .mode("containers", .off),
            .mode("containers/namespace:prod", .observe),
            .mode("containers/namespace:prod/workload:api", .enforce),
            .mode("containers/workload:batch", .enforce)
        )
        func scope(_ namespace: String?, _ workload: String?) -> String? {
            let facts = ActivityFacts(namespace: namespace, workload: workload)
            return snapshot.mode(of: .containerBehavior, for: facts, at: 5).scope?.description
        }
        #expect(scope("prod", "api") == "containers/namespace:prod/workload:api")
        #expect(scope("prod", "web") == "containers/namespace:prod")
        #expect(scope("prod", "batch") == "containers/workload:batch")
        #expect(scope("dev", "api") == "containers")
        #expect(scope(nil, nil) == "containers")
    }

    @Test func `a setting that has ended makes room for the next wider one`() throws {
        let snapshot = try snapshot(
            .mode("waf", .observe),
            .mode("waf/app:shop", .enforce, expires: 200),
            .mode("waf/app:shop/route:/a/*", .observe, expires: 150),
            .mode("waf/app:shop/route:/a/b", .off, expires: 100)
        )
        let facts = try request("GET /a/b")
        let scopes: [Int64: String] = [
            99: "waf/app:shop/route:/a/b", 100: "waf/app:shop/route:/a/*", 150: "waf/app:shop", 199: "waf/app:shop",
            200: "waf",
        ]
        for (time, scope) in scopes {
            #expect(snapshot.mode(of: .webFirewall, for: facts, at: time).scope?.description == scope, "at \(time)")
        }
    }

    @Test(arguments: ["GET //login", "GET /x/../login", "GET /login;a", "GET /%2e/files/x", "GET /files%2fx"])
    func `an ambiguous path gets the strictest mode of any route`(line: String) throws {
        let facts = try request(line)
        let lax = try snapshot(.mode("waf/app:shop", .enforce), .mode("waf/app:shop/route:/files/*", .off))
        #expect(lax.mode(of: .webFirewall, for: facts, at: 5).scope?.description == "waf/app:shop")
        let strict = try snapshot(
            .mode("waf/app:shop", .off),
            .mode("waf/app:shop/route:/login", .enforce, expires: 100),
            .mode("waf/route:/files/*", .observe)
        )
        #expect(strict.mode(of: .webFirewall, for: facts, at: 5).scope?.description == "waf/app:shop/route:/login")
        #expect(strict.mode(of: .webFirewall, for: facts, at: 100).scope?.description == "waf/route:/files/*")
        #expect(strict.mode(of: .webFirewall, for: try request(line, app: "blog"), at: 5).mode == .observe)
    }

    /// The tree of routes against the patterns themselves, one by one.
    @Test func `routes are found as their patterns say`() throws {
        var numbers = SeededNumbers(state: 11)
        let words = ["a", "b", "c", "{x}"]
        func path(_ words: [String], _ limit: Int) -> String {
            "/"
                + (0..<Int.random(in: 0...limit, using: &numbers)).map { _ in
                    words.randomElement(using: &numbers) ?? "a"
                }
                .joined(separator: "/")
        }
        for _ in 0..<60 {
            var patterns: [RoutePattern] = []
            for _ in 0..<15 {
                let method = ["", "GET ", "POST "].randomElement(using: &numbers) ?? ""
                var text = path(words, 4)
                if Bool.random(using: &numbers) { text += text == "/" ? "*" : "/*" }
                let pattern = try RoutePattern(parsing: method + text)
                if !patterns.contains(pattern) { patterns.append(pattern) }
            }
            let table = RouteTable(
                patterns.enumerated().map { RouteTable.Entry(pattern: $1, expires: .max, value: $0) }
            )
            for _ in 0..<60 {
                let path = RoutePath(path(["a", "b", "c", "d"], 5))
                let method = Array((["GET", "POST", "PUT", "HEAD"].randomElement(using: &numbers) ?? "").utf8)[...]
                let covering = patterns.indices.filter { patterns[$0].covers(path, method: method) }
                let found = table.value(path, method: method, at: 0)
                #expect(found.map(covering.contains) ?? covering.isEmpty)
                guard let found else { continue }
                let best = covering.map { rank(patterns[$0]) }.max { $0.lexicographicallyPrecedes($1) }
                #expect(rank(patterns[found]) == best)
            }
        }
    }

    /// Greater for the pattern that wins: segment by segment a literal before a parameter before the end; then a method.
    private func rank(_ pattern: RoutePattern) -> [Int] {
        pattern.segments.map { $0 == .parameter ? 1 : 2 } + [pattern.coversBelow ? 0 : 3]
            + [pattern.method == nil ? 0 : 1]
    }
}
