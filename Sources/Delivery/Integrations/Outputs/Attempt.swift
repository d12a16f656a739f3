// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// What an output has under way, so that it can be cut off when the output ends: one piece of work at a time.
final class Attempt: Sendable {
    private struct Running: Sendable {
        let done: EndSignal
        let cancel: @Sendable () -> Void
    }

    private struct State {
        var running: Running?
        var isOver = false
    }

    private let state = Mutex(State())

    /// Runs a piece of work in a task of its own, which is cancelled when it takes too long after the end.
    func run<Answer: Sendable>(_ work: @escaping @Sendable () async -> Answer) async -> Answer {
        let task = Task { await work() }
        let done = EndSignal()
        let isOver = state.withLock { state in
            state.running = Running(done: done) { task.cancel() }
            return state.isOver
        }
        if isOver { task.cancel() }
        let answer = await task.value
        state.withLock { $0.running = nil }
        done.come()
        return answer
    }

    /// Lets what is under way go on so long, then cancels it. What comes later is cancelled at once.
    func end(within grace: Duration) async {
        await state.withLock { $0.running }?.done.wait(atMost: grace)
        let late = state.withLock { state in
            state.isOver = true
            return state.running
        }
        late?.cancel()
    }
}

extension EndSignal {
    /// Begins a piece of work that nobody has to wait for.
    ///
    /// - Returns: what comes when the work has ended.
    static func ending(_ work: @escaping @Sendable () async -> Void) -> EndSignal {
        let signal = EndSignal()
        Task {
            await work()
            signal.come()
        }
        return signal
    }

    /// Waits for the end, but not after a point in time.
    ///
    /// - Returns: whether it has come.
    func comes(by deadline: ContinuousClock.Instant) async -> Bool {
        if !hasCome { await wait(atMost: max(.zero, deadline - .now)) }
        return hasCome
    }
}
