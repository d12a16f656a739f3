// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import Synchronization

/// The leaves that wait for the writer: many threads put in, one takes all at once.
///
/// Putting in copies the leaf under a lock and never waits for the disk.
final class LeafQueue: Sendable {
    typealias LeafCompletion = @Sendable (Result<EvidencePosition, EvidenceError>) -> Void
    typealias CheckpointCompletion = @Sendable (Result<SignedCheckpoint, EvidenceError>) -> Void

    /// What the writer takes in one go.
    struct Group {
        /// Records without checks, one after another.
        var bytes: [UInt8] = []
        /// One for each record.
        var completions: [LeafCompletion] = []
        var checkpoints: [CheckpointCompletion] = []
        /// Whether nothing will come after it.
        var isLast = false

        var isEmpty: Bool { bytes.isEmpty && checkpoints.isEmpty && !isLast }
    }

    private struct State {
        var group = Group()
        /// Tasks that wait for room.
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// Why no leaf can be taken any more.
        var failure: EvidenceError?
        var statistics = EvidenceStatistics()
    }

    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)
    private let maximumBytes: Int

    /// - Parameter maximumBytes: what may wait; a leaf larger than that is taken while nothing waits.
    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    // MARK: For those who append

    /// - Throws: ``EvidenceError/Code/overloaded``, ``EvidenceError/Code/closed``, ``EvidenceError/Code/tooLarge``, or
    ///   why the log broke; the completion is then not called.
    func enqueue(_ leaf: EvidenceLeaf, _ completion: @escaping LeafCompletion) throws(EvidenceError) {
        guard leaf.maximumByteCount <= EvidenceLeaf.maximumLength else {
            throw EvidenceError(.tooLarge, "a leaf has \(EvidenceLeaf.maximumLength) bytes at most")
        }
        let error = state.withLock { state -> EvidenceError? in
            if let failure = state.failure { return failure }
            let waiting = state.group.bytes.count
            guard waiting == 0 || waiting + leaf.maximumByteCount + LeafRecord.headerLength <= maximumBytes else {
                state.statistics.refused += 1
                return EvidenceError(.overloaded, "\(waiting) bytes of leaves wait for the disk")
            }
            if state.group.isEmpty { arrival.signal() }
            _ = LeafRecord.append(leaf, to: &state.group.bytes)
            state.group.completions.append(completion)
            return nil
        }
        if let error { throw error }
    }

    /// Waits till the writer has taken what waits now.
    func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.group.bytes.isEmpty || state.failure != nil { return true }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func requestCheckpoint(_ completion: @escaping CheckpointCompletion) throws(EvidenceError) {
        let failure = state.withLock { state -> EvidenceError? in
            if let failure = state.failure { return failure }
            if state.group.isEmpty { arrival.signal() }
            state.group.checkpoints.append(completion)
            return nil
        }
        if let failure { throw failure }
    }

    /// Takes no leaf any more; what waits is still written.
    func close() {
        state.withLock { state in
            if state.failure == nil {
                state.failure = EvidenceError(.closed, "the log is closed")
            }
            guard !state.group.isLast else { return }
            state.group.isLast = true
            arrival.signal()
        }
    }

    var statistics: EvidenceStatistics {
        state.withLock { $0.statistics }
    }

    // MARK: For the writer

    /// Waits for something to take.
    ///
    /// - Parameter timeout: nanoseconds; nil for any time.
    func waitForArrival(timeout: Int?) {
        if let timeout {
            _ = arrival.wait(timeout: .now() + .nanoseconds(max(0, timeout)))
        } else {
            arrival.wait()
        }
    }

    /// Whether so much waits that the writer should not wait for more.
    var isHalfFull: Bool {
        state.withLock { $0.group.bytes.count > maximumBytes / 2 || $0.group.isLast }
    }

    /// Takes all that waits.
    ///
    /// - Parameter buffer: memory of an earlier group, to be used again.
    func take(reusing buffer: consuming [UInt8]) -> Group {
        var next = Group()
        buffer.removeAll(keepingCapacity: true)
        next.bytes = buffer
        let (group, waiting) = state.withLock { state in
            swap(&state.group, &next)
            let waiting = state.waiting
            state.waiting = []
            return (next, waiting)
        }
        for continuation in waiting { continuation.resume() }
        return group
    }

    func count(_ change: (inout EvidenceStatistics) -> Void) {
        state.withLock { change(&$0.statistics) }
    }

    /// Takes no leaf any more, as the disk cannot be trusted.
    func breakDown(_ error: EvidenceError) {
        state.withLock { $0.failure = error }
    }
}

/// What a log has done since it was opened.
package struct EvidenceStatistics: Sendable, Equatable {
    /// Leaves that are on disk.
    package var appended = 0
    /// Leaves that were not taken because too many waited.
    package var refused = 0
    /// Leaves that were taken and could not be written.
    package var failed = 0
    /// How often leaves were brought to disk together.
    package var groups = 0
    package var checkpoints = 0
    /// Checkpoints and hashes that could not be written; it is tried again.
    package var retries = 0
}
