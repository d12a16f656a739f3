// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import Foundation
import Logging
import NIOCore

@testable import Gateway

/// A filter that records what it is shown and answers what it is told.
final class TestFilter: HTTPFilter, @unchecked Sendable {
    struct Record: Sendable {
        var client = ""
        var line = ""
        var fields: [String] = []
        var refusal: HTTPRefusal?
        var requestBody: [UInt8] = []
        var isRequestTruncated: Bool?
        var status: Int?
        var responseStatus: Int?
        var responseBody: [UInt8] = []
        var isResponseTruncated: Bool?
        /// The gateway's own refusals after the head.
        var refusals: [HTTPRefusal] = []
    }

    var requestInspection = BodyInspection.buffered(limit: 1 << 20, rejectsOverLimit: false)
    var responseInspection = BodyInspection.none
    /// Decides at the end of the request.
    var requestVerdict: @Sendable (Record) -> HTTPVerdict = { _ in .pass }
    var headVerdict: @Sendable (Record) -> HTTPVerdict = { _ in .pass }
    var responseVerdict: @Sendable (Record) -> HTTPVerdict = { _ in .pass }
    var delay: @Sendable (Record) -> Int = { _ in 0 }
    /// Answers whether the verdict waits, and says when it is recorded.
    var recorder: @Sendable (_ done: @escaping @Sendable (Bool) -> Void) -> Bool = { _ in false }
    /// Called when the exchange settles.
    var settled: @Sendable () -> Void = {}
    private let lock = NSLock()
    private var finished: [Record] = []
    private var made = 0

    /// The exchanges that are over.
    var records: [Record] { lock.withLock { finished } }

    func makeExchange(_ connection: HTTPConnectionInfo) -> any HTTPFilterExchange {
        let number = lock.withLock {
            made += 1
            return made
        }
        return Exchange(self, connection, number)
    }

    /// Waits until so many exchanges are over.
    func finishedRecords(_ count: Int) async throws -> [Record] {
        for _ in 0..<2000 where records.count < count {
            try await Task.sleep(for: .milliseconds(5))
        }
        return records
    }

    private final class Exchange: HTTPFilterExchange {
        let identifier: String
        private let filter: TestFilter
        private var record = Record()

        init(_ filter: TestFilter, _ connection: HTTPConnectionInfo, _ number: Int) {
            self.filter = filter
            identifier = "incident-\(number)"
            record.client = connection.clientAddress
        }

        func requestHead(_ head: HTTPRequestHead, refusal: HTTPRefusal?) -> HTTPVerdict {
            func text(_ range: Range<Int>) -> String { String(decoding: head.bytes[range], as: UTF8.self) }
            record.line = text(head.line.bounds)
            record.fields = head.fields.map { "\(text($0.name.bounds)): \(text($0.value.bounds))" }
            record.refusal = refusal
            return filter.headVerdict(record)
        }

        func requestBodyInspection() -> BodyInspection { filter.requestInspection }

        func requestBody(_ bytes: UnsafeBufferPointer<UInt8>) { record.requestBody += bytes }

        func requestEnd(isTruncated: Bool) -> HTTPVerdict {
            record.isRequestTruncated = isTruncated
            return filter.requestVerdict(record)
        }

        func responseHead(_ head: HTTPResponseHead) -> HTTPVerdict {
            record.responseStatus = head.status
            return .pass
        }

        func responseBodyInspection() -> BodyInspection { filter.responseInspection }

        func responseBody(_ bytes: UnsafeBufferPointer<UInt8>) { record.responseBody += bytes }

        func responseEnd(isTruncated: Bool) -> HTTPVerdict {
            record.isResponseTruncated = isTruncated
            return filter.responseVerdict(record)
        }

        var delayMilliseconds: Int { filter.delay(record) }

        func recordVerdict(done: @escaping @Sendable (Bool) -> Void) -> Bool { filter.recorder(done) }

        func requestRefused(_ refusal: HTTPRefusal) { record.refusals.append(refusal) }

        func finish(status: Int) {
            record.status = status
            filter.lock.withLock { filter.finished.append(record) }
        }

        func settle() { filter.settled() }
    }
}

/// A gateway in front of one upstream, gone with the closure.
func withGateway(
    _ upstream: TestUpstream,
    filter: TestFilter? = nil,
    threads: Int = 2,
    configure: (inout GatewayConfiguration) throws -> Void = { _ in },
    _ body: (GatewayServer, Int) async throws -> Void
) async throws {
    let site = GatewaySite(
        upstream: try UpstreamAddress(url: upstream.url),
        filters: .available(filter.map { [$0] } ?? [])
    )
    var configuration = GatewayConfiguration(sites: [site])
    try configure(&configuration)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let listener = try GatewayListener("127.0.0.1:0")
    let server = try await GatewayServer.start(configuration, listeners: [listener], threads: threads, logger: logger)
    do {
        try await body(server, server.addresses.first?.port ?? 0)
    } catch {
        await server.shutDown(within: .zero)
        throw error
    }
    await server.shutDown(within: .zero)
}

/// Runs blocking code without holding up the threads that everything else runs on.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Result { try body() })
        }
    }
}

/// One request on a connection of its own.
func exchange(_ port: Int, _ request: String, isHead: Bool = false) async throws -> TestMessage {
    try await exchange(port, Array(request.utf8), isHead: isHead)
}

func exchange(_ port: Int, _ request: [UInt8], isHead: Bool = false) async throws -> TestMessage {
    try await blocking {
        let socket = try TestSocket(port: port)
        try socket.send(request)
        return try socket.receiveMessage(isBodyExpected: !isHead)
    }
}
