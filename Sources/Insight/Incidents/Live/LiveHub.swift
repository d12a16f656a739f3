// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// What just happened, for those who watch.
package enum LiveEvent: Sendable {
    /// A new row.
    case detection(DetectionRow)
    /// More exchanges went into a row.
    case growth(id: Int64, count: Int, lastTime: Int64)
    /// An incident that is new, or that has changed.
    case incident(Incident)
}

/// Hands new detections and incidents to those who watch, and never waits for them.
///
/// Each has a buffer of its own; who does not keep up loses the oldest, and is told how many.
package final class LiveHub: Sendable {
    private struct State {
        var watchers: [Int: LiveWatch.Buffer] = [:]
        var nextNumber = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    /// So that nobody makes events of which nobody wants to know.
    private let count = Atomic(0)

    init() {}

    package var hasWatchers: Bool { count.load(ordering: .relaxed) > 0 }

    /// Begins to watch; ends when the answer goes away or its task is cancelled.
    ///
    /// - Parameter buffer: events that may wait.
    package func watch(buffer size: Int = 256) -> LiveWatch {
        let buffer = LiveWatch.Buffer(size: max(1, size))
        let number = state.withLock { state in
            state.nextNumber += 1
            if state.isClosed { buffer.close() } else { state.watchers[state.nextNumber] = buffer }
            count.store(state.watchers.count, ordering: .relaxed)
            return state.nextNumber
        }
        return LiveWatch(buffer) { [weak self] in self?.end(number) }
    }

    func send(_ event: LiveEvent) {
        guard hasWatchers else { return }
        for buffer in state.withLock({ Array($0.watchers.values) }) { buffer.put(event) }
    }

    /// Tells nobody of anything from now on; who watches sees what has come, and then the end.
    package func close() {
        let buffers = state.withLock { state in
            let buffers = Array(state.watchers.values)
            state.watchers = [:]
            state.isClosed = true
            count.store(0, ordering: .relaxed)
            return buffers
        }
        for buffer in buffers { buffer.close() }
    }

    private func end(_ number: Int) {
        state.withLock { state in
            state.watchers[number] = nil
            count.store(state.watchers.count, ordering: .relaxed)
        }
    }
}

/// What one watcher sees.
package final class LiveWatch: Sendable {
    /// The events that wait for one watcher.
    final class Buffer: Sendable {
        private struct State {
            var events: [LiveEvent] = []
            /// The place of the oldest event, once the buffer is full and goes round.
            var head = 0
            var missed = 0
            var waiter: CheckedContinuation<Void, Never>?
            var isClosed = false
        }

        private let size: Int
        private let state = Mutex(State())

        init(size: Int) {
            self.size = size
        }

        func put(_ event: LiveEvent) {
            let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if state.isClosed { return nil }
                if state.events.count < size {
                    state.events.append(event)
                } else {
                    state.events[state.head] = event
                    state.head = (state.head + 1) % size
                    state.missed += 1
                }
                return Self.release(&state)
            }
            waiter?.resume()
        }

        func close() {
            let waiter = state.withLock { state in
                state.isClosed = true
                return Self.release(&state)
            }
            waiter?.resume()
        }

        /// All that waits, oldest first; nil at the end.
        func take() -> (events: [LiveEvent], missed: Int)? {
            state.withLock { state in
                if state.events.isEmpty, state.isClosed { return nil }
                let events = Array(state.events[state.head...] + state.events[..<state.head])
                let missed = state.missed
                state.events.removeAll(keepingCapacity: true)
                state.head = 0
                state.missed = 0
                return (events, missed)
            }
        }

        /// Waits till there is something to take.
        func wait() async {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if !state.events.isEmpty || state.isClosed || Task.isCancelled { return true }
                        state.waiter?.resume()
                        state.waiter = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                state.withLock { Self.release(&$0) }?.resume()
            }
        }

        private static func release(_ state: inout State) -> CheckedContinuation<Void, Never>? {
            let waiter = state.waiter
            state.waiter = nil
            return waiter
        }
    }

    private let buffer: Buffer
    private let end: @Sendable () -> Void

    init(_ buffer: Buffer, end: @escaping @Sendable () -> Void) {
        self.buffer = buffer
        self.end = end
    }

    deinit {
        end()
    }

    /// Waits for what comes next.
    ///
    /// - Returns: what has come, oldest first, and how many events were lost before that because too many waited; nil
    ///   once the store is closed or the task is cancelled.
    package func next() async -> (events: [LiveEvent], missed: Int)? {
        while !Task.isCancelled {
            guard let taken = buffer.take() else { return nil }
            if !taken.events.isEmpty { return taken }
            await buffer.wait()
        }
        return nil
    }
}
