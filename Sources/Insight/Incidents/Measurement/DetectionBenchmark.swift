// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import EventBus
internal import Foundation
package import Storage

/// Measures keeping and asking with made-up exchanges, for `script/bench store`.
package enum DetectionBenchmark {
    /// What was measured.
    package struct Figures: Sendable, Equatable {
        package var rows = 0
        package var lostRows = 0
        /// Processor time of a detection that becomes a row with all its indexes, in nanoseconds, with all threads.
        package var rowNanoseconds = 0.0
        /// The time that passes until all of them are on disk, for each, in nanoseconds.
        package var rowElapsedNanoseconds = 0.0
        /// Processor time of a detection that is folded into a row.
        package var foldedNanoseconds = 0.0
        /// The same for an exchange without a detection.
        package var exchangeNanoseconds = 0.0
        /// Bytes of the database a row.
        package var bytesPerRow = 0.0
        /// The longest of some times that each question took, in seconds.
        package var questions: [(name: String, seconds: Double)] = []

        package static func == (left: Figures, right: Figures) -> Bool {
            left.rows == right.rows && left.lostRows == right.lostRows
        }
    }

    /// Keeps detections in a database that is not there yet, and asks for them.
    ///
    /// - Parameters:
    ///   - rows: detections of which each is a row: half of them as fast as they are taken, which is measured, and half
    ///     spread over a week, of which the questions are.
    ///   - exchanges: exchanges without a detection.
    package static func run(path: String, rows: Int, exchanges: Int) async throws(StorageError) -> Figures {
        var figures = Figures(rows: rows)
        let store = try InsightStore(path: path)
        var settings = DetectionKeeper.Settings()
        settings.foldWindow = .zero
        settings.floodBurst = .max
        settings.maximumWaitingRows = .max
        let keeper = try DetectionKeeper(store, settings)
        var sample = ExchangeSample(seed: 7, step: 50_000)
        let cost = try await cost(of: rows / 2, keeper) { sample.detection() }
        (figures.rowNanoseconds, figures.rowElapsedNanoseconds) = (cost.processor, cost.elapsed)
        figures.exchangeNanoseconds = try await self.cost(of: exchanges, keeper) { sample.exchange() }.processor
        sample.step = 6 * 86_400_000_000_000 / Int64(max(1, rows / 2))
        _ = try await self.cost(of: rows - rows / 2, keeper) { sample.detection() }
        figures.bytesPerRow = Double(store.byteCount) / Double(max(1, rows))
        figures.lostRows = keeper.statistics.lost.values.reduce(0, +)
        await keeper.close()
        settings.foldWindow = .seconds(3600)
        let folding = try DetectionKeeper(store, settings)
        var alike = ExchangeSample(seed: 7, step: 50_000, clients: 1)
        figures.foldedNanoseconds = try await self.cost(of: exchanges, folding) { alike.detection() }.processor
        await folding.close()
        figures.questions = try await ask(store, sample)
        try store.close()
        return figures
    }

    /// What each event costs, in nanoseconds; making them is not measured.
    private static func cost(
        of count: Int,
        _ keeper: DetectionKeeper,
        _ make: () -> (line: [UInt8], facts: EventFacts)
    ) async throws(StorageError) -> (processor: Double, elapsed: Double) {
        var processor = 0.0
        var elapsed = 0.0
        var left = count
        while left > 0 {
            var batches: [EventBatch] = []
            while left > 0, batches.count < batchesAtOnce {
                batches.append(batch(of: min(256, left), make))
                left -= min(256, left)
            }
            let start = (seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC))
            for batch in batches { await keeper.append(batch) }
            try await keeper.flush()
            processor += seconds(CLOCK_PROCESS_CPUTIME_ID) - start.0
            elapsed += seconds(CLOCK_MONOTONIC) - start.1
        }
        return (processor / Double(max(1, count)) * 1e9, elapsed / Double(max(1, count)) * 1e9)
    }

    /// Events that are made before they are measured: some hundred megabytes.
    private static let batchesAtOnce = 500

    private static func batch(
        of count: Int,
        _ make: () -> (line: [UInt8], facts: EventFacts)
    ) -> EventBatch {
        var batch = EventBatch(origin: EventOrigin(source: 1, epoch: 1))
        for _ in 0..<count {
            let event = make()
            batch.append(event.line, event.facts)
        }
        return batch
    }

    private static func ask(
        _ store: InsightStore,
        _ sample: ExchangeSample
    ) async throws(StorageError) -> [(name: String, seconds: Double)] {
        let now = sample.time
        let week: Int64 = 7 * 86_400_000_000_000
        var times: [(name: String, seconds: Double)] = []
        func time(_ name: String, _ body: () async throws(StorageError) -> Void) async throws(StorageError) {
            var longest = 0.0
            for _ in 0..<5 {
                let start = ContinuousClock.now
                try await body()
                longest = max(longest, (ContinuousClock.now - start) / .seconds(1))
            }
            times.append((name, longest))
        }
        for (name, filter) in filters(sample) {
            try await time(name) { () async throws(StorageError) in _ = try await store.detections(filter) }
        }
        try await time("series") { () async throws(StorageError) in
            _ = try await store.detectionSeries(SeriesFilter(since: now - week, until: now))
        }
        try await time("series of a rule") { () async throws(StorageError) in
            _ = try await store.detectionSeries(SeriesFilter(since: now - week, until: now, rule: "942101"))
        }
        try await time("traffic") { () async throws(StorageError) in
            _ = try await store.trafficSeries(SeriesFilter(since: now - week, until: now))
        }
        for dimension in TopDimension.allCases {
            try await time("top \(dimension.rawValue)") { () async throws(StorageError) in
                _ = try await store.top(dimension, since: now - week, until: now)
            }
        }
        try await time("incidents") { () async throws(StorageError) in _ = try await store.incidents(.open) }
        try await time("entities") { () async throws(StorageError) in _ = try await store.entities() }
        try await time("rehearsal") { () async throws(StorageError) in
            _ = try await store.rehearse(Scope(.webFirewall), since: now - week, until: now)
        }
        return times
    }

    private static func filters(_ sample: ExchangeSample) -> [(String, DetectionFilter)] {
        func filter(_ change: (inout DetectionFilter) -> Void) -> DetectionFilter {
            var filter = DetectionFilter()
            change(&filter)
            return filter
        }
        return [
            ("newest", filter { _ in }),
            ("by rule", filter { $0.rule = "942101" }),
            ("by client", filter { $0.client = try? Entity(parsing: "10.0.3.7") }),
            ("by application and severity", filter { ($0.application, $0.severity) = ("shop", .high) }),
            ("stopped", filter { $0.outcomes = [.blocked] }),
            ("nothing", filter { ($0.rule, $0.route) = ("942101", "GET /none") }),
            ("rare word", filter { $0.text = "10.0.3.7" }),
            ("common word", filter { $0.text = "injection" }),
            ("two words", filter { $0.text = "injection checkout" }),
            ("no word", filter { $0.text = "nothingofthekind" }),
        ]
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Made-up exchanges as the web firewall tells of them, from six and a half days ago on.
private struct ExchangeSample {
    /// Nanoseconds between two of them.
    var step: Int64
    private var state: UInt64
    private let clients: UInt64
    private(set) var time: Int64
    private var number = 0

    private static let paths = ["/products", "/cart", "/api/v1/items", "/login", "/search", "/checkout", "/blog/post"]

    init(seed: UInt64, step: Int64, clients: UInt64 = 8000) {
        self.step = step
        state = seed
        self.clients = clients
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        time = Int64(now.tv_sec) * 1_000_000_000 - 13 * 43_200_000_000_000
    }

    private mutating func random(_ limit: UInt64) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % limit)
    }

    private mutating func head(_ severity: Int, _ disposition: Int, _ status: Int) -> String {
        number += 1
        let client = random(clients)
        let path = "\(Self.paths[random(7)])/\(random(100))"
        return #"{"activity_id":3,"category_uid":4,"class_uid":4002,"type_uid":400203,"time":\#(time / 1_000_000),"#
            + #""severity_id":\#(severity),"action_id":1,"disposition_id":\#(disposition),"#
            + #""metadata":{"product":{"name":"Redoubt","vendor_name":"Redoubt"},"version":"1.6.0","#
            + #""uid":"\#(time / 1_000_000).\#(number)"},"#
            + #""src_endpoint":{"ip":"10.0.\#(client / 250).\#(client % 250)","port":40000},"#
            + #""dst_endpoint":{"ip":"10.1.0.1","port":443},"app_name":"\#(number % 4 == 0 ? "blog" : "shop")","#
            + #""http_request":{"http_method":"GET","version":"HTTP/1.1","#
            + #""url":{"hostname":"shop.example","path":"\#(path)"},"user_agent":"Mozilla/5.0 (X11) Firefox/140.0"},"#
            + #""http_response":{"code":\#(status)}"#
    }

    mutating func exchange() -> (line: [UInt8], facts: EventFacts) {
        time += step
        let line = head(1, 1, 200) + "}"
        return (Array(line.utf8), EventFacts(time: time, eventClass: .httpActivity, severity: .info, disposition: 1))
    }

    mutating func detection() -> (line: [UInt8], facts: EventFacts) {
        time += step
        let rule = 942_100 + random(40)
        let isBlocked = number % 10 == 0
        let disposition: UInt8 = isBlocked ? 2 : 15
        let line =
            head(4, Int(disposition), isBlocked ? 403 : 200)
            + #","unmapped":{"\#(isBlocked ? "blocked_by" : "would_block_by")":949110,"reason":"observed","scope":"waf","#
            + #""revision":7,"rules":[{"uid":\#(rule),"desc":"SQL Injection Attack Detected via libinjection","#
            + #""target":"ARGS:id","severity_id":4,"kind":"sqli","technique":"T1190","evidence":"1' OR ***"},"#
            + #"{"uid":949110,"desc":"Inbound Anomaly Score Exceeded (Total Score: 5)","target":"TX:score","severity_id":4}"#
            + "]}}"
        return (
            Array(line.utf8),
            EventFacts(time: time, eventClass: .httpActivity, severity: .high, disposition: disposition)
        )
    }
}
