// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// When sessions and tokens were last used: known to the moment in memory, written at most once a minute.
final class LastUse: Sendable {
    private struct Use {
        var seen: Int64
        var written: Int64
    }

    private struct State {
        var uses = BoundedTable<String, Use>(capacity: 10_000)
        var failures = 0
    }

    private let state = Mutex(State())

    static let interval = 60 * Times.second

    /// The last use that is known here; nil where only the database knows.
    func seen(_ id: String) -> Int64? {
        state.withLock { $0.uses.peek(id)?.seen }
    }

    /// Takes note of a use.
    ///
    /// - Parameter stored: what the database holds; nil for never.
    /// - Returns: whether it is time to write, which of those who use it at once only one is told.
    func note(_ id: String, at time: Int64, stored: Int64?) -> Bool {
        state.withLock { state in
            let known = state.uses.peek(id)
            let written = known?.written ?? stored
            let isDue = written.map { Times.elapsed(from: $0, to: time) >= Self.interval } ?? true
            let seen = max(known?.seen ?? .min, time)
            state.uses.set(id, Use(seen: seen, written: isDue ? time : written ?? time))
            return isDue
        }
    }

    func forget(_ id: String) {
        state.withLock { _ = $0.uses.set(id, nil) }
    }

    /// The write failed: the next use tries again.
    func noteFailure(_ id: String) {
        state.withLock { state in
            state.failures += 1
            state.uses.set(id, nil)
        }
    }

    var failures: Int { state.withLock { $0.failures } }
}
