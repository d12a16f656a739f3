// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

/// Roles of people in parts of the project tree, and reports in formats that users describe, through a server.
struct ProjectRoleCommandTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-roles-\(UUID().uuidString)")
        try write("rules.conf", "SecRuleEngine On\n")
        try write("redoubt.yaml", "rules: [rules.conf]\n")
        let results = ["sql", "xss"].map { rule in
            """
            {"ruleId":"\(rule)","level":"error","message":{"text":"about \(rule)"},"locations":[{"physicalLocation":\
            {"artifactLocation":{"uri":"src/\(rule).py"},"region":{"startLine":10}}}]}
            """
        }
        try write(
            "report.sarif",
            """
            {"version":"2.1.0","runs":[{"tool":{"driver":{"name":"test"}},"results":[\(results.joined(separator: ","))]}]}
            """
        )
    }

    private func write(_ name: String, _ text: String) throws {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: file)
    }

    private func run(_ arguments: String...) throws -> (status: Int32, text: String) {
        try RunningProgram.run(arguments, in: folder)
    }

    private func fine(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let (status, text) = try RunningProgram.run(arguments, in: folder)
        #expect(status == 0, "\(arguments): \(text)", sourceLocation: sourceLocation)
        return text
    }

    /// The server, and the address of its console.
    private func serve(_ upstream: TinyUpstream) throws -> (gateway: RunningProgram, console: String) {
        let gateway = try RunningProgram(
            [
                "gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)", "--console",
                "127.0.0.1:0",
            ],
            in: folder
        )
        _ = try gateway.port()
        try gateway.expect("first login http://127.0.0.1:")
        let place = try #require(gateway.text.firstRange(of: "first login http://127.0.0.1:")).upperBound
        return (gateway, "http://127.0.0.1:\(gateway.text[place...].prefix { $0.isNumber })")
    }

    @Test func `roles in projects are given, shown and taken`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try fine("users", "add", "kim", "--role", "none")
        #expect(try fine("users", "grant", "kim", "triager", "shop/cart").contains("shop/cart"))
        _ = try fine("users", "grant", "kim", "viewer", "a project")
        let list = try fine("users", "list")
        #expect(list.contains("IN PROJECTS") && list.contains("viewer in a project, triager in shop/cart"), "\(list)")
        #expect(try fine("users", "show", "kim").contains("in projects    viewer in a project, triager in shop/cart"))
        let shown = try fine("users", "show", "kim", "--format", "json")
        let user = try #require(try JSONSerialization.jsonObject(with: Data(shown.utf8)) as? [String: Any])
        let grants = try #require(user["grants"] as? [[String: String]])
        let expected = [
            ["project": "a project", "role": "viewer"], ["project": "shop/cart", "role": "triager"],
        ]
        #expect(grants == expected && (user["roles"] as? [String]) == [])
        _ = try fine("users", "revoke", "kim", "a project")
        #expect(try !fine("users", "list").contains("a project"))
        for arguments in [
            ["kim", "admin", "shop"], ["kim", "viewer", "/"], ["nobody", "viewer", "shop"],
        ] {
            let (status, text) = try RunningProgram.run(["users", "grant"] + arguments, in: folder)
            #expect(status == 2, "\(arguments): \(text)")
        }
        #expect(try run("users", "revoke", "kim", "shop").status == 2)
    }

    @Test func `with a token of somebody who is bound, commands reach the own projects only`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let (gateway, console) = try serve(upstream)
        for project in ["pay/api", "payments"] { _ = try fine("vuln", "import", "report.sarif", "--project", project) }
        _ = try fine("users", "add", "kim", "--role", "none")
        _ = try fine("users", "grant", "kim", "triager", "pay")
        let token = try fine(
            "tokens",
            "add",
            "t",
            "--owner",
            "kim",
            "--permission",
            "see",
            "--permission",
            "triage",
            "--permission",
            "upload"
        ).trimmingCharacters(in: .whitespacesAndNewlines)
        func at(_ arguments: String...) throws -> (status: Int32, text: String) {
            try RunningProgram.run(arguments + ["--server", console, "--token", token], in: folder)
        }
        let done = try at("vuln", "triage", "--filter", "severity>=unknown", "--confirm")
        #expect(done.status == 0 && done.text.contains("2 findings changed"), "\(done.text)")
        let projects = try at("vuln", "project", "list")
        #expect(projects.text.contains("pay/api") && !projects.text.contains("payments"))
        #expect(try at("vuln", "import", "report.sarif", "--project", "pay/web").status == 0)
        let elsewhere = try at("vuln", "import", "report.sarif", "--project", "payments")
        #expect(elsewhere.status == 3 && elsewhere.text.contains("is for pay"), "\(elsewhere.text)")
        #expect(try at("vuln", "rules", "list").status == 3)
        _ = try fine("users", "revoke", "kim", "pay")
        #expect(try at("vuln", "project", "list").status == 3)
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
    }

    @Test func `a server takes reports in a format that a mapping in its data folder describes`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let (gateway, console) = try serve(upstream)
        try write(
            "acme.json",
            #"{"acmeVersion":2,"issues":[{"message":"weak","level":"P1","where":{"file":"a.c","line":7},"check":"A1"}]}"#
        )
        _ = try fine("users", "add", "ci", "--role", "triager")
        let token = try fine("tokens", "add", "t", "--owner", "ci", "--permission", "upload")
            .trimmingCharacters(in: .whitespacesAndNewlines)
        func upload() throws -> (status: Int32, text: String) {
            try run("vuln", "import", "acme.json", "--project", "shop", "--server", console, "--token", token)
        }
        #expect(try upload().status == 2)
        // Taken up without a restart, and so is one that is wrong, which is said rather than left out.
        let mapping = """
            name: acme
            match: { has: [acmeVersion, issues] }
            findings: $.issues[*]
            kind: sast
            tool: Acme
            fields:
              title: message
              severity: { path: level, values: { P1: critical } }
              file: where.file
              line: where.line
              identifiers:
                - { type: rule, path: check }
            """
        try write("data/mappings/acme.yaml", mapping.replacing("title: message", with: "titel: message"))
        let wrong = try upload()
        #expect(wrong.status == 2 && wrong.text.contains("did you mean title?"), "\(wrong.text)")
        try write("data/mappings/acme.yaml", mapping)
        let taken = try upload()
        #expect(taken.status == 0, "\(taken.text)")
        let list = try fine("vuln", "list", "--project", "shop")
        #expect(list.contains("critical") && list.contains("A1") && list.contains("a.c:7"), "\(list)")
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
    }
}
