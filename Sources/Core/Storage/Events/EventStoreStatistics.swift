// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why events were not kept; bounded, for metrics.
package enum EventLoss: String, Sendable, CaseIterable {
    /// More waited than may wait.
    case queueFull
    /// The disk is so full that its rest is for decisions and detections.
    case diskGuard
    /// Today's events alone are more than may be kept.
    case sizeLimit
    /// They could not be written for so long that no more could wait.
    case storage
}

/// What a store of events has done since it was opened.
package struct EventStoreStatistics: Sendable, Equatable {
    package var storedEvents = 0
    package var storedBlocks = 0
    /// Bytes of lines in those blocks.
    package var lineBytes = 0
    /// Bytes of those blocks after compression.
    package var dataBytes = 0
    package private(set) var lostToFullQueue = 0
    package private(set) var lostToDiskGuard = 0
    package private(set) var lostToSizeLimit = 0
    package private(set) var lostToStorage = 0
    /// Writes that failed and were tried again.
    package var retries = 0
    package var removedDays = 0
    package var removedBytes = 0
    /// Files that were no databases any more and were put aside.
    package var damagedFiles = 0
    /// Events that were given and are not in a block on disk yet.
    package var waitingEvents = 0
    /// How full the disk is.
    package var diskLevel = DiskSpace.Level.fine
    /// The bytes of all day files when last looked at.
    package var storedFileBytes = 0
    /// Why the last write failed, for people; nil once one went well again.
    package var lastFailure: StorageError?

    package subscript(loss: EventLoss) -> Int {
        switch loss {
        case .queueFull: lostToFullQueue
        case .diskGuard: lostToDiskGuard
        case .sizeLimit: lostToSizeLimit
        case .storage: lostToStorage
        }
    }

    mutating func count(_ loss: EventLoss, _ events: Int) {
        switch loss {
        case .queueFull: lostToFullQueue += events
        case .diskGuard: lostToDiskGuard += events
        case .sizeLimit: lostToSizeLimit += events
        case .storage: lostToStorage += events
        }
    }
}

/// A block that lies on disk, for those who prove later that it was not changed.
package struct StoredEventBlock: Sendable, Equatable {
    package var day: EventDay
    /// Its number in the day's file.
    package var block: Int64
    package var summary: EventBlock.Summary
    /// SHA-256 over summary, filter and data.
    package var hash: [UInt8]
}
