// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Testing

@testable import Gateway

@Suite(.serialized) struct `Delays that filters ask for` {
    static let delay = 120

    /// What the client gets, and how long that took at least.
    func timed(_ port: Int, _ request: String) async throws -> (bytes: String, milliseconds: Double) {
        let clock = ContinuousClock()
        let start = clock.now
        let bytes = try await blocking {
            let socket = try TestSocket(port: port)
            try socket.send(request)
            return String(decoding: try socket.receiveAll(), as: UTF8.self)
        }
        return (bytes, (clock.now - start) / .milliseconds(1))
    }

    @Test(arguments: [
        (HTTPVerdict.deny(status: 403), "HTTP/1.1 403 ", 403),
        (.redirect(location: Array("https://x/y".utf8), status: 302), "HTTP/1.1 302 ", 302), (.drop, "", 0),
        (.pass, "HTTP/1.1 200 ", 200),
    ])
    func `a request's answer waits, whatever the verdict`(
        _ verdict: HTTPVerdict,
        _ answer: String,
        _ status: Int
    ) async throws {
        let upstream = try TestUpstream()
        for isAtEnd in [false, true] {
            let filter = TestFilter()
            filter.delay = { _ in Self.delay }
            if isAtEnd {
                filter.requestVerdict = { _ in verdict }
            } else {
                filter.headVerdict = { _ in verdict }
            }
            try await withGateway(upstream, filter: filter) { (_, port) async throws in
                let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
                let answered = try await timed(port, head + "a=b")
                #expect(answered.bytes.hasPrefix(answer) && answered.bytes.isEmpty == answer.isEmpty)
                #expect(answered.milliseconds >= Double(Self.delay))
                #expect(try await filter.finishedRecords(1).map(\.status) == [status])
            }
        }
    }

    @Test func `a response that is denied waits, and its upstream's bytes never show`() async throws {
        let upstream = try TestUpstream { _, socket in
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsec")
            usleep(20_000)
            try socket.send("ret")
            return true
        }
        let filter = TestFilter()
        filter.responseInspection = .buffered(limit: 2, rejectsOverLimit: false)
        filter.responseVerdict = { _ in .deny(status: 502) }
        filter.delay = { $0.isResponseTruncated == nil ? 0 : Self.delay }
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            let answered = try await timed(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answered.bytes.hasPrefix("HTTP/1.1 502 ") && !answered.bytes.contains("secret"))
            #expect(answered.milliseconds >= Double(Self.delay))
            #expect(try await filter.finishedRecords(1).count == 1)
        }
    }

    @Test func `a delay blocks nobody else and ends with its client`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.headVerdict = { $0.line.contains("evil") ? .deny(status: 403) : .pass }
        filter.delay = { $0.line.contains("evil") ? .max : 0 }
        try await withGateway(upstream, filter: filter, threads: 1) { (server, port) async throws in
            let waiting = try TestSocket(port: port)
            try waiting.send("GET /evil HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<2000 where server.statistics.blocked == 0 {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            waiting.reset()
            // The status tells a client that left from one that was answered.
            #expect(try await filter.finishedRecords(2).map(\.status) == [200, 0])
        }
    }

    @Test func `pipelined requests wait their turn`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.headVerdict = { $0.line.contains("evil") ? .deny(status: 403) : .pass }
        filter.delay = { _ in 50 }
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            let statuses = try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send(
                    "POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
                        + "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n"
                )
                return try (0..<3).map { _ in try socket.receiveMessage().status }
            }
            #expect(statuses == [403, 200, 403])
        }
    }

    @Test func `a body that a filter denied is not refused as well`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.delay = { _ in 50 }
        filter.requestVerdict = { _ in .deny(status: 403) }
        let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            #expect(try await exchange(port, request).status == 403)
            #expect(try await filter.finishedRecords(1).first?.refusals == [])
            #expect(server.statistics.refused.isEmpty)
        }
    }

    @Test func `no filter delays longer than five seconds`() {
        #expect(Exchange.bounded(delay: .max) == 5000)
        #expect(Exchange.bounded(delay: 4999) == 4999)
        #expect(Exchange.bounded(delay: .min) == 0)
    }
}
