// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why a detection has no row of its own, though it was counted; bounded, for metrics.
package enum DetectionLoss: String, Sendable, CaseIterable {
    /// The store could not be written for so long that no more could wait.
    case storeUnavailable
    /// The database refused it, and would do so again.
    case refused
    /// It was not stored when the program ended.
    case ended
}

/// What the keeper of detections has done since it started.
package struct InsightStatistics: Sendable, Equatable {
    package var events = 0
    /// Events that told of a detection.
    package var detections = 0
    /// Rows that were written.
    package var storedRows = 0
    /// Detections that went into a row that was there.
    package var folded = 0
    /// Of these, those that were folded whatever their client and route.
    package var floodFolded = 0
    /// Events whose JSON could not be read; they are kept with what their header says.
    package var unreadable = 0
    /// Events with times that cannot be; they count for the time of their arrival.
    package var misdated = 0
    /// Rows that were lost, by reason.
    package var lost: [DetectionLoss: Int] = [:]
    package var incidentsOpened = 0
    /// Groups that went into a day's summary.
    package var incidentsSummarised = 0
    /// Groups of detections that were let go of before they were quiet, because there were too many at once.
    package var groupsForgotten = 0
    /// Names that were not kept apart in roll-ups, and are counted together.
    package var namesFolded = 0
    /// Exchanges that no number counts, because too many numbers waited for the store.
    package var uncounted = 0
    package var removedDetections = 0
    package var removedEntities = 0
    package var waitingRows = 0
    package var commits = 0
    package var failedCommits = 0
    /// Why the last write failed; nil once one went well again.
    package var lastFailure: String?

    package init() {}
}
