// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Foundation
import Synchronization
import Testing

@testable import Gateway

@Suite(.serialized) struct `Verdicts that filters record` {
    private typealias Done = @Sendable (Bool) -> Void
    private static let request = "GET /evil HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    private func denyingFilter(_ verdict: HTTPVerdict = .deny(status: 403)) -> TestFilter {
        let filter = TestFilter()
        filter.headVerdict = { _ in verdict }
        return filter
    }

    @Test(arguments: [
        (HTTPVerdict.deny(status: 403), "HTTP/1.1 403 ", 403),
        (.redirect(location: Array("https://x/y".utf8), status: 302), "HTTP/1.1 302 ", 302), (.drop, "", 0),
    ])
    func `take effect once they are on disk`(_ verdict: HTTPVerdict, _ answer: String, _ status: Int) async throws {
        let upstream = try TestUpstream()
        for isLate in [true, false] {
            let filter = denyingFilter(verdict)
            let isOnDisk = Counter()
            filter.recorder = { done in
                guard isLate else {
                    _ = isOnDisk.next()
                    done(true)
                    return true
                }
                Thread.detachNewThread {
                    usleep(30_000)
                    _ = isOnDisk.next()
                    done(true)
                }
                return true
            }
            try await withGateway(upstream, filter: filter) { (server, port) async throws in
                let (bytes, seen) = try await blocking {
                    let socket = try TestSocket(port: port)
                    try socket.send(Self.request)
                    let bytes = String(decoding: try socket.receiveAll(), as: UTF8.self)
                    return (bytes, isOnDisk.count)
                }
                #expect(bytes.hasPrefix(answer) && bytes.isEmpty == answer.isEmpty)
                #expect(seen == 1)
                #expect(try await filter.finishedRecords(1).map(\.status) == [status])
                #expect(server.statistics.unrecordedVerdicts == 0)
            }
        }
        #expect(upstream.connections == 0)
    }

    @Test(arguments: [true, false])
    func `are answered before what nobody waits for`(isDenied: Bool) async throws {
        let upstream = try TestUpstream()
        let filter = isDenied ? denyingFilter() : TestFilter()
        let isAnswered = DispatchSemaphore(value: 0)
        let isSettled = DispatchSemaphore(value: 0)
        let wasAnswered = Atomic(false)
        // Were it to come first, the client would wait for it in vain.
        filter.settled = {
            wasAnswered.store(isAnswered.wait(timeout: .now() + 10) == .success, ordering: .relaxed)
            isSettled.signal()
        }
        try await withGateway(upstream, filter: filter) { (_, port) async throws in
            let status = try await blocking {
                let socket = try TestSocket(port: port)
                try socket.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
                let status = try socket.receiveMessage().status
                isAnswered.signal()
                isSettled.wait()
                return status
            }
            #expect(status == (isDenied ? 403 : 200))
        }
        let isInOrder = wasAnswered.load(ordering: .relaxed)
        #expect(isInOrder)
    }

    @Test func `that cannot be recorded become errors, and are counted`() async throws {
        let upstream = try TestUpstream()
        let filter = denyingFilter()
        filter.recorder = { done in
            done(false)
            return true
        }
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            #expect(try await exchange(port, Self.request).status == 503)
            #expect(try await filter.finishedRecords(1).map(\.status) == [503])
            #expect(server.statistics.unrecordedVerdicts == 1)
        }
        #expect(upstream.connections == 0)
    }

    @Test func `whose record never comes become errors`() async throws {
        let upstream = try TestUpstream()
        let filter = denyingFilter()
        filter.recorder = { _ in true }
        try await withGateway(upstream, filter: filter) { (server, port) async throws in
            #expect(try await exchange(port, Self.request).status == 503)
            #expect(server.statistics.unrecordedVerdicts == 1)
        }
    }

    @Test func `end with a client that leaves, and hold up nobody else`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.headVerdict = { $0.line.contains("evil") ? .deny(status: 403) : .pass }
        let waiting = Waiting()
        filter.recorder = { done in
            waiting.add(done)
            return true
        }
        try await withGateway(upstream, filter: filter, threads: 1) { (server, port) async throws in
            let leaving = try TestSocket(port: port)
            try leaving.send("GET /evil HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<2000 where waiting.isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            leaving.reset()
            #expect(try await filter.finishedRecords(2).map(\.status) == [200, 0])
            // Too late to matter.
            waiting.answerAll(true)
            #expect(try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            #expect(server.statistics.unrecordedVerdicts == 0)
        }
    }

    @Test func `wait on a kept connection, request by request`() async throws {
        let upstream = try TestUpstream()
        let filter = TestFilter()
        filter.headVerdict = { $0.line.contains("evil") ? .deny(status: 403) : .pass }
        filter.delay = { _ in 20 }
        filter.recorder = { done in
            Thread.detachNewThread { done(true) }
            return true
        }
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
}

/// Records that are to be told how they went.
private final class Waiting: Sendable {
    private let all = Mutex<[@Sendable (Bool) -> Void]>([])

    var isEmpty: Bool { all.withLock { $0.isEmpty } }

    func add(_ done: @escaping @Sendable (Bool) -> Void) { all.withLock { $0.append(done) } }

    func answerAll(_ isRecorded: Bool) {
        for done in all.withLock({ $0 }) { done(isRecorded) }
    }
}
