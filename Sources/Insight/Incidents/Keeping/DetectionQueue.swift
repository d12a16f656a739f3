// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import EventBus
internal import Storage
internal import Synchronization

/// The batches that wait for the keeper's thread, and what is asked of it.
final class DetectionQueue: Sendable {
    /// What the thread takes in one go.
    struct Work {
        var batches: [EventBatch] = []
        var flushes: [@Sendable (StorageError?) -> Void] = []
        var isLast = false
    }

    private struct State {
        var work = Work()
        var bytes = 0
        var isClosed = false
        var hasEnded = false
        var ends: [CheckedContinuation<Void, Never>] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var statistics = InsightStatistics()
    }

    private let maximumBytes: Int
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    // MARK: For those who append

    /// Waits for room.
    ///
    /// - Returns: false where it is closed.
    func append(_ batch: EventBatch) async -> Bool {
        let size = batch.byteCount
        while true {
            let isTaken = state.withLock { state -> Bool? in
                if state.isClosed { return nil }
                guard state.bytes == 0 || state.bytes + size <= maximumBytes else { return false }
                if state.work.batches.isEmpty { arrival.signal() }
                state.work.batches.append(batch)
                state.bytes += size
                return true
            }
            guard let isTaken else { return false }
            if isTaken { return true }
            await waitForRoom()
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

    func flush() async -> StorageError? {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.work.flushes.append { continuation.resume(returning: $0) } }
                return state.isClosed
            }
            if isClosed { return continuation.resume(returning: StorageError(.closed, "the keeper is closed")) }
            arrival.signal()
        }
    }

    func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            state.work.isLast = true
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        arrival.signal()
        for continuation in waiting { continuation.resume() }
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.ends.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    var statistics: InsightStatistics { state.withLock { $0.statistics } }

    // MARK: For the thread

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

    func report(_ statistics: InsightStatistics) {
        state.withLock { $0.statistics = statistics }
    }

    /// Says that the thread is gone.
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
