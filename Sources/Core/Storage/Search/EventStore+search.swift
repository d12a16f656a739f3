// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

extension EventStore {
    /// Answers a query, with as many threads as there are cores.
    ///
    /// What was given less than ``Settings/blockAge`` ago may not be found yet; ``flush()`` before it helps.
    ///
    /// - Parameter receive: called as the search goes on, in order, with the hits that have become certain since and how far
    ///   it is; on a thread of the search, so it hands over at once.
    /// - Throws: ``StorageError/Code/badQuery``, ``StorageError/Code/badCursor``, ``StorageError/Code/cancelled`` where the
    ///   task was. Damaged blocks and files are in the answer and no errors.
    package func search(
        _ query: EventQuery,
        receive: @escaping @Sendable ([EventHit], EventSearchProgress) -> Void = { _, _ in }
    ) async throws(StorageError) -> EventPage {
        let search = CancellableBox<EventSearch>()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<EventPage, StorageError>, Never>) in
                DispatchQueue.global().async {
                    continuation.resume(returning: self.answer(query, search, receive))
                }
            }
        } onCancel: {
            search.cancel { $0.cancel() }
        }
        return try result.get()
    }

    private func answer(
        _ query: EventQuery,
        _ search: CancellableBox<EventSearch>,
        _ receive: @escaping @Sendable ([EventHit], EventSearchProgress) -> Void
    ) -> Result<EventPage, StorageError> {
        do throws(StorageError) {
            try query.check()
            let before = try query.cursor.map { text throws(StorageError) in try position(text, of: query) }
            let selection = DayFile.Selection(
                earliest: query.from,
                latest: min(query.to - 1, before?.time ?? .max),
                classes: query.classes,
                severity: query.severity
            )
            let catalog = BlockCatalog(files, selection, today: EventDay(time: settings.clock()))
            let running = EventSearch(query, before: before, catalog, receive)
            search.set(running) { $0.cancel() }
            var (page, isFull) = try running.run(threads: ProcessInfo.processInfo.activeProcessorCount)
            if isFull, let last = page.hits.last { page.cursor = cursor(last.position, of: query) }
            return .success(page)
        } catch {
            return .failure(error)
        }
    }

    /// The event at a place, such as one that a hit named; nil where it is not there any more.
    package func event(at position: EventPosition) throws(StorageError) -> EventHit? {
        guard files.days.contains(position.day) else { return nil }
        let file = try files.file(position.day)
        guard let entry = try file.entry(position.block) else { return nil }
        var scanner = try BlockScanner(EventQuery(limit: 1), before: nil)
        return try scanner.event(position.index, of: BlockCatalog.Item(file: file, entry: entry))
    }

    private func cursor(_ position: EventPosition, of query: EventQuery) -> String {
        cursors.seal(
            [position.time, Int64(position.day.number), position.block, Int64(position.index)],
            list: query.fingerprint
        )
    }

    private func position(_ cursor: String, of query: EventQuery) throws(StorageError) -> EventPosition {
        let numbers = try cursors.open(cursor, list: query.fingerprint, count: 4)
        guard let day = Int32(exactly: numbers[1]), let index = Int(exactly: numbers[3]) else {
            throw StorageError(.badCursor, "the cursor names no place")
        }
        return EventPosition(time: numbers[0], day: EventDay(number: day), block: numbers[2], index: index)
    }
}
