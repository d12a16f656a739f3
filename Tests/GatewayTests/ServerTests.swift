// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Logging
import NIOCore
import Testing

@testable import Gateway

@Suite(.serialized) struct `Server` {
    @Test func `a new configuration takes over without dropping a request`() async throws {
        let upstream = try TestUpstream()
        let first = TestFilter()
        try await withGateway(upstream, filter: first) { (server, port) async throws in
            let done = Counter()
            let replacements = Counter()
            let clients = (0..<4).map { _ in
                Task {
                    try await blocking {
                        let socket = try TestSocket(port: port)
                        var left = 150
                        // However slow the machine is, the last configuration serves some of the requests.
                        while left > 0 {
                            left -= replacements.count == 20 || left > 10 ? 1 : 0
                            try socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b")
                            #expect(try socket.receiveMessage().status == 200)
                            _ = done.next()
                        }
                    }
                }
            }
            var filters = [first]
            for _ in 0..<20 {
                let filter = TestFilter()
                filters.append(filter)
                let site = GatewaySite(upstream: try UpstreamAddress(url: upstream.url), filters: .available([filter]))
                try server.replaceConfiguration(GatewayConfiguration(sites: [site]))
                _ = replacements.next()
                try await Task.sleep(for: .milliseconds(5))
            }
            for client in clients {
                try await client.value
            }
            let requests = done.count
            for _ in 0..<500 where server.statistics.activeExchanges > 0 {
                try await Task.sleep(for: .milliseconds(2))
            }
            let records = filters.flatMap(\.records)
            #expect(records.count == requests && requests >= 600)
            #expect(records.allSatisfy { $0.status == 200 && $0.requestBody.count == 3 })
            #expect(filters.last?.records.isEmpty == false)
        }
    }

    @Test func `requests on a kept connection follow the upstream of a new configuration`() async throws {
        let upstreams = try ["first", "second"].map { name in
            try TestUpstream { _, socket in
                try socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(name.utf8.count)\r\n\r\n\(name)")
                return true
            }
        }
        try await withGateway(upstreams[0], threads: 1) { (server, port) async throws in
            let answers = try await blocking {
                let socket = try TestSocket(port: port)
                var answers: [String] = []
                for index in [0, 1, 0, 1] {
                    let site = GatewaySite(upstream: try UpstreamAddress(url: upstreams[index].url))
                    try server.replaceConfiguration(GatewayConfiguration(sites: [site]))
                    for _ in 0..<2 {
                        try socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                        answers.append(try socket.receiveMessage().text)
                    }
                }
                return answers
            }
            #expect(answers == ["first", "first", "second", "second", "first", "first", "second", "second"])
        }
    }

    @Test func `an old configuration's filters are freed`() async throws {
        let upstream = try TestUpstream()
        weak var old: TestFilter?
        try await withGateway(upstream) { (server, port) async throws in
            do {
                let filter = TestFilter()
                old = filter
                let address = try UpstreamAddress(url: upstream.url)
                try server.replaceConfiguration(
                    GatewayConfiguration(sites: [GatewaySite(upstream: address, filters: .available([filter]))])
                )
                #expect(try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
                try server.replaceConfiguration(GatewayConfiguration(sites: [GatewaySite(upstream: address)]))
            }
            for _ in 0..<500 where old != nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(old == nil)
        }
    }

    @Test func `shutting down lets running exchanges finish`() async throws {
        let started = DispatchSemaphore(value: 0)
        let goOn = DispatchSemaphore(value: 0)
        let upstream = try TestUpstream { _, socket in
            started.signal()
            goOn.wait()
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return true
        }
        try await withGateway(upstream) { (server, port) async throws in
            let idle = try TestSocket(port: port)
            let running = Task {
                try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            try await blocking { started.wait() }
            let shutDown = Task { await server.shutDown(within: .seconds(20)) }
            // Idle connections go at once, new ones are not taken.
            #expect(try await blocking { try idle.receiveAll().isEmpty })
            goOn.signal()
            let response = try await running.value
            #expect(response.text == "ok")
            #expect(response.field("connection") == "close")
            #expect(await shutDown.value)
            #expect(throws: (any Error).self) { try TestSocket(port: port) }
        }
    }

    @Test func `listens and connects with TLS`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificate = folder.appendingPathComponent("certificate.pem").path
        let key = folder.appendingPathComponent("key.pem").path
        try TestIdentity.certificate.write(toFile: certificate, atomically: true, encoding: .utf8)
        try TestIdentity.key.write(toFile: key, atomically: true, encoding: .utf8)
        let upstream = try TestUpstream()
        // One gateway with TLS behind another: both sides of TLS without any other program.
        let identity = GatewayListener.TLSIdentity(certificateChainFile: certificate, privateKeyFile: key)
        let inner = try await GatewayServer.start(
            GatewayConfiguration(sites: [GatewaySite(upstream: try UpstreamAddress(url: upstream.url))]),
            listeners: [GatewayListener(host: "127.0.0.1", port: 0, identity: identity)],
            threads: 1,
            logger: Logger(label: "test")
        )
        let innerPort = inner.addresses.first?.port ?? 0
        try await withGateway(
            upstream,
            configure: { configuration in
                configuration.sites[0].upstream = UpstreamAddress(host: "127.0.0.1", port: innerPort, isTLS: true)
                configuration.sites[0].upstream.verifiesCertificate = false
            },
            { (_, port) async throws in
                let body = String(repeating: "x", count: 100_000)
                let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n\(body)"
                #expect(try await exchange(port, request).text == "ok")
                #expect(upstream.requests.first?.body.count == 100_000)
                #expect(upstream.requests.first?.field("x-forwarded-proto") == "https")
            }
        )
        // An upstream whose certificate nobody vouches for is not talked to.
        try await withGateway(
            upstream,
            configure: {
                $0.sites[0].upstream = UpstreamAddress(host: "127.0.0.1", port: innerPort, isTLS: true)
            },
            { (_, port) async throws in
                #expect(try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 502)
            }
        )
        await inner.shutDown(within: .zero)
    }
}

@Suite struct `Addresses` {
    @Test func `upstreams and listeners are read from text`() throws {
        #expect(try UpstreamAddress(url: "http://a") == UpstreamAddress(host: "a", port: 80))
        #expect(try UpstreamAddress(url: "https://a/") == UpstreamAddress(host: "a", port: 443, isTLS: true))
        #expect(try UpstreamAddress(url: "http://[::1]:81") == UpstreamAddress(host: "::1", port: 81))
        #expect(UpstreamAddress(host: "::1", port: 81).authority == "[::1]:81")
        #expect(try GatewayListener(":8080").host == "0.0.0.0")
        for text in ["ftp://a", "http://a/b", "http://", "http://a:x", "http://a:70000", "http://::1", "http://u@a"] {
            #expect(throws: GatewayAddressError.self) { try UpstreamAddress(url: text) }
        }
        #expect(throws: GatewayAddressError.self) { try GatewayListener("localhost") }
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("::/0", "::1", true), ("2001:db8::1/128", "2001:db8::1", true), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
    ])
    func `blocks contain addresses`(_ range: String, _ address: String, _ expected: Bool) throws {
        #expect(try AddressRange(range).contains(try #require(NumericAddress(address))) == expected)
    }

    @Test(arguments: ["10.0.0.0/33", "::/129", "a", "10.0.0.0/", "10.0.0.0/-1", "10.0.0", ""])
    func `mistakes in blocks are named`(_ text: String) {
        #expect(throws: GatewayAddressError.self) { try AddressRange(text) }
    }

    @Test func `a connection that was in use during a sweep is kept and swept like any other`() async throws {
        let upstream = try TestUpstream { message, socket in
            if message.line.contains("slow") {
                // The pool is swept each second.
                usleep(1_300_000)
            }
            return try TestUpstream.ok(message, socket)
        }
        try await withGateway(
            upstream,
            threads: 1,
            configure: { $0.timeouts.upstreamKeepAlive = .seconds(4) },
            { (_, port) async throws in
                // On a thread of its own: other tests hold up tasks for longer than the connection is kept.
                try await blocking {
                    let socket = try TestSocket(port: port)
                    for path in ["first", "slow", "third"] {
                        try socket.send("GET /\(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                        #expect(try socket.receiveMessage().status == 200)
                    }
                }
                #expect(upstream.connections == 1)
                for _ in 0..<2000 where upstream.openConnections > 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(upstream.openConnections == 0)
            }
        )
    }
}
