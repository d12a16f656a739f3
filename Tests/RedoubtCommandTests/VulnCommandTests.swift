// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

/// `redoubt vuln` as people and pipelines call it.
final class VulnCommandTests {
    private let folder: URL
    private var database: String { "sqlite:\(folder.path)/findings.sqlite" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-vuln-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: Running

    private func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    private func vuln(_ arguments: String...) throws -> (status: Int32, text: String) {
        try RunningProgram.run(["vuln"] + arguments, in: folder)
    }

    /// Runs a command on the database that has to succeed, and reads its JSON.
    private func json(_ arguments: String...) throws -> Any {
        let all = ["vuln"] + arguments + ["--database", database, "--format", "json"]
        let (status, text) = try RunningProgram.run(all, in: folder)
        try #require(status == 0, "\(all): \(text)")
        return try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    private func findings(_ arguments: String...) throws -> [[String: Any]] {
        let all = ["vuln", "list"] + arguments + ["--database", database, "--format", "json"]
        let (status, text) = try RunningProgram.run(all, in: folder)
        try #require(status == 0, "\(text)")
        let line = try #require(text.split(separator: "\n").first)
        let answer = try JSONSerialization.jsonObject(with: Data(line.utf8))
        // All findings of a project are an array, a page of a filter's is an object.
        return try #require((answer as? [String: Any])?["items"] as? [[String: Any]] ?? answer as? [[String: Any]])
    }

    /// A log of SARIF with findings of these numbers.
    private func report(_ name: String, _ numbers: [Int]) throws -> String {
        let results = numbers.map { number in
            """
            {"ruleId":"\(number % 2 == 0 ? "sqli" : "xss")","level":"\(number < 3 ? "error" : "warning")",\
            "message":{"text":"weak at \(number)"},"locations":[{"physicalLocation":{"artifactLocation":\
            {"uri":"src/f\(number).py"},"region":{"startLine":\(10 + number)}}}]}
            """
        }
        return try file(
            name,
            #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"scanner"}},"results":[\#(results.joined(separator: ","))]}]}"#
        )
    }

    private func take(_ report: String, _ more: String...) throws -> [String: Any] {
        let all =
            ["vuln", "import", report, "--project", "shop/cart", "--database", database, "--format", "json"] + more
        let (status, text) = try RunningProgram.run(all, in: folder)
        try #require(status == 0, "\(text)")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    // MARK: The list

    @Test func `a report becomes a list that a second report corrects`() throws {
        let first = try take(try report("first.sarif", [0, 1, 2, 3, 4]))
        #expect(first["new"] as? Int == 5 && first["findings"] as? Int == 5 && first["seconds"] is Double)
        let again = try take(try report("first.sarif", [4, 3, 2, 1, 0]))
        #expect(again["new"] as? Int == 0 && again["same"] as? Int == 5 && again["gone"] as? Int == 0)
        let partial = try take(try report("part.sarif", [0]), "--partial")
        #expect(partial["gone"] as? Int == 0)
        let third = try take(try report("third.sarif", [0, 1, 2, 5]))
        #expect(third["new"] as? Int == 1 && third["gone"] as? Int == 2)

        let list = try findings("--project", "shop/cart")
        #expect(list.count == 6)
        for name in ["id", "state", "severity", "rule", "title", "first_seen", "last_seen", "priority"] {
            #expect(list.allSatisfy { $0[name] != nil }, "\(name)")
        }
        let place = try #require(list.first { $0["title"] as? String == "weak at 2" }?["location"] as? [String: Any])
        #expect(place["path"] as? String == "src/f2.py" && place["line"] as? Int == 12)

        let id = try #require(list.first?["id"] as? String)
        let shown = try #require(try json("show", id) as? [String: Any])
        #expect(shown["id"] as? String == id)
        #expect(try vuln("explain", id, "--database", database).text.contains("priority"))
        #expect(try vuln("fsck", "--database", database).status == 0)
    }

    @Test func `what cannot be read is one line and exit code 2, and the other files are read`() throws {
        let bad = try file("bad.json", #"{"version":"2.1.0","runs":[{"tool":"#)
        let good = try report("good.sarif", [1])
        let (status, text) = try vuln("parse", bad, good, "--format", "json")
        #expect(status == 2)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.contains { $0.hasPrefix("redoubt: \(bad): ") })
        #expect(lines.contains { $0.hasPrefix(#"{"format":"sarif-json""#) })
        #expect(try vuln("import", bad, "--project", "shop", "--database", database).status == 2)
        #expect(try vuln("show", "0190-no-id", "--database", database).status == 2)
        #expect(
            try vuln("list", "--filter", "severty=high", "--database", database).text.contains("did you mean severity?")
        )
    }

    // MARK: Deciding

    @Test func `bulk triage is shown, taken, recorded as evidence and undone`() throws {
        _ = try take(try report("first.sarif", Array(0..<6)))
        let dry = ["triage", "--filter", "rule=xss", "--dismiss", "false_positive", "-m", "a template escapes it"]
        let all = dry + ["--database", database]
        #expect(try RunningProgram.run(["vuln"] + all + ["--dry-run"], in: folder).status == 0)
        #expect(try findings("--filter", "state=dismissed").isEmpty)
        let (status, text) = try RunningProgram.run(["vuln"] + all + ["--by", "ada", "--format", "json"], in: folder)
        #expect(status == 0, "\(text)")
        let dismissed = try findings("--filter", "state=dismissed")
        #expect(dismissed.count == 3 && dismissed.allSatisfy { $0["reason"] as? String == "false_positive" })
        let result = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let act = try #require(result["act"] as? Int)

        // What people decided stays when the scanner says it again.
        _ = try take(try report("again.sarif", Array((0..<6).reversed())))
        #expect(try findings("--filter", "state=dismissed").count == 3)
        _ = try json("triage", "undo", "\(act)", "-m", "it does not")
        #expect(try findings("--filter", "state=dismissed").isEmpty)

        let ledger = folder.path + "/findings.sqlite.evidence"
        let verified = try RunningProgram.run(["evidence", "verify", "--log", ledger], in: folder)
        #expect(verified.status == 0, "\(verified.text)")
    }

    @Test func `a rating has an end`() throws {
        _ = try take(try report("first.sarif", Array(0..<6)))
        _ = try json("triage", "--filter", "rule=sqli", "--severity", "info", "--until", "30d", "-m", "not reachable")
        let rated = try findings("--filter", "rule=sqli")
        #expect(rated.allSatisfy { $0["severity"] as? String == "info" && $0["rated_until"] != nil })
        #expect(Set(rated.compactMap { $0["reported_severity"] as? String }) == ["high", "medium"])
        let refused = try vuln("triage", "--filter", "rule=sqli", "--confirm", "--until", "30d", "--database", database)
        #expect(refused.status == 2 && refused.text.contains("--accept-until"))
    }

    @Test func `a rule holds for what comes later`() throws {
        _ = try take(try report("first.sarif", [0, 1]))
        _ = try json(
            "rules",
            "add",
            "tests",
            "--filter",
            "path:src/f*.py rule=xss",
            "--dismiss",
            "used_in_tests",
            "-m",
            "only tests"
        )
        #expect(try findings("--filter", "state=dismissed").count == 1)
        let result = try take(try report("second.sarif", [0, 1, 3, 5]))
        #expect(result["triaged"] as? Int == 2)
        #expect(try findings("--filter", "state=dismissed").count == 3)
    }

    @Test func `a filter is kept under a name, listed by it, and removed`() throws {
        _ = try json("import", try report("first.sarif", Array(0..<6)), "--project", "shop")
        let place = ["--database", database]
        func run(_ arguments: String...) throws -> (status: Int32, text: String) {
            try RunningProgram.run(["vuln", "view"] + arguments + place, in: folder)
        }
        for (name, filter, sort) in [("Injections", "rule=sqli", "age"), ("all of them", "priority>=0", "priority")] {
            let saved = try run("save", name, "--filter", filter, "--sort", sort)
            #expect(saved.status == 0 && saved.text.contains("the view \(name) is kept"), "\(saved.text)")
        }
        let views = try #require(try json("view", "list") as? [[String: Any]])
        #expect(views.map { $0["name"] as? String } == ["Injections", "all of them"])
        #expect(views.map { $0["sort"] as? String } == ["age", "priority"])
        #expect(views.allSatisfy { $0["own"] as? Bool == true && $0["shared"] as? Bool == false })
        let listed = try findings("--view", "Injections")
        #expect(listed.count == 3 && listed.allSatisfy { $0["rule"] as? String == "sqli" })
        #expect(try findings("--view", "all of them", "--limit", "4").count == 4)
        #expect(try run("save", "x", "--filter", "opn").status == 2)
        #expect(try run("save", "x", "--filter", "open", "--sort", "worst").status == 2)
        #expect(try run("save", "", "--filter", "open").status == 2)
        #expect(try run("remove", "all of them").status == 0)
        #expect(try run("remove", "all of them").status == 2)
        for arguments in [["--view", "all of them"], ["--view", "Injections", "--filter", "open"]] {
            #expect(try RunningProgram.run(["vuln", "list"] + arguments + place, in: folder).status == 2)
        }
    }

    @Test func `a gate fails a branch for what its baseline does not have`() throws {
        _ = try take(try report("main.sarif", [0, 1]))
        _ = try take(try report("branch.sarif", [0, 1, 2]), "--branch", "feature")
        let gate = ["vuln", "gate", "--project", "shop/cart", "--branch", "feature", "--baseline", "main"]
        let place = ["--database", database]
        let strict = try RunningProgram.run(gate + ["--fail-on", "new severity>=high"] + place, in: folder)
        #expect(strict.status == 1 && strict.text.contains("weak at 2"), "\(strict.text)")
        let mild = try RunningProgram.run(gate + ["--fail-on", "new severity=critical"] + place, in: folder)
        #expect(mild.status == 0, "\(mild.text)")
        let wrong = try RunningProgram.run(gate + ["--fail-on", "new severity>=hihg"] + place, in: folder)
        #expect(wrong.status == 2)
    }

    // MARK: Formats

    @Test func `an export is read again as what it was`() throws {
        _ = try take(try report("first.sarif", Array(0..<5)))
        let path = folder.path + "/out.sarif"
        let export = try vuln(
            "export",
            "--project",
            "shop/cart",
            "--format",
            "sarif",
            "--output",
            path,
            "--database",
            database
        )
        #expect(export.status == 0, "\(export.text)")
        let parsed = try vuln("parse", path, "--format", "json")
        let line = try #require(try JSONSerialization.jsonObject(with: Data(parsed.text.utf8)) as? [String: Any])
        #expect((line["findings"] as? [Any])?.count == 5)
    }

    @Test func `a format of one's own is described in YAML`() throws {
        let report = try file(
            "acme.json",
            #"{"acmeVersion":2,"issues":[{"message":"weak","level":"P1","where":{"file":"a.c","line":7},"check":"A1"}]}"#
        )
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
        #expect(try vuln("parse", report).status == 2)
        let named = try vuln("parse", report, "--mapping", try file("acme.yaml", mapping), "--format", "json")
        #expect(named.status == 0 && named.text.contains(#""severity":"critical""#), "\(named.text)")

        // Beside the database it needs no name.
        _ = try file("mappings/acme.yaml", mapping)
        #expect(try take(report)["new"] as? Int == 1)
        #expect(try findings("--filter", "open")[0]["rule"] as? String == "A1")

        let wrong = try file("wrong.yaml", mapping.replacing("title: message", with: "titel: message"))
        let refused = try vuln("parse", report, "--mapping", wrong)
        #expect(refused.status == 2 && refused.text.contains("did you mean title?"), "\(refused.text)")
        let deep = try file("deep.yaml", String(repeating: "[", count: 100_000))
        #expect(try vuln("parse", report, "--mapping", deep).status == 2)
    }

    @Test func `feeds say what is exploited, and an inventory is matched`() throws {
        let advisory = try file(
            "osv/GHSA-1.json",
            """
            {"id":"GHSA-35jh-r3h4-6jhm","modified":"2024-01-01T00:00:00Z","aliases":["CVE-2021-23337"],"summary":"lodash",
            "affected":[{"package":{"ecosystem":"npm","name":"lodash"},
            "ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"4.17.21"}]}]}]}
            """
        )
        let exploited = try file(
            "kev.json",
            """
            {"title":"CISA Catalog of Known Exploited Vulnerabilities","catalogVersion":"2026.11.01",
            "dateReleased":"2026-11-01T00:00:00.000Z","count":1,"vulnerabilities":[{"cveID":"CVE-2021-23337",
            "vendorProject":"lodash","product":"lodash","vulnerabilityName":"lodash","dateAdded":"2026-10-01",
            "shortDescription":"x","requiredAction":"update","dueDate":"2026-10-22",
            "knownRansomwareCampaignUse":"Unknown","notes":"","cwes":["CWE-94"]}]}
            """
        )
        let place = ["--database", database]
        for (kind, path) in [("osv", advisory), ("kev", exploited)] {
            let (status, text) = try RunningProgram.run(["vuln", "feed", "import", kind, path] + place, in: folder)
            #expect(status == 0, "\(text)")
        }
        let bill = try file(
            "bom.json",
            """
            {"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"metadata":{"component":{"type":"application",
            "name":"shop","bom-ref":"shop"}},"components":[{"type":"library","name":"lodash","version":"4.17.20",
            "purl":"pkg:npm/lodash@4.17.20","bom-ref":"lodash"},{"type":"library","name":"lodash","version":"4.17.21",
            "purl":"pkg:npm/lodash@4.17.21","bom-ref":"new"}]}
            """
        )
        let (status, text) = try RunningProgram.run(["vuln", "match", bill, "--project", "shop"] + place, in: folder)
        #expect(status == 0, "\(text)")
        let components = try vuln("components", "LODASH", "--range", "vers:npm/<4.17.21", "--database", database)
        #expect(components.text.contains("lodash 4.17.20  shop") && components.text.contains("1 found"))
        let list = try findings("--filter", "kev vers:npm/<4.17.21")
        #expect(list.count == 1 && list[0]["rule"] as? String != nil, "\(list)")
        #expect(try findings("--filter", "vers:npm/>=4.17.21").isEmpty)
    }
}
