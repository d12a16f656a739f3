// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import EventBus
import Foundation
import Logging
import Storage
import WebFirewall

/// Keeps what passes through a gateway in the event store of its data folder.
///
/// A fault of the store is Redoubt's own: traffic goes on without being recorded, and the program's log says so.
final class GatewayRecording: Sendable {
    let recorder: TransactionRecorder
    let keeper: TransactionKeeper
    let vault: PayloadVault
    let bus = EventBus()
    let store: EventStore
    private let lock: FolderLock
    private let transport: Task<Void, Never>

    /// The share of the disk that events may take, as a divisor; beyond it, old days go.
    private static let diskShare = 5

    private init(
        data: String?,
        blockStored: (@Sendable (StoredEventBlock) -> Void)?
    ) throws(StorageError) {
        let folder = Self.folder(inData: data)
        lock = try FolderLock(folder: folder, time: SystemClock.time)
        var settings = EventStore.Settings()
        settings.maximumBytes = try DiskSpace(ofFolder: folder).total / Self.diskShare
        if let blockStored { settings.blockStored = blockStored }
        let store = try EventStore(folder: folder, settings)
        self.store = store
        vault = try PayloadVault(folder: Self.payloads(inData: data), time: SystemClock.time)
        keeper = TransactionKeeper(vault)
        let subscription = bus.subscribe("events")
        transport = Task {
            while let batch = await subscription.next() { await store.append(batch) }
        }
        // The epoch tells this run from others: sequences begin anew.
        let producer = bus.producer(
            source: 1,
            epoch: UInt32(truncatingIfNeeded: SystemClock.time / 1_000_000_000),
            shards: ProcessInfo.processInfo.activeProcessorCount
        )
        recorder = TransactionRecorder(producer)
    }

    /// Where the events of a data folder are.
    static func folder(inData data: String?) -> String {
        (data ?? RuleSetStore.defaultDataDirectory) + "/events"
    }

    /// Where the transactions are that are kept whole.
    static func payloads(inData data: String?) -> String {
        (data ?? RuleSetStore.defaultDataDirectory) + "/payloads"
    }

    /// Starts to record; nil where that cannot be, which is logged.
    ///
    /// - Parameter blockStored: is told of each block of events that is on disk.
    static func start(
        _ plan: GatewayPlan,
        logger: Logger,
        blockStored: (@Sendable (StoredEventBlock) -> Void)?
    ) -> GatewayRecording? {
        guard plan.recordsEvents else {
            return nil
        }
        do throws(StorageError) {
            return try GatewayRecording(data: plan.data, blockStored: blockStored)
        } catch {
            logger.warning("exchanges are not recorded: \(error); another folder is chosen with --data")
            return nil
        }
    }

    /// Hands on what waits to be gathered into a batch.
    func flush() async {
        bus.flush()
    }

    var statistics: EventStoreStatistics { store.statistics }

    /// Events that are not on disk and never will be.
    var lostEvents: Int {
        let statistics = store.statistics
        return EventLoss.allCases.reduce(bus.statistics.drops.total) { $0 + statistics[$1] }
    }

    /// Brings what is under way to disk.
    func close(_ logger: Logger) async {
        let unsent = await bus.close(within: .seconds(5))
        await transport.value
        do throws(StorageError) {
            try await store.close()
        } catch {
            logger.error("the last events could not be stored: \(error)")
        }
        vault.close()
        let payloads = vault.statistics
        if payloads.dropped + payloads.lost > 0 {
            logger.warning(
                "not all transactions that should be kept whole were",
                metadata: [
                    "dropped": "\(payloads.dropped)", "lost": "\(payloads.lost)",
                    "failure": "\(payloads.failure ?? "")",
                ]
            )
        }
        let statistics = store.statistics
        let lost = unsent + lostEvents
        logger.notice("recorded", metadata: ["events": "\(statistics.storedEvents)", "lost": "\(lost)"])
    }
}
