// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// What a gateway has done since it started; a value to read, log or export.
package struct GatewayStatistics: Sendable, Equatable {
    /// Connections accepted from clients.
    package var connections = 0
    /// Of these, how many are open.
    package var activeConnections = 0
    /// Connections closed at once, because their client or all clients had too many.
    package var rejectedConnections = 0
    /// Requests whose head was received, refused ones included.
    package var requests = 0
    /// Exchanges that run at the moment.
    package var activeExchanges = 0
    /// Requests that the HTTP parser or a limit refused, by reason.
    package var refused: [String: Int] = [:]
    /// Exchanges that a filter denied, redirected or dropped.
    package var blocked = 0
    /// Of these, how many could not be recorded, and failed with 503.
    package var unrecordedVerdicts = 0
    /// Bodies of which only the beginning was inspected.
    package var truncatedInspections = 0
    /// Requests that passed uninspected because their filters were unavailable.
    package var uninspected = 0
    /// Upstreams that could not be reached, broke off or sent no proper response.
    package var upstreamErrors = 0
    /// Upstreams that did not answer in time.
    package var upstreamTimeouts = 0
    /// Body bytes held back for inspection at the moment.
    package var heldBytes = 0
}

/// The counters behind ``GatewayStatistics``, updated by all event loops.
final class GatewayCounters: Sendable {
    let connections = Atomic(0)
    let activeConnections = Atomic(0)
    let rejectedConnections = Atomic(0)
    let requests = Atomic(0)
    let activeExchanges = Atomic(0)
    let blocked = Atomic(0)
    let unrecordedVerdicts = Atomic(0)
    let truncatedInspections = Atomic(0)
    let uninspected = Atomic(0)
    let upstreamErrors = Atomic(0)
    let upstreamTimeouts = Atomic(0)
    let heldBytes = Atomic(0)
    private let refused = Mutex<[String: Int]>([:])

    /// Counts a refusal; the reasons are the bounded texts of ``HTTP1Refusal``.
    func countRefusal(_ reason: String) {
        refused.withLock { $0[reason, default: 0] += 1 }
    }

    /// Takes a share of the memory for held bodies; false where it is used up.
    func reserve(_ bytes: Int, limit: Int) -> Bool {
        let total = heldBytes.add(bytes, ordering: .relaxed).newValue
        guard total <= limit else {
            heldBytes.subtract(bytes, ordering: .relaxed)
            return false
        }
        return true
    }

    func release(_ bytes: Int) {
        heldBytes.subtract(bytes, ordering: .relaxed)
    }

    var statistics: GatewayStatistics {
        GatewayStatistics(
            connections: connections.load(ordering: .relaxed),
            activeConnections: activeConnections.load(ordering: .relaxed),
            rejectedConnections: rejectedConnections.load(ordering: .relaxed),
            requests: requests.load(ordering: .relaxed),
            activeExchanges: activeExchanges.load(ordering: .relaxed),
            refused: refused.withLock { $0 },
            blocked: blocked.load(ordering: .relaxed),
            unrecordedVerdicts: unrecordedVerdicts.load(ordering: .relaxed),
            truncatedInspections: truncatedInspections.load(ordering: .relaxed),
            uninspected: uninspected.load(ordering: .relaxed),
            upstreamErrors: upstreamErrors.load(ordering: .relaxed),
            upstreamTimeouts: upstreamTimeouts.load(ordering: .relaxed),
            heldBytes: heldBytes.load(ordering: .relaxed)
        )
    }
}

/// Adds one; for counters that nothing is decided by.
func increment(_ counter: borrowing Atomic<Int>) {
    counter.add(1, ordering: .relaxed)
}

/// Takes one away.
func decrement(_ counter: borrowing Atomic<Int>) {
    counter.subtract(1, ordering: .relaxed)
}
