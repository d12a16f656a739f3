// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Synchronization

/// One search: hands blocks to its threads in order, and puts their hits in order again.
///
/// A hit is certain once no block that is still to be searched can have a later one. So the newest come out first, as soon
/// as the blocks that they lie in have been read, and a search that has enough stops.
final class EventSearch: Sendable {
    private struct State {
        var catalog: BlockCatalog
        /// The number of the block that is handed out next.
        var next = 0
        /// The number of the block whose outcome is taken next.
        var taken = 0
        /// The latest times of blocks that are being searched.
        var latest: [Int: Int64] = [:]
        var outcomes: [Int: BlockScanner.Outcome] = [:]
        /// Hits that are not certain yet.
        var waiting: [EventHit] = []
        var hits: [EventHit] = []
        var hitBytes = 0
        var progress = EventSearchProgress()
        var damage: [EventDamage] = []
        var isOver = false
        /// Whether the answer is full.
        var isFull = false
        var failure: StorageError?
    }

    typealias Receiver = @Sendable (_ newHits: [EventHit], _ progress: EventSearchProgress) -> Void

    /// An answer ends before it has more bytes of events than this, unless the first event has.
    private static let maximumBytes = 8 << 20

    private let query: EventQuery
    private let before: EventPosition?
    private let receive: Receiver
    private let state: Mutex<State>

    init(_ query: EventQuery, before: EventPosition?, _ catalog: consuming BlockCatalog, _ receive: @escaping Receiver)
    {
        self.query = query
        self.before = before
        self.receive = receive
        var first = State(catalog: catalog)
        first.progress.totalBlocks = first.catalog.total
        state = Mutex(first)
    }

    /// Searches with some threads till the answer is full or all has been searched.
    ///
    /// - Returns: the hits, and whether there may be more.
    func run(threads: Int) throws(StorageError) -> (page: EventPage, isFull: Bool) {
        DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in work() }
        let (page, isFull, failure) = state.withLock { state in
            let page = EventPage(
                hits: state.hits,
                cursor: nil,
                progress: state.progress,
                damage: Array((state.catalog.damage + state.damage).prefix(100))
            )
            return (page, state.isFull, state.failure)
        }
        if let failure { throw failure }
        return (page, isFull)
    }

    func cancel() {
        fail(StorageError(.cancelled, "the search was cancelled"))
    }

    private func fail(_ error: StorageError) {
        state.withLock { state in
            guard !state.isOver else { return }
            state.isOver = true
            state.failure = error
        }
    }

    // MARK: Threads

    private func work() {
        do throws(StorageError) {
            var scanner = try BlockScanner(query, before: before)
            while let (number, item) = takeBlock() {
                let outcome = scanner.search(item)
                deliver(outcome, number, item)
            }
        } catch {
            fail(error)
        }
    }

    private func takeBlock() -> (Int, BlockCatalog.Item)? {
        state.withLock { state in
            guard !state.isOver, let item = state.catalog.next() else { return nil }
            let number = state.next
            state.next += 1
            state.latest[number] = item.entry.summary.last
            return (number, item)
        }
    }

    private func deliver(_ outcome: BlockScanner.Outcome, _ number: Int, _ item: BlockCatalog.Item) {
        state.withLock { state in
            guard !state.isOver else { return }
            state.outcomes[number] = outcome
            let known = state.hits.count
            while !state.isOver, let outcome = state.outcomes.removeValue(forKey: state.taken) {
                state.latest[state.taken] = nil
                state.taken += 1
                take(outcome, &state)
            }
            // Under the lock, so that what is told comes in order.
            receive(Array(state.hits[known...]), state.progress)
        }
    }

    // MARK: Under the lock

    private func take(_ outcome: BlockScanner.Outcome, _ state: inout State) {
        state.progress.doneBlocks += 1
        state.progress.sparedBlocks += outcome.wasSpared ? 1 : 0
        state.progress.searchedEvents += outcome.searchedEvents
        state.progress.searchedBytes += outcome.searchedBytes
        if let damage = outcome.damage {
            state.progress.damagedBlocks += 1
            if state.damage.count < 100 { state.damage.append(damage) }
        }
        if !outcome.hits.isEmpty {
            state.waiting += outcome.hits
            state.waiting.sort { $0.position > $1.position }
            // Those beyond what the answer takes cannot come into it any more.
            let room = query.limit - state.hits.count
            if state.waiting.count > room { state.waiting.removeLast(state.waiting.count - room) }
        }
        promote(&state)
    }

    /// Makes hits certain that no other block can come before.
    private func promote(_ state: inout State) {
        guard !state.waiting.isEmpty else { return }
        // Blocks are handed out by their latest time, so the next one bounds all that come.
        let bound = state.latest[state.taken] ?? state.catalog.latestLeft()
        var count = 0
        for hit in state.waiting {
            if let bound, hit.position.time <= bound { break }
            if !state.hits.isEmpty, state.hitBytes + hit.bytes.count > Self.maximumBytes {
                state.isFull = true
                break
            }
            state.hits.append(hit)
            state.hitBytes += hit.bytes.count
            count += 1
        }
        state.waiting.removeFirst(count)
        state.progress.hits = state.hits.count
        if state.hits.count >= query.limit { state.isFull = true }
        if state.isFull { state.isOver = true }
    }
}
