// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import EventBus
import Foundation
import Synchronization
import Testing

@testable import Storage

/// An event as a test knows it.
struct TestEvent: Equatable {
    var bytes: [UInt8]
    var facts: EventFacts
    var entities: [EntityKey]

    static func random(_ random: inout SeededGenerator, times: ClosedRange<Int64>) -> TestEvent {
        let words = ["login", "logout", "select", "admin", "x", "0x41", "\\u202e", "curl/8", "café"]
        var text = "{\"id\":\(UInt16.random(in: 0...9999, using: &random))"
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            text += ",\"\(words.randomElement(using: &random) ?? "")\""
        }
        return TestEvent(
            bytes: Array((text + "}").utf8),
            facts: EventFacts(
                time: Int64.random(in: times, using: &random),
                eventClass: EventClass.allCases.randomElement(using: &random) ?? .other,
                severity: EventSeverity.allCases.randomElement(using: &random) ?? .info,
                disposition: UInt8.random(in: 0...255, using: &random),
                stream: UInt8.random(in: 0...2, using: &random)
            ),
            entities: (0..<Int.random(in: 0...4, using: &random)).map { _ in
                EntityKey(kind: 1, name: "\(Int.random(in: 0...200, using: &random))".utf8)
            }
        )
    }

    static func batches(_ events: [TestEvent], of count: Int) -> [EventBatch] {
        stride(from: 0, to: events.count, by: count).map { start in
            var batch = EventBatch(origin: EventOrigin(source: 1, epoch: 1), firstSequence: UInt64(start))
            for event in events[start..<min(start + count, events.count)] {
                batch.append(event.bytes, event.facts, entities: event.entities)
            }
            return batch
        }
    }

    static func simple(_ number: Int, time: Int64, padding: Int = 0) -> TestEvent {
        TestEvent(
            bytes: Array("{\"number\":\(number)}".utf8) + [UInt8](repeating: 0x20, count: padding),
            facts: EventFacts(time: time, eventClass: .httpActivity),
            entities: []
        )
    }
}

/// A clock and a disk that a test sets.
final class TestWorld: Sendable {
    static let day: Int64 = 86_400_000_000_000
    private let now = Mutex<Int64>(1_800_000_000_000_000_000)
    private let space = Mutex(DiskSpace(available: 900, total: 1000))
    private let stored = Mutex<[StoredEventBlock]>([])

    func advance(_ nanoseconds: Int64) { now.withLock { $0 += nanoseconds } }
    func set(free: Int) { space.withLock { $0.available = free } }
    var time: Int64 { now.withLock { $0 } }
    var storedBlocks: [StoredEventBlock] { stored.withLock { $0 } }

    func open(_ folder: TestFolder, _ change: (inout EventStore.Settings) -> Void = { _ in }) throws -> EventStore {
        var settings = EventStore.Settings()
        // Tests close blocks when they say so, however long they take.
        settings.blockAge = .seconds(3600)
        settings.clock = { self.time }
        settings.diskSpace = { self.space.withLock { $0 } }
        settings.blockStored = { block in self.stored.withLock { $0.append(block) } }
        change(&settings)
        return try EventStore(folder: folder.file("events"), settings)
    }

    func store(_ events: [TestEvent], in store: EventStore, batch: Int = 256) async throws {
        for batch in TestEvent.batches(events, of: batch) { #expect(await store.append(batch)) }
        try await store.flush()
    }
}

extension TestEvent {
    init(_ hit: EventHit) {
        self.init(bytes: hit.bytes, facts: hit.facts, entities: hit.entities)
    }
}

extension EventStore {
    /// All answers to a query, page by page.
    func all(_ query: EventQuery) async throws -> [EventHit] {
        var query = query
        var hits: [EventHit] = []
        repeat {
            let page = try await search(query)
            #expect(page.damage.isEmpty)
            hits += page.hits
            query.cursor = page.cursor
        } while query.cursor != nil
        return hits
    }
}

extension DayFile {
    /// The hash of what a block is now.
    func hash(of entry: Entry) throws(StorageError) -> [UInt8] {
        let filter = try filter(entry.id)
        return try withData(entry) { data throws(StorageError) in
            EventBlock.hash(entry.summary, filter: filter.bytes, data: data)
        }
    }
}
