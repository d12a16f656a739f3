// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import EventBus
package import Storage

/// Makes rows, incidents and numbers of what the bus carries, on a thread of its own.
package final class DetectionKeeper: Sendable {
    /// How detections are gathered.
    package struct Settings: Sendable {
        package init() {}
    }

    package init(_ store: InsightStore, _ settings: Settings = Settings()) throws(StorageError) {
    }

    /// Takes batches from a subscription till the bus is closed or the task is cancelled.
    package func keep(_ subscription: EventSubscription) async {
    }

    /// Takes a batch, and waits while too many wait.
    package func append(_ batch: EventBatch) async {
    }

    /// Brings all that was taken before to the disk.
    ///
    /// - Throws: why it could not be written; it goes on waiting.
    package func flush() async throws(StorageError) {
    }

    /// Writes what it can and ends. What cannot be written is counted as lost.
    package func close() async {
    }

    package var statistics: InsightStatistics { InsightStatistics() }
}
