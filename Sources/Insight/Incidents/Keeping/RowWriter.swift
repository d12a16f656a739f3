// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import Storage
internal import Synchronization

/// Writes a batch of rows on a thread of its own, while the next one is gathered: reading events costs about as much as
/// writing rows, so that under a flood both cores work.
final class RowWriter {
    /// How writing went.
    private final class Outcome: Sendable {
        let failure = Mutex<StorageError?>(nil)
        let end = DispatchSemaphore(value: 0)
    }

    private let store: InsightStore
    private let queue = DispatchQueue(label: "redoubt.detections.rows")
    private let outcome = Outcome()
    /// The rows that are being written.
    private var batch: RowBatch?

    init(_ store: InsightStore) {
        self.store = store
    }

    /// Begins to write; the one before has been waited for.
    func begin(_ batch: RowBatch) {
        self.batch = batch
        let (store, outcome) = (store, outcome)
        queue.async {
            do throws(StorageError) {
                try store.database.writeNow(survivesPowerLoss: false) { connection throws(StorageError) in
                    try batch.write(connection)
                }
                store.tell(rows: batch.told, grown: [])
            } catch {
                outcome.failure.withLock { $0 = error }
            }
            outcome.end.signal()
        }
    }

    /// Waits for the batch that is being written.
    ///
    /// - Returns: the batch and why it was not written; nil where there is none.
    func wait() -> (batch: RowBatch, failure: StorageError?)? {
        guard let batch else { return nil }
        outcome.end.wait()
        self.batch = nil
        let failure = outcome.failure.withLock { failure in
            defer { failure = nil }
            return failure
        }
        return (batch, failure)
    }
}
