// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

/// Commands and a gateway that share a data folder.
struct PolicyCommandTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-policy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let rules = """
            SecRuleEngine On
            SecRule ARGS:a "@contains evil" "id:1,phase:1,deny,status:403,log,severity:CRITICAL,msg:'found evil',tag:'attack-sqli'"

            """
        try Data(rules.utf8).write(to: folder.appendingPathComponent("rules.conf"))
        try Data("rules: [rules.conf]\n".utf8).write(to: folder.appendingPathComponent("redoubt.yaml"))
    }

    private func run(_ arguments: String...) throws -> (status: Int32, text: String) {
        try RunningProgram.run(arguments, in: folder)
    }

    private func json(_ arguments: String...) throws -> [String: Any] {
        let (status, text) = try RunningProgram.run(arguments + ["--format", "json"], in: folder)
        #expect(status == 0, "\(text)")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    private func items(_ arguments: String...) throws -> [[String: Any]] {
        let (status, text) = try RunningProgram.run(arguments + ["--format", "json"], in: folder)
        #expect(status == 0, "\(text)")
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(document?["items"] as? [[String: Any]], "\(text)")
    }

    private func status(_ port: Int, _ target: String) throws -> String {
        String(try fetch(port: port, target: target).dropFirst(9).prefix(3))
    }

    /// Waits till a list shows something.
    private func wait(_ arguments: String..., for condition: ([[String: Any]]) -> Bool) throws {
        for _ in 0..<300 {
            let (_, text) = try RunningProgram.run(arguments + ["--format", "json"], in: folder)
            let document = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            if condition(document?["items"] as? [[String: Any]] ?? []) { return }
            usleep(50_000)
        }
        Issue.record("\(arguments) never showed it")
    }

    @Test func `a mode that is set counts at once, is told, recorded, and can be taken back`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let gateway = try RunningProgram(
            ["gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)"],
            in: folder
        )
        let port = try gateway.port()
        #expect(try status(port, "/?a=evil") == "200")
        let set = try json("mode", "set", "waf/app:site", "enforce", "--because", "a test")
        #expect(try status(port, "/?a=evil") == "403")
        #expect(try items("mode", "show").first?["because"] as? String == "a test")
        try wait("decisions", "list") { Set($0.compactMap { $0["disposition"] as? String }) == ["blocked", "changed"] }
        let decision = try #require(set["decision"] as? String)
        _ = try json("decisions", "undo", decision, "--because", "enough")
        #expect(try status(port, "/?a=evil") == "200")
        try wait("detections", "list") { rows in
            Set(rows.compactMap { $0["outcome"] as? String }) == ["would_stop", "blocked"]
                && rows.allSatisfy { $0["rule"] as? String == "1" && $0["kind"] as? String == "sqli" }
        }
        // Numbers are written every two seconds.
        var rehearsal: [String: Any] = [:]
        for _ in 0..<300 where rehearsal["would_stop"] as? Int != 2 {
            rehearsal = try json("rehearse", "waf/app:site")
            usleep(50_000)
        }
        #expect(rehearsal["would_stop"] as? Int == 2 && rehearsal["stopped"] as? Int == 1)
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
        // And without a server, from the folder itself.
        #expect(try items("decisions", "list").count == 3)
        #expect(try run("evidence", "verify").status == 0)
    }

    @Test func `blocks, exceptions and the switch are obeyed`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        // Set before there is any server.
        _ = try json("mode", "set", "waf", "enforce", "--because", "a test")
        let gateway = try RunningProgram(
            ["gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)"],
            in: folder
        )
        let port = try gateway.port()
        #expect(try status(port, "/?a=evil") == "403")
        _ = try json(
            "exceptions",
            "add",
            "--rules",
            "1",
            "--target",
            "ARGS:a",
            "--place",
            "app:site/route:/free",
            "--because",
            "x"
        )
        #expect(try status(port, "/free?a=evil") == "200")
        #expect(try status(port, "/other?a=evil") == "403")
        let refused = try run("block", "add", "127.0.0.1", "--because", "a mistake")
        #expect(refused.status == 2 && refused.text.contains("never blocked"))
        _ = try json("block", "add", "203.0.113.0/24", "--because", "x", "--expires", "8h")
        #expect(try items("block", "list").first?["entity"] as? String == "network:203.0.113.0/24")
        #expect(try run("stand-down", "--because", "it goes wrong").status == 0)
        try gateway.expect("stood down")
        #expect(try status(port, "/other?a=evil") == "200")
        #expect(try run("stand-up", "--because", "mended").status == 0)
        #expect(try status(port, "/other?a=evil") == "403")
    }

    @Test func `the switch that was set while nothing ran holds from the first request, also without a recording`()
        throws
    {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        _ = try json("mode", "set", "waf", "enforce", "--because", "a test")
        #expect(try run("stand-down", "--because", "later").status == 0)
        let gateway = try RunningProgram(
            ["gateway", "--no-record", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)"],
            in: folder
        )
        let port = try gateway.port()
        #expect(gateway.text.contains("stood down"))
        #expect(try status(port, "/?a=evil") == "200")
        #expect(try items("mode", "show").count == 1)
        #expect(try run("stand-up", "--because", "mended").status == 0)
        #expect(try status(port, "/?a=evil") == "403")
    }

    @Test func `an answer that is none of Redoubt's is no empty list`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let (status, text) = try run("mode", "show", "--server", "http://127.0.0.1:\(upstream.port)")
        #expect(status == 3 && text.contains("not one of Redoubt's API"), "\(text)")
    }

    @Test func `mistakes are told with what was expected`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for (arguments, expected) in [
            (["mode", "set", "wof", "enforce", "--because", "x"], "waf"),
            (["mode", "set", "waf", "observe", "--because", " "], "reason"),
            (["block", "remove", "203.0.113.7", "--because", "x"], "there is no block"),
            (["exceptions", "add", "--rules", "5-1", "--because", "x"], "range"),
            (["decisions", "show", "nothing"], "identifier"),
            (["incidents", "show", "01a20130-ad36-7000-8000-000000000001"], "no incident"),
        ] {
            let (status, text) = try RunningProgram.run(arguments, in: folder)
            #expect(status == 2 && text.contains(expected), "\(arguments): \(text)")
        }
        let (status, text) = try run("mode", "show", "--server", "http://127.0.0.1:1")
        #expect(status == 3 && text.contains("cannot be reached"))
    }

    @Test func `users are made by links, and tokens are shown once`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try run("users", "link").text.contains("/start/"))
        #expect(try run("users", "add", "ann", "--role", "admin").text.contains("/start/"))
        let token = try run("tokens", "add", "ci", "--scope", "see", "--owner", "ann").text
        #expect(token.hasPrefix("rdt_"))
        let tokens = try run("tokens", "list").text
        #expect(tokens.contains("ci") && !tokens.contains(token.trimmingCharacters(in: .newlines)))
        #expect(try run("users", "add", "ann").status == 2)
    }
}
