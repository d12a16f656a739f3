// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import EventBus
import Foundation
import Logging
import Storage
import Testing

@testable import Integrations

@Suite struct UsageTests {
    private let folder: TestFolder
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let day: Int64 = 86_400_000_000_000
    private static let now: Int64 = 20_000 * day + 5

    init() throws {
        folder = try TestFolder()
    }

    private func store() throws -> OutputStore {
        try OutputStore(path: folder.path + "/outputs.sqlite")
    }

    @Test func `exchanges are counted by their headers`() async throws {
        let store = try store()
        let meter = UsageMeter(store, logger)
        var batch = EventBatch(origin: EventOrigin(source: 1, epoch: 1))
        for disposition in [1, 1, 15, 2, 6, 17] as [UInt8] {
            batch.append(Samples.exchange(1), Samples.facts(disposition: disposition))
        }
        batch.append(OCSFRecord(Samples.row()).json, OCSFRecord(Samples.row()).facts)
        meter.count(batch)
        meter.count(.rehearsals, 2)
        meter.count(.rehearsals, -5)
        await meter.flush()
        let counts = try await store.usage(days: 1, now: Clocks.now).counts
        #expect(counts == [.requests: 6, .detections: 4, .wouldHaveBlocked: 1, .blocked: 2, .rehearsals: 2])
        try store.close()
    }

    @Test func `days are added up, and old ones forgotten`() async throws {
        let store = try store()
        for (day, count) in [(19_000, 1), (19_994, 2), (20_000, 4)] as [(Int64, Int)] {
            try await store.addUsage([.blocked: count], day: day)
        }
        #expect(try await store.usage(days: 7, now: Self.now).counts == [.blocked: 6])
        #expect(try await store.usage(days: 6, now: Self.now).counts == [.blocked: 4])
        #expect(try await store.usage(days: 400, now: Self.now).counts == [.blocked: 6])
        try store.close()
    }

    @Test func `what would be sent holds rounded numbers of known names and nothing else`() async throws {
        let store = try store()
        try await store.addUsage([.requests: 1000, .blocked: 3, .pages: 1], day: 20_000)
        try await store.database.write { connection throws(StorageError) in
            try connection.execute("INSERT INTO usage_day VALUES (20000, 'shop.example /secret', 5)")
        }
        let report = try await store.usage(days: 7, now: Self.now)
        let text = String(decoding: report.sentJSON(version: "0.1.0"), as: UTF8.self)
        let json = try JSONReader.read(Array(text.utf8))
        #expect(json["counters"]?["web_firewall"]?["requests"]?.integer == 1024)
        #expect(json["counters"]?["web_firewall"]?["blocked"]?.integer == 4)
        #expect(json["counters"]?["console"]?["pages"]?.integer == 1)
        #expect(
            json.members?.map { String(decoding: $0.name, as: UTF8.self) } == [
                "schema", "installation", "version", "days", "until", "counters",
            ]
        )
        #expect(!text.contains("shop.example") && !text.contains("1000"))
        let names = (json["counters"]?.members ?? []).flatMap { $0.value.members ?? [] }
        #expect(names.count == UsageCounter.allCases.count)
        try store.close()
    }

    @Test(arguments: [(0, 0), (1, 1), (2, 2), (3, 4), (1000, 1024), (-4, 0), (.max, 1 << 62)] as [(Int, Int)])
    func `counts are rounded up to powers of two`(count: Int, rounded: Int) {
        #expect(UsageReport.rounded(count) == rounded)
    }

    @Test func `a reset forgets the counts and the identifier`() async throws {
        let store = try store()
        try await store.addUsage([.blocked: 9], day: 20_000)
        let before = try await store.usageState(now: Self.now)
        #expect(before.installation.count == 32 && !before.isEnabled)
        #expect(try await store.usageState(now: Self.now) == before)
        _ = try await store.enableUsage(true, now: Self.now)
        let after = try await store.resetUsage(now: Self.now + 1)
        #expect(after.installation != before.installation && after.isEnabled && after.since == Self.now + 1)
        #expect(try await store.usage(days: 7, now: Self.now).counts.isEmpty)
        try store.close()
    }

    @Test func `a report is sent once a week, if enabled and addressed, and never else`() async throws {
        let receiver = try await HTTPReceiver.start()
        let store = try store()
        let address = try WebhookAddress("http://127.0.0.1:\(receiver.port)/usage")
        let sender = UsageSender(store, address: address, version: "0.1.0", logger)
        #expect(await !sender.sendIfDue(now: Self.now))
        _ = try await store.enableUsage(true, now: Self.now)
        sender.replace(nil)
        #expect(await !sender.sendIfDue(now: Self.now))
        #expect(receiver.messages.isEmpty)
        sender.replace(address)
        #expect(await sender.sendIfDue(now: Self.now))
        #expect(await !sender.sendIfDue(now: Self.now + 6 * Self.day))
        #expect(await sender.sendIfDue(now: Self.now + 7 * Self.day))
        let first = try #require(receiver.messages.first)
        #expect(first.body == (try await store.usage(days: 7, now: Self.now)).sentJSON(version: "0.1.0"))
        _ = try await store.enableUsage(false, now: Self.now)
        #expect(await !sender.sendIfDue(now: Self.now + 100 * Self.day))
        #expect(receiver.messages.count == 2)
        try store.close()
        await receiver.stop()
    }

    @Test func `a report goes only to addresses that were checked`() async throws {
        let receiver = try await HTTPReceiver.start()
        let store = try store()
        _ = try await store.enableUsage(true, now: Self.now)
        let address = try WebhookAddress("http://usage.invalid:\(receiver.port)/usage")
        let loopback = try #require(ResolvedAddress.literal("127.0.0.1"))
        let metadata = try #require(ResolvedAddress.literal("100.100.100.200"))
        let refused = UsageSender(store, address: address, version: "1", logger) { _ in [loopback, metadata] }
        #expect(await !refused.sendIfDue(now: Self.now))
        let failure = try await store.usageState(now: Self.now).failure
        #expect(failure?.contains("metadata") == true && receiver.messages.isEmpty)
        let sender = UsageSender(store, address: address, version: "1", logger) { _ in [loopback] }
        #expect(await sender.sendIfDue(now: Self.now))
        #expect(receiver.messages.first?.headers["host"] == "usage.invalid:\(receiver.port)")
        try store.close()
        await receiver.stop()
    }

    /// The receiver never answers and the sender is patient; only its end can end this.
    @Test(.timeLimit(.minutes(20))) func `a report that is being sent does not hold up the end`() async throws {
        let receiver = try await HTTPReceiver.start { _, _ in nil }
        let store = try store()
        _ = try await store.enableUsage(true, now: Self.now)
        let address = try WebhookAddress("http://127.0.0.1:\(receiver.port)/usage")
        let sender = UsageSender(store, address: address, version: "1", logger, timeout: .seconds(36_000))
        sender.start()
        #expect(try await eventually { !receiver.messages.isEmpty })
        await sender.close()
        let state = try await store.usageState(now: Self.now)
        #expect(state.sent == nil && state.failure == nil)
        try store.close()
        await receiver.stop()
    }

    @Test func `routes are counted as what they are for`() {
        #expect(UsageCounter(route: "GET /api/v1/rehearsal") == .rehearsals)
        #expect(UsageCounter(route: "GET /detections/{id}") == .explanations)
        #expect(UsageCounter(route: "GET /detections") == .pages)
        #expect(UsageCounter(route: "PATCH /api/v1/incidents/{id}") == .triage)
        for route in ["GET /metrics", "GET /assets/a.css", "GET /api/v1/modes", "", "POST /login", "GET /health/live"] {
            #expect(UsageCounter(route: route) == nil, "\(route)")
        }
    }
}
