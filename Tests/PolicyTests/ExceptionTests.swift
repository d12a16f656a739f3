// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct ExceptionTests {
    private struct Case: CustomTestStringConvertible {
        var rules = "942100"
        var target: String?
        var place = ""
        var client: String?
        var matches: Bool
        var testDescription: String { "\(rules) \(target ?? "-") \(place) \(client ?? "-")" }
    }

    private static let cases: [Case] = [
        Case(matches: true), Case(rules: "942101", matches: false), Case(rules: "942000-942199", matches: true),
        Case(rules: "942101-942199", matches: false), Case(rules: "tag:attack-sqli", matches: true),
        Case(rules: "tag:attack-xss", matches: false), Case(target: "ARGS", matches: true),
        Case(target: "args:Comment", matches: true), Case(target: "ARGS:other", matches: false),
        Case(target: "ARGS_NAMES", matches: false), Case(place: "app:shop", matches: true),
        Case(place: "app:blog", matches: false), Case(place: "app:shop/route:POST /comments/{id}", matches: true),
        Case(place: "route:/comments/*", matches: true), Case(place: "route:GET /comments/*", matches: false),
        Case(client: "192.0.2.1", matches: true), Case(client: "192.0.2.0/24", matches: true),
        Case(client: "192.0.3.0/24", matches: false), Case(client: "user:alice", matches: true),
        Case(client: "user:bob", matches: false),
        Case(target: "ARGS:comment", place: "app:shop/route:/comments/{id}", client: "192.0.2.0/24", matches: true),
    ]

    @Test(arguments: cases.indices)
    func `an exception holds where all its conditions do`(index: Int) throws {
        let item = Self.cases[index]
        let snapshot = try snapshot(
            .exception(1, rules: item.rules, target: item.target, place: item.place, client: item.client, expires: 100)
        )
        let facts = try request("POST /comments/7", "user:alice")
        let detection = detection(target: "ARGS:comment")
        let found = snapshot.exception(for: detection, facts, at: 99)
        #expect((found != nil) == item.matches, "\(item.testDescription)")
        #expect(snapshot.exception(for: detection, facts, at: 100) == nil)
    }

    @Test func `the cheapest exception is the answer`() throws {
        let changes: [PolicyChange] = try [
            .exception(1, rules: "942100", target: "ARGS:q", place: "route:/"), .exception(2, rules: "942000-942999"),
            .exception(3, rules: "tag:attack-sqli", client: "192.0.2.1"),
        ]
        for count in 1...3 {
            let snapshot = PolicySnapshot(try document(Array(changes.suffix(count))), key: key)
            let found = snapshot.exception(for: detection(), try request(), at: 5)
            #expect(found?.id == identifier(count == 1 ? 3 : 2))
        }
    }

    @Test func `a request on an ambiguous path has no exception of a route`() throws {
        let snapshot = try snapshot(.exception(1, place: "app:shop/route:/comments/*"))
        #expect(snapshot.exception(for: detection(), try request("GET /comments/1"), at: 5) != nil)
        #expect(snapshot.exception(for: detection(), try request("GET /comments/../login"), at: 5) == nil)
    }

    @Test func `a detection without a target is not what an exception for a target names`() throws {
        let snapshot = try snapshot(.exception(1, target: "ARGS"))
        #expect(snapshot.exception(for: detection(target: nil), try request(), at: 5) == nil)
    }

    @Test func `an engine is told which exceptions hold for an activity`() throws {
        let snapshot = try snapshot(
            .exception(1, target: "ARGS:a"),
            .exception(2, place: "app:shop"),
            .exception(3, place: "app:blog"),
            .exception(4, expires: 5)
        )
        let found = snapshot.exceptions(of: .webFirewall, for: try request(), at: 5).map(\.id)
        #expect(Set(found) == [identifier(1), identifier(2)])
        #expect(snapshot.exceptions(of: .dataLossPrevention, for: try request(), at: 5).isEmpty)
    }

    @Test func `selectors of rules read back from their texts`() throws {
        for text in ["942100", "942100-942199", "tag:attack-sqli", "Read file", "a-b", "-5"] {
            #expect(try RuleSelector(parsing: text).description == text)
        }
        for text in ["", "9-1", "5-5", "tag:"] {
            #expect(throws: ModelError.self) { try RuleSelector(parsing: text) }
        }
        for text in ["", "ARGS:", ":a", "AR GS", "1ARGS"] {
            #expect(throws: ModelError.self) { try TargetSelector(parsing: text) }
        }
        #expect(try TargetSelector(parsing: "args:User[Name]").description == "ARGS:user[name]")
    }

    @Test func `a review names exceptions that could go`() throws {
        let day = 86_400 * second
        let changes: [PolicyChange] = try [
            .exception(1), .exception(2, expires: 5 * day), .exception(3), .exception(4, expires: 90 * day),
        ]
        var document = try document(changes)
        var young = try #require(document.exceptions[identifier(1)])
        young.id = identifier(5)
        young.by.time = 39 * day
        _ = try document.apply(.addException(young), by: alice)
        let reviews = document.reviewExceptions(uses: [identifier(3): 12], at: 40 * day)
        #expect(reviews.map(\.finding) == [.expired, .unused, .unused, .new, .used])
        #expect(reviews.map(\.exception.id) == [2, 1, 4, 5, 3].map { identifier($0) })
        #expect(reviews.last?.uses == 12)
    }
}
