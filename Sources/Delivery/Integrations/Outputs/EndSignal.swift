// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// Tells those who wait that it is time to end, or that there is work.
final class EndSignal: Sendable {
    private struct Waiter: Sendable {
        let continuation: CheckedContinuation<Void, Never>
        /// Ends the wait when its time is over.
        let alarm: Task<Void, Never>

        func resume() {
            alarm.cancel()
            continuation.resume()
        }
    }

    private struct State {
        var hasCome = false
        /// A wake-up that reached nobody: it ends the next wait.
        var isWoken = false
        var waiters: [Int: Waiter] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    var hasCome: Bool { state.withLock { $0.hasCome } }

    /// Ends all waits, now and later.
    func come() {
        release { $0.hasCome = true }
    }

    /// Ends the waits that are under way, or else the next one.
    func wake() {
        release { $0.isWoken = $0.waiters.isEmpty }
    }

    /// Waits till the end, a wake-up, or so long.
    func wait(atMost limit: Duration) async {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.hasCome || state.isWoken || Task.isCancelled {
                        state.isWoken = false
                        return true
                    }
                    // Under the lock, so that an alarm of no time at all finds the one who waits.
                    state.waiters[number] = Waiter(continuation: continuation, alarm: alarm(number, limit))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            end(number)
        }
    }

    private func alarm(_ number: Int, _ limit: Duration) -> Task<Void, Never> {
        Task { [weak self] in
            // A task that is cancelled is not needed any more.
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            self?.end(number)
        }
    }

    /// Ends one wait.
    private func end(_ number: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.resume()
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
