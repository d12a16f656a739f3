// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL
import TestSupport
import Testing

/// Who is limited, who is blocked by what is known of them, and what people come in through.
struct DoorCommandTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-door-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let rules = "SecRuleEngine On\nSecRule ARGS:a \"@contains evil\" \"id:1,phase:1,deny,status:403,log\"\n"
        try Data(rules.utf8).write(to: folder.appendingPathComponent("rules.conf"))
        try configure("")
    }

    private func configure(_ more: String) throws {
        let text = """
            rules: [rules.conf]
            trusted_proxies: [127.0.0.1]
            identify:
              session: [cookie:sid]
              user: [header:X-Remote-User]
              device: [cookie:device]
            \(more)
            """
        try Data(text.utf8).write(to: folder.appendingPathComponent("redoubt.yaml"))
    }

    private func run(_ arguments: String...) throws -> (status: Int32, text: String) {
        try RunningProgram.run(arguments, in: folder)
    }

    private func withGateway(_ body: (Int) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let gateway = try RunningProgram(
            ["gateway", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(upstream.port)"],
            in: folder
        )
        try body(try gateway.port())
        gateway.signal(SIGTERM)
        #expect(gateway.status() == 0, "\(gateway.text)")
    }

    /// The status of an answer to a client with an address of its own.
    private func status(_ port: Int, _ target: String, from client: String, _ headers: String = "") throws -> String {
        let answer = try fetch(port: port, target: target, headers: "X-Forwarded-For: \(client)\r\n\(headers)")
        return String(answer.dropFirst(9).prefix(3))
    }

    @Test func `limits per address, session and route are observed first and then refuse`() throws {
        try withGateway { port in
            for (name, per, place) in [
                ("by-address", "address", "app:site/route:/address"),
                ("by-session", "session", "app:site/route:/session"),
                ("by-route", "route", "app:site/route:/route"),
            ] {
                let set = try run("limits", "set", name, "2/1h", "--per", per, "--place", place, "--because", "x")
                #expect(set.status == 0, "\(set.text)")
            }
            let list = try run("limits", "list").text
            #expect(list.contains("by-session") && list.contains("2/3600s") && list.contains("app:site/route:/route"))
            for _ in 0..<3 { #expect(try status(port, "/address", from: "198.51.100.1") == "200") }
            #expect(try run("mode", "set", "limits", "enforce", "--because", "x").status == 0)
            for (path, one, other) in [
                ("/address", ("198.51.100.2", ""), ("198.51.100.3", "")),
                ("/session", ("198.51.100.4", "Cookie: sid=a\r\n"), ("198.51.100.4", "Cookie: sid=b\r\n")),
            ] {
                #expect(try status(port, path, from: one.0, one.1) == "200")
                #expect(try status(port, path, from: one.0, one.1) == "200")
                #expect(try status(port, path, from: one.0, one.1) == "429")
                #expect(try status(port, path, from: other.0, other.1) == "200")
                #expect(try status(port, "/elsewhere", from: one.0, one.1) == "200")
            }
            #expect(try status(port, "/route", from: "198.51.100.5") == "200")
            #expect(try status(port, "/route", from: "198.51.100.6") == "200")
            #expect(try status(port, "/route", from: "198.51.100.7") == "429")
            #expect(try run("limits", "remove", "by-route", "--because", "x").status == 0)
            #expect(try status(port, "/route", from: "198.51.100.7") == "200")
        }
    }

    @Test func `users, sessions and devices are blocked by what is known of them`() throws {
        try withGateway { port in
            let client = "198.51.100.9"
            for (entity, headers, other) in [
                ("user:mallory", "X-Remote-User: mallory\r\n", "X-Remote-User: alice\r\n"),
                ("device:d1", "Cookie: a=b; device=\"d1\"\r\n", "Cookie: device=d2; xdevice=d1\r\n"),
                ("203.0.113.0/24", "", ""),
            ] {
                let address = headers.isEmpty ? "203.0.113.8" : client
                #expect(try status(port, "/", from: address, headers) == "200")
                #expect(try run("block", "add", entity, "--because", "x").status == 0)
                #expect(try status(port, "/", from: address, headers) == "403", "\(entity)")
                #expect(try status(port, "/", from: client, other) == "200", "\(entity)")
            }
            // A device was named by its cookie's value, which nobody keeps: not the policy, not the lists.
            let devices = try run("block", "list", "--format", "json").text
            #expect(devices.contains("device:") && !devices.contains("device:d1"), "\(devices)")
            #expect(try run("block", "remove", "device:d1", "--because", "x").status == 0)
            #expect(try status(port, "/", from: client, "Cookie: device=d1\r\n") == "200")
            // What a session is called is told by the events; its secret is not.
            #expect(try status(port, "/", from: client, "Cookie: sid=s3cret\r\n") == "200")
            var session = ""
            for _ in 0..<300 where session.isEmpty {
                let events = try run("events", "list", "--format", "ndjson").text
                #expect(!events.contains("s3cret"))
                session =
                    events.range(of: #"session:[0-9a-f]{32}"#, options: .regularExpression).map { String(events[$0]) }
                    ?? ""
                usleep(50_000)
            }
            #expect(try run("block", "add", session, "--because", "x").status == 0, "\(session)")
            #expect(try status(port, "/", from: client, "Cookie: sid=other; sid=s3cret\r\n") == "403")
            #expect(try status(port, "/", from: client, "Cookie: sid=other\r\n") == "200")
            let list = try run("block", "list").text
            #expect(list.contains("203.0.113.0/24") && !list.contains("network:") && list.contains("user:mallory"))
            #expect(try run("never-block", "add", "user:mallory", "--because", "x").status == 0)
            #expect(try run("never-block", "list").text.contains("user:mallory"))
            #expect(try status(port, "/", from: client, "X-Remote-User: mallory\r\n") == "200")
            #expect(try run("never-block", "remove", "user:mallory", "--because", "x").status == 0)
            #expect(try status(port, "/", from: client, "X-Remote-User: mallory\r\n") == "403")
        }
    }

    @Test func `a command that only looks makes no data folder`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for arguments in [
            ["block", "list"], ["limits", "list"], ["never-block", "list"], ["mode", "show"], ["exceptions", "list"],
            ["detections", "list"], ["incidents", "list"], ["decisions", "list"], ["entities", "list"],
            ["users", "list"], ["tokens", "list"], ["rehearse", "waf"],
        ] {
            let (status, text) = try RunningProgram.run(arguments, in: folder)
            #expect(status == 3 && text.contains("there is no data in"), "\(arguments): \(status) \(text)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `shells are told the commands`(shell: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (status, text) = try run("--generate-completion-script", shell)
        #expect(status == 0 && text.contains("never-block") && text.contains("rehearse"))
    }

    // MARK: TLS

    /// A client that believes one certificate.
    private static func client(_ identity: TestCertificate) throws -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8)))
        return HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: HTTPClient.Configuration(tlsConfiguration: tls)
        )
    }

    private static func answers(_ identity: TestCertificate, _ url: String) async throws -> Bool {
        let client = try client(identity)
        let answer = try? await client.execute(HTTPClientRequest(url: url), timeout: .seconds(300))
        try await client.shutdown()
        return answer != nil
    }

    /// Gateway and console on free ports, once they serve.
    private func up(_ upstream: TinyUpstream) throws -> RunningProgram {
        let program = try RunningProgram(
            [
                "up", "--listen", "127.0.0.1:0", "--console", "127.0.0.1:0", "--upstream",
                "http://127.0.0.1:\(upstream.port)",
            ],
            in: folder
        )
        try program.expect("End with Control-C")
        return program
    }

    @Test func `a reload takes up certificates of gateway and console, and not a bad one`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = try TestCertificate.one.write(to: folder)
        try configure(
            "tls: {certificate: \(certificate), key: \(key)}\nconsole_tls: {certificate: \(certificate), key: \(key)}\n"
        )
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let program = try up(upstream)
        let ports = program.text.matches(of: /https:\/\/(?:localhost|127\.0\.0\.1):([0-9]+)/).compactMap {
            Int($0.output.1)
        }
        let urls = Set(ports).map { "https://localhost:\($0)/login" }
        #expect(urls.count == 2, "\(program.text)")
        for url in urls {
            #expect(try await Self.answers(.one, url))
            #expect(try await !Self.answers(.two, url))
        }
        _ = try TestCertificate.two.write(to: folder)
        program.signal(SIGHUP)
        try program.expect("reloaded")
        for url in urls {
            #expect(try await Self.answers(.two, url))
            #expect(try await !Self.answers(.one, url))
        }
        // A key of another certificate, then no certificate at all.
        try Data(TestCertificate.one.key.utf8).write(to: URL(fileURLWithPath: key))
        program.signal(SIGHUP)
        try program.expect("is not the key of the first certificate")
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: certificate))
        program.signal(SIGHUP)
        try program.expect("holds no certificate")
        for url in urls { #expect(try await Self.answers(.two, url)) }
        program.signal(SIGTERM)
        #expect(program.status() == 0, "\(program.text)")
    }

    @Test func `a command knows a server by the certificates that it is given`() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = try TestCertificate.one.write(to: folder)
        let (other, _) = try TestCertificate.two.write(to: folder, as: "other")
        try configure("console_tls: {certificate: \(certificate), key: \(key)}\n")
        let upstream = try TinyUpstream()
        defer { upstream.stop() }
        let program = try up(upstream)
        let address = try #require(program.text.firstMatch(of: /https:\/\/(?:localhost|127\.0\.0\.1):([0-9]+)/)).output
            .1
        #expect(try run("users", "add", "ann", "--role", "admin").status == 0)
        let made = try run("tokens", "add", "test", "--owner", "ann", "--scope", "see")
        let token = try #require(made.text.firstMatch(of: /rdt_[A-Za-z0-9_-]+/)).output
        let asked = ["block", "list", "--server", "https://localhost:\(address)", "--token", String(token)]
        let known = try RunningProgram.run(asked + ["--ca", certificate], in: folder)
        #expect(known.status == 0 && known.text.contains("nobody is blocked"), "\(known.text)")
        // Not known to this machine, and of somebody else.
        #expect(try RunningProgram.run(asked, in: folder).status == 3)
        #expect(try RunningProgram.run(asked + ["--ca", other], in: folder).status == 3)
        let named = try RunningProgram(asked, in: folder, environment: ["REDOUBT_CA": certificate])
        #expect(named.status() == 0, "\(named.text)")
        program.signal(SIGTERM)
        #expect(program.status() == 0, "\(program.text)")
    }

    @Test func `a file of certificates that is none is told of before anybody is asked`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = ["block", "list", "--server", "https://localhost:9", "--ca"]
        for (file, message) in [
            ("rules.conf", "rules.conf holds no certificate in PEM"), ("nowhere.pem", "nowhere.pem cannot be read"),
        ] {
            let (status, text) = try RunningProgram.run(server + [file], in: folder)
            #expect(status == 2 && text.contains(message) && text.contains("BEGIN CERTIFICATE"), "\(text)")
        }
        for arguments in [["--ca", "x"], ["--server", "http://localhost:9", "--ca", "x"]] {
            let (status, text) = try RunningProgram.run(["block", "list"] + arguments, in: folder)
            #expect(status != 0 && text.contains("--ca is about"), "\(text)")
        }
    }
}
