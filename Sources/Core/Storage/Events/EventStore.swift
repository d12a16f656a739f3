// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import EventBus
internal import Foundation
internal import Synchronization

/// Keeps all events, as blocks of compressed lines in a database for each day.
///
/// An event costs a copy and its share of a compression; it is found by scanning: time range, entity filter, decompression,
/// search for bytes. What needs an index is a row elsewhere. See `docs/decisions/0009-events-in-compressed-blocks.md`.
///
/// An event is on disk once its block is closed: after 1,000 events of its stream or two seconds, or when ``flush()`` ends.
/// A process that is killed loses at most what came since.
///
/// ```swift
/// let store = try EventStore(folder: "/var/lib/redoubt/events")
/// while let batch = await subscription.next() { await store.append(batch) }
/// let page = try await store.search(EventQuery(needles: [Array("/login".utf8)]))
/// ```
package final class EventStore: Sendable {
    /// How a store behaves.
    package struct Settings: Sendable {
        /// Events that fill a block.
        package var blockEvents = 1000
        /// Bytes of lines that fill a block.
        package var blockBytes = 4 << 20
        /// The longest that an event waits for its block to be closed.
        package var blockAge: Duration = .seconds(2)
        /// How hard zstd tries; 1 is the quickest.
        package var compressionLevel: Int32 = 1
        /// Bytes of batches that may wait for the writer.
        package var queueBytes = 32 << 20
        /// Bytes of blocks that may wait while they cannot be written.
        package var pendingBytes = 64 << 20
        /// Days that are kept, today included; nil for all.
        package var maximumDays: Int? = 7
        /// Bytes of day files that are kept; nil for all. Today's file is never removed for it.
        package var maximumBytes: Int?
        /// How long to wait for a locked file.
        package var busyTimeout: Duration = .seconds(5)
        /// How often age, size and disk are looked at.
        package var careInterval: Duration = .seconds(1)
        /// Bytes of a log at which readers are waited for, so that it begins anew.
        package var logBytes = 64 << 20
        /// Bounds the size of a file, for tests and quotas; nil for any.
        package var maximumFilePages: Int?
        /// Whether to store on a file system that several machines may share.
        package var allowsNetworkFileSystem = false
        /// The time now in nanoseconds since 1970, which chooses the day's file.
        package var clock: @Sendable () -> Int64 = { Self.systemTime() }
        /// How full the disk is; nil where it is not known.
        package var diskSpace: (@Sendable () -> DiskSpace?)?
        /// Called for each block that lies on disk; on the writer's thread, so it hands over at once.
        package var blockStored: @Sendable (StoredEventBlock) -> Void = { _ in }

        package init() {}

        private static func systemTime() -> Int64 {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
        }
    }

    let files: EventFiles
    let settings: Settings
    let cursors: CursorSeal
    private let queue: EventQueue

    /// Opens a folder of events, or makes a new one. The folder is this process's: see ``FolderLock``.
    ///
    /// - Throws: ``StorageError/Code/networkFileSystem``, or why the folder cannot be used.
    package init(folder: String, _ settings: Settings = Settings()) throws(StorageError) {
        var settings = settings
        settings.blockEvents = min(max(settings.blockEvents, 1), 65_536)
        settings.blockBytes = min(max(settings.blockBytes, 1), 64 << 20)
        if settings.diskSpace == nil {
            settings.diskSpace = {
                do throws(StorageError) { return try DiskSpace(ofFolder: folder) } catch { return nil }
            }
        }
        self.settings = settings
        files = try EventFiles(folder, settings)
        cursors = try CursorSeal(keyFile: folder + "/cursor.key")
        queue = EventQueue(maximumBytes: settings.queueBytes)
        try EventWriter(files, queue, settings).start()
    }

    /// Opens the folder of another process's store to search it. What is offered is refused.
    ///
    /// - Throws: ``StorageError/Code/notFound`` where there is no such folder, or why it cannot be read.
    package init(reading folder: String) throws(StorageError) {
        guard FileSystem.exists(folder) else {
            throw StorageError(.notFound, "there are no events", file: folder)
        }
        settings = Settings()
        files = try EventFiles(folder, settings)
        cursors = try CursorSeal(keyFile: folder + "/cursor.key")
        queue = EventQueue(maximumBytes: 0)
        queue.close()
        queue.end()
    }

    deinit {
        queue.close()
    }

    // MARK: Writing

    /// Takes a batch without waiting; fit for event loops.
    ///
    /// - Returns: whether it was taken; what was not is counted as lost.
    @discardableResult
    package func offer(_ batch: EventBatch) -> Bool { queue.offer(batch) }

    /// Takes a batch, and waits for room where too many wait.
    ///
    /// - Returns: whether it was taken; not, once the store is closed.
    @discardableResult
    package func append(_ batch: EventBatch) async -> Bool { await queue.append(batch) }

    /// Closes all blocks and writes them.
    ///
    /// - Throws: why they could not be written; they then still wait.
    package func flush() async throws(StorageError) {
        if let failure = await queue.flush() { throw failure }
    }

    package var statistics: EventStoreStatistics { queue.statistics }

    /// Writes what waits and closes the files. What comes later is refused.
    ///
    /// - Throws: why the last of it could not be written; it is then counted as lost.
    package func close() async throws(StorageError) {
        let failure = await queue.flush()
        queue.close()
        await queue.waitForEnd()
        try files.close()
        if let failure, failure.code != .closed { throw failure }
    }

    // MARK: Days

    /// The days that have events, in order, with the bytes of their files.
    package var days: [(day: EventDay, bytes: Int)] { files.days.map { ($0, files.size(of: $0)) } }

    /// Copies all days into a folder, each whole, checked and on disk, while events go on coming.
    package func backup(to folder: String) throws(StorageError) {
        try FileSystem.createFolder(folder)
        for day in files.days {
            try DatabaseCopy.write(try files.file(day).database, to: "\(folder)/\(day.fileName)")
        }
    }
}
