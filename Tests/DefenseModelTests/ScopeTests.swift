// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import DefenseModel

@Suite struct ScopeTests {
    static let texts = [
        "waf", "waf/app:shop", "waf/route:/login", "waf/app:shop/route:POST /login", "waf/app:shop/route:/api/*",
        "waf/app:shop/route:GET /users/{id}/x", "waf/rule:942100", "waf/app:shop/rule:942100",
        "waf/app:shop/route:POST /login/rule:942100", "containers/namespace:prod",
        "containers/namespace:prod/workload:api", "containers/workload:api/rule:Read sensitive file (untrusted) a/b",
        "limits/rule:login-per-address", "waf/route:/", "blocks/app:a.b_c-1",
    ]

    @Test(arguments: texts) func `a scope reads back from its text`(text: String) throws {
        let scope = try Scope(parsing: text)
        #expect(scope.description == text)
        #expect(try decoded(try json(scope), as: Scope.self) == scope)
    }

    @Test func `the parts of a scope are what the text says`() throws {
        let scope = try Scope(parsing: "waf/app:shop/route:post /users/{id}/rule:942100")
        let route = try RoutePattern(parsing: "POST /users/{id}")
        #expect(scope == Scope(.webFirewall, .route(application: "shop", route), rule: RuleID(942100)))
        #expect(scope.description == "waf/app:shop/route:POST /users/{id}/rule:942100")
        #expect(try Scope(parsing: "containers/workload:api").place == .workload(namespace: nil, "api"))
    }

    @Test(arguments: [
        ("", "is no control; expected waf,", 0),
        ("wfa", "is no control; expected waf, rasp", 0), ("waf/", "is no part of a scope", 4),
        ("waf/app", "\"app\" is no part of a scope; did you mean app:?", 4),
        ("waf/apps:shop", "did you mean app:?", 4), ("waf/app:", "1 to 64 letters", 8),
        ("waf/app:sh op", "found \"sh op\"", 8), ("waf/app:shop/", "is no part", 13),
        ("waf/app:shop/app:shop", "app: has no place here", 13), ("waf/route:/a/app:x", "", -1),
        ("waf/route:login", "path that begins with /", 10), ("waf/app:shop/namespace:x", "has no place", 13),
        ("waf/rule:", "1 to 128 bytes", 9), ("waf/app:shop/route:GET /a/../b", "plain segment", 26),
        ("waf/namespace:x/route:/a", "route: has no place", 16), ("waf/workload:a/workload:b", "has no place", 15),
    ])
    func `what is no scope is refused with what was expected and where`(text: String, part: String, offset: Int) {
        guard offset >= 0 else {
            // A route may hold segments that look like parts.
            #expect((try? Scope(parsing: text))?.description == text)
            return
        }
        let error = #expect(throws: ModelError.self) { try Scope(parsing: text) }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.offset == offset)
    }

    @Test func `texts with mistakes are refused or read back`() {
        var numbers = SeededNumbers(state: 2)
        var accepted = 0
        for round in 0..<8_000 {
            let text = mutated(Self.texts[round % Self.texts.count], &numbers)
            guard let scope = try? Scope(parsing: text) else { continue }
            accepted += 1
            #expect((try? Scope(parsing: scope.description)) == scope, "\(text)")
        }
        #expect(accepted > 500)
    }

    @Test func `a scope is narrower the more it says`() throws {
        let order = [
            "waf", "waf/app:shop", "waf/route:/login", "waf/app:shop/route:/login", "waf/rule:1", "waf/app:shop/rule:1",
            "waf/route:/login/rule:1", "waf/app:shop/route:/login/rule:1",
        ]
        let narrowness = try order.map { try Scope(parsing: $0).narrowness }
        #expect(narrowness == Array(0..<8))
    }

    @Test func `a place reads back from its text`() throws {
        for text in ["", "app:shop", "app:shop/route:/a", "namespace:n/workload:w"] {
            #expect(try Scope.Place(parsing: text).description == text)
        }
        #expect(throws: ModelError.self) { try Scope.Place(parsing: "app:shop/rule:1") }
        #expect(throws: ModelError.self) { try Scope.Place(parsing: "waf") }
    }
}
