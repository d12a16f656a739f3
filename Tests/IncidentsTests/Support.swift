// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import DefenseModel
import EventBus
import Foundation
import Storage
import Synchronization

@testable import Incidents

/// A folder of its own, which goes away with it.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-insight-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// Numbers that are the same in each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}

/// An exchange as a test makes it, told in OCSF as the web firewall does.
struct TestExchange {
    struct Rule {
        var uid: Int
        var message = "SQL Injection Attack"
        var severity = 4
        var kind: String? = "sqli"
        var technique: String?
        var target = "ARGS:id"
    }

    var time: Int64
    var client = "203.0.113.7"
    var application: String? = "shop"
    var method = "GET"
    var path = "/products/17"
    var status = 200
    var severity = EventSeverity.high
    var disposition: UInt8 = 15
    var rules = [Rule(uid: 942100)]
    var decider: Int? = 942100
    var transaction = "1.1"

    /// Without a detection.
    static func plain(time: Int64, path: String = "/products/17", status: Int = 200) -> TestExchange {
        var exchange = TestExchange(time: time, path: path, status: status)
        exchange.severity = .info
        exchange.disposition = 1
        exchange.rules = []
        exchange.decider = nil
        return exchange
    }

    var facts: EventFacts {
        EventFacts(time: time, eventClass: .httpActivity, severity: severity, disposition: disposition)
    }

    var line: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("class_uid")
        json.number(4002)
        json.key("metadata")
        json.raw(Array(#"{"product":{"name":"Redoubt"},"version":"1.6.0","uid":"\#(transaction)"}"#.utf8))
        json.key("src_endpoint")
        json.beginObject()
        json.key("ip")
        json.string(client)
        json.endObject()
        if let application {
            json.key("app_name")
            json.string(application)
        }
        json.key("http_request")
        json.beginObject()
        json.key("http_method")
        json.string(method)
        json.key("url")
        json.beginObject()
        json.key("hostname")
        json.string("shop.example")
        json.key("path")
        json.string(path)
        json.endObject()
        json.endObject()
        json.key("http_response")
        json.raw(Array(#"{"code":\#(status)}"#.utf8))
        if !rules.isEmpty || decider != nil { appendUnmapped(&json) }
        json.endObject()
        return json.bytes
    }

    private func appendUnmapped(_ json: inout JSONWriter) {
        json.key("unmapped")
        json.beginObject()
        if let decider {
            json.key(disposition == 2 ? "blocked_by" : "would_block_by")
            json.number(decider)
        }
        json.key("scope")
        json.string("waf/app:shop")
        json.key("revision")
        json.number(7)
        json.key("rules")
        json.beginArray()
        for rule in rules {
            json.beginObject()
            json.key("uid")
            json.number(rule.uid)
            json.key("desc")
            json.string(rule.message)
            json.key("target")
            json.string(rule.target)
            json.key("severity_id")
            json.number(rule.severity)
            if let kind = rule.kind {
                json.key("kind")
                json.string(kind)
            }
            if let technique = rule.technique {
                json.key("technique")
                json.string(technique)
            }
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}

extension EventBatch {
    init(_ exchanges: [TestExchange]) {
        self.init(origin: EventOrigin(source: 1, epoch: 1))
        for exchange in exchanges { append(exchange.line, exchange.facts) }
    }
}

/// A store with a keeper, and a clock that a test sets.
final class TestInsight: Sendable {
    static let second: Int64 = 1_000_000_000
    static let hour: Int64 = 3600 * second
    static let day: Int64 = 24 * hour
    /// At noon, so that an hour more is the same day.
    static let noon: Int64 = 20_000 * day + 12 * hour

    let folder: TestFolder
    let store: InsightStore
    let keeper: DetectionKeeper
    private let now: ClockBox

    final class ClockBox: Sendable {
        let value = Mutex(TestInsight.noon)
    }

    init(
        _ folder: TestFolder,
        clock: ClockBox = ClockBox(),
        store storeSettings: InsightStore.Settings = InsightStore.Settings(),
        _ change: (inout DetectionKeeper.Settings) -> Void = { _ in }
    ) throws {
        self.folder = folder
        now = clock
        store = try InsightStore(path: folder.file("insight.sqlite"), storeSettings)
        var settings = DetectionKeeper.Settings()
        // A test writes when it says so, however long it takes.
        settings.numbersDelay = .seconds(3600)
        settings.commitDelay = .seconds(3600)
        settings.foldWindow = .seconds(3600)
        settings.clock = { clock.value.withLock { $0 } }
        change(&settings)
        keeper = try DetectionKeeper(store, settings)
    }

    convenience init(_ change: (inout DetectionKeeper.Settings) -> Void = { _ in }) throws {
        try self.init(TestFolder(), change)
    }

    var time: Int64 {
        get { now.value.withLock { $0 } }
        set { now.value.withLock { $0 = newValue } }
    }

    /// Keeps exchanges, and waits till they are on disk.
    func keep(_ exchanges: [TestExchange]) async throws {
        for start in stride(from: 0, to: exchanges.count, by: 256) {
            await keeper.append(EventBatch(Array(exchanges[start..<min(start + 256, exchanges.count)])))
        }
        try await keeper.flush()
    }

    func keep(_ line: String, _ facts: EventFacts) async throws {
        var batch = EventBatch(origin: EventOrigin(source: 1, epoch: 1))
        batch.append(Array(line.utf8), facts)
        await keeper.append(batch)
        try await keeper.flush()
    }

    func end() async throws {
        await keeper.close()
        try store.close()
    }

    /// All detections, page by page.
    func all(_ filter: DetectionFilter = DetectionFilter(), limit: Int = 7) async throws -> [DetectionRow] {
        var rows: [DetectionRow] = []
        var place: PagePlace?
        repeat {
            let page = try await store.detections(filter, after: place, limit: limit)
            rows += page.elements
            place = page.next
        } while place != nil
        return rows
    }
}

extension DetectionFilter {
    static func with(_ change: (inout DetectionFilter) -> Void) -> DetectionFilter {
        var filter = DetectionFilter()
        change(&filter)
        return filter
    }
}
