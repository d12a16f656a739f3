// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import Crypto
internal import HTTPTypes
internal import Synchronization

/// What was answered to requests with an `Idempotency-Key`, so that a request that is sent again is not done again
/// (draft-ietf-httpapi-idempotency-key-header-07). Kept for a day in bounded memory; the oldest go first.
final class ReplayTable: Sendable {
    private struct Entry {
        /// Nil while the first request is still running.
        var reply: Reply?
        let request: [UInt8]
        let time: Int64
        var size = 0
    }

    private struct State {
        var entries: [[UInt8]: Entry] = [:]
        /// The keys by age.
        var order: [[UInt8]] = []
        var head = 0
        var bytes = 0
    }

    static let maximumEntries = 4096
    static let maximumBytes = 16 << 20
    static let lifetime: Int64 = 86_400 * 1_000_000_000

    private let state = Mutex(State())

    func answer(_ exchange: Exchange, _ work: @Sendable () async throws -> Reply) async throws -> Reply {
        guard exchange.route.method == .post, case .operation = exchange.route.kind,
            let text = exchange.request.headers[.idempotencyKey]
        else { return try await work() }
        guard (1...128).contains(text.utf8.count) else {
            throw Problem.badRequest("an Idempotency-Key has 1 to 128 bytes")
        }
        let key = Self.hash([exchange.caller.principal?.name ?? "", exchange.route.name, text])
        let request = Self.hash(
            [exchange.request.path, exchange.request.query],
            exchange.request.body + (exchange.request.upload?.digest ?? [])
        )
        if let reply = try begin(key, request, now: exchange.now) { return reply }
        do {
            let reply = try await work()
            finish(key, reply)
            return reply
        } catch {
            // A refusal changed nothing, so the same key may be tried again.
            forget(key)
            throw error
        }
    }

    private static func hash(_ texts: [String], _ bytes: [UInt8] = []) -> [UInt8] {
        var hash = SHA256()
        for text in texts { hash.update(data: Array("\(text.utf8.count):\(text)".utf8)) }
        hash.update(data: bytes)
        return Array(hash.finalize())
    }

    private func begin(_ key: [UInt8], _ request: [UInt8], now: Int64) throws -> Reply? {
        try state.withLock { state in
            Self.trim(&state, now: now)
            if let entry = state.entries[key] {
                guard entry.request == request else {
                    throw Problem.invalid("the Idempotency-Key was used for another request")
                }
                guard var reply = entry.reply else {
                    var problem = Problem(.conflict, "in_progress", "the request with this Idempotency-Key still runs")
                    problem.retryAfterSeconds = 1
                    throw problem
                }
                reply.headers[.idempotencyReplayed] = "true"
                return reply
            }
            state.entries[key] = Entry(request: request, time: now)
            state.order.append(key)
            return nil
        }
    }

    private func finish(_ key: [UInt8], _ reply: Reply) {
        state.withLock { state in
            guard case .stream = reply.body else {
                if case .bytes(let bytes) = reply.body { state.entries[key]?.size = bytes.count }
                state.bytes += state.entries[key]?.size ?? 0
                state.entries[key]?.reply = reply
                return
            }
            state.entries[key] = nil
        }
    }

    private func forget(_ key: [UInt8]) {
        state.withLock { $0.entries[key] = nil }
    }

    private static func trim(_ state: inout State, now: Int64) {
        while state.head < state.order.count {
            let key = state.order[state.head]
            if let entry = state.entries[key] {
                let isOld = entry.time < now - lifetime
                guard isOld || state.entries.count >= maximumEntries || state.bytes > maximumBytes else { break }
                state.bytes -= entry.size
                state.entries[key] = nil
            }
            state.head += 1
        }
        if state.head > maximumEntries {
            state.order.removeFirst(state.head)
            state.head = 0
        }
    }
}
