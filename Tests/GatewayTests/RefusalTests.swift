// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Testing

@testable import Gateway

@Suite(.serialized) struct `Own answers` {
    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505), ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\n", 417),
        ("POST / HTTP/1.1\nHost: a\nContent-Length: 64\n\nbody", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ])
    func `refused requests are shown to the filter, answered and closed`(
        _ request: String,
        _ status: Int
    ) async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send(request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try socket.receiveMessage()
                #expect(response.status == status)
                #expect(response.field("connection") == "close")
                #expect(try socket.receiveAll().isEmpty)
            }
            let record = try #require(try await filter.finishedRecords(1).first)
            #expect(record.refusal?.status == status)
            #expect(record.status == status)
            #expect(request.hasPrefix(record.line))
            #expect(upstream.requests.isEmpty)
            #expect(server.statistics.refused.values.reduce(0, +) == 1)
        }
    }

    @Test func `a request without a protocol gets no answer`() async throws {
        let upstream = try TestUpstream()
        try await withGateway(upstream) { (_, port) async throws in
            let bytes = try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("GET / \r\nHost: localhost\r\n\r\n")
                return try socket.receiveAll()
            }
            #expect(bytes.isEmpty)
        }
    }

    @Test func `block pages name the incident and how to report a false alarm`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.headVerdict = { _ in .deny(status: 403) }
        try await withGateway(
            upstream,
            filter: filter,
            configure: { $0.pages.falseAlarmReport = "mailto:security@example.com" },
            { (_, port) async throws in
                let target = "/<script>alert(1)</script>"
                let page = try await exchange(port, "GET \(target) HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n")
                #expect(page.status == 403)
                #expect(page.field("content-type") == "text/html; charset=utf-8")
                #expect(page.field("content-security-policy")?.contains("default-src 'none'") == true)
                #expect(page.field("x-content-type-options") == "nosniff")
                #expect(page.text.contains("<code>incident-1</code>"))
                #expect(page.text.contains("mailto:security@example.com?subject=False%20alarm%20incident-1"))
                #expect(!page.text.contains("<script>"))

                let accept = "Accept: text/html;q=0.5, application/problem+json"
                let problem = try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\(accept)\r\n\r\n")
                #expect(problem.field("content-type") == "application/problem+json")
                #expect(problem.text.contains("\"status\":403"))
                #expect(problem.text.contains("\"incident\":\"incident-2\""))

                let head = try await exchange(port, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
                #expect(head.status == 403)
            }
        )
    }

    @Test func `redirects and drops`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.headVerdict = { record in
            record.line.contains("drop") ? .drop : .redirect(location: Array("https://x/y".utf8), status: 302)
        }
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            let redirect = try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(redirect.status == 302)
            #expect(redirect.field("location") == "https://x/y")
            let bytes = try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("GET /drop HTTP/1.1\r\nHost: a\r\n\r\n")
                return try socket.receiveAll()
            }
            #expect(bytes.isEmpty)
            #expect(try await filter.finishedRecords(2).map(\.status) == [302, 0])
        }
    }

    @Test func `unavailable filters fail open or closed`() async throws {
        let upstream = try TestUpstream()
        for (policy, status) in [(GatewayFilters.FailurePolicy.open, 200), (.closed, 503)] {
            try await withGateway(
                upstream,
                configure: { $0.sites[0].filters = .unavailable(policy) },
                { (server, port) async throws in
                    #expect(try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == status)
                    #expect(server.statistics.uninspected == (policy == .open ? 1 : 0))
                }
            )
        }
    }
}

@Suite(.serialized) struct `Slow and many clients` {
    /// What comes back, however the other side ends the connection.
    func received(_ port: Int, _ text: String) async throws -> String {
        try await blocking {
            let socket = try TestSocket(port: port)
            try socket.send(text)
            return String(decoding: try socket.receiveAll(), as: UTF8.self)
        }
    }

    @Test func `a head that does not come is refused and recorded`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        try await withGateway(
            upstream,
            filter: filter,
            configure: { $0.timeouts.head = .milliseconds(100) },
            { (_, port) async throws in
                let answer = try await received(port, "GET /slow HTTP/1.1\r\nHost: a\r\nX: y")
                #expect(answer.hasPrefix("HTTP/1.1 408 "))
                let record = try await filter.finishedRecords(1).first
                #expect(record?.line == "GET /slow HTTP/1.1")
                #expect(record?.refusal?.reason == "head not received in time")
                #expect(try await received(port, "").isEmpty)
            }
        )
    }

    @Test func `dripping a head does not buy time`() async throws {
        let upstream = try TestUpstream()
        try await withGateway(
            upstream,
            configure: { $0.timeouts.head = .milliseconds(200) },
            { (_, port) async throws in
                let answer = try await blocking {
                    let socket = try TestSocket(port: port)
                    try socket.send("GET / HTTP/1.1\r\nHost: a\r\n")
                    for number in 0..<400 {
                        guard (try? socket.send("X-\(number): y\r\n")) != nil else {
                            break
                        }
                        usleep(10_000)
                    }
                    return try? socket.receiveMessage().status
                }
                #expect(answer == nil || answer == 408 || answer == 431)
            }
        )
    }

    @Test func `a body that does not come is refused`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        try await withGateway(
            upstream,
            filter: filter,
            configure: { $0.timeouts.bodyGrace = .milliseconds(100) },
            { (server, port) async throws in
                let answer = try await received(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
                #expect(answer.hasPrefix("HTTP/1.1 408 "))
                let record = try await filter.finishedRecords(1).first
                #expect(record?.requestBody == Array("abc".utf8))
                #expect(record?.refusals == [HTTPRefusal(status: 408, reason: "body not received in time")])
                #expect(upstream.requests.isEmpty)
                #expect(server.statistics.refused == ["body not received in time": 1])
            }
        )
    }

    @Test func `idle connections are closed`() async throws {
        let upstream = try TestUpstream()
        try await withGateway(
            upstream,
            configure: { $0.timeouts.idle = .milliseconds(100) },
            { (_, port) async throws in
                let answer = try await received(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("ok"))
            }
        )
    }

    @Test func `a client that stops sending still gets its answer`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            let answers = try await blocking {
                try ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"]
                    .map { text in
                        let socket = try TestSocket(port: port)
                        try socket.send(text)
                        socket.finishSending()
                        return String(decoding: try socket.receiveAll(), as: UTF8.self)
                    }
            }
            #expect(answers[0].hasPrefix("HTTP/1.1 200 "))
            #expect(answers[1].isEmpty)
            #expect(server.statistics.refused == ["body incomplete": 1])
            let refusals = try await filter.finishedRecords(2).flatMap(\.refusals)
            #expect(refusals == [HTTPRefusal(status: 400, reason: "body incomplete")])
        }
    }

    @Test func `one address gets only so many connections`() async throws {
        let upstream = try TestUpstream()
        try await withGateway(
            upstream,
            configure: { $0.limits.connectionsPerClient = 3 },
            { (server, port) async throws in
                try await blocking {
                    func isServed(_ socket: TestSocket) -> Bool {
                        guard (try? socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) != nil else {
                            return false
                        }
                        return (try? socket.receiveMessage().status) == 200
                    }
                    let sockets = try (0..<3).map { _ in try TestSocket(port: port) }
                    #expect(sockets.allSatisfy(isServed))
                    let oneTooMany = try TestSocket(port: port)
                    #expect(!isServed(oneTooMany))
                    let neighbour = try TestSocket(port: port, from: "127.0.0.2")
                    #expect(isServed(neighbour))
                    sockets[0].close()
                    var isFree = false
                    for _ in 0..<200 where !isFree {
                        isFree = isServed(try TestSocket(port: port))
                        usleep(10_000)
                    }
                    #expect(isFree)
                }
                #expect(server.statistics.rejectedConnections >= 1)
            }
        )
    }
}
