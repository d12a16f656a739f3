// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import EventBus
import Foundation
import Synchronization
import Testing

@testable import Storage

@Suite struct EventSearchTests {
    private let world = TestWorld()

    @Test(arguments: [21, 22])
    func `answers as a filter over all events does`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 40 }
        // Few different times, so that many are equal.
        let events = (0..<600).map { _ in TestEvent.random(&random, times: -50...50) }
        for part in stride(from: 0, to: events.count, by: 200) {
            try await world.store(Array(events[part..<part + 200]), in: store)
            world.advance(TestWorld.day)
        }
        for _ in 0..<15 {
            let query = Self.query(&random)
            let hits = try await store.all(query)
            #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.position > $1.position })
            let expected = events.filter { Self.matches($0, query) }
            let key = { (event: TestEvent) in "\(event)" }
            #expect(hits.map { key(TestEvent($0)) }.sorted() == expected.map(key).sorted(), "\(query)")
        }
        try await store.close()
    }

    private static func query(_ random: inout SeededGenerator) -> EventQuery {
        var query = EventQuery(limit: Int.random(in: 30...300, using: &random))
        let words = ["login", "admin", "\"x\"", "id\":1", "é", "nothing of it", "}", "\n", "}\n{"]
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            query.needles.append(Array((words.randomElement(using: &random) ?? "").utf8))
        }
        if Bool.random(using: &random) {
            query.from = Int64.random(in: -60...40, using: &random)
            query.to = query.from + Int64.random(in: 1...60, using: &random)
        }
        if Bool.random(using: &random) { query.severity = EventSeverity.allCases.randomElement(using: &random) ?? .low }
        if Bool.random(using: &random) { query.classes = EventClassSet(rawValue: random.next()) }
        if Bool.random(using: &random) {
            query.entity = EntityKey(kind: 1, name: "\(Int.random(in: 0...220, using: &random))".utf8)
        }
        return query
    }

    private static func matches(_ event: TestEvent, _ query: EventQuery) -> Bool {
        let text = Data(event.bytes)
        return query.needles.allSatisfy { text.range(of: Data($0)) != nil }
            && event.facts.time >= query.from && event.facts.time < query.to
            && event.facts.severity >= query.severity
            && query.classes.contains(EventClassSet(event.facts.eventClass))
            && query.entity.map { event.entities.contains($0) } ?? true
    }

    @Test func `reads no more than the first answer needs`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 10 }
        try await world.store((0..<500).map { .simple($0, time: Int64($0)) }, in: store)
        let page = try await store.search(EventQuery(limit: 15))
        #expect(page.hits.map(\.facts.time) == (485..<500).reversed().map { Int64($0) })
        #expect(page.progress.totalBlocks == 50)
        #expect(page.progress.doneBlocks < 20)
        try await store.close()
    }

    @Test func `the entity filter spares blocks`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 10 }
        let events = (0..<1000).map { number in
            var event = TestEvent.simple(number, time: Int64(number))
            event.entities = [EntityKey(kind: 1, name: "\(number / 10)".utf8)]
            return event
        }
        try await world.store(events, in: store)
        let page = try await store.search(EventQuery(entity: EntityKey(kind: 1, name: "42".utf8)))
        #expect(page.hits.map(\.facts.time) == (420..<430).reversed().map { Int64($0) })
        #expect(page.cursor == nil)
        #expect(page.progress.sparedBlocks > 80)
        try await store.close()
    }

    @Test func `tells hits and progress as it goes on, in order`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 10 }
        try await world.store((0..<500).map { .simple($0, time: Int64($0)) }, in: store)
        let told = Mutex<([EventHit], [Int])>(([], []))
        let page = try await store.search(EventQuery(needles: [Array("7}".utf8)], limit: 1000)) { hits, progress in
            told.withLock {
                $0.0 += hits
                $0.1.append(progress.doneBlocks)
            }
        }
        #expect(told.withLock { $0.0 } == page.hits)
        #expect(page.hits.count == 50)
        let steps = told.withLock { $0.1 }
        #expect(steps == steps.sorted() && steps.last == 50 && steps.count > 10)
        try await store.close()
    }

    @Test func `a search that is cancelled stops`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 1 }
        try await world.store((0..<300).map { .simple($0, time: Int64($0)) }, in: store)
        let done = Mutex(0)
        let search = Task {
            try await store.search(EventQuery(needles: [Array("none".utf8)])) { _, progress in
                done.withLock { $0 = progress.doneBlocks }
                if progress.doneBlocks == 1 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        search.cancel()
        let error = await #expect(throws: StorageError.self) { try await search.value }
        #expect(error?.code == .cancelled)
        #expect(done.withLock { $0 } < 300)
        try await store.close()
    }

    @Test(arguments: [
        EventQuery(from: 5, to: 5), EventQuery(limit: 0), EventQuery(limit: 1001), EventQuery(needles: [[]]),
        EventQuery(needles: [[UInt8](repeating: 1, count: 4097)]),
        EventQuery(needles: [[UInt8]](repeating: [1], count: 17)),
    ])
    func `a query that cannot be meant is refused`(query: EventQuery) async throws {
        let folder = try TestFolder()
        let store = try world.open(folder)
        let error = await #expect(throws: StorageError.self) { try await store.search(query) }
        #expect(error?.code == .badQuery)
        try await store.close()
    }

    // MARK: Damage

    @Test func `goes on around a damaged block and names it`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 10 }
        try await world.store((0..<100).map { .simple($0, time: Int64($0)) }, in: store)
        let path = folder.file("events/" + EventDay(time: world.time).fileName)
        let other = try Database(path)
        try other.writeNow { connection throws(StorageError) in
            let data = try connection.first("SELECT data FROM block_data WHERE id = 4") { row throws(StorageError) in
                try row.blob(0)
            }
            var torn = data ?? []
            torn[torn.count / 2] ^= 0x10
            try connection.execute("UPDATE block_data SET data = ? WHERE id = 4", [.blob(torn)])
            try connection.execute("DELETE FROM block_data WHERE id = 6")
            try connection.execute("UPDATE block SET last = last - 1 WHERE id = 8")
            try connection.execute("UPDATE block_data SET data = zeroblob(0) WHERE id = 9")
        }
        let page = try await store.search(EventQuery(limit: 1000))
        let lost = Set([4, 6, 8, 9].flatMap { ($0 - 1) * 10..<$0 * 10 })
        #expect(page.hits.map { Int($0.facts.time) } == (0..<100).reversed().filter { !lost.contains($0) })
        #expect(page.damage.compactMap(\.block).sorted() == [4, 6, 8, 9])
        #expect(page.damage.allSatisfy { $0.file == path })
        #expect(page.progress.damagedBlocks == 4)
        try other.close()
        try await store.close()
    }

    @Test func `goes on around a day whose file was cut or overwritten`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder)
        var names: [String] = []
        for day in 0..<4 {
            names.append("events/" + EventDay(time: world.time).fileName)
            try await world.store((0..<50).map { .simple($0, time: Int64(day * 100 + $0), padding: 200) }, in: store)
            world.advance(TestWorld.day)
        }
        try await store.close()
        try folder.write(Array(try folder.read(names[1]).prefix(20_000)), names[1])
        try folder.write(Array("no database".utf8), names[2])
        let again = try world.open(folder)
        let page = try await again.search(EventQuery(limit: 1000))
        #expect(Set(page.hits.map { $0.facts.time / 100 }) == [0, 3])
        #expect(Set(page.damage.map(\.file)) == Set(names[1...2].map { folder.file($0) }))
        try await again.close()
    }

    @Test func `no damage of columns reads beyond them or is taken for sound`() throws {
        var random = SeededGenerator(seed: 31)
        var builder = EventBlockBuilder(stream: 3)
        let events = (0..<60).map { _ in TestEvent.random(&random, times: 0...1_000_000) }
        for batch in TestEvent.batches(events, of: 60) {
            for index in 0..<batch.count { builder.append(eventAt: index, of: batch) }
        }
        let block = try builder.close(ZstdCompressor(level: 1))
        var content = [UInt8](repeating: 0, count: block.summary.contentBytes)
        #expect(Self.decompress(block.data, into: &content))
        for _ in 0..<1000 {
            var bytes = content
            var summary = block.summary
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
            case 1: summary.lineBytes = Int.random(in: 0...bytes.count, using: &random)
            case 2: summary.count = Int.random(in: 0...200, using: &random)
            default:
                for _ in 0..<3 {
                    let place = Int.random(in: summary.lineBytes..<bytes.count, using: &random)
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            bytes.withUnsafeBytes { bytes in
                guard let columns = try? EventColumns(bytes, summary) else { return }
                for index in 0..<columns.count {
                    #expect(columns.range(of: index).upperBound <= summary.lineBytes)
                    _ = columns.facts(of: index, stream: 0)
                    _ = columns.entities(of: index)
                }
            }
        }
        for length in 0..<block.data.count {
            #expect(!Self.decompress(Array(block.data.prefix(length)), into: &content))
        }
    }

    private static func decompress(_ data: [UInt8], into content: inout [UInt8]) -> Bool {
        guard let decompressor = try? ZstdDecompressor() else { return false }
        return data.withUnsafeBytes { data in
            content.withUnsafeMutableBytes { target in
                (try? decompressor.decompress(data, into: target)) != nil
            }
        }
    }
}
