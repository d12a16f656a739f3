// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// Answers that go on: server-sent events (WHATWG HTML, section 9.2).
///
/// A client that does not read loses events and is told how many; it costs the memory of ``waiting`` events, no more.
enum LiveFeed {
    typealias Put = @Sendable (ByteBuffer) -> Void

    private static let waiting = 512
    private static let keepAlive: Duration = .seconds(15)

    /// - Parameters:
    ///   - source: hands over events until it is cancelled.
    ///   - end: called once, when nobody listens any more.
    static func reply(
        _ meters: ConsoleMeters,
        _ source: @escaping @Sendable (@escaping Put) async throws -> Void,
        end: @escaping @Sendable () -> Void = {}
    ) throws -> Reply {
        try meters.addListener()
        var reply = Reply()
        reply.headers[.contentType] = "text/event-stream; charset=utf-8"
        reply.body = .stream { writer in
            defer {
                meters.removeListener()
                end()
            }
            try await writer.write(ByteBuffer(string: "retry: 3000\n\n"))
            let (events, continuation) = AsyncStream.makeStream(
                of: ByteBuffer.self,
                bufferingPolicy: .bufferingOldest(waiting)
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { continuation.finish() }
                    let losses = Losses()
                    try await source { losses.put($0, to: continuation) }
                }
                group.addTask {
                    while !Task.isCancelled {
                        try await Task.sleep(for: keepAlive)
                        continuation.yield(ByteBuffer(string: ":\n\n"))
                    }
                }
                defer { group.cancelAll() }
                for await event in events.cancelOnGracefulShutdown() { try await writer.write(event) }
            }
            try await writer.finish(nil)
        }
        return reply
    }

    /// One event; its data has no line feeds.
    static func event(_ name: String, _ data: ArraySlice<UInt8>) -> ByteBuffer {
        var buffer = ByteBuffer(string: "event: \(name)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }

    static func event(_ name: String, _ html: HTML) -> ByteBuffer {
        event(name, Array(html.markup.replacing("\n", with: " ").utf8)[...])
    }
}

/// Counts what a client was too slow for, and tells it once there is room again.
private final class Losses: Sendable {
    private let count = Atomic(0)

    func put(_ event: ByteBuffer, to stream: AsyncStream<ByteBuffer>.Continuation) {
        let missed = count.load(ordering: .relaxed)
        if missed > 0 {
            let note = ByteBuffer(string: "event: lost\ndata: \(missed)\n\n")
            guard case .enqueued = stream.yield(note) else { return miss() }
            count.subtract(missed, ordering: .relaxed)
        }
        guard case .dropped = stream.yield(event) else { return }
        miss()
    }

    private func miss() { count.add(1, ordering: .relaxed) }
}
