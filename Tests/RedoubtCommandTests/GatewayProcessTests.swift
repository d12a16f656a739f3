// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Glibc
import Testing

@testable import Evidence

/// Runs the gateway as people do: as a process, with signals, in front of a small server.
struct GatewayProcessTests {
    private func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-gw-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func write(_ text: String, _ name: String, in folder: URL) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    private func rules(denying word: String) -> String {
        """
        SecRuleEngine On
        SecRule ARGS "@contains \(word)" "id:1,phase:2,deny,status:403,log,msg:'found \(word)'"

        """
    }

    @Test func `denies, reloads and drains`() throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        try write(rules(denying: "first"), "rules.conf", in: folder)
        try write("mode: enforce\nrules: [rules.conf]\nerror_log: error.log\n", "redoubt.yaml", in: folder)
        let gateway = try RunningProgram(
            ["gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)"],
            in: folder
        )
        let port = try gateway.port()
        #expect(try fetch(port: port, target: "/?a=hello").hasSuffix("\r\n\r\n/?a=hello"))
        #expect(try fetch(port: port, target: "/?a=first").hasPrefix("HTTP/1.1 403 "))
        #expect(try fetch(port: port, target: "/?a=second").hasPrefix("HTTP/1.1 200 "))

        try write(rules(denying: "second"), "rules.conf", in: folder)
        gateway.signal(SIGHUP)
        try gateway.expect("notice: reloaded")
        #expect(try fetch(port: port, target: "/?a=first").hasPrefix("HTTP/1.1 200 "))
        #expect(try fetch(port: port, target: "/?a=second").hasPrefix("HTTP/1.1 403 "))

        try write("SecRule nonsense\n", "rules.conf", in: folder)
        gateway.signal(SIGHUP)
        try gateway.expect("not reloaded, the running configuration stays")
        #expect(gateway.text.contains("rules.conf:1:"))
        #expect(try fetch(port: port, target: "/?a=second").hasPrefix("HTTP/1.1 403 "))

        try write("mode: loud\n", "redoubt.yaml", in: folder)
        gateway.signal(SIGHUP)
        try gateway.expect("redoubt.yaml:1:7: error: mode: loud")
        #expect(try fetch(port: port, target: "/?a=second").hasPrefix("HTTP/1.1 403 "))

        let slow = Answer()
        Thread.detachNewThread { slow.set(try? fetch(port: port, target: "/slow")) }
        usleep(200_000)
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
        #expect(slow.wait().hasSuffix("\r\n\r\n/slow"))
        #expect(throws: SocketError.self) { try fetch(port: port, target: "/") }
        let log = try String(contentsOf: folder.appendingPathComponent("error.log"), encoding: .utf8)
        #expect(log.contains("found first") && log.contains("found second"))
    }

    @Test func `records what it blocks before it answers`() async throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        try write(rules(denying: "evil"), "rules.conf", in: folder)
        try write("mode: enforce\nrules: [rules.conf]\nerror_log: error.log\n", "redoubt.yaml", in: folder)
        let arguments = ["gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)"]
        let gateway = try RunningProgram(arguments, in: folder)
        let port = try gateway.port()
        let evidence = LogFolder(folder.appendingPathComponent("data/evidence").path)
        for count in 1...3 {
            #expect(try fetch(port: port, target: "/?a=evil").hasPrefix("HTTP/1.1 403 "))
            // Read while the gateway runs: what it has answered is there.
            let decisions = try Self.leaves(evidence).filter { $0.kind.description == "decision.blocked" }
            #expect(decisions.count == count)
        }
        let leaf = try #require(try Self.leaves(evidence).last { $0.kind.description == "decision.blocked" })
        let decision = try JSONDecoder().decode(Decision.self, from: Data(leaf.content))
        #expect(decision.rule == RuleID(1) && decision.mode == .enforce && decision.disposition == .blocked)
        #expect(decision.subject?.description == "address:127.0.0.1")
        #expect(decision.message.contains(": found evil;") && decision.message.hasPrefix("incident "))
        #expect(try fetch(port: port, target: "/?a=good").hasPrefix("HTTP/1.1 200 "))

        // The folder has one writer.
        let second = try RunningProgram(arguments, in: folder)
        #expect(second.status() == 3)
        #expect(second.text.contains("choose another with --data"), "\(second.text)")

        gateway.signal(SIGHUP)
        try gateway.expect("notice: reloaded")
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
        let kinds = try Self.leaves(evidence).map(\.kind.description)
        #expect(kinds.filter { $0 == "gateway.configured" }.count == 2 && kinds.first == "gateway.configured")
        #expect(kinds.filter { $0 == "decision.blocked" }.count == 3)
        let report = try EvidenceVerifier.verify(evidence, known: [])
        #expect(report.isIntact && report.signedLeaves == kinds.count, "\(report)")
        // The events, observed ones too, are covered by the hashes of their blocks.
        let blocks = try Self.leaves(evidence).filter { $0.kind.description == "events.stored" }
        let counts = try blocks.map { leaf in
            let json = try JSONSerialization.jsonObject(with: Data(leaf.content)) as? [String: Any]
            #expect((json?["sha256"] as? String)?.count == 64 && json?["file"] as? String != nil)
            return json?["events"] as? Int ?? 0
        }
        #expect(counts.reduce(0, +) == 4, "\(kinds)")
    }

    @Test func `records every exchange, for events list to show`() throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        try write(rules(denying: "evil"), "rules.conf", in: folder)
        let arguments = [
            "gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)",
            "--rules", "rules.conf",
        ]
        let before = try RunningProgram(["events", "list"], in: folder)
        #expect(before.status() == 2)
        #expect(before.text.contains("there are no events"), "\(before.text)")
        let gateway = try RunningProgram(arguments, in: folder)
        let port = try gateway.port()
        for number in 0..<5 { _ = try fetch(port: port, target: "/page/\(number)?a=good") }
        _ = try fetch(port: port, target: "/page/bad?a=evil")

        // While the gateway writes: blocks close after two seconds.
        let isThere = { (text: String) throws in
            let list = try RunningProgram(["events", "list", "--format", "ndjson"], in: folder)
            #expect(list.status() == 0, "\(list.text)")
            return list.text.contains(text)
        }
        for _ in 0..<100 where try !isThere("/page/bad") { usleep(100_000) }

        // A second gateway on the same folder serves, and says that it does not record.
        let second = try RunningProgram(arguments, in: folder)
        _ = try second.port()
        #expect(second.text.contains("exchanges are not recorded"), "\(second.text)")
        second.signal(SIGTERM)
        #expect(second.status() == 0)
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0)
        #expect(gateway.text.contains("recorded events=6 lost=0"), "\(gateway.text)")

        func list(_ arguments: String...) throws -> String {
            let list = try RunningProgram(["events", "list"] + arguments, in: folder)
            #expect(list.status() == 0, "\(list.text)")
            return list.text
        }
        let all = try list()
        #expect(all.split(separator: "\n").count == 7 && all.contains("GET /page/0"), "\(all)")
        #expect(all.contains("would be blocked  1"))
        let bad = try list("--contains", "/page/bad", "--format", "json")
        #expect(bad.hasPrefix(#"{"events":[{"activity_id":3,"#) && bad.hasSuffix("],\"cursor\":null}\n"), "\(bad)")
        #expect(!bad.contains("a=evil"))
        #expect(try list("--client", "127.0.0.1", "--since", "1h").split(separator: "\n").count == 7)
        #expect(try list("--client", "192.0.2.1") == "no events\n")
        let page = try list("--limit", "4")
        let cursor = try #require(page.split(separator: "\n").last?.split(separator: " ").last)
        #expect(try list("--limit", "4", "--cursor", String(cursor)).split(separator: "\n").count == 3)
        let wrong = try RunningProgram(["events", "list", "--cursor", "nonsense"], in: folder)
        #expect(wrong.status() == 2)
    }

    @Test func `records nothing where it is told not to`() throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        try write(rules(denying: "evil"), "rules.conf", in: folder)
        let gateway = try RunningProgram(
            [
                "gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)",
                "--rules", "rules.conf", "--no-record",
            ],
            in: folder
        )
        _ = try fetch(port: try gateway.port(), target: "/")
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("data/events").path))
    }

    private static func leaves(_ folder: LogFolder) throws -> [EvidenceLeaf] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.leaves + "/00000000000000000000"))
        var leaves: [EvidenceLeaf] = []
        var rest = Array(bytes)[...]
        while rest.count > LeafRecord.headerLength {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            leaves.append(try EvidenceLeaf(bytes: Array(rest.dropFirst(LeafRecord.headerLength).prefix(length))))
            rest = rest.dropFirst(LeafRecord.headerLength + length)
        }
        return leaves
    }

    @Test func `observes unless told otherwise and writes to standard error`() throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        try write(rules(denying: "evil"), "rules.conf", in: folder)
        let gateway = try RunningProgram(
            [
                "gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)",
                "--rules", "rules.conf",
            ],
            in: folder
        )
        let port = try gateway.port()
        #expect(try fetch(port: port, target: "/?a=evil").hasPrefix("HTTP/1.1 200 "))
        try gateway.expect("found evil")
        gateway.signal(SIGINT)
        #expect(gateway.status() == 0)
    }

    @Test func `serves applications by host and path`() throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        try write(rules(denying: "evil"), "rules.conf", in: folder)
        let site = "upstream: http://127.0.0.1:\(upstream.port)"
        let file = """
            listen: 127.0.0.1:0
            rules: [rules.conf]
            applications:
              - {path: /strict, mode: enforce, \(site)}
              - {path: /free, mode: off, \(site)}
            """
        try write(file, "redoubt.yaml", in: folder)
        let gateway = try RunningProgram(["gateway"], in: folder)
        let port = try gateway.port()
        #expect(try fetch(port: port, target: "/strict?a=evil").hasPrefix("HTTP/1.1 403 "))
        #expect(try fetch(port: port, target: "/free?a=evil").hasPrefix("HTTP/1.1 200 "))
        #expect(!(try fetch(port: port, target: "/elsewhere").hasPrefix("HTTP/1.1 200 ")))
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0)
    }

    @Test func `does not start with rules that do not load, unless on_failure says so`() throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        try write("SecRule nonsense\n", "rules.conf", in: folder)
        let arguments = [
            "gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)",
            "--rules", "rules.conf",
        ]
        let refused = try RunningProgram(arguments, in: folder)
        #expect(refused.status() == 2)
        #expect(refused.text.contains("rules.conf:1:"))
        let closed = try RunningProgram(arguments, in: folder, environment: ["REDOUBT_ON_FAILURE": "closed"])
        let port = try closed.port()
        #expect(try fetch(port: port, target: "/").hasPrefix("HTTP/1.1 503 "))
        try write(rules(denying: "evil"), "rules.conf", in: folder)
        closed.signal(SIGHUP)
        try closed.expect("notice: reloaded")
        #expect(try fetch(port: port, target: "/").hasPrefix("HTTP/1.1 200 "))
        closed.signal(SIGTERM)
        #expect(closed.status() == 0)
    }

    @Test func `says which address is taken and how to choose another`() throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let gateway = try RunningProgram(
            [
                "gateway", "--listen", "127.0.0.1:\(upstream.port)", "--mode", "off",
                "--upstream", "http://127.0.0.1:\(upstream.port)",
            ],
            in: folder
        )
        #expect(gateway.status() == 3)
        #expect(gateway.text.contains("127.0.0.1:\(upstream.port) is in use by another program"))
        #expect(gateway.text.contains("--listen"))
    }

    @Test(arguments: [
        (["gateway"], "no upstream is set"), (["gateway", "--upstream", "x"], "flag --upstream"),
        (["up", "--listen", "0.0.0.0:0"], "the sample shop runs what visitors send it"),
        (["up", "--mode", "off"], "--mode is observe or enforce"),
        (["gateway", "--config", "/nonexistent.yaml"], "/nonexistent.yaml cannot be read"),
        (["config", "check"], "there is no configuration file"),
    ])
    func `refuses settings that cannot be used`(arguments: [String], message: String) throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = try RunningProgram(arguments, in: folder)
        #expect(program.status() == 2)
        #expect(program.text.contains(message), "\(program.text)")
    }

    @Test func `checks and explains the configuration`() throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("mode: enforce\nupsteam: http://a\n", "redoubt.yaml", in: folder)
        let bad = try RunningProgram(["config", "check"], in: folder)
        #expect(bad.status() == 1)
        #expect(bad.text.contains("redoubt.yaml:2:1: error: the configuration has no setting \"upsteam\""))
        #expect(bad.text.contains("did you mean upstream?"))
        let json = try RunningProgram(["config", "check", "redoubt.yaml", "--format", "json"], in: folder)
        #expect(json.status() == 1)
        #expect(json.text.contains(#""errors":1"#))
        try write("mode: enforce\nupstream: http://a\n", "redoubt.yaml", in: folder)
        #expect(try RunningProgram(["config", "check", "redoubt.yaml"], in: folder).status() == 0)
        let explained = try RunningProgram(["config", "explain", "--listen", "127.0.0.1:9"], in: folder)
        #expect(explained.status() == 0)
        #expect(explained.text.contains("flag --listen"))
        #expect(explained.text.contains("redoubt.yaml:1"))
    }
}

/// A result that another thread brings.
private final class Answer: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private var text = ""

    func set(_ text: String?) {
        self.text = text ?? ""
        semaphore.signal()
    }

    func wait() -> String {
        semaphore.wait()
        return text
    }
}
