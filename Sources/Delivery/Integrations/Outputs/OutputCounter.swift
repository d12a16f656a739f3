// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// The numbers of one output, which it counts and others read.
final class OutputCounter: Sendable {
    private let state = Mutex(OutputStatistics())

    var statistics: OutputStatistics { state.withLock { $0 } }

    /// Events arrived, so that the output works.
    func sent(_ events: Int) {
        state.withLock { state in
            state.sent += events
            state.lastFailure = nil
        }
    }

    func failed(_ message: String) {
        state.withLock { state in
            state.failures += 1
            state.lastFailure = message
        }
    }

    func lost(_ events: Int, _ reason: OutputLoss) {
        state.withLock { $0.lose(reason, events) }
    }

    /// Sets how many events the output itself holds.
    func waiting(_ events: Int) {
        state.withLock { $0.waiting = events }
    }

    /// More events wait in the output itself.
    func addWaiting(_ events: Int) {
        state.withLock { $0.waiting += events }
    }

    func dead(_ messages: Int) {
        state.withLock { $0.dead = messages }
    }
}
