// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import HTTPTypes
import Policy
import Testing

@testable import Console

/// Who may do what, from where, and what is refused.
@Suite struct PipelineTests {
    private func withWorld(_ body: (ConsoleWorld) async throws -> Void) async throws {
        let world = try await ConsoleWorld()
        try await world.addUsers()
        do {
            try await body(world)
        } catch {
            await world.close()
            throw error
        }
        await world.close()
    }

    @Test func `every route answers only those to whom it is granted`() async throws {
        try await withWorld { world in
            for role in Role.allCases {
                let visitor = try await Visitor.signedIn(role, world)
                for route in world.console.routes {
                    guard let permission = route.access.permission, !route.path.hasSuffix("/stream"),
                        route.path != "/live/rows"
                    else { continue }
                    let path = route.path.replacing("{id}", with: "0190163d-8694-739b-aea5-966c26f8ad91")
                        .replacing("{index}", with: "0").replacing("{entity}", with: "192.0.2.1")
                        .replacing("{name}", with: "shop").replacing("{transaction}", with: "1.2")
                        .replacing("{vulnerability}", with: "CVE-2021-44228").replacing("{scan}", with: "1")
                    let isForm = if case .form = route.kind { true } else { false }
                    let type = isForm ? MediaTypes.form : MediaTypes.json
                    let (status, text, _) = try await visitor.ask(
                        route.method,
                        path,
                        body: isForm ? "" : "{}",
                        type: type
                    )
                    let isAllowed = role.permissions.contains(permission)
                    #expect((status == 403) == !isAllowed, "\(role) \(route.name): \(status) \(text.prefix(80))")
                }
            }
        }
    }

    @Test func `nobody gets in without signing in, but to what is open`() async throws {
        try await withWorld { world in
            let open = world.console.routes.filter { $0.access == .open }.map(\.path)
            #expect(
                Set(open.filter { !$0.hasPrefix("/assets/") }) == [
                    "/health/live", "/health/ready", "/api/v1/openapi.json", "/login", "/logout", "/start/{secret}",
                    "/sign-in/oidc", "/sign-in/oidc/callback",
                ]
            )
            for path in ["/", "/detections", "/api/v1/detections", "/metrics", "/settings", "/api/v1/me"] {
                let answer = try await Visitor(world).ask(.get, path)
                #expect(answer.status == 401, "\(path)")
            }
        }
    }

    @Test func `what another site sends is refused`() async throws {
        try await withWorld { world in
            let visitor = try await Visitor.signedIn(.admin, world)
            let body = "reason=x"
            let fields: [HTTPFields] = [
                [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"], [.origin: "https://evil.example"],
                [.formToken: "A"], [.formToken: String(repeating: "A", count: 43)],
            ]
            for more in fields {
                let answer = try await visitor.ask(.post, "/stand-down", body: body, type: MediaTypes.form, with: more)
                #expect(answer.status == 403)
            }
            #expect(world.ledger.document.stoodDown == nil)
            let own = try await visitor.ask(.post, "/stand-down", body: body, type: MediaTypes.form)
            #expect(own.status == 303)
            #expect(world.ledger.document.stoodDown != nil)
        }
    }

    @Test func `a request that is sent again is not done again`() async throws {
        try await withWorld { world in
            let visitor = try await Visitor.signedIn(.responder, world)
            let body = #"{"rules":"942100","reason":"prose"}"#
            let key: HTTPFields = [.idempotencyKey: "one"]
            let first = try await visitor.ask(.post, "/api/v1/exceptions", body: body, type: MediaTypes.json, with: key)
            let again = try await visitor.ask(.post, "/api/v1/exceptions", body: body, type: MediaTypes.json, with: key)
            #expect(first.status == 201 && again.status == 201 && first.text == again.text)
            #expect(world.ledger.document.exceptions.count == 1)
            let other = #"{"rules":"1","reason":"prose"}"#
            let reused = try await visitor.ask(
                .post,
                "/api/v1/exceptions",
                body: other,
                type: MediaTypes.json,
                with: key
            )
            #expect(reused.status == 422)
        }
    }

    @Test func `keys of requests that were refused are not held for ever`() async throws {
        try await withWorld { world in
            let visitor = try await Visitor.signedIn(.admin, world)
            let body = #"{"scope":"waf","mode":"enforce","reason":"x"}"#
            func send(_ key: String, _ body: String) async throws -> Int {
                let key: HTTPFields = [.idempotencyKey: key]
                return try await visitor.ask(.post, "/api/v1/modes", body: body, type: MediaTypes.json, with: key)
                    .status
            }
            #expect(try await send("kept", body) == 201)
            // They lie behind one that holds for a day.
            let refused = body.replacing("\"waf\"", with: "\"nowhere\"")
            for number in 0..<(2 * ReplayTable.maximumEntries + 50) {
                let status = try await send("refused-\(number)", refused)
                #expect(status == 422)
            }
            #expect(world.console.pipeline.replays.heldKeys <= 2 * ReplayTable.maximumEntries)
            #expect(try await send("kept", body) == 201)
            #expect(world.ledger.document.revision == 1)
            #expect(try await send("refused-3", body) == 201)
            #expect(world.ledger.document.revision == 2)
        }
    }

    @Test func `who has an old revision is told`() async throws {
        try await withWorld { world in
            let visitor = try await Visitor.signedIn(.admin, world)
            let body = #"{"scope":"waf","mode":"enforce","reason":"x"}"#
            for (tag, status) in [("\"r9\"", 412), ("nonsense", 412), ("\"r0\"", 201), ("\"r0\"", 412)] {
                let answer = try await visitor.ask(
                    .post,
                    "/api/v1/modes",
                    body: body,
                    type: MediaTypes.json,
                    with: [.ifMatch: tag]
                )
                #expect(answer.status == status)
            }
        }
    }

    @Test(arguments: [
        "", "[]", "{", #"{"scope":1}"#, #"{"scope":"waf"}"#, #"{"scope":"waf","mode":"kill","reason":"x"}"#,
        #"{"scope":"nowhere","mode":"off","reason":"x"}"#, #"{"scope":"waf","mode":"off","reason":"x","more":1}"#,
        #"{"scope":"waf","scope":"waf","mode":"off","reason":"x"}"#,
    ])
    func `a body that is wrong changes nothing`(body: String) async throws {
        try await withWorld { world in
            let visitor = try await Visitor.signedIn(.admin, world)
            let status = try await visitor.ask(.post, "/api/v1/modes", body: body, type: MediaTypes.json).status
            #expect([400, 422].contains(status))
            #expect(world.ledger.document.revision == 0)
        }
    }

    @Test func `a cursor is good for its own list only`() async throws {
        try await withWorld { world in
            try await world.record(Sample.day(until: Clock.now(), requests: 400))
            let visitor = try await Visitor.signedIn(.viewer, world)
            let page = try await visitor.ask(.get, "/api/v1/detections?limit=5")
            let json = try JSONReader.read(Array(page.text.utf8))
            let cursor = try #require(json["next"]?.text)
            let second = try await visitor.ask(.get, "/api/v1/detections?limit=5&cursor=\(cursor)")
            #expect(second.status == 200 && second.text != page.text)
            for path in [
                "/api/v1/incidents?cursor=\(cursor)", "/api/v1/detections?severity=high&cursor=\(cursor)",
                "/api/v1/detections?cursor=\(cursor.dropLast())", "/api/v1/detections?cursor=c1.AAAA",
            ] {
                let answer = try await visitor.ask(.get, path)
                #expect(answer.status == 400, "\(path)")
            }
        }
    }

    @Test func `hostile texts are shown and nothing else`() async throws {
        try await withWorld { world in
            let now = Clock.now()
            let exchanges = Sample.hostile.enumerated().map { number, text in
                var exchange = SampleExchange(time: now, client: "192.0.2.\(number + 1)", transaction: "1.\(number)")
                exchange.path = "/" + text
                exchange.agent = text
                exchange.rules = [
                    .init(
                        id: 900 + number,
                        message: text,
                        target: text,
                        severity: 4,
                        kind: text,
                        technique: text,
                        evidence: text
                    )
                ]
                exchange.disposition = 15
                return exchange
            }
            try await world.record(exchanges)
            let visitor = try await Visitor.signedIn(.admin, world)
            var paths = ["/", "/live", "/detections", "/incidents", "/entities", "/rules", "/events?since=1h"]
            let list = try await visitor.ask(.get, "/detections").text
            for part in list.split(separator: "href=\"/detections/").dropFirst() {
                paths.append("/detections/" + part.prefix { $0 != "\"" })
            }
            for path in paths {
                let (status, text, _) = try await visitor.ask(.get, path)
                #expect(status == 200, "\(path)")
                #expect(!text.contains("<script>alert") && !text.contains("<img src=x"), "\(path)")
                #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\0" }, "\(path)")
            }
        }
    }

    @Test func `the document of the API names each operation once`() async throws {
        try await withWorld { world in
            let answer = try await Visitor(world).ask(.get, "/api/v1/openapi.json")
            let paths = try #require(try JSONReader.read(Array(answer.text.utf8))["paths"]?.members)
            let operations = paths.flatMap { $0.value.members ?? [] }.compactMap { $0.value["operationId"]?.text }
            let wanted = world.console.routes.filter { if case .operation = $0.kind { true } else { false } }
            #expect(operations.count == wanted.count && Set(operations).count == operations.count)
        }
    }
}
