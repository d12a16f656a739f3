// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import EventBus
internal import Storage

/// Writes events as NDJSON, a line for each.
///
/// It writes on a thread of its own; while the disk is slow batches wait in the output's queue, and nobody else does.
final class FileOutput: Output {
    private let queue = DispatchQueue(label: "output-file")
    /// Only touched on the queue.
    nonisolated(unsafe) private let writer: FileWriter
    private let counter = OutputCounter()
    private let end = EndSignal()

    /// - Parameter freeSpace: how full the disk of a folder is.
    init(
        _ settings: FileSettings,
        _ selection: OutputSelection,
        freeSpace: @escaping @Sendable (String) -> DiskSpace.Level = FileOutput.level
    ) {
        writer = FileWriter(settings, selection, counter, end, freeSpace)
    }

    /// A disk of which nothing is known counts as having room: writing tells.
    static func level(_ folder: String) -> DiskSpace.Level {
        (try? DiskSpace(ofFolder: folder).level) ?? .fine
    }

    var statistics: OutputStatistics { counter.statistics }

    var unsaved: Int { counter.statistics.waiting }

    func take(_ batch: EventBatch) async {
        await run { $0.take(batch) }
    }

    func test(_ event: [UInt8]) async throws(OutputError) -> String {
        try await run { writer -> Result<String, OutputError> in
            do throws(OutputError) {
                return .success(try writer.test(event))
            } catch {
                return .failure(error)
            }
        }
        .get()
    }

    func reload() async {
        await run { $0.reopen() }
    }

    /// A disk cannot be called off: the caller chooses how long to wait.
    func close(within grace: Duration) async {
        end.come()
        await run { $0.close() }
    }

    @discardableResult
    private func run<Answer: Sendable>(_ body: @escaping @Sendable (FileWriter) -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: body(writer)) }
        }
    }
}

/// What one thread writes with.
private final class FileWriter {
    private let settings: FileSettings
    private let selection: OutputSelection
    private let counter: OutputCounter
    private let end: EndSignal
    private let freeSpace: @Sendable (String) -> DiskSpace.Level
    /// Nil until it is needed, and where it could not be opened.
    private var file: NDJSONFile?
    private var lines: [UInt8] = []
    /// When the path and the disk were last looked at.
    private var lookedAt: ContinuousClock.Instant?
    private var isDiskFull = false

    init(
        _ settings: FileSettings,
        _ selection: OutputSelection,
        _ counter: OutputCounter,
        _ end: EndSignal,
        _ freeSpace: @escaping @Sendable (String) -> DiskSpace.Level
    ) {
        self.settings = settings
        self.selection = selection
        self.counter = counter
        self.end = end
        self.freeSpace = freeSpace
    }

    /// Writes the events that are selected.
    func take(_ batch: EventBatch) {
        let places = batch.selected(selection)
        guard !places.isEmpty else { return }
        let owed = owedLines
        counter.waiting(owed + places.count)
        defer { counter.waiting(owedLines) }
        do throws(OutputError) {
            try look()
            guard !isDiskFull else { return counter.lost(places.count, .diskFull) }
            if places.count == batch.count {
                try write(batch.bytes, places.count)
            } else {
                lines.removeAll(keepingCapacity: true)
                for place in places {
                    lines += batch.event(at: place)
                    lines.append(0x0A)
                }
                try write(lines, places.count)
            }
        } catch {
            letGo()
            counter.failed(error.message)
            counter.lost(places.count, .failed)
        }
    }

    func test(_ event: [UInt8]) throws(OutputError) -> String {
        lookedAt = nil
        try look()
        let before = counter.statistics.failures
        try write(event + [0x0A], 1)
        let after = counter.statistics
        if after.failures > before, let failure = after.lastFailure { throw OutputError(.store, failure) }
        return "written to \(settings.path)"
    }

    /// Opens the file anew when it is needed, also one that others read from where the path names another one now.
    func reopen() {
        if file?.isRegular == true || file?.isStillThere == false { letGo() }
    }

    /// Ends. What was begun is finished where that is possible at once.
    func close() {
        if owedLines > 0 {
            let lines = file?.pour([], unless: { true }).lines ?? 0
            if lines > 0 { counter.sent(lines) }
        }
        letGo()
        counter.waiting(0)
    }

    /// Lines that were begun.
    private var owedLines: Int { file?.owed.isEmpty == false ? 1 : 0 }

    /// Lets go of the file; it is opened anew when it is needed. A line that was begun has no end.
    private func letGo() {
        counter.lost(owedLines, end.hasCome ? .ended : .failed)
        file = nil
    }

    private func write(_ bytes: [UInt8], _ events: Int) throws(OutputError) {
        try rotate(before: bytes.count)
        if file == nil { file = try NDJSONFile(path: settings.path) }
        guard file?.isRegular == false else {
            try file?.append(bytes)
            return counter.sent(events)
        }
        let owed = owedLines
        guard let poured = file?.pour(bytes, unless: { end.hasCome }) else { return }
        if poured.lines > 0 { counter.sent(poured.lines) }
        guard let failure = poured.failure else { return }
        counter.failed(failure.message)
        counter.lost(owed + events - poured.lines - owedLines, .failed)
        if poured.isBroken { letGo() }
    }

    /// Puts the file aside where it would grow too large.
    private func rotate(before bytes: Int) throws(OutputError) {
        guard let maximum = settings.maximumBytes, let size = file?.size, size > 0, size + bytes > maximum,
            file?.isRegular == true
        else { return }
        letGo()
        try NDJSONFile.rotate(settings.path, keeping: settings.keptFiles)
    }

    /// Follows a rotation from outside, and asks how full the disk is, each second.
    private func look() throws(OutputError) {
        if let lookedAt, ContinuousClock.now - lookedAt < .seconds(1) { return }
        lookedAt = .now
        if file?.isRegular == true, file?.isStillThere == false { letGo() }
        if file == nil { file = try NDJSONFile(path: settings.path) }
        isDiskFull = freeSpace(NDJSONFile.folder(of: settings.path)) == .full
    }
}
