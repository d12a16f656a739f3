// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// Keeps day files within age and size, their logs short, and the disk from filling; on the writer's thread.
final class EventKeeper {
    private let files: EventFiles
    private let queue: EventQueue
    private let settings: EventStore.Settings
    private var lastLook: ContinuousClock.Instant?
    /// The day that was written when last looked at.
    private var writtenDay: EventDay?
    /// Why events are not taken now.
    private(set) var refusal: EventLoss?

    init(_ files: EventFiles, _ queue: EventQueue, _ settings: EventStore.Settings) {
        self.files = files
        self.queue = queue
        self.settings = settings
        refuseWhereNeeded()
    }

    /// Does what is due.
    func look() {
        if let lastLook, .now - lastLook < settings.careInterval { return }
        lastLook = .now
        do throws(StorageError) {
            try shortenLogs()
            try removeDays()
        } catch {
            queue.count { $0.lastFailure = error }
        }
        refuseWhereNeeded()
    }

    private var today: EventDay { EventDay(time: settings.clock()) }

    // MARK: Logs

    private func shortenLogs() throws(StorageError) {
        let day = today
        if let written = writtenDay, written != day, files.days.contains(written) {
            // Nothing will be written there any more, so that the log can go.
            try checkpoint(written, .truncate)
        }
        writtenDay = day
        guard files.days.contains(day) else { return }
        let log = FileSystem.size(files.path(day) + "-wal") ?? 0
        // Readers that never pause keep a log from beginning anew; beyond its bound they are waited for.
        if log > 0 { try checkpoint(day, log > settings.logBytes ? .restart : .passive) }
    }

    private func checkpoint(_ day: EventDay, _ kind: Database.Checkpoint) throws(StorageError) {
        do throws(StorageError) {
            try files.file(day).database.checkpoint(kind)
        } catch {
            // Somebody else is at it, or reads: there is a next time.
            guard error.code == .busy else { throw error }
        }
    }

    // MARK: Days

    private func removeDays() throws(StorageError) {
        let day = today
        var others = files.days.filter { $0 < day }
        if let maximum = settings.maximumDays {
            let oldest = EventDay(number: day.number - Int32(clamping: max(0, maximum - 1)))
            while let first = others.first, first < oldest {
                try remove(first)
                others.removeFirst()
            }
        }
        guard let maximum = settings.maximumBytes else { return }
        var bytes = files.days.reduce(0) { $0 + files.size(of: $1) }
        while bytes > maximum, let first = others.first {
            bytes -= try remove(first)
            others.removeFirst()
        }
    }

    @discardableResult
    private func remove(_ day: EventDay) throws(StorageError) -> Int {
        let bytes = try files.remove(day)
        queue.count {
            $0.removedDays += 1
            $0.removedBytes += bytes
        }
        return bytes
    }

    // MARK: Guard

    private func refuseWhereNeeded() {
        let level = settings.diskSpace?()?.level ?? .fine
        let bytes = files.days.reduce(0) { $0 + files.size(of: $1) }
        let isOverSize = settings.maximumBytes.map { bytes > $0 } ?? false
        refusal = level == .full ? .diskGuard : isOverSize ? .sizeLimit : nil
        queue.count {
            $0.diskLevel = level
            $0.storedFileBytes = bytes
        }
    }
}
