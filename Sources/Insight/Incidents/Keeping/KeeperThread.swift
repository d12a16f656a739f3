// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Storage

/// The thread of a ``DetectionKeeper``: takes batches, writes, and looks after age and size.
///
/// Only its own thread touches it once it runs, which is why it may be sent there.
final class KeeperThread: @unchecked Sendable {
    private let store: InsightStore
    private let queue: DetectionQueue
    private let settings: DetectionKeeper.Settings
    private var intake: DetectionIntake
    private let care: RetentionCare
    private let writer: RowWriter
    private var lastNumbers = ContinuousClock.now
    private var firstWaiting: ContinuousClock.Instant?
    private var nextAttempt = ContinuousClock.now
    private var nextCare: ContinuousClock.Instant
    private var commits = 0
    private var failedCommits = 0
    /// Why the last write failed; nil when one went well since.
    private var writeFailure: StorageError?
    private var careFailure: StorageError?

    init(_ store: InsightStore, _ queue: DetectionQueue, _ settings: DetectionKeeper.Settings) throws(StorageError) {
        self.store = store
        self.queue = queue
        self.settings = settings
        nextCare = .now + settings.careInterval
        intake = DetectionIntake(settings)
        care = RetentionCare(store, clock: settings.clock)
        writer = RowWriter(store)
        try intake.load(store.database)
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "detections"
        thread.start()
    }

    private func run() {
        while true {
            let work = queue.take(within: wakeUp)
            intake.note(store.takeChanges())
            intake.isWatched = store.live.hasWatchers
            for batch in work.batches {
                intake.take(batch)
                let hasMany = intake.hasManyNumbers
                if hasMany || intake.waitingRows >= settings.commitRows, .now >= nextAttempt {
                    commitMany(all: hasMany)
                }
            }
            if firstWaiting == nil, intake.hasNew { firstWaiting = .now }
            let isAsked = !work.flushes.isEmpty || work.isLast
            let areNumbersDue = .now - lastNumbers >= settings.numbersDelay
            if areNumbersDue || isAsked { intake.endWindows(all: work.isLast) }
            var failure: StorageError?
            if isAsked || .now >= nextAttempt && (areNumbersDue || isNewDue) {
                failure = commit(all: areNumbersDue || isAsked)
            }
            if work.isLast { intake.loseRest() }
            report()
            for flush in work.flushes { flush(failure) }
            if work.isLast { break }
            lookAfter(isBusy: !work.batches.isEmpty)
        }
        queue.end()
    }

    private var isNewDue: Bool { firstWaiting.map { .now - $0 >= settings.commitDelay } ?? false }

    /// How long nothing has to be done by itself.
    private var wakeUp: DispatchTimeInterval {
        var wait = min(settings.numbersDelay - (.now - lastNumbers), settings.careInterval)
        if let firstWaiting { wait = min(wait, settings.commitDelay - (.now - firstWaiting)) }
        wait = max(wait, nextAttempt - .now)
        return .microseconds(max(0, Int(wait / .microseconds(1))))
    }

    /// Writes a batch of rows while the next is gathered; all else while nothing is.
    private func commitMany(all: Bool) {
        guard !all, intake.hasOnlyRows else {
            commit(all: all)
            return
        }
        guard endWriting() == nil, intake.hasOnlyRows else { return }
        writer.begin(intake.takeRows())
        firstWaiting = nil
    }

    /// Waits for the rows that are being written, and sees to them.
    private func endWriting() -> StorageError? {
        guard let (batch, failure) = writer.wait() else { return nil }
        intake.note(batch, failure)
        note(failure)
        return failure
    }

    @discardableResult
    private func commit(all: Bool) -> StorageError? {
        if let failure = endWriting() { return failure }
        if all { lastNumbers = .now }
        guard intake.hasNew || all && intake.hasNumbers else {
            firstWaiting = nil
            return nil
        }
        var failure: StorageError?
        do throws(StorageError) {
            try intake.commit(to: store, all: all)
        } catch {
            failure = error
        }
        note(failure)
        return failure
    }

    /// Notes how a write went.
    private func note(_ failure: StorageError?) {
        writeFailure = failure
        if let failure {
            failedCommits += 1
            nextAttempt = .now + settings.retryDelay
            intake.giveWay(to: failure)
            return
        }
        commits += 1
        firstWaiting = nil
        // What kept others from writing is over.
        if let failure = careFailure, [.busy, .diskFull].contains(failure.code) {
            careFailure = nil
            nextCare = .now
        }
    }

    private func report() {
        var statistics = intake.statistics
        statistics.commits = commits
        statistics.failedCommits = failedCommits
        statistics.lastFailure = (writeFailure ?? careFailure)?.description
        statistics.removedDetections = care.removedDetections
        statistics.removedEntities = care.removedEntities
        queue.report(statistics)
    }

    private func lookAfter(isBusy: Bool) {
        guard .now >= nextCare, .now >= nextAttempt else { return }
        do throws(StorageError) {
            // Where much is to go it goes in small steps, between which detections come in.
            let hasMore = try care.step()
            careFailure = nil
            nextCare = .now + (hasMore ? .milliseconds(isBusy ? 200 : 20) : settings.careInterval)
        } catch {
            failedCommits += 1
            careFailure = error
            nextCare = .now + settings.careInterval
        }
    }
}
