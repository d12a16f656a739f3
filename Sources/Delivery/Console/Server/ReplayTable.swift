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
        /// Tells it from an earlier one of the same key.
        let number: Int
        var size = 0
    }

    private struct State {
        var entries: [[UInt8]: Entry] = [:]
        /// The keys by age, with the numbers of their entries; of some the entry is gone.
        var order: [(key: [UInt8], number: Int)] = []
        var head = 0
        var bytes = 0
        var next = 0
    }

    static let maximumEntries = 4096
    static let maximumBytes = 16 << 20
    static let lifetime: Int64 = 86_400 * 1_000_000_000

    private let state = Mutex(State())

    /// How many keys are held in order, those of entries that are gone too.
    var heldKeys: Int { state.withLock { $0.order.count } }

    func answer(_ exchange: Exchange, _ work: @Sendable () async throws -> Reply) async throws -> Reply {
        guard exchange.route.method == .post, case .operation = exchange.route.kind,
            let text = exchange.request.headers[.idempotencyKey]
        else { return try await work() }
        guard (1...128).contains(text.utf8.count) else {
            throw Problem.badRequest("an Idempotency-Key has 1 to 128 bytes")
        }
        // Whoever has lost a project since is not told again what was done there.
        let parts = exchange.caller.principal?.parts.map(\.scope.path) ?? []
        let key = Self.hash([exchange.caller.principal?.name ?? "", exchange.route.name, text] + parts)
        let request = Self.hash(
            [exchange.request.path, exchange.request.query],
            exchange.request.body + (exchange.request.upload?.digest ?? [])
        )
        let number: Int
        switch try begin(key, request, now: exchange.now) {
        case .known(let reply): return reply
        case .new(let new): number = new
        }
        do {
            let reply = try await work()
            finish(key, number, reply)
            return reply
        } catch {
            // A refusal changed nothing, so the same key may be tried again.
            forget(key, number)
            throw error
        }
    }

    private static func hash(_ texts: [String], _ bytes: [UInt8] = []) -> [UInt8] {
        var hash = SHA256()
        for text in texts { hash.update(data: Array("\(text.utf8.count):\(text)".utf8)) }
        hash.update(data: bytes)
        return Array(hash.finalize())
    }

    private enum Beginning {
        case known(Reply)
        /// The number of its entry.
        case new(Int)
    }

    private func begin(_ key: [UInt8], _ request: [UInt8], now: Int64) throws -> Beginning {
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
                return .known(reply)
            }
            let number = state.next
            state.next += 1
            state.entries[key] = Entry(request: request, time: now, number: number)
            state.order.append((key, number))
            return .new(number)
        }
    }

    private func finish(_ key: [UInt8], _ number: Int, _ reply: Reply) {
        state.withLock { state in
            guard state.entries[key]?.number == number else { return }
            guard case .stream = reply.body else {
                if case .bytes(let bytes) = reply.body { state.entries[key]?.size = bytes.count }
                state.bytes += state.entries[key]?.size ?? 0
                state.entries[key]?.reply = reply
                return
            }
            state.entries[key] = nil
        }
    }

    private func forget(_ key: [UInt8], _ number: Int) {
        state.withLock { state in
            if state.entries[key]?.number == number { state.entries[key] = nil }
        }
    }

    private static func trim(_ state: inout State, now: Int64) {
        while state.head < state.order.count {
            let (key, number) = state.order[state.head]
            if let entry = state.entries[key], entry.number == number {
                let isOld = entry.time < now - lifetime
                guard isOld || state.entries.count >= maximumEntries || state.bytes > maximumBytes else { break }
                state.bytes -= entry.size
                state.entries[key] = nil
            }
            state.head += 1
        }
        // Keys of refused requests are left behind one that holds: they are thrown out before they are too many.
        guard state.order.count >= 2 * maximumEntries else { return }
        state.order = state.order[state.head...].filter { state.entries[$0.key]?.number == $0.number }
        state.head = 0
    }
}
