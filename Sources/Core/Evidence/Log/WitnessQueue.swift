// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// Somebody outside who is given each checkpoint, so that the log's owner cannot take it back.
package struct EvidenceWitness: Sendable {
    /// Gives a checkpoint away; throws where that did not work, and is then tried again.
    package var deliver: @Sendable (SignedCheckpoint) async throws -> Void
    /// How long to wait after a failure; it doubles with each, up to ``longestDelay``.
    package var firstDelay: Duration = .seconds(1)
    package var longestDelay: Duration = .seconds(60)

    package init(deliver: @escaping @Sendable (SignedCheckpoint) async throws -> Void) {
        self.deliver = deliver
    }
}

/// What became of the checkpoints that a witness was to have.
package struct WitnessStatistics: Sendable, Equatable {
    package var delivered = 0
    /// Attempts that failed.
    package var failed = 0
    /// Checkpoints that were left out because too many waited; a newer one promises all that they did.
    package var skipped = 0
    /// How often it could not be kept which checkpoint the witness has.
    package var notesFailed = 0
    /// The size of the newest checkpoint that the witness has.
    package var witnessedSize = 0
    /// The size of the newest checkpoint that it should have.
    package var offeredSize = 0
}

/// Checkpoints on their way to the witness, oldest first.
///
/// The queue lives in memory, as all checkpoints are on disk anyway: what the witness has is kept in `witnessed`, and
/// after a restart the newest checkpoint is offered again if it is newer.
final class WitnessQueue: Sendable {
    private struct State {
        var waiting: [SignedCheckpoint] = []
        var delivery: Task<Void, Never>?
        var statistics = WitnessStatistics()
        var isClosed = false
    }

    private let witness: EvidenceWitness
    private let folder: LogFolder
    private let state = Mutex(State())

    /// More do not wait; the oldest make room.
    static let capacity = 64

    init(_ witness: EvidenceWitness, _ folder: LogFolder, newest: SignedCheckpoint?) throws(EvidenceError) {
        self.witness = witness
        self.folder = folder
        var witnessed = 0
        do throws(EvidenceError) {
            let bytes = try StorageFile(folder.witnessed, .reading).readAll()
            witnessed = try SignedCheckpoint(bytes).checkpoint.size
        } catch  where error.code == .notFound {
            // Nothing has been witnessed yet.
        }
        state.withLock { $0.statistics.witnessedSize = witnessed }
        if let newest, newest.checkpoint.size > witnessed { offer(newest) }
    }

    var statistics: WitnessStatistics { state.withLock { $0.statistics } }

    /// Puts a checkpoint at the end of the queue; never waits.
    func offer(_ checkpoint: SignedCheckpoint) {
        state.withLock { state in
            guard !state.isClosed else { return }
            if state.waiting.count >= Self.capacity {
                state.waiting.removeFirst()
                state.statistics.skipped += 1
            }
            state.waiting.append(checkpoint)
            state.statistics.offeredSize = checkpoint.checkpoint.size
            if state.delivery == nil {
                state.delivery = Task { [self] in await deliverAll() }
            }
        }
    }

    /// Gives up what waits, and waits for a delivery that goes on.
    func close() async {
        await abandon()?.value
    }

    /// Gives up what waits.
    ///
    /// - Returns: the delivery that goes on, which has been cancelled.
    @discardableResult
    func abandon() -> Task<Void, Never>? {
        state.withLock { state in
            state.isClosed = true
            state.delivery?.cancel()
            return state.delivery
        }
    }

    private func deliverAll() async {
        var delay = witness.firstDelay
        while let checkpoint = next() {
            do {
                try await witness.deliver(checkpoint)
                noteDown(checkpoint)
                delay = witness.firstDelay
                delivered(checkpoint)
            } catch {
                state.withLock { $0.statistics.failed += 1 }
                do {
                    try await Task.sleep(for: delay)
                } catch {
                    // Cancelled: the log closes.
                    continue
                }
                delay = min(delay * 2, witness.longestDelay)
            }
        }
    }

    /// What cannot be noted down is delivered again after a restart, which does no harm.
    private func noteDown(_ checkpoint: SignedCheckpoint) {
        do throws(EvidenceError) {
            try StorageFolder.replace("witnessed", in: folder.path, with: checkpoint.bytes)
        } catch {
            state.withLock { $0.statistics.notesFailed += 1 }
        }
    }

    /// The oldest that waits; nil ends the delivery.
    private func next() -> SignedCheckpoint? {
        state.withLock { state in
            guard let first = state.waiting.first, !state.isClosed else {
                state.delivery = nil
                return nil
            }
            return first
        }
    }

    private func delivered(_ checkpoint: SignedCheckpoint) {
        state.withLock { state in
            // It may have had to make room meanwhile.
            if state.waiting.first == checkpoint { state.waiting.removeFirst() }
            state.statistics.delivered += 1
            state.statistics.witnessedSize = max(state.statistics.witnessedSize, checkpoint.checkpoint.size)
        }
    }
}
