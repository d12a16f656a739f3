// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus
internal import Foundation

/// Makes blocks of events and writes them, on a thread of its own; also looks after files and disk.
///
/// Only its own thread touches it once it runs, which is why it may be sent there.
final class EventWriter: @unchecked Sendable {
    private let files: EventFiles
    private let queue: EventQueue
    private let settings: EventStore.Settings
    private let compressor: ZstdCompressor
    private let keeper: EventKeeper
    private var builders: [EventBlockBuilder?] = Array(repeating: nil, count: EventFacts.streamCount)
    /// When the oldest event came that is in no block yet.
    private var oldestOpen: ContinuousClock.Instant?
    /// Blocks that are to be written, oldest first.
    private var pending: [EventBlock] = []
    private var pendingBytes = 0
    private var nextAttempt = ContinuousClock.now

    /// How long to wait after a write that failed.
    private static let retryDelay: Duration = .milliseconds(500)

    init(_ files: EventFiles, _ queue: EventQueue, _ settings: EventStore.Settings) throws(StorageError) {
        self.files = files
        self.queue = queue
        self.settings = settings
        compressor = try ZstdCompressor(level: settings.compressionLevel)
        keeper = EventKeeper(files, queue, settings)
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "event-writer"
        thread.start()
    }

    private func run() {
        while true {
            let work = queue.take(within: wakeUp)
            for batch in work.batches { append(batch) }
            let isDue = oldestOpen.map { .now - $0 >= settings.blockAge } ?? false
            if isDue || !work.flushes.isEmpty || work.isLast { closeBlocks() }
            let isAsked = !work.flushes.isEmpty || work.isLast
            let failure = isAsked || .now >= nextAttempt ? writePending() : nil
            for flush in work.flushes { flush(failure) }
            keeper.look()
            if work.isLast { break }
        }
        lose(pending, to: .storage)
        queue.end()
    }

    /// How long nothing has to be done by itself.
    private var wakeUp: DispatchTimeInterval {
        var wait = settings.careInterval
        if let oldestOpen { wait = min(wait, settings.blockAge - (.now - oldestOpen)) }
        if !pending.isEmpty { wait = min(wait, nextAttempt - .now) }
        return .microseconds(max(0, Int(wait / .microseconds(1))))
    }

    // MARK: Blocks

    private func append(_ batch: EventBatch) {
        if let loss = keeper.refusal {
            queue.count {
                $0.count(loss, batch.count)
                $0.waitingEvents -= batch.count
            }
            return
        }
        if oldestOpen == nil, !batch.isEmpty { oldestOpen = .now }
        for index in 0..<batch.count {
            let stream = Int(batch.headers[index].facts.stream) % EventFacts.streamCount
            let isFull = append(eventAt: index, of: batch, to: stream)
            if isFull { closeBlock(stream) }
        }
    }

    /// - Returns: whether the block is full.
    private func append(eventAt index: Int, of batch: EventBatch, to stream: Int) -> Bool {
        if builders[stream] == nil { builders[stream] = EventBlockBuilder(stream: UInt8(stream)) }
        builders[stream]?.append(eventAt: index, of: batch)
        guard let builder = builders[stream] else { return false }
        return builder.count >= settings.blockEvents || builder.byteCount >= settings.blockBytes
    }

    private func closeBlocks() {
        for stream in builders.indices { closeBlock(stream) }
        oldestOpen = nil
    }

    private func closeBlock(_ stream: Int) {
        guard let count = builders[stream]?.count, count > 0 else { return }
        do throws(StorageError) {
            guard let block = try builders[stream]?.close(compressor) else { return }
            pending.append(block)
            pendingBytes += block.data.count
        } catch {
            queue.count {
                $0.count(.storage, count)
                $0.waitingEvents -= count
                $0.lastFailure = error
            }
        }
    }

    // MARK: Writing

    /// - Returns: why it failed; the blocks then wait for the next time.
    private func writePending() -> StorageError? {
        guard !pending.isEmpty else { return nil }
        let day = EventDay(time: settings.clock())
        do throws(StorageError) {
            let blocks = pending
            let ids = try write(blocks, to: day)
            pending = []
            pendingBytes = 0
            nextAttempt = .now
            tell(blocks, ids, day)
            return nil
        } catch {
            nextAttempt = .now + Self.retryDelay
            queue.count {
                $0.retries += 1
                $0.lastFailure = error
            }
            boundPending()
            return error
        }
    }

    private func write(_ blocks: [EventBlock], to day: EventDay) throws(StorageError) -> [Int64] {
        do throws(StorageError) {
            return try files.file(day, creating: true).insert(blocks)
        } catch {
            guard error.code == .corrupt else { throw error }
            // The rest of the day goes into a new file; what can still be read of the old one is for people.
            _ = try files.setAside(day)
            queue.count {
                $0.damagedFiles += 1
                $0.lastFailure = error
            }
            return try files.file(day, creating: true).insert(blocks)
        }
    }

    private func tell(_ blocks: [EventBlock], _ ids: [Int64], _ day: EventDay) {
        queue.count { statistics in
            for block in blocks {
                statistics.storedEvents += block.summary.count
                statistics.waitingEvents -= block.summary.count
                statistics.lineBytes += block.summary.lineBytes
                statistics.dataBytes += block.data.count
            }
            statistics.storedBlocks += blocks.count
            statistics.lastFailure = nil
        }
        for (block, id) in zip(blocks, ids) {
            settings.blockStored(StoredEventBlock(day: day, block: id, summary: block.summary, hash: block.hash))
        }
    }

    /// Lets the oldest blocks go where more wait than may.
    private func boundPending() {
        var excess = 0
        while pendingBytes > settings.pendingBytes, excess < pending.count {
            pendingBytes -= pending[excess].data.count
            excess += 1
        }
        lose(Array(pending.prefix(excess)), to: .storage)
        pending.removeFirst(excess)
    }

    private func lose(_ blocks: [EventBlock], to loss: EventLoss) {
        let events = blocks.reduce(0) { $0 + $1.summary.count }
        queue.count {
            $0.count(loss, events)
            $0.waitingEvents -= events
        }
    }
}
