// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

/// What is done about findings while a server has the data folder, and where none runs.
struct FindingCommandTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-finding-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("SecRuleEngine On\n".utf8).write(to: folder.appendingPathComponent("rules.conf"))
        try Data("rules: [rules.conf]\n".utf8).write(to: folder.appendingPathComponent("redoubt.yaml"))
        let report = Self.report(Self.some.sql, Self.some.note, Self.some.todo)
        try Data(report.utf8).write(to: folder.appendingPathComponent("report.sarif"))
        try Data("* @ada\nsrc/** @kim\n".utf8).write(to: folder.appendingPathComponent("CODEOWNERS"))
    }

    private static func report(_ results: String...) -> String {
        """
        {"version":"2.1.0","runs":[{"tool":{"driver":{"name":"test","rules":[{"id":"sql","properties":{"tags":\
        ["external/cwe/cwe-089"]}},{"id":"note"},{"id":"todo"}]}},"results":[\(results.joined(separator: ","))]}]}
        """
    }

    private static func result(_ rule: String, _ level: String, _ file: String) -> String {
        """
        {"ruleId":"\(rule)","level":"\(level)","message":{"text":"about \(rule)"},"locations":[{"physicalLocation":\
        {"artifactLocation":{"uri":"\(file)"},"region":{"startLine":10}}}]}
        """
    }

    private static let some = (
        sql: result("sql", "error", "src/cart.py"), note: result("note", "note", "test/a.py"),
        todo: result("todo", "warning", "lib/b.py")
    )

    private func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
        try RunningProgram.run(arguments, in: folder)
    }

    private func fine(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let (status, text) = try run(arguments)
        #expect(status == 0, "\(arguments): \(text)", sourceLocation: sourceLocation)
        return text
    }

    private func object(
        _ arguments: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String: Any] {
        let (status, text) = try run(arguments + ["--format", "json"])
        #expect(status == 0, "\(arguments): \(text)", sourceLocation: sourceLocation)
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(document as? [String: Any], "\(text)", sourceLocation: sourceLocation)
    }

    private func findings() throws -> [[String: Any]] {
        let text = try fine("vuln", "list", "--project", "shop/cart", "--format", "json")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    private func finding(_ rule: String) throws -> (id: String, state: String) {
        let found = try #require(try findings().first { $0["rule"] as? String == rule })
        return (try #require(found["id"] as? String), try #require(found["state"] as? String))
    }

    /// All that commands do; the same with a server and without.
    private func actOnFindings() throws {
        _ = try fine("vuln", "import", "report.sarif", "--project", "shop/cart")
        let note = try finding("note").id
        let tried = try object("vuln", "triage", note, "--confirm", "--dry-run")
        #expect(tried["dry_run"] as? Bool == true && tried["findings"] as? Int == 1)
        let act = try object("vuln", "triage", note, "--dismiss", "used_in_tests", "-m", "a test")
        #expect(act["changed"] as? Int == 1 && act["does"] as? String == "dismiss used_in_tests")
        #expect(try finding("note").state == "dismissed")
        let number = try #require(act["act"] as? Int)
        let undone = try object("vuln", "triage", "undo", "\(number)", "-m", "no")
        #expect(undone["restored"] as? Int == 1)
        #expect(try run(["vuln", "triage", "undo", "\(number)"]).status == 2)
        let text = try fine("vuln", "triage", "--filter", "path:test/**", "--accept-until", "30d", "-m", "x")
        #expect(text.contains("1 findings changed") && text.contains("vuln triage undo"))
        _ = try fine("vuln", "triage", note, "--reopen")
        #expect(try fine("vuln", "rules", "test", "--filter", "path:lib/**", "--resolve").contains("1 findings"))
        let rule = try object(
            "vuln",
            "rules",
            "add",
            "tests",
            "--filter",
            "path:lib/**",
            "--dismiss",
            "used_in_tests",
            "-m",
            "x"
        )
        #expect(rule["changed"] as? Int == 1)
        #expect(try run(["vuln", "rules", "add", "tests", "--filter", "path:a", "--confirm"]).status == 2)
        #expect(try fine("vuln", "rules", "list").contains("tests  dismiss used_in_tests  path:lib/**"))
        _ = try fine("vuln", "rules", "remove", "tests")
        #expect(try run(["vuln", "rules", "remove", "tests"]).status == 2)
        #expect(
            try fine("vuln", "project", "set", "shop/cart", "--criticality", "high").contains("assessed differently")
        )
        #expect(try fine("vuln", "project", "list").contains("criticality high"))
        let owners = try object("vuln", "owners", "import", "CODEOWNERS", "--project", "shop/cart")
        #expect(owners["changed"] as? Int == 3 && owners["lines"] as? Int == 2)
        _ = try fine("vuln", "routes", "add", "GET", "/cart/{id}", "src/cart.py", "--project", "shop/cart")
        #expect(try fine("vuln", "routes", "list").contains("src/cart.py  hand"))
        let patch = try object("vuln", "patch", "propose", try finding("sql").id, "--parameter", "id")
        let guarding = try #require(patch["rule"] as? Int)
        #expect((patch["text"] as? String)?.contains("SecRule") == true)
        #expect(
            try object("vuln", "patch", "apply", "\(guarding)", "--because", "till mended")["state"] as? String
                == "observing"
        )
        #expect(
            try object("vuln", "patch", "enforce", "\(guarding)", "--because", "now")["state"] as? String == "enforced"
        )
        #expect(try run(["vuln", "patch", "enforce", "\(guarding)", "--because", "again"]).status == 2)
        #expect(try fine("vuln", "patch", "list").contains("enforced  sqli in id on GET /cart/{id}"))
        let file = folder.appendingPathComponent("data/virtual-patches/\(guarding).conf").path
        #expect(FileManager.default.fileExists(atPath: file))
        _ = try fine("vuln", "patch", "retire", "\(guarding)", "--because", "mended")
        #expect(!FileManager.default.fileExists(atPath: file))
        _ = try fine("vuln", "routes", "remove", "1")
        #expect(try fine("vuln", "fsck").contains("all counts are right"))
    }

    private static let recorded = [
        "triage.dismissed", "triage.undone", "triage.accepted", "triage.reopened", "triage.rule-added",
        "triage.rule-removed", "triage.route-added", "triage.route-removed", "triage.project-set", "triage.owners-set",
        "patch.observing", "patch.enforced", "patch.retired",
    ]

    private func checkEvidence() throws {
        #expect(try run(["evidence", "verify"]).status == 0)
        let evidence = folder.appendingPathComponent("data/evidence")
        var leaves = Data()
        for case let file as URL in try #require(
            FileManager.default.enumerator(at: evidence, includingPropertiesForKeys: nil)
        ) {
            if let bytes = FileManager.default.contents(atPath: file.path) { leaves += bytes }
        }
        for kind in Self.recorded { #expect(leaves.firstRange(of: Data(kind.utf8)) != nil, "\(kind)") }
    }

    @Test func `findings are acted on while a server has the data folder`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let gateway = try RunningProgram(
            ["gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)"],
            in: folder
        )
        _ = try gateway.port()
        try actOnFindings()
        let refused = try run(["vuln", "triage", try finding("sql").id, "--confirm", "--by", "somebody"])
        #expect(refused.status == 2 && refused.text.contains("--by"))
        // A database of its own has nothing to do with that server.
        let own = try run([
            "vuln", "import", "report.sarif", "--project", "a", "--database", "sqlite:own.sqlite",
        ])
        #expect(own.status == 0)
        #expect(
            try run(["vuln", "triage", "--filter", "rule=sql", "--confirm", "--database", "sqlite:own.sqlite"]).status
                == 0
        )
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
        try checkEvidence()
    }

    @Test func `findings are acted on where no server runs`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try actOnFindings()
        try checkEvidence()
    }

    @Test func `a server that is named does it with a token`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
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
        let server = "http://127.0.0.1:\(gateway.text[place...].prefix { $0.isNumber })"
        _ = try fine("users", "add", "ci", "--role", "triager")
        _ = try fine("users", "add", "boss", "--role", "admin")
        func token(_ owner: String, _ more: [String]) throws -> String {
            let (status, text) = try run(["tokens", "add", "test", "--owner", owner] + more)
            #expect(status == 0, "\(text)")
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let upload = try token("ci", ["--permission", "upload", "--project", "shop/cart"])
        #expect(try fine("tokens", "list").contains("shop/cart"))
        func at(_ token: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
            try run(arguments + ["--server", server, "--token", token])
        }
        let taken = try at(upload, ["vuln", "import", "report.sarif", "--project", "shop/cart", "--format", "json"])
        #expect(taken.status == 0 && taken.text.contains("\"new\":3"), "\(taken.text)")
        let elsewhere = try at(upload, ["vuln", "import", "report.sarif", "--project", "shop"])
        #expect(elsewhere.status == 3 && elsewhere.text.contains("is for shop/cart"), "\(elsewhere.text)")
        let dropped = try at(upload, ["vuln", "import", "report.sarif", "--project", "shop/cart", "--confirm-drop"])
        #expect(dropped.status == 3 && dropped.text.contains("triage"), "\(dropped.text)")
        let missing = try at(upload, ["vuln", "import", "nothing.json", "--project", "shop/cart"])
        #expect(missing.status == 2)
        let triager = try token("ci", ["--permission", "see", "--permission", "triage"])
        let id = try finding("note").id
        for arguments in [
            ["vuln", "triage", id, "--confirm"], ["vuln", "rules", "add", "r", "--filter", "rule=note", "--resolve"],
            ["vuln", "rules", "list"], ["vuln", "rules", "remove", "r"], ["vuln", "project", "list"],
            ["vuln", "routes", "add", "GET", "/a", "src/cart.py", "--project", "shop/cart"],
            ["vuln", "routes", "list"],
            ["vuln", "routes", "application", "site", "--project", "shop/cart"], ["vuln", "routes", "remove", "1"],
            ["vuln", "owners", "import", "CODEOWNERS", "--project", "shop/cart"], ["vuln", "patch", "list"],
        ] {
            let answer = try at(triager, arguments)
            #expect(answer.status == 0, "\(arguments): \(answer.text)")
        }
        #expect(try at(triager, ["vuln", "project", "set", "shop/cart", "--exposure", "open"]).status == 3)
        let admin = try token("boss", ["--permission", "see", "--permission", "administer"])
        #expect(try at(admin, ["vuln", "project", "set", "shop/cart", "--exposure", "open"]).status == 0)
        // One takes back what that one did; an administrator also what others did.
        #expect(try at(triager, ["vuln", "triage", "undo", "1"]).status == 0)
        let both = try run(["vuln", "rules", "list", "--server", server, "--database", "sqlite:a.sqlite"])
        #expect(both.status == 2)
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
    }

    @Test func `outputs are told of findings that a filter chooses, whoever takes the report in`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = """
            rules: [rules.conf]
            outputs:
              - file: all.ndjson
                name: all
                events: [findings]
              - file: grave.ndjson
                name: grave
                events: [finding.new]
                findings: severity>=high

            """
        try Data(configuration.utf8).write(to: folder.appendingPathComponent("redoubt.yaml"))
        _ = try fine("vuln", "import", "report.sarif", "--project", "before")
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let gateway = try RunningProgram(
            ["gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)"],
            in: folder
        )
        _ = try gateway.port()
        _ = try fine("vuln", "import", "report.sarif", "--project", "shop/cart")
        let all = try events("all.ndjson", 1)
        let grave = try events("grave.ndjson", 1)
        #expect(all.map { $0["class_uid"] as? Int } == [2002] && all.map { $0["count"] as? Int } == [3])
        #expect(grave.map { $0["count"] as? Int } == [1])
        let told = try #require(grave.first?["vulnerabilities"] as? [[String: Any]])
        #expect((told.first?["cwe"] as? [String: Any])?["uid"] as? String == "CWE-89")
        let fewer = Self.report(Self.some.sql, Self.some.note)
        try Data(fewer.utf8).write(to: folder.appendingPathComponent("fewer.sarif"))
        _ = try fine("vuln", "import", "fewer.sarif", "--project", "shop/cart")
        let gone = try events("all.ndjson", 2)
        #expect(gone.last?["count"] as? Int == 1)
        #expect((gone.last?["metadata"] as? [String: Any])?["log_name"] as? String == "finding.gone")
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
        #expect(try events("grave.ndjson", 1).count == 1)
    }

    /// The events of a file, once there are so many.
    private func events(_ name: String, _ count: Int) throws -> [[String: Any]] {
        var lines: [Substring] = []
        for _ in 0..<600 {
            let text = (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
            lines = text.split(separator: "\n")
            if lines.count >= count { break }
            usleep(50_000)
        }
        #expect(lines.count >= count, "\(name)")
        return try lines.compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    }
}
