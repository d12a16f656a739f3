// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Testing

@testable import Gateway

@Suite(.serialized) struct `Proxy` {
    @Test func `forwards requests and responses on kept connections`() async throws {
        let upstream = try TestUpstream()
        try await withGateway(upstream, threads: 1) { (_, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                for number in 1...5 {
                    try socket.send("GET /\(number)?a=b HTTP/1.1\r\nHost: site\r\nX-One: 1\r\nx-one: 2\r\n\r\n")
                    let response = try socket.receiveMessage()
                    #expect(response.status == 200)
                    #expect(response.text == "ok")
                    #expect(response.field("connection") == nil)
                }
            }
            #expect(upstream.requests.map(\.line) == (1...5).map { "GET /\($0)?a=b HTTP/1.1" })
            #expect(upstream.requests.first?.field("host") == "site")
            #expect(upstream.requests.first?.field("x-one") == "1, 2")
            #expect(upstream.connections == 1)
        }
    }

    @Test func `answers pipelined requests in order`() async throws {
        let upstream = try TestUpstream { message, socket in
            let path = message.line.split(separator: " ")[1]
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            return true
        }
        try await withGateway(upstream, filter: TestFilter()) { (_, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                let requests = (0..<20).map { number in
                    number % 2 == 0
                        ? "GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n"
                        : "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b"
                }
                try socket.send(requests.joined())
                for number in 0..<20 {
                    #expect(try socket.receiveMessage().text == "/\(number)")
                }
            }
        }
    }

    @Test func `removes what concerns one connection and adds what a proxy owes`() async throws {
        let upstream = try TestUpstream()
        try await withGateway(upstream, filter: TestFilter()) { (_, port) async throws in
            _ = try await exchange(
                port,
                """
                GET http://Site/p HTTP/1.1\r
                Host: site\r
                Connection: keep-alive, X-Hop, Host, Cookie, Authorization, X-Forwarded-For\r
                Keep-Alive: 300\r
                Proxy-Connection: keep-alive\r
                TE: trailers\r
                Upgrade: h2c\r
                HTTP2-Settings: abc\r
                Proxy: http://evil\r
                X-Hop: 1\r
                X_User: root\r
                Cookie: a=b\r
                Authorization: Basic x\r
                Accept-Encoding: gzip\r
                X-Forwarded-For: 1.2.3.4\r
                X-Forwarded-Proto: https\r
                Forwarded: for=1.2.3.4\r
                X-Request-ID: mine\r
                \r

                """
            )
            let request = try #require(upstream.requests.first)
            #expect(request.line == "GET /p HTTP/1.1")
            #expect(request.field("host") == "site")
            for name in [
                "connection", "keep-alive", "proxy-connection", "te", "upgrade", "http2-settings", "proxy", "x-hop",
                "x_user", "forwarded",
            ] {
                #expect(request.field(name) == nil, "\(name)")
            }
            #expect(request.field("cookie") == "a=b")
            #expect(request.field("authorization") == "Basic x")
            #expect(request.field("accept-encoding") == "identity")
            #expect(request.field("x-forwarded-for") == "127.0.0.1")
            #expect(request.field("x-forwarded-proto") == "http")
            #expect(request.field("x-forwarded-host") == "site")
            #expect(request.field("x-request-id") == "incident-1")
            #expect(request.field("via") == "1.1 redoubt")
        }
    }

    @Test func `believes forwarded addresses of trusted proxies only`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        func ask(_ port: Int, _ forwarded: String) async throws {
            _ = try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \(forwarded)\r\n\r\n")
        }
        try await withGateway(
            upstream,
            filter: filter,
            configure: { $0.trustedProxies = [try AddressRange("127.0.0.0/8"), try AddressRange("10.0.0.0/8")] },
            { (_, port) async throws in
                try await ask(port, "6.6.6.6, 203.0.113.9, 10.1.2.3")
                try await ask(port, "not an address, 10.1.2.3")
                try await ask(port, "[2001:db8::1]:99")
                try await ask(port, "203.0.113.9:4711")
                _ = try await filter.finishedRecords(4)
                #expect(filter.records.map(\.client) == ["203.0.113.9", "10.1.2.3", "2001:db8::1", "203.0.113.9"])
                #expect(
                    upstream.requests.first?.field("x-forwarded-for") == "6.6.6.6, 203.0.113.9, 10.1.2.3, 127.0.0.1"
                )
            }
        )
        let distrusting = TestFilter()
        try await withGateway(upstream, filter: distrusting) { (_, port) async throws in
            try await ask(port, "6.6.6.6")
            #expect(try await distrusting.finishedRecords(1).first?.client == "127.0.0.1")
        }
    }

    @Test func `handles HEAD, 204 and 304 without bodies`() async throws {
        let upstream = try TestUpstream { message, socket in
            switch message.line.split(separator: " ")[1] {
            case "/204": try socket.send("HTTP/1.1 204 No Content\r\n\r\n")
            case "/304": try socket.send("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 7\r\n\r\n")
            default: try socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            }
            return true
        }
        try await withGateway(upstream) { (_, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try socket.receiveMessage(isBodyExpected: false).field("content-length") == "1000")
                try socket.send("GET /204 HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try socket.receiveMessage(isBodyExpected: false).status == 204)
                try socket.send("GET /304 HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try socket.receiveMessage(isBodyExpected: false).field("content-length") == "7")
            }
        }
    }

    @Test func `speaks HTTP/1.0 with clients that do`() async throws {
        let upstream = try TestUpstream { _, socket in
            try socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
            return true
        }
        try await withGateway(upstream) { (_, port) async throws in
            let response = try await exchange(port, "GET / HTTP/1.0\r\n\r\n")
            #expect(response.text == "ok")
            #expect(response.field("transfer-encoding") == nil)
            #expect(response.field("connection") == "close")
            #expect(upstream.requests.first?.field("host") == "127.0.0.1:\(upstream.port)")
        }
    }

    @Test func `passes a WebSocket through`() async throws {
        let upstream = try TestUpstream { message, socket in
            guard message.field("upgrade") == "websocket", message.field("connection") == "Upgrade" else {
                return false
            }
            try socket.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi")
            while case let bytes = try socket.receive(), !bytes.isEmpty {
                try socket.send(bytes.reversed())
            }
            return false
        }
        let filter = TestFilter()
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send(
                    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\nabc"
                )
                #expect(try socket.receiveMessage(isBodyExpected: false).status == 101)
                #expect(try socket.receive(count: 5) == Array("hicba".utf8))
                try socket.send([0, 255, 1])
                #expect(try socket.receive(count: 3) == [1, 255, 0])
            }
            let record = try await filter.finishedRecords(1).first
            #expect(record?.responseStatus == 101)
            #expect(record?.status == 101)
        }
    }

    @Test func `a WebSocket whose client has closed its side already is closed`() async throws {
        let upstream = try TestUpstream { _, socket in
            // Long enough for the client's end to be there first, which is the case that matters.
            usleep(50_000)
            try socket.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            _ = try socket.receive()
            return false
        }
        try await withGateway(upstream) { (server, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
                socket.finishSending()
                _ = try socket.receiveAll()
            }
            for _ in 0..<2000 where server.statistics.activeExchanges > 0 {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(server.statistics.activeExchanges == 0)
        }
    }

    @Test func `passes server-sent events on at once`() async throws {
        let upstream = try TestUpstream { _, socket in
            try socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            _ = try socket.receive()
            return false
        }
        let filter = TestFilter()
        filter.responseInspection = .buffered(limit: 1 << 20, rejectsOverLimit: false)
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try socket.receive(until: "\r\n\r\n").contains("chunked"))
                #expect(try socket.receive(until: "data: 1\n\n") == "9\r\ndata: 1\n\n")
            }
        }
    }

    @Test func `chooses the site by host and path`() async throws {
        let one = try TestUpstream()
        let two = try TestUpstream()
        try await withGateway(
            one,
            configure: { configuration in
                let first = try UpstreamAddress(url: one.url)
                let second = try UpstreamAddress(url: two.url)
                configuration.sites = [
                    GatewaySite(host: "shop.example.com", upstream: first),
                    GatewaySite(host: "shop.example.com", pathPrefix: "/api", upstream: second),
                    GatewaySite(host: "*.example.com", upstream: second),
                ]
            },
            { (_, port) async throws in
                func ask(_ host: String, _ path: String) async throws -> Int {
                    try await exchange(port, "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n").status
                }
                #expect(try await ask("shop.example.com", "/1") == 200)
                #expect(try await ask("SHOP.example.com.:80", "/apix") == 200)
                #expect(try await ask("shop.example.com", "/api/2") == 200)
                #expect(try await ask("shop.example.com", "/api?3") == 200)
                #expect(try await ask("other.example.com", "/4") == 200)
                #expect(try await ask("example.com", "/5") == 404)
                #expect(one.requests.map { $0.line.split(separator: " ")[1] } == ["/1", "/apix"])
                #expect(two.requests.map { $0.line.split(separator: " ")[1] } == ["/api/2", "/api?3", "/4"])
            }
        )
    }

    @Test func `repeats a request whose kept connection had died`() async throws {
        let count = Counter()
        let upstream = try TestUpstream { _, socket in
            if count.next() == 2 {
                return false
            }
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return true
        }
        try await withGateway(upstream, threads: 1) { (server, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                for _ in 0..<3 {
                    try socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(try socket.receiveMessage().text == "ok")
                }
            }
            #expect(server.statistics.upstreamErrors == 0)
        }
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "",
    ])
    func `answers 502 for an upstream's bad response`(_ response: String) async throws {
        let upstream = try TestUpstream { _, socket in
            try socket.send(response)
            return false
        }
        try await withGateway(upstream) { (server, port) async throws in
            let answer = try await exchange(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            #expect(answer.status == 502)
            #expect(server.statistics.upstreamErrors == 1)
        }
    }

    @Test func `answers 502 and 504 for an upstream that is away or silent`() async throws {
        let upstream = try TestUpstream { _, socket in
            _ = try socket.receive()
            return false
        }
        try await withGateway(
            upstream,
            configure: { configuration in
                configuration.timeouts.upstreamResponse = .milliseconds(100)
                let nobody = UpstreamAddress(host: "127.0.0.1", port: 1)
                configuration.sites.append(GatewaySite(pathPrefix: "/away", upstream: nobody))
            },
            { (server, port) async throws in
                #expect(try await exchange(port, "GET /away HTTP/1.1\r\nHost: a\r\n\r\n").status == 502)
                #expect(try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 504)
                #expect(server.statistics.upstreamTimeouts == 1)
            }
        )
    }
}

/// Counts from one on.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0

    var count: Int { lock.withLock { value } }

    func next() -> Int {
        lock.withLock {
            value += 1
            return value
        }
    }
}
