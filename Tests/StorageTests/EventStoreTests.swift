// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import EventBus
import Foundation
import Glibc
import Testing

@testable import Storage

@Suite struct EventStoreTests {
    private let world = TestWorld()

    @Test(arguments: [1, 2])
    func `gives the same events back that were put in`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let events = (0..<1000).map { _ in TestEvent.random(&random, times: .min ... .max) }
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 100 }
        try await world.store(events, in: store)
        #expect(store.statistics.storedEvents == 1000)
        #expect(store.statistics.waitingEvents == 0)
        let hits = try await store.all(EventQuery(limit: 700))
        #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.position > $1.position })
        // The last possible time is before no time, so no query reaches it.
        let expected = events.filter { $0.facts.time < .max }
        #expect(hits.count == expected.count)
        let order = { (event: TestEvent) in "\(event.facts.time) \(event.bytes) \(event.entities) \(event.facts)" }
        #expect(hits.map { order(TestEvent($0)) }.sorted() == expected.map(order).sorted())
        try await store.close()
    }

    @Test func `closes a block when it is full, of its stream alone`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 10 }
        var events = (0..<25).map { TestEvent.simple($0, time: Int64($0)) }
        events += (0..<5).map { number in
            var event = TestEvent.simple(number, time: Int64(number))
            event.facts.stream = 9
            event.facts.severity = .high
            return event
        }
        try await world.store(events, in: store)
        let counts = world.storedBlocks.map { [Int($0.summary.stream), $0.summary.count] }
        #expect(counts.sorted { ($0[0], -$0[1]) < ($1[0], -$1[1]) } == [[0, 10], [0, 10], [0, 5], [9, 5]])
        #expect(world.storedBlocks.last?.summary.severity == .high)
        try await store.close()
    }

    @Test func `closes a block when it is old`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockAge = .milliseconds(20) }
        _ = await store.append(TestEvent.batches([.simple(1, time: 1)], of: 1)[0])
        while store.statistics.storedEvents == 0 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(world.storedBlocks.count == 1)
        try await store.close()
    }

    @Test func `tells the hash of each block that it has stored`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 10 }
        try await world.store((0..<40).map { .simple($0, time: Int64($0)) }, in: store)
        let files = try EventFiles(folder.file("events"), store.settings)
        #expect(world.storedBlocks.count == 4)
        for block in world.storedBlocks {
            let file = try files.file(block.day)
            let entry = try #require(try file.entry(block.block))
            #expect(entry.summary == block.summary)
            #expect(try file.hash(of: entry) == block.hash)
        }
        try await store.close()
    }

    @Test func `writes each day into its file, and finds the events of all`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.maximumDays = nil }
        var events: [TestEvent] = []
        for day in 0..<12 {
            let event = TestEvent.simple(day, time: world.time)
            events.append(event)
            try await world.store([event], in: store)
            world.advance(TestWorld.day)
        }
        #expect(store.days.count == 12)
        #expect(try await store.all(EventQuery(limit: 5)).map { TestEvent($0) } == events.reversed())
        let middle = EventQuery(from: events[4].facts.time, to: events[7].facts.time)
        #expect(try await store.all(middle).map { TestEvent($0) } == events[4..<7].reversed())
        try await store.close()
    }

    @Test func `finds after a restart what it had found before`() async throws {
        let folder = try TestFolder()
        let first = try world.open(folder)
        try await world.store((0..<100).map { .simple($0, time: Int64($0)) }, in: first)
        let page = try await first.search(EventQuery(limit: 30))
        try await first.close()
        let second = try world.open(folder)
        let next = try await second.search(EventQuery(limit: 30, cursor: page.cursor))
        #expect(next.hits.map(\.facts.time) == (40..<70).reversed().map { Int64($0) })
        let hit = try #require(next.hits.first)
        #expect(try second.event(at: hit.position) == hit)
        try await second.close()
    }

    // MARK: Bounds

    @Test func `removes days that are too old, and only those`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) {
            $0.maximumDays = 3
            $0.careInterval = .milliseconds(5)
        }
        for day in 0..<6 {
            try await world.store([.simple(day, time: world.time)], in: store)
            world.advance(day == 5 ? 0 : TestWorld.day)
        }
        while store.days.count > 3 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(try await store.all(EventQuery()).count == 3)
        #expect(store.statistics.removedDays == 3)
        #expect(Set(folder.names) == ["events"])
        try await store.close()
    }

    @Test func `removes the oldest days where all are too large, and never today's`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) {
            $0.maximumDays = nil
            $0.maximumBytes = 1_200_000
            $0.careInterval = .milliseconds(5)
        }
        var random = SeededGenerator(seed: 5)
        for day in 0..<6 {
            let events = (0..<1000).map { _ in
                TestEvent(
                    bytes: (0..<250).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) },
                    facts: EventFacts(time: world.time, eventClass: .httpActivity),
                    entities: []
                )
            }
            try await world.store(events, in: store)
            world.advance(day == 5 ? 0 : TestWorld.day)
        }
        while store.statistics.removedDays == 0 || store.days.reduce(0, { $0 + $1.bytes }) > 1_200_000 {
            try await Task.sleep(for: .milliseconds(2))
        }
        let today = EventDay(time: world.time)
        #expect(store.days.last?.day == today)
        #expect(store.days.count < 6)
        try await store.close()
    }

    @Test func `takes no event while the disk is full, counts it, and goes on afterwards`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.careInterval = .milliseconds(5) }
        try await world.store([.simple(1, time: 1)], in: store)
        for (free, level) in [(90, DiskSpace.Level.warning), (40, .full), (500, .fine)] {
            world.set(free: free)
            while store.statistics.diskLevel != level { try await Task.sleep(for: .milliseconds(2)) }
            // What was looked at may be older than what was set, so one more look.
            try await store.flush()
            try await world.store([.simple(free, time: Int64(free))], in: store)
        }
        #expect(store.statistics[.diskGuard] == 1)
        #expect(try await store.all(EventQuery()).map(\.facts.time) == [500, 90, 1])
        try await store.close()
    }

    @Test func `refuses what waits beyond its bound and counts it`() async throws {
        let folder = try TestFolder()
        let batch = TestEvent.batches((0..<100).map { .simple($0, time: 1, padding: 900) }, of: 100)[0]
        let store = try world.open(folder) { $0.queueBytes = 2 * batch.byteCount }
        var taken = 0
        for _ in 0..<200 { taken += store.offer(batch) ? 1 : 0 }
        try await store.flush()
        #expect(store.statistics[.queueFull] == (200 - taken) * 100)
        #expect(store.statistics.storedEvents == taken * 100)
        // Who can wait loses nothing.
        for _ in 0..<20 { #expect(await store.append(batch)) }
        try await store.close()
        #expect(store.statistics.storedEvents == (taken + 20) * 100)
        #expect(await store.append(batch) == false)
    }

    // MARK: Faults

    @Test func `keeps events while the file is locked, and writes them when it is free`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.busyTimeout = .milliseconds(5) }
        try await world.store([.simple(1, time: 1)], in: store)
        let path = folder.file("events/" + EventDay(time: world.time).fileName)
        let other = try Database(path)
        try await withLock(on: other) {
            #expect(await store.append(TestEvent.batches([.simple(2, time: 2)], of: 1)[0]))
            let error = await #expect(throws: StorageError.self) { try await store.flush() }
            #expect(error?.code == .busy)
            #expect(store.statistics.waitingEvents == 1)
        }
        try await store.flush()
        #expect(try await store.all(EventQuery()).map(\.facts.time) == [2, 1])
        #expect(store.statistics[.storage] == 0)
        try await store.close()
        try other.close()
    }

    /// Runs a body while a database is locked by a writer.
    private func withLock(on database: Database, _ body: () async throws -> Void) async throws {
        let (isLocked, end) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let thread = Task.detached {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    try? database.writeNow { _ throws(StorageError) in
                        isLocked.signal()
                        end.wait()
                    }
                    continuation.resume()
                }
            }
        }
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                isLocked.wait()
                continuation.resume()
            }
        }
        defer { end.signal() }
        try await body()
        end.signal()
        await thread.value
    }

    @Test func `counts what a full disk did not take, and what it took can be read`() async throws {
        let folder = try TestFolder()
        var random = SeededGenerator(seed: 8)
        let store = try world.open(folder) {
            $0.blockEvents = 50
            $0.maximumFilePages = 12
            $0.pendingBytes = 20_000
        }
        for _ in 0..<40 {
            let events = (0..<50).map { number in
                TestEvent(
                    bytes: (0..<200).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) },
                    facts: EventFacts(time: Int64(number), eventClass: .httpActivity),
                    entities: []
                )
            }
            #expect(await store.append(TestEvent.batches(events, of: 50)[0]))
            let failure = await Self.failure { try await store.flush() }
            #expect(failure == nil || failure?.code == .diskFull)
        }
        await #expect(throws: StorageError.self) { try await store.close() }
        let statistics = store.statistics
        #expect(statistics[.storage] > 0)
        #expect(statistics.storedEvents + statistics[.storage] == 2000)
        #expect(statistics.waitingEvents == 0)
        let again = try world.open(folder)
        #expect(try await again.all(EventQuery(limit: 1000)).count == statistics.storedEvents)
        try await again.close()
    }

    @Test func `puts today's file aside when it is no database any more, and goes on in another`() async throws {
        let folder = try TestFolder()
        let name = "events/" + EventDay(time: world.time).fileName
        let first = try world.open(folder)
        try await world.store([.simple(1, time: 1)], in: first)
        try await first.close()
        try folder.write([UInt8](repeating: 0x41, count: 10_000), name)
        let second = try world.open(folder)
        try await world.store([.simple(2, time: 2)], in: second)
        #expect(try await second.all(EventQuery()).map(\.facts.time) == [2])
        #expect(second.statistics.damagedFiles == 1)
        #expect(try folder.read(name + ".damaged-1").count == 10_000)
        try await second.close()
    }

    @Test func `a copy of all days has the same events`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder)
        for _ in 0..<3 {
            try await world.store((0..<100).map { .simple($0, time: world.time + Int64($0)) }, in: store)
            world.advance(TestWorld.day)
        }
        let copy = try TestFolder()
        try store.backup(to: copy.file("events"))
        let copied = try world.open(copy)
        #expect(try await copied.all(EventQuery(limit: 1000)) == store.all(EventQuery(limit: 1000)))
        try await copied.close()
        try await store.close()
    }

    private static func failure(_ body: () async throws -> Void) async -> StorageError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? StorageError
        }
    }

    // MARK: Killed processes

    private static let folderVariable = "REDOUBT_EVENTS_TEST_FOLDER"

    @Test func `loses no event of a block that was told when it is killed at any moment`() async throws {
        let folder = try TestFolder()
        setenv(Self.folderVariable, folder.path, 1)
        try folder.write([], "promises")
        for _ in 0..<5 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                try await EventStoreTests.storeUntilKilled()
            }
        }
        let promised = String(decoding: try folder.read("promises"), as: UTF8.self).split(separator: "\n")
        let store = try world.open(folder) { $0.maximumDays = nil }
        let files = store.files
        for promise in promised where promise.hasSuffix(".") {
            let fields = promise.dropLast().split(separator: " ")
            let day = try #require(EventDay(fileName: String(fields[0])))
            let number = try #require(Int64(fields[1]))
            let entry = try #require(try files.file(day).entry(number))
            // Throws where the block is not what it was.
            _ = try files.file(day).hash(of: entry)
        }
        #expect(!promised.isEmpty)
        let page = try await store.search(EventQuery(limit: 1))
        #expect(page.damage.isEmpty)
        try await store.close()
    }

    private static func storeUntilKilled() async throws {
        guard let path = ProcessInfo.processInfo.environment[folderVariable] else { return }
        let promises = Glibc.open(path + "/promises", O_WRONLY | O_APPEND)
        let first = DispatchSemaphore(value: 0)
        var settings = EventStore.Settings()
        settings.blockEvents = 200
        settings.blockStored = { block in
            let line = Array("\(block.day.fileName) \(block.block).\n".utf8)
            _ = line.withUnsafeBytes { Glibc.write(promises, $0.baseAddress, $0.count) }
            first.signal()
        }
        let store = try EventStore(folder: path + "/events", settings)
        let batch = TestEvent.batches((0..<200).map { .simple($0, time: Int64($0)) }, of: 200)[0]
        Thread.detachNewThread {
            first.wait()
            usleep(UInt32.random(in: 0...30_000))
            kill(getpid(), SIGKILL)
        }
        while await store.append(batch) {}
    }

    @Test func `can be read while another writes, and takes nothing then`() async throws {
        let folder = try TestFolder()
        let store = try world.open(folder) { $0.blockEvents = 10 }
        let events = (0..<30).map { TestEvent.simple($0, time: Int64($0)) }
        try await world.store(Array(events.prefix(20)), in: store)
        let reader = try EventStore(reading: folder.file("events"))
        #expect(try await reader.search(EventQuery(limit: 100)).hits.count == 20)
        try await world.store(Array(events.suffix(10)), in: store)
        #expect(try await reader.search(EventQuery(limit: 100)).hits.count == 30)
        #expect(!reader.offer(TestEvent.batches([.simple(1, time: 1)], of: 1)[0]))
        await #expect(throws: StorageError.self) { try await reader.flush() }
        try await reader.close()
        try await store.close()
        let missing = #expect(throws: StorageError.self) { _ = try EventStore(reading: folder.file("none")) }
        #expect(missing?.code == .notFound)
    }
}
