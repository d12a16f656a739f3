// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// Lets one task after another do what no two may do at once, also where it suspends in between.
///
/// What is checked in a turn still holds when the act that it allows has been recorded and is written: so no evidence is
/// made of an act that then turns out not to be possible.
final class Turn: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var first = 0
    }

    private let state = Mutex(State())

    static let maximumWaiting = 1000

    /// Waits for the turn, which ends with ``pass()``.
    ///
    /// - Throws: ``AccessError/Code/busy`` where too many wait.
    func take() async throws(AccessError) {
        let isFull = state.withLock { $0.waiting.count - $0.first >= Self.maximumWaiting }
        guard !isFull else { throw AccessError(.busy, "too many changes at once; try again in a moment") }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// Ends the turn; the one that waits longest has the next.
    func pass() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.first < state.waiting.count else {
                state.waiting.removeAll()
                state.first = 0
                state.isTaken = false
                return nil
            }
            state.first += 1
            let next = state.waiting[state.first - 1]
            if state.first >= Self.maximumWaiting {
                state.waiting.removeFirst(state.first)
                state.first = 0
            }
            return next
        }
        next?.resume()
    }
}
