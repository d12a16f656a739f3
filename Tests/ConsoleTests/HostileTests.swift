// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Bytes
import ConsoleFixtures
import DefenseModel
import Foundation
import HTTPTypes
import Policy
import Testing

@testable import Console

/// Bytes that no browser would send, over a connection.
@Suite struct HostileTests {
    private func status(_ answer: String) -> Int { Int(answer.dropFirst(9).prefix(3)) ?? 0 }

    private func isProblem(_ answer: String) -> Bool {
        guard let body = answer.range(of: "\r\n\r\n").map({ answer[$0.upperBound...] }),
            let json = try? JSONReader.read(Array(body.utf8))
        else { return false }
        return answer.lowercased().contains("content-type: application/problem+json") && json["code"]?.text != nil
            && json["status"]?.integer == status(answer)
    }

    private static let end = "Connection: close\r\n\r\n"
    private static let host = "Host: localhost\r\n"

    /// A request, and the statuses that answer it.
    private static let requests: [(String, String, [Int])] = [
        ("no HTTP at all", "\u{16}\u{3}\u{1}hello\r\n\r\n", [400]),
        ("no version", "GET /\r\n\r\n", [400]),
        ("HTTP/3.7", "GET /api/v1/me HTTP/3.7\r\n\(host)\r\n", [400, 505]),
        ("a space before the colon", "GET /api/v1/me HTTP/1.1\r\nHost : localhost\r\n\r\n", [400]),
        ("a field without a name", "GET /api/v1/me HTTP/1.1\r\n: x\r\n\(host)\r\n", [400]),
        ("a zero byte in a field", "GET /api/v1/me HTTP/1.1\r\n\(host)X: a\0b\r\n\r\n", [400]),
        (
            "a field of 20 KiB",
            "GET /api/v1/me HTTP/1.1\r\n\(host)X: \(String(repeating: "a", count: 20_000))\r\n\r\n", [431]
        ),
        (
            "fields of 40 KiB",
            "GET /api/v1/me HTTP/1.1\r\n\(host)"
                + (0..<40).map { "X\($0): \(String(repeating: "a", count: 1000))\r\n" }.joined() + "\r\n", [431]
        ),
        (
            "two hundred fields",
            "GET /api/v1/me HTTP/1.1\r\n\(host)" + (0..<200).map { "X\($0): a\r\n" }.joined() + "\r\n", [431]
        ),
        (
            "a target of 100 KiB", "GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\n\(host)\r\n",
            [400, 414, 431]
        ),
        (
            "two lengths", "POST /api/v1/modes HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            [400]
        ),
        (
            "a length and chunks",
            "POST /api/v1/modes HTTP/1.1\r\n\(host)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            [400]
        ),
        (
            "a chunk that is none",
            "POST /api/v1/modes HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nzz\r\n", [400]
        ),
        ("a length below nothing", "POST /api/v1/modes HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n", [400]),
        ("two hosts", "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\(end)", [400]),
        ("no host", "GET /api/v1/me HTTP/1.1\r\n\(end)", [400, 421]),
        ("another host", "GET /api/v1/me HTTP/1.1\r\nHost: evil.example\r\n\(end)", [421]),
        (
            "another host that looks like ours", "GET /api/v1/me HTTP/1.1\r\nHost: localhost.evil.example\r\n\(end)",
            [421]
        ),
        ("another address", "GET /api/v1/me HTTP/1.1\r\nHost: 192.0.2.1\r\n\(end)", [421]),
        ("another host in the target", "GET http://evil.example/api/v1/me HTTP/1.1\r\n\(host)\(end)", [401]),
        (
            "a body that is too long",
            "POST /api/v1/modes HTTP/1.1\r\n\(host)Content-Length: 99999999999\r\n\(end)", [413]
        ),
        (
            "chunks that are too long",
            "POST /api/v1/modes HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\(end)"
                + (0..<40).map { _ in "10000\r\n\(String(repeating: "a", count: 65_536))\r\n" }.joined() + "0\r\n\r\n",
            [413]
        ),
        ("a method that there is not", "BREW /api/v1/me HTTP/1.1\r\n\(host)\(end)", [400]),
        ("a method that this has not", "DELETE /api/v1/me HTTP/1.1\r\n\(host)\(end)", [405]),
        ("a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\n\(host)\(end)", [400, 404, 405, 421]),
        ("a trace", "TRACE /api/v1/me HTTP/1.1\r\n\(host)\(end)", [405]),
        ("a path out of the folder", "GET /assets/../../../etc/passwd HTTP/1.1\r\n\(host)\(end)", [404]),
        ("a path out of the folder, encoded", "GET /assets/..%2f..%2fetc%2fpasswd HTTP/1.1\r\n\(host)\(end)", [404]),
        (
            "a token with a wrong checksum",
            "GET /api/v1/me HTTP/1.1\r\n\(host)Authorization: Bearer rdt_\(String(repeating: "a", count: 61))\r\n\(end)",
            [401]
        ),
        ("another scheme", "GET /api/v1/me HTTP/1.1\r\n\(host)Authorization: Basic YTpi\r\n\(end)", [401]),
        (
            "a cookie of nobody",
            "GET /api/v1/me HTTP/1.1\r\n\(host)Cookie: redoubt=\(String(repeating: "A", count: 43))\r\n\(end)", [401]
        ),
        (
            "a cookie of 7 KiB",
            "GET /api/v1/me HTTP/1.1\r\n\(host)Cookie: redoubt=\(String(repeating: "A", count: 7000))\r\n\(end)", [401]
        ),
    ]

    @Test func `what is no proper request is refused with a problem, and the console goes on`() async throws {
        try await withServedConsole { _, port in
            for (name, request, statuses) in Self.requests {
                let answer = try await RawClient.exchange(port, request)
                #expect(statuses.contains(status(answer)), "\(name): \(answer.prefix(200))")
                #expect(isProblem(answer), "\(name): \(answer.prefix(400))")
                #expect(!answer.contains("evil.example\r"), "\(name)")
            }
            let answer = try await RawClient.exchange(port, "GET /health/live HTTP/1.1\r\n\(Self.host)\(Self.end)")
            #expect(status(answer) == 200)
        }
    }

    @Test func `deep and huge JSON is refused in time`() async throws {
        try await withServedConsole { world, port in
            let visitor = try await Visitor.signedIn(.admin, world)
            let cookie =
                "Cookie: \(visitor.headers[.cookie] ?? "")\r\nX-Redoubt-Form: \(visitor.headers[.formToken] ?? "")\r\n"
            for body in [
                String(repeating: "[", count: 500_000), String(repeating: "{\"a\":", count: 100_000),
                "{\"scope\":\"" + String(repeating: "a", count: 900_000) + "\"}",
                "{" + (0..<50_000).map { "\"m\($0)\":1" }.joined(separator: ",") + "}",
                "{\"scope\":" + String(repeating: "9", count: 500_000) + "}", "{\"scope\":1e999999}", "\u{FEFF}{}",
                "nul",
                "{\"scope\":\"\\ud800\"}",
            ] {
                let answer = try await RawClient.exchange(
                    port,
                    "POST /api/v1/modes HTTP/1.1\r\n\(Self.host)\(cookie)Content-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\(Self.end)\(body)"
                )
                #expect([400, 422].contains(status(answer)), "\(body.prefix(20)): \(answer.prefix(300))")
            }
            #expect(world.ledger.document.revision == 0)
        }
    }

    @Test func `clients that send drop by drop are let go of`() async throws {
        var settings = ConsoleSettings()
        settings.patience.head = .milliseconds(300)
        settings.patience.body = .milliseconds(300)
        try await withServedConsole(settings) { world, port in
            // Each ends only when the console closes.
            let body = "POST /login HTTP/1.1\r\n\(Self.host)Content-Length: 100\r\n\r\nname="
            for request in ["", "GET /health/live HTTP/1.1\r\nHost: loc", body] {
                let answer = try await RawClient.exchange(port, request)
                #expect(answer == "", "\(request)")
            }
            let metrics = world.console.pipeline.meters.metrics.first { $0.name == "redoubt_console_refusals_total" }
            let counts = metrics?.samples.reduce(into: [:]) { $0[$1.labels["code"] ?? ""] = $1.value }
            #expect(counts?["slow_head"] == 2 && counts?["slow_body"] == 1, "\(counts ?? [:])")
        }
    }

    @Test func `a connection that is idle ends, also where an answer came before its request had ended`() async throws {
        var settings = ConsoleSettings()
        settings.patience.next = .milliseconds(300)
        try await withServedConsole(settings) { _, port in
            let head = "POST /api/v1/nowhere HTTP/1.1\r\n\(Self.host)Content-Length: 4\r\n\r\n"
            let answer = try await blocking {
                let client = try RawClient(port: port)
                client.send(head)
                let answer = client.receive { $0.contains("\r\n\r\n") }
                client.send("abcd")
                // Goes on only when the console has closed the connection.
                _ = client.receive()
                return answer
            }
            #expect(status(answer) == 404, "\(answer.prefix(200))")
        }
    }

    @Test func `who takes nothing of a live feed is let go of, and feeds are bounded`() async throws {
        var settings = ConsoleSettings()
        settings.patience.reading = .milliseconds(300)
        try await withServedConsole(settings) { world, port in
            let visitor = try await Visitor.signedIn(.viewer, world)
            let request =
                "GET /api/v1/events/stream HTTP/1.1\r\n\(Self.host)Cookie: \(visitor.headers[.cookie] ?? "")\r\n\r\n"
            var clients: [RawClient] = []
            for _ in 0..<ConsoleMeters.maximumListeners {
                clients.append(
                    try await blocking {
                        let client = try RawClient(port: port)
                        client.send(request)
                        _ = client.receive { $0.contains("retry:") }
                        return client
                    }
                )
            }
            let over = try await RawClient.exchange(port, request.replacing("\r\n\r\n", with: "\r\n\(Self.end)"))
            #expect(status(over) == 429 && over.contains("Retry-After"), "\(over.prefix(200))")
            #expect(world.console.pipeline.meters.listeners == ConsoleMeters.maximumListeners)
            // All but one go; that one reads nothing while much happens.
            let stuck = clients.removeLast()
            clients = []
            // Far more than what the kernel keeps for it.
            for round in 0..<40 where world.console.pipeline.meters.listeners > 0 {
                let exchanges = (0..<1000).map { number in
                    var exchange = SampleExchange(
                        time: Clock.now(),
                        client: "192.0.2.1",
                        transaction: "\(round).\(number)"
                    )
                    exchange.agent = String(repeating: "x", count: 500)
                    return exchange
                }
                try await world.record(exchanges)
            }
            for _ in 0..<600 where world.console.pipeline.meters.listeners > 0 {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(world.console.pipeline.meters.listeners == 0)
            let metrics = world.console.pipeline.meters.metrics.first { $0.name == "redoubt_console_refusals_total" }
            #expect(metrics?.samples.contains { $0.labels["code"] == "slow_reader" } == true)
            withExtendedLifetime(stuck) {}
        }
    }

    @Test func `no form works without its token`() async throws {
        try await withServedConsole { world, _ in
            let forms = world.console.routes.filter { route in
                if case .form = route.kind { route.access != .open } else { false }
            }
            #expect(forms.count > 10)
            for role in [Role.admin, .viewer] {
                var visitor = try await Visitor.signedIn(role, world)
                visitor.headers[.formToken] = nil
                let revision = world.ledger.document.revision
                for form in forms {
                    let path = form.path.replacing("{id}", with: "0190163d-8694-739b-aea5-966c26f8ad91")
                        .replacing("{index}", with: "0").replacing("{entity}", with: "192.0.2.1")
                        .replacing("{name}", with: "shop")
                    let fields = (form.body ?? []).map { "\($0.name)=x" }.joined(separator: "&")
                    let answer = try await visitor.ask(.post, path, body: fields, type: MediaTypes.form)
                    #expect(answer.status == 403, "\(form.name): \(answer.status)")
                }
                #expect(world.ledger.document.revision == revision)
            }
            // Who is signed out by a form of another site was signed in.
            var visitor = try await Visitor.signedIn(.viewer, world)
            visitor.headers[.formToken] = nil
            #expect(try await visitor.ask(.post, "/logout", type: MediaTypes.form).status == 403)
        }
    }

    @Test func `links, cookies and tokens count for what they are only`() async throws {
        try await withServedConsole { world, _ in
            let local = Principal.local(name: "root")
            let users = try await world.access.users(limit: 10, by: local)
            let viewer = try #require(users.first { $0.name.description == "viewer" })
            let link = try await world.access.makeLink(for: viewer.id, by: local, at: Clock.now())
            let path = "/start/\(link.text)"
            let form = "password=another+good+battery&again=another+good+battery"
            let nobody = Visitor(world)
            #expect(try await nobody.ask(.post, path, body: form, type: MediaTypes.form).status == 303)
            #expect(try await nobody.ask(.post, path, body: form, type: MediaTypes.form).status == 401)
            #expect(try await nobody.ask(.get, path).status == 401)
            for text in [
                "", "x", link.text + "A", String(link.text.dropLast()), String(repeating: "A", count: 100_000),
            ] {
                #expect(try await nobody.ask(.get, "/start/\(text)").status != 200)
            }
            // The secret of a link is no session, and no token.
            for secret in [link.text, "\(link.text); redoubt=x", "", "rdt_\(link.text)"] {
                var visitor = Visitor(world)
                visitor.headers[.cookie] = "redoubt=\(secret)"
                #expect(try await visitor.ask(.get, "/api/v1/me").status == 401)
                visitor.headers[.authorization] = "Bearer \(secret)"
                #expect(try await visitor.ask(.get, "/api/v1/me").status == 401)
            }
        }
    }

    @Test func `hostile texts that people type are shown as texts, on all pages`() async throws {
        try await withServedConsole { world, _ in
            try await world.record(Sample.day(until: Clock.now(), requests: 200))
            let visitor = try await Visitor.signedIn(.admin, world)
            for (number, text) in Sample.hostile.enumerated() {
                var json = JSONWriter()
                json.string(text)
                let quoted = String(decoding: json.bytes, as: UTF8.self)
                for (path, members) in [
                    ("modes", "\"scope\":\"waf/rule:\(number + 1)\",\"mode\":\"off\",\"reason\":\(quoted)"),
                    ("exceptions", "\"rules\":\"1\",\"target\":\(quoted),\"reason\":\"x\""),
                    ("exceptions", "\"rules\":\"1\",\"owner\":\(quoted),\"reason\":\(quoted)"),
                    ("blocks", "\"entity\":\"198.51.100.\(number + 1)\",\"reason\":\(quoted)"),
                    ("blocks", "\"entity\":\"user:\(quoted.dropFirst()),\"reason\":\"x\""),
                    ("never-block", "\"entity\":\"10.0.0.\(number + 1)\",\"reason\":\(quoted)"),
                    ("limits", "\"name\":\(quoted),\"key\":\"route\",\"count\":1,\"seconds\":1,\"reason\":\(quoted)"),
                    ("users", "\"name\":\"u\(number)\",\"display_name\":\(quoted),\"roles\":[\"viewer\"]"),
                    ("tokens", "\"name\":\(quoted),\"scopes\":[\"see\"]"),
                ] {
                    let answer = try await visitor.ask(
                        .post,
                        "/api/v1/" + path,
                        body: "{\(members)}",
                        type: MediaTypes.json
                    )
                    #expect([201, 400, 409, 422].contains(answer.status), "\(path) \(members): \(answer)")
                }
                let incidents = try await visitor.ask(.get, "/api/v1/incidents?limit=1").text
                if let id = try JSONReader.read(Array(incidents.utf8))["items"]?.elements?.first?["id"]?.text {
                    _ = try await visitor.ask(
                        .post,
                        "/api/v1/incidents/\(id)/comments",
                        body: "{\"text\":\(quoted)}",
                        type: MediaTypes.json
                    )
                }
            }
            #expect(world.ledger.document.revision > 20)
            let pages = world.console.routes.filter { if case .page = $0.kind { true } else { false } }.map(\.path)
            for path in pages where !path.contains("{") {
                let (status, text, _) = try await visitor.ask(.get, path)
                #expect(status < 500, "\(path)")
                #expect(!text.contains("<script>alert") && !text.contains("<img src=x"), "\(path)")
                #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\0" }, "\(path)")
            }
        }
    }
}
