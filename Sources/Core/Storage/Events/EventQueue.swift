// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import EventBus
internal import Synchronization

/// The batches that wait for the writer of events, and what is asked of it.
final class EventQueue: Sendable {
    typealias Flush = @Sendable (StorageError?) -> Void

    /// What the writer takes in one go.
    struct Work {
        var batches: [EventBatch] = []
        var flushes: [Flush] = []
        var isLast = false
    }

    private struct State {
        var work = Work()
        var bytes = 0
        var isClosed = false
        var hasEnded = false
        var ends: [CheckedContinuation<Void, Never>] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var statistics = EventStoreStatistics()
    }

    private let maximumBytes: Int
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    // MARK: For those who append

    private enum Admission {
        case taken
        case full
        case closed
    }

    private func put(_ batch: EventBatch) -> Admission {
        let size = batch.byteCount
        return state.withLock { state in
            if state.isClosed { return .closed }
            guard state.bytes == 0 || state.bytes + size <= maximumBytes else { return .full }
            if state.work.batches.isEmpty { arrival.signal() }
            state.work.batches.append(batch)
            state.bytes += size
            state.statistics.waitingEvents += batch.count
            return .taken
        }
    }

    func offer(_ batch: EventBatch) -> Bool {
        guard put(batch) != .taken else { return true }
        count { $0.count(.queueFull, batch.count) }
        return false
    }

    func append(_ batch: EventBatch) async -> Bool {
        while true {
            switch put(batch) {
            case .taken: return true
            case .full: await waitForRoom()
            case .closed:
                count { $0.count(.queueFull, batch.count) }
                return false
            }
        }
    }

    private func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.bytes == 0 || state.isClosed { return true }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// - Returns: why what waited could not be written.
    func flush() async -> StorageError? {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.work.flushes.append { continuation.resume(returning: $0) } }
                return state.isClosed
            }
            if isClosed { return continuation.resume(returning: StorageError(.closed, "the store is closed")) }
            arrival.signal()
        }
    }

    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            state.work.isLast = true
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        arrival.signal()
        for continuation in waiting { continuation.resume() }
    }

    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.ends.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    var statistics: EventStoreStatistics { state.withLock { $0.statistics } }

    // MARK: For the writer

    /// Takes all that waits, after some time at most.
    func take(within limit: DispatchTimeInterval) -> Work {
        _ = arrival.wait(timeout: .now() + limit)
        let (work, waiting) = state.withLock { state in
            let work = state.work
            state.work = Work(isLast: work.isLast)
            state.bytes = 0
            let waiting = state.waiting
            state.waiting = []
            return (work, waiting)
        }
        for continuation in waiting { continuation.resume() }
        return work
    }

    func count(_ change: (inout EventStoreStatistics) -> Void) {
        state.withLock { change(&$0.statistics) }
    }

    /// Says that the writer is gone.
    func end() {
        let ends = state.withLock { state in
            state.hasEnded = true
            let ends = state.ends
            state.ends = []
            return ends
        }
        for continuation in ends { continuation.resume() }
    }
}
