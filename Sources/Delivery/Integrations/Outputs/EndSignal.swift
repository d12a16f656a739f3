// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// Tells those who wait that it is time to end, or that there is work.
final class EndSignal: Sendable {
    private struct State {
        var hasCome = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    var hasCome: Bool { state.withLock { $0.hasCome } }

    /// Ends all waits, now and later.
    func come() {
        release { $0.hasCome = true }
    }

    /// Ends the waits that are under way.
    func wake() {
        release { _ in }
    }

    /// Waits till the end, a wake-up, or so long.
    func wait(atMost limit: Duration) async {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let alarm = Task { [weak self] in
            // A task that is cancelled is not needed any more.
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            self?.state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.hasCome || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
        alarm.cancel()
    }

    private func release(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}
