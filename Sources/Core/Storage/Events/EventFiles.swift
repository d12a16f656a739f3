// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// The day files of a folder: which there are, which are open, which are damaged.
final class EventFiles: Sendable {
    private struct State {
        var days: Set<EventDay>
        var open: [EventDay: DayFile] = [:]
        /// The days of open files, the one used last at the end.
        var used: [EventDay] = []
        /// Where the times of a day lie that is not written any more.
        var ranges: [EventDay: ClosedRange<Int64>] = [:]
    }

    /// More days than that are closed again, those first that were not used for longest.
    private static let maximumOpen = 8

    let folder: String
    private let settings: EventStore.Settings
    private let state: Mutex<State>

    init(_ folder: String, _ settings: EventStore.Settings) throws(StorageError) {
        try FileSystem.createFolder(folder)
        if !settings.allowsNetworkFileSystem { try FileSystem.requireLocal(folder + "/.") }
        self.folder = folder
        self.settings = settings
        state = Mutex(State(days: Set(try FileSystem.names(in: folder).compactMap { EventDay(fileName: $0) })))
    }

    /// The days that have a file, in order.
    var days: [EventDay] { state.withLock { $0.days.sorted() } }

    func path(_ day: EventDay) -> String { "\(folder)/\(day.fileName)" }

    /// A day's file; opened where it is not, and made where that is wanted.
    func file(_ day: EventDay, creating: Bool = false) throws(StorageError) -> DayFile {
        let result = state.withLock { state -> Result<DayFile, StorageError> in
            do throws(StorageError) { return .success(try file(day, creating: creating, in: &state)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func file(_ day: EventDay, creating: Bool, in state: inout State) throws(StorageError) -> DayFile {
        state.used.removeAll { $0 == day }
        state.used.append(day)
        if let file = state.open[day] { return file }
        guard creating || state.days.contains(day) else {
            throw StorageError(.notFound, "there are no events of this day", file: path(day))
        }
        let file = try DayFile(day, path(day), settings)
        state.days.insert(day)
        state.open[day] = file
        while state.open.count > Self.maximumOpen, let oldest = state.used.first {
            state.used.removeFirst()
            // Closes when the last search that reads it ends.
            state.open[oldest] = nil
        }
        return file
    }

    /// Where the times of a day lie; nil where it has none.
    ///
    /// - Parameter isWritten: whether it may still grow, so that the answer is not kept.
    func range(of day: EventDay, isWritten: Bool) throws(StorageError) -> ClosedRange<Int64>? {
        if !isWritten, let range = state.withLock({ $0.ranges[day] }) { return range }
        let range = try file(day).range()
        if !isWritten, let range { state.withLock { $0.ranges[day] = range } }
        return range
    }

    /// Puts a file out of the way that is no database any more, so that the day can go on in another.
    ///
    /// - Returns: where it is now.
    func setAside(_ day: EventDay) throws(StorageError) -> String {
        forget(day)
        var number = 1
        while FileSystem.exists("\(path(day)).damaged-\(number)") { number += 1 }
        let aside = "\(path(day)).damaged-\(number)"
        for suffix in ["-wal", "-shm", ""] where FileSystem.exists(path(day) + suffix) {
            try FileSystem.rename(path(day) + suffix, to: aside + suffix)
        }
        return aside
    }

    /// Removes a day with all its events.
    ///
    /// - Returns: the bytes that it had.
    func remove(_ day: EventDay) throws(StorageError) -> Int {
        let bytes = size(of: day)
        // Searches that read it go on: the system keeps its content till they close it.
        forget(day)
        try DatabaseCopy.removeFiles(of: path(day))
        return bytes
    }

    private func forget(_ day: EventDay) {
        state.withLock { state in
            state.days.remove(day)
            state.open[day] = nil
            state.used.removeAll { $0 == day }
            state.ranges[day] = nil
        }
    }

    /// The bytes of a day's file and its log.
    func size(of day: EventDay) -> Int {
        ["", "-wal"].reduce(0) { $0 + (FileSystem.size(path(day) + $1) ?? 0) }
    }

    /// Closes all files.
    func close() throws(StorageError) {
        let open = state.withLock { state in
            let open = Array(state.open.values)
            state.open = [:]
            state.used = []
            return open
        }
        for file in open { try file.database.close() }
    }
}
