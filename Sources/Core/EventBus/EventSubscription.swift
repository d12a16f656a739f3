// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// One receiver of batches, with a queue of its own.
///
/// One task takes from it. Whoever does not keep up loses batches and no other receiver does; what is lost is counted, and
/// shows as a gap in the numbers.
package final class EventSubscription: Sendable {
    /// How a subscription behaves.
    package struct Settings: Sendable {
        /// Bytes of batches that may wait.
        package var queueBytes = 16 << 20
        /// What goes when the queue is full: what came last, or what has waited longest (for live views).
        package var dropsOldest = false
        /// Whether sources that can wait are asked to, when the queue fills.
        package var exertsPressure = true

        package init() {}
    }

    /// What a subscription has done.
    package struct Statistics: Sendable, Equatable {
        package var deliveredEvents = 0
        package var waitingEvents = 0
        package var waitingBytes = 0
        package var drops = EventDrops()
    }

    private struct State {
        var queue: [EventBatch] = []
        /// The first batch that has not been taken; those before it are gone.
        var head = 0
        var statistics = Statistics()
        var taker: CheckedContinuation<EventBatch?, Never>?
        /// Sources that wait for room.
        var sources: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
    }

    /// What metrics and messages call it.
    package let name: String
    private let settings: Settings
    private let state = Mutex(State())
    /// Whether the queue is so full that sources should wait; read without the lock.
    private let isPressed = Atomic(false)

    init(name: String, _ settings: Settings) {
        self.name = name
        self.settings = settings
    }

    // MARK: For the receiver

    /// Waits for the next batch.
    ///
    /// - Returns: nil once the bus is closed and all has been taken, or when the task is cancelled.
    package func next() async -> EventBatch? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> EventBatch?? in
                    if let batch = take(from: &state) { return .some(batch) }
                    if state.isClosed || Task.isCancelled { return .some(nil) }
                    // One task takes; a second one would never be woken, so the first is let go.
                    state.taker?.resume(returning: nil)
                    state.taker = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            let taker = state.withLock { state in
                let taker = state.taker
                state.taker = nil
                return taker
            }
            taker?.resume(returning: nil)
        }
    }

    /// The next batch, where one waits.
    package func nextIfAny() -> EventBatch? {
        state.withLock { take(from: &$0) }
    }

    /// Takes no batch any more, and lets those go that wait.
    package func cancel() {
        let (taker, sources) = state.withLock { state in
            state.isClosed = true
            state.statistics.drops.count(.closed, state.statistics.waitingEvents)
            state.queue = []
            state.head = 0
            state.statistics.waitingBytes = 0
            state.statistics.waitingEvents = 0
            return (releaseTaker(&state), releaseSources(&state))
        }
        taker?.resume(returning: nil)
        for source in sources { source.resume() }
    }

    package var statistics: Statistics {
        state.withLock { $0.statistics }
    }

    // MARK: For the bus

    /// Puts a batch into the queue, or counts it as dropped; never waits.
    func offer(_ batch: EventBatch) {
        let taker = state.withLock { state -> CheckedContinuation<EventBatch?, Never>? in
            guard !state.isClosed else {
                state.statistics.drops.count(.closed, batch.count)
                return nil
            }
            if let taker = state.taker {
                state.taker = nil
                state.statistics.deliveredEvents += batch.count
                return taker
            }
            enqueue(batch, in: &state)
            return nil
        }
        taker?.resume(returning: batch)
    }

    /// Ends the subscription once what waits has been taken.
    func close() {
        let (taker, sources) = state.withLock { state in
            state.isClosed = true
            return (releaseTaker(&state), releaseSources(&state))
        }
        taker?.resume(returning: nil)
        for source in sources { source.resume() }
    }

    /// Whether sources that can wait should.
    var wantsPause: Bool { settings.exertsPressure && isPressed.load(ordering: .relaxed) }

    /// Waits till less than half of the queue is full.
    func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if !isPressed.load(ordering: .relaxed) || state.isClosed { return true }
                state.sources.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    // MARK: Under the lock

    private func enqueue(_ batch: EventBatch, in state: inout State) {
        let size = batch.byteCount
        // A batch larger than the whole queue is taken while nothing waits.
        while state.statistics.waitingBytes > 0, state.statistics.waitingBytes + size > settings.queueBytes {
            guard settings.dropsOldest, let oldest = remove(from: &state) else {
                state.statistics.drops.count(.queueFull, batch.count)
                isPressed.store(true, ordering: .relaxed)
                return
            }
            state.statistics.drops.count(.queueFull, oldest.count)
        }
        state.queue.append(batch)
        state.statistics.waitingBytes += size
        state.statistics.waitingEvents += batch.count
        if state.statistics.waitingBytes > settings.queueBytes / 4 * 3 { isPressed.store(true, ordering: .relaxed) }
    }

    private func take(from state: inout State) -> EventBatch? {
        guard let batch = remove(from: &state) else { return nil }
        state.statistics.deliveredEvents += batch.count
        if state.statistics.waitingBytes <= settings.queueBytes / 2 {
            for source in releaseSources(&state) { source.resume() }
        }
        return batch
    }

    private func remove(from state: inout State) -> EventBatch? {
        guard state.head < state.queue.count else { return nil }
        let batch = state.queue[state.head]
        // Gives its memory back at once, and the place of those before it when they are half of the queue.
        state.queue[state.head] = EventBatch(origin: batch.origin)
        state.head += 1
        if state.head * 2 >= state.queue.count {
            state.queue.removeFirst(state.head)
            state.head = 0
        }
        state.statistics.waitingBytes -= batch.byteCount
        state.statistics.waitingEvents -= batch.count
        return batch
    }

    private func releaseTaker(_ state: inout State) -> CheckedContinuation<EventBatch?, Never>? {
        let taker = state.taker
        state.taker = nil
        return taker
    }

    private func releaseSources(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        isPressed.store(false, ordering: .relaxed)
        let sources = state.sources
        state.sources = []
        return sources
    }
}
