// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import EventBus
internal import Foundation
package import Storage

/// Makes rows, incidents and numbers of what the bus carries, on a thread of its own.
///
/// Whatever waits is worked off together: new rows and incidents are on disk some milliseconds later, numbers and the growth
/// of rows some seconds later at most. While the database cannot be written, rows wait in bounded memory and are counted as
/// lost beyond it; numbers go on.
package final class DetectionKeeper: Sendable {
    /// How detections are gathered.
    package struct Settings: Sendable {
        /// Detections that are alike become one row for so long.
        package var foldWindow: Duration = .seconds(10)
        /// Rows that may grow at the same time.
        package var foldCapacity = 16_384
        /// Rows that may be made at once, and each second beyond that, before detections are folded whatever their client
        /// and route.
        package var floodBurst = 10_000
        package var floodRowsPerSecond = 10
        /// Bytes of batches that may wait for the thread.
        package var queueBytes = 16 << 20
        /// Rows that may wait for the database.
        package var maximumWaitingRows = 20_000
        /// Rows that one transaction writes, about.
        package var commitRows = 4096
        /// The longest that a new row waits for others.
        package var commitDelay: Duration = .milliseconds(100)
        /// How often numbers and the growth of rows and incidents are written.
        package var numbersDelay: Duration = .seconds(2)
        /// How long to wait after a write that failed.
        package var retryDelay: Duration = .seconds(1)
        /// How often old rows are looked for.
        package var careInterval: Duration = .seconds(10)
        /// Names of routes, of clients, and of rule and route together that an hour or day keeps apart.
        package var cellsPerHour = 1000
        /// Quiet time that ends an incident, and the longest that one goes on.
        package var incidentQuiet: Duration = .seconds(3600)
        package var incidentLongest: Duration = .seconds(86_400)
        /// Detections below it join incidents and open none, unless something was or would have been stopped.
        package var incidentSeverity: Severity = .medium
        /// New incidents in a day (UTC), beyond which there is one summary.
        package var incidentsPerDay = 20
        /// Groups of detections that are told apart at the same time.
        package var incidentGroups = 20_000
        /// Tells the time, in nanoseconds since 1970.
        package var clock: @Sendable () -> Int64 = {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }

        package init() {}
    }

    private let queue: DetectionQueue

    /// Reads where an earlier process ended, and starts the thread.
    package init(_ store: InsightStore, _ settings: Settings = Settings()) throws(StorageError) {
        queue = DetectionQueue(maximumBytes: settings.queueBytes)
        try KeeperThread(store, queue, settings).start()
    }

    /// Takes batches from a subscription till the bus is closed or the task is cancelled.
    package func keep(_ subscription: EventSubscription) async {
        while let batch = await subscription.next() { await append(batch) }
    }

    /// Takes a batch, and waits while too many wait.
    ///
    /// - Returns: false where the keeper is closed.
    @discardableResult
    package func append(_ batch: EventBatch) async -> Bool { await queue.append(batch) }

    /// Brings all that was taken before to the disk.
    ///
    /// - Throws: why it could not be written; it goes on waiting.
    package func flush() async throws(StorageError) {
        if let failure = await queue.flush() { throw failure }
    }

    /// Writes what it can and ends. What cannot be written is counted as lost.
    package func close() async { await queue.close() }

    package var statistics: InsightStatistics { queue.statistics }
}
