// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Payloads that are kept for a while so that changed rules can be tried on them.
///
/// They hold what people typed. So they are encrypted under a key of their day, and when the day is a week old the key is
/// destroyed: whatever copies of the files there are then, nobody can read them. They are shown masked and never exported.
/// What is kept is no evidence; a crash may lose its last second.
package final class PayloadVault: Sendable {
    package struct Settings: Sendable {
        /// The days whose payloads can be read, today among them.
        package var days = 7
        /// The bytes of all days together; beyond it, the oldest day goes.
        package var maximumBytes = 1 << 30
        /// The bytes of a block before it is compressed.
        package var blockBytes = 256 << 10
        /// How long a payload may wait for its block to fill.
        package var patience: Duration = .seconds(1)
        /// The bytes that may wait for the writer; what is beyond is dropped and counted.
        package var maximumWaitingBytes = 16 << 20

        package init() {}
    }

    /// What became of payloads.
    package struct Statistics: Sendable, Equatable {
        package var kept = 0
        /// There was no room for them in memory.
        package var dropped = 0
        /// They could not be written.
        package var lost = 0
        /// Why the last write failed.
        package var failure: String?
    }

    private struct Waiting {
        var payloads: [Payload] = []
        var bytes = 0
        var isFlushPlanned = false
        var isClosed = false
        var statistics = Statistics()
    }

    private let settings: Settings
    private let waiting = Mutex(Waiting())
    private let files: Mutex<PayloadFiles>
    private let queue = DispatchQueue(label: "payloads", qos: .utility)

    /// - Parameter time: now, in nanoseconds since 1970; days that are too old by then are destroyed.
    package init(folder: String, _ settings: Settings = Settings(), time: Int64) throws(StorageError) {
        self.settings = settings
        try FileSystem.createFolder(folder)
        files = Mutex(PayloadFiles(folder))
        try prune(at: time)
    }

    /// Takes a payload; never waits.
    package func keep(_ payload: Payload) {
        let isDue = waiting.withLock { state in
            guard !state.isClosed, state.bytes + payload.bytes.count <= settings.maximumWaitingBytes else {
                state.statistics.dropped += 1
                return nil as Bool?
            }
            state.payloads.append(payload)
            state.bytes += payload.bytes.count
            if state.bytes >= settings.blockBytes { return true }
            defer { state.isFlushPlanned = true }
            return state.isFlushPlanned ? nil : false
        }
        switch isDue {
        case true?: queue.async { [weak self] in self?.flush() }
        case false?:
            let seconds = settings.patience / .seconds(1)
            queue.asyncAfter(deadline: .now() + seconds) { [weak self] in self?.flush() }
        case nil: break
        }
    }

    /// Writes what waits; returns when it is written.
    package func flushNow() {
        queue.sync { flush() }
    }

    /// Writes what waits, and takes no more.
    package func close() {
        waiting.withLock { $0.isClosed = true }
        flushNow()
    }

    private func flush() {
        let payloads = waiting.withLock { state in
            defer {
                state.payloads = []
                state.bytes = 0
                state.isFlushPlanned = false
            }
            return state.payloads
        }
        // Those of one day share a file and a key.
        for (day, payloads) in Dictionary(grouping: payloads, by: { EventDay(time: $0.time) }).sorted(by: {
            $0.key < $1.key
        }) {
            do throws(StorageError) {
                for block in blocks(payloads) {
                    try files.withLock { files throws(StorageError) in try files.append(block, of: day) }
                    waiting.withLock { $0.statistics.kept += block.count }
                }
                try prune(at: payloads.last?.time ?? .min)
            } catch {
                let text = error.description
                waiting.withLock { state in
                    state.statistics.lost += payloads.count
                    state.statistics.failure = text
                }
            }
        }
    }

    private func blocks(_ payloads: [Payload]) -> [[Payload]] {
        var blocks: [[Payload]] = [[]]
        var bytes = 0
        for payload in payloads {
            if bytes >= settings.blockBytes {
                blocks.append([])
                bytes = 0
            }
            blocks[blocks.count - 1].append(payload)
            bytes += payload.bytes.count
        }
        return blocks.filter { !$0.isEmpty }
    }

    /// Destroys days that are too old, and the oldest where all together are too large.
    package func prune(at time: Int64) throws(StorageError) {
        let oldest = Int(EventDay(time: time).number) - settings.days + 1
        let maximum = settings.maximumBytes
        try files.withLock { files throws(StorageError) in
            var days = try files.days()
            var total = days.reduce(0) { $0 + files.size(of: $1) }
            while let day = days.first, Int(day.number) < oldest || (total > maximum && days.count > 1) {
                total -= files.size(of: day)
                try files.destroy(day)
                days.removeFirst()
            }
        }
    }

    /// Hands over payloads, newest day first and within a day oldest first.
    ///
    /// - Parameters:
    ///   - times: nanoseconds since 1970; blocks without one of these are not decrypted.
    ///   - body: returns false to end.
    /// - Returns: blocks that could not be read, such as the last one of a day on which the machine crashed.
    package func forEach(
        in times: ClosedRange<Int64>,
        _ body: (Payload) throws(StorageError) -> Bool
    ) throws(StorageError) -> Int {
        let (days, copy) = try files.withLock { files throws(StorageError) in (try files.days(), files) }
        var damaged = 0
        let wanted = EventDay(time: times.lowerBound)...EventDay(time: times.upperBound)
        for day in days.reversed() where wanted.contains(day) {
            let reading = try PayloadReading(copy, day)
            while let block = try reading.next(in: times) {
                guard let payloads = block.payloads else {
                    damaged += 1
                    continue
                }
                for payload in payloads where times.contains(payload.time) {
                    guard try body(payload) else { return damaged }
                }
            }
        }
        return damaged
    }

    /// How many payloads there are in blocks with one of these times, by the blocks' heads; nothing is decrypted.
    package func count(in times: ClosedRange<Int64>) throws(StorageError) -> Int {
        let (days, copy) = try files.withLock { files throws(StorageError) in (try files.days(), files) }
        let wanted = EventDay(time: times.lowerBound)...EventDay(time: times.upperBound)
        var count = 0
        for day in days where wanted.contains(day) { count += try PayloadReading(copy, day).count(in: times) }
        return count
    }

    package var statistics: Statistics { waiting.withLock { $0.statistics } }
}

/// Something that is kept: its name, its time, and its bytes.
package struct Payload: Sendable, Hashable {
    /// Such as a transaction's identifier; at most 255 bytes.
    package var name: [UInt8]
    /// In nanoseconds since 1970.
    package var time: Int64
    package var bytes: [UInt8]

    package init(name: [UInt8], time: Int64, bytes: [UInt8]) {
        self.name = name
        self.time = time
        self.bytes = bytes
    }
}
