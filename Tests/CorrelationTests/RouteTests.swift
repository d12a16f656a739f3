// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Foundation
import Testing
import VulnerabilityManagement

@testable import Correlation

@Suite struct OpenAPIRouteTests {
    private func read(_ text: String, files: [String: String] = [:]) throws -> OpenAPIRoutes.Result {
        var reader = OpenAPIRoutes(project: 1, source: "api") { files[$0] }
        return try reader.read(Array(text.utf8))
    }

    private func lines(_ result: OpenAPIRoutes.Result) -> [String] {
        result.routes.map { route in
            let code = [route.file, route.line.map(String.init), route.function].compactMap(\.self)
            return "\(route.pattern) \(code.joined(separator: ":"))"
        }
        .sorted()
    }

    @Test func `sources and handlers are read from YAML, below the server's path`() throws {
        let result = try read(
            """
            openapi: 3.1.0
            servers: [{url: 'https://shop.example/api/v1/'}]
            paths:
              /cart/{id}:
                x-redoubt-source: ./src/cart.py
                get: {x-redoubt-source: 'src/cart.py:10', responses: {}}
                put: {x-redoubt-source: 'src/cart.py#replace'}
                delete: {operationId: remove}
              /orders:
                post: {x-openapi-router-controller: shop.orders, operationId: create}
                get: {x-handler: 'shop.orders:index'}
                head: {operationId: shop.orders.peek}
              /plain: {get: {operationId: plain}}
              /files/{name}.json: {get: {x-redoubt-source: src/files.py}}
            """,
            files: ["shop/orders": "shop/orders.py"]
        )
        #expect(
            lines(result) == [
                "DELETE /api/v1/cart/{id} src/cart.py", "GET /api/v1/cart/{id} src/cart.py:10",
                "GET /api/v1/files/{p4} src/files.py", "GET /api/v1/orders shop/orders.py:index",
                "HEAD /api/v1/orders shop/orders.py:peek", "POST /api/v1/orders shop/orders.py:create",
                "PUT /api/v1/cart/{id} src/cart.py:replace",
            ]
        )
        #expect(result.unmapped == 1)
        #expect(result.warnings.isEmpty)
    }

    @Test func `a JSON document of version 2 is read, and what cannot be followed is told with its pointer`() throws {
        let result = try read(
            """
            {"swagger":"2.0","basePath":"/v1","paths":{"/a/{id}":{"get":{"x-handler":"lost.module.show"},
            "post":{"x-redoubt-source":"../../etc/passwd"},"parameters":[],"put":{"x-redoubt-source":"a.js"}}}}
            """
        )
        #expect(lines(result) == ["PUT /v1/a/{id} a.js"])
        #expect(
            result.warnings == [
                "api#/paths/~1a~1{id}/get: no file of the module lost.module was found",
                "api#/paths/~1a~1{id}/post/x-redoubt-source: ../../etc/passwd is no file",
            ]
        )
    }

    @Test(arguments: ["", "{", "[]", "a: [", "{\"openapi\":\"3.1.0\"}", "just text", "openapi: 3\npaths: 7"])
    func `what is no OpenAPI document is refused with one error`(_ text: String) {
        #expect(throws: CorrelationError.self) { try read(text) }
    }

    @Test func `aliases cannot make a small document large`() {
        var text = "openapi: 3.1.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let alias = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(alias)]\n"
        }
        text += "paths: {}\n"
        #expect(throws: CorrelationError.self) { try read(text) }
    }

    @Test func `bytes of any kind never end the program`() {
        var generator = SplitMix(state: 20_261_122)
        let whole = Array(
            #"{"openapi":"3.1.0","paths":{"/a/{id}":{"get":{"x-redoubt-source":"src/a.py:1:f"}}}}"#.utf8
        )
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: .min ... .max, using: &generator)
            }
            var reader = OpenAPIRoutes(project: 1, source: "api") { _ in nil }
            guard let result = try? reader.read(bytes) else { continue }
            #expect(result.routes.count <= 1)
        }
    }
}

@Suite struct RouteAnnotationTests {
    @Test func `comments at handlers are found in a folder, with their lines`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "redoubt-routes-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ path: String, _ text: String) throws {
            let url = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        try write(
            "src/cart.py",
            "import a\n# redoubt: route GET /cart/{id}\ndef show():\n\n# redoubt: route POST /cart\n"
        )
        try write("web/app.ts", "/* redoubt: route * /health */\r\n")
        try write("src/bad.go", "\n\n// redoubt: route GET cart\n")
        try write("node_modules/x/index.js", "// redoubt: route GET /other\n")
        try write("notes.txt", "redoubt: route GET /text\n")
        let result = try RouteAnnotations(project: 1).read(folder: folder.path)
        let lines = result.routes.map { "\($0.pattern) \($0.file):\($0.line ?? 0)" }.sorted()
        #expect(lines == ["/health web/app.ts:1", "GET /cart/{id} src/cart.py:2", "POST /cart src/cart.py:5"])
        #expect(result.warnings.count == 1)
        #expect(result.warnings.first?.hasPrefix("src/bad.go:3: ") == true)
        #expect(!result.isCut)
        var limits = RouteAnnotations.Limits()
        limits.files = 1
        #expect(try RouteAnnotations(project: 1, limits: limits).read(folder: folder.path).isCut)
    }

    @Test func `a folder that is not there is an error`() {
        #expect(throws: CorrelationError.self) { try RouteAnnotations(project: 1).read(folder: "/nowhere/at/all") }
    }

    @Test(arguments: ["", "/etc/passwd", "../a.py", "a/../../b", "a\u{0}b"])
    func `sources outside of the repository are none`(_ text: String) {
        #expect(RouteSource(parsing: text) == nil)
    }
}

/// Numbers that are the same in each run (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}

@Suite struct RouteStoreTests {
    @Test func `a route that is known before the first scan leaves the project's branch to that scan`() async throws {
        let world = try await TestWorld()
        try world.add("GET /cart/{id}", "src/cart.py")
        #expect(try world.store.project("shop")?.branch.isEmpty == true)
        try world.take(TestReports.sast(), branch: "trunk")
        #expect(try world.store.project("shop")?.branch == "trunk")
        try await world.detect([TestAttack()])
        try world.run()
        #expect(try world.finding().attacks == 1)
        // What was said once stays.
        try world.take(TestReports.sast(), branch: "feature")
        try world.add("GET /orders/{id}", "src/orders.py")
        #expect(try world.store.project("shop")?.branch == "trunk")

        try world.add("GET /a", "a.py", project: "other")
        try world.take(TestReports.sast(), project: "other")
        #expect(try world.store.project("other")?.branch == "main")
        await world.end()
    }

    private func members(_ record: TriageRecord) throws -> [String: String] {
        let json = try JSONReader.read(record.content)
        var members: [String: String] = [:]
        for name in [
            "by", "project", "route", "file", "function", "line", "application", "host", "source", "origin", "routes",
            "sha256", "applications",
        ] {
            members[name] = json[name]?.text
        }
        return members
    }

    @Test func `the ledger's entries of routes and applications say who, where and what`() throws {
        var route = AttackRoute(
            project: 1,
            pattern: try RoutePattern(parsing: "GET /a/{x}"),
            file: "a.py",
            origin: .hand
        )
        (route.function, route.line, route.host) = ("show", 10, "shop.example")
        let added = TriageRecord.route(route, isAdded: true, project: "shop", maker: "ada")
        #expect(added.kind == "triage.route-added")
        #expect(
            try members(added) == [
                "by": "ada", "project": "shop", "route": "GET /a/{x}", "file": "a.py", "function": "show", "line": "10",
                "host": "shop.example",
            ]
        )
        #expect(
            TriageRecord.route(route, isAdded: false, project: "shop", maker: "ada").kind == "triage.route-removed"
        )

        let imported = TriageRecord.routes([route], from: "api.yaml", .openAPI, project: "shop", maker: "ci")
        #expect(imported.kind == "triage.routes-imported")
        let known = try members(imported)
        #expect(known["source"] == "api.yaml" && known["routes"] == "1" && known["by"] == "ci")
        route.line = 11
        let other = try members(TriageRecord.routes([route], from: "api.yaml", .openAPI, project: "shop", maker: "ci"))
        #expect(known["sha256"]?.count == 64 && known["sha256"] != other["sha256"])

        let application = AttackApplication(project: 1, application: "shop", host: "shop.example")
        let set = TriageRecord.applications([application], project: "shop", maker: "ada")
        #expect(set.kind == "triage.applications-set")
        #expect(try members(set)["applications"] == "shop at shop.example")
    }
}
