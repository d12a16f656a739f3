// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import EventBus
import Storage
import Synchronization
import Testing

@testable import Incidents

@Suite struct CareTests {
    @Test func `the oldest go by number and by age, with their words`() async throws {
        let folder = try TestFolder()
        var limits = InsightStore.Settings()
        limits.maximumDetections = 30
        limits.maximumEntities = 10
        let insight = try TestInsight(folder, store: limits) { settings in
            settings.foldWindow = .zero
            // The keeper's own care stays away, however long this takes.
            settings.careInterval = .seconds(86_400)
        }
        let time = insight.time
        let exchanges = (0..<50).map {
            TestExchange(time: time + Int64($0), client: "10.0.0.\($0)", path: "/p/word\($0)a")
        }
        try await insight.keep(exchanges)
        try await insight.end()
        let store = try InsightStore(path: folder.file("insight.sqlite"), limits)
        let whole = try #require(try store.keptDetections())
        #expect(whole.since == time && !whole.isCut)
        let care = RetentionCare(store, clock: { time })
        while try care.step() {}
        _ = try care.step()
        let cut = try #require(try store.keptDetections())
        #expect(cut.since == time + 20 && cut.isCut)
        #expect(care.removedDetections == 20 && care.removedEntities == 40)
        #expect(try await store.detections(DetectionFilter(), limit: 100).elements.count == 30)
        #expect(try await store.entities(limit: 50).elements.map(\.entity.key).last == "10.0.0.40")
        let old = try await store.detections(.with { $0.text = "word1a" })
        #expect(old.elements.isEmpty)
        let late = RetentionCare(store, clock: { time + 500 * TestInsight.day })
        while try late.step() {}
        #expect(try await store.detections(DetectionFilter()).elements.isEmpty)
        #expect(try store.keptDetections() == nil)
        #expect(try await store.entities().elements.isEmpty)
        #expect(try await store.incidents(limit: 100).elements.allSatisfy { $0.state.isOpen })
        let words = try store.database.readNow { connection throws(StorageError) in
            try connection.all("SELECT count(*) FROM detection_text WHERE detection_text MATCH 'sql'") {
                row throws(StorageError) in
                try row.int(0)
            }
        }
        #expect(words == [0])
        try store.close()
    }

    @Test func `a database keeps its identity, and no other has it`() throws {
        let folder = try TestFolder()
        let store = try InsightStore(path: folder.file("insight.sqlite"))
        let identity = try store.identity()
        #expect(identity.utf8.count == 32)
        try store.close()
        #expect(try InsightStore(path: folder.file("insight.sqlite")).identity() == identity)
        #expect(try InsightStore(path: folder.file("other.sqlite")).identity() != identity)
    }

    @Test func `old steps and closed incidents go, open ones stay`() async throws {
        let folder = try TestFolder()
        let insight = try TestInsight(folder)
        let time = insight.time
        try await insight.keep([TestExchange(time: time), TestExchange(time: time, client: "10.0.0.1")])
        let incident = try #require(try await insight.store.incidents().elements.first)
        _ = try await insight.store.edit(incident: incident.id, IncidentEdit(state: .resolved), by: "a", at: time)
        try await insight.end()
        let store = try InsightStore(path: folder.file("insight.sqlite"))
        func points(_ days: Int64) async throws -> Int {
            let series = try await store.detectionSeries(
                SeriesFilter(since: time - days * TestInsight.day, until: time)
            )
            return series.points.reduce(0) { $0 + $1.total }
        }
        let threeDays = RetentionCare(store, clock: { time + 3 * TestInsight.day })
        for _ in 0..<5 { _ = try threeDays.step() }
        #expect(try await points(0) == 0)
        #expect(try await points(3) == 2)
        let later = RetentionCare(store, clock: { time + 500 * TestInsight.day })
        for _ in 0..<5 { _ = try later.step() }
        #expect(try await store.incidents().elements.map(\.state) == [.new])
        #expect(try await store.acts(ofIncident: incident.id).isEmpty)
        #expect(try await points(300) == 2)
        try store.close()
    }

    @Test func `a clock that jumps forward makes nothing old`() async throws {
        let insight = try TestInsight()
        let time = insight.time
        try await insight.keep([TestExchange(time: time)])
        let clock = TestInsight.ClockBox()
        let care = RetentionCare(insight.store, clock: { clock.value.withLock { $0 } })
        clock.value.withLock { $0 += 1000 * TestInsight.day }
        _ = try care.step()
        #expect(care.removedDetections == 0)
        try await insight.end()
    }

    @Test func `watchers see what is new, and lose the oldest when they are slow`() async throws {
        let insight = try TestInsight { $0.foldWindow = .zero }
        let quick = insight.store.live.watch()
        let slow = insight.store.live.watch(buffer: 3)
        #expect(insight.store.live.hasWatchers)
        try await insight.keep((0..<5).map { TestExchange(time: insight.time + Int64($0)) })
        let seen = try #require(await quick.next())
        #expect(seen.missed == 0)
        let rows = seen.events.compactMap { if case .detection(let row) = $0 { row } else { nil } }
        #expect(rows.map(\.id) == [1, 2, 3, 4, 5])
        let incidents = seen.events.compactMap { if case .incident(let incident) = $0 { incident } else { nil } }
        #expect(incidents.map(\.requests) == [5])
        let late = try #require(await slow.next())
        #expect(late.events.count == 3 && late.missed == 3)
        let waiting = Task { await quick.next() == nil }
        waiting.cancel()
        #expect(await waiting.value)
        try await insight.end()
        #expect(await slow.next() == nil)
        #expect(await insight.store.live.watch().next() == nil)
    }

    @Test func `the growth of a row is told`() async throws {
        let insight = try TestInsight()
        try await insight.keep([TestExchange(time: insight.time)])
        let watch = insight.store.live.watch()
        try await insight.keep([TestExchange(time: insight.time + 3)])
        let seen = try #require(await watch.next())
        let growth = seen.events.compactMap {
            if case .growth(let id, let count, let time) = $0 { [id, Int64(count), time] } else { nil }
        }
        #expect(growth == [[1, 2, insight.time + 3]])
        try await insight.end()
    }

    @Test func `the benchmark keeps and finds what it made`() async throws {
        let folder = try TestFolder()
        let figures = try await DetectionBenchmark.run(path: folder.file("insight.sqlite"), rows: 400, exchanges: 200)
        #expect(figures.rows == 400 && figures.lostRows == 0)
        #expect(figures.rowNanoseconds > 0 && figures.bytesPerRow > 0 && figures.questions.count > 15)
    }
}
