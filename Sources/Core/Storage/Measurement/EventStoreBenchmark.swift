// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus
internal import Foundation

/// Measures recording and searching with made-up HTTP events, for `script/bench store`.
package enum EventStoreBenchmark {
    /// What was measured.
    package struct Figures: Sendable, Equatable {
        package var events = 0
        /// Bytes of lines an event, with its line feed.
        package var bytesPerEvent = 0.0
        /// Processor time an event of offering it to the bus, in nanoseconds.
        package var produceNanoseconds = 0.0
        /// Processor time an event from the bus to the disk with all threads, in nanoseconds.
        package var recordNanoseconds = 0.0
        /// Bytes of files an event.
        package var diskBytesPerEvent = 0.0
        package var lostEvents = 0
        /// Time to an answer that has to read all blocks, in seconds.
        package var missSeconds = 0.0
        /// Time to the first page of a text that one in 700 events has, in seconds.
        package var firstPageSeconds = 0.0
        /// How many events that page has.
        package var firstPageHits = 0
        /// Time to the events of one entity among thousands, in seconds.
        package var entitySeconds = 0.0
        /// Processor time of the first search over its time: the cores that it used.
        package var missCores = 0.0
    }

    /// Records events of the last seven days in a folder, which has to be empty, and searches them.
    package static func run(folder: String, events: Int) async throws(StorageError) -> Figures {
        var figures = Figures(events: events)
        let store = try EventStore(folder: folder)
        try await record(events, store, &figures)
        figures.missSeconds = try await time {
            () async throws(StorageError) in
            _ = try await store.search(EventQuery(needles: [Array("wp-config.bak".utf8)]))
        }
        let start = processorSeconds()
        let miss = try await time {
            () async throws(StorageError) in
            _ = try await store.search(EventQuery(needles: [Array("no such text".utf8)]))
        }
        figures.missCores = (processorSeconds() - start) / max(miss, 1e-9)
        figures.missSeconds = min(figures.missSeconds, miss)
        var hits = 0
        figures.firstPageSeconds = try await time {
            () async throws(StorageError) in
            hits = try await store.search(EventQuery(needles: [Array("/cart/42\"".utf8)])).hits.count
        }
        figures.firstPageHits = hits
        let entity = EntityKey(kind: 1, name: "10.0.7.77".utf8)
        figures.entitySeconds = try await time {
            () async throws(StorageError) in _ = try await store.search(EventQuery(entity: entity, limit: 1000))
        }
        try await store.close()
        return figures
    }

    private static func record(
        _ events: Int,
        _ store: EventStore,
        _ figures: inout Figures
    ) async throws(StorageError) {
        var settings = EventSubscription.Settings()
        settings.queueBytes = 64 << 20
        let bus = EventBus()
        let subscription = bus.subscribe("store", settings)
        let producer = bus.producer(source: 1, epoch: 1)
        let consumer = Task {
            while let batch = await subscription.next() { await store.append(batch) }
        }
        let samples = TrafficSample.make(4096)
        let keys = samples.map(\.keys)
        let lines = samples.map(\.line)
        let step = 7 * 86_400_000_000_000 / Int64(max(1, events))
        let first = Int64(seconds(CLOCK_REALTIME)) * 1_000_000_000 - Int64(events) * step
        let start = processorSeconds()
        var produced = 0.0
        var number = 0
        while number < events {
            let end = min(events, number + 20_000)
            let before = threadSeconds()
            for event in number..<end {
                let place = event & 4095
                let facts = EventFacts(time: first + Int64(event) * step, eventClass: .httpActivity)
                producer.append(lines[place], facts, entities: keys[place])
            }
            produced += threadSeconds() - before
            number = end
            await producer.waitForRoom()
        }
        _ = await bus.close(within: .seconds(600))
        await consumer.value
        try await store.flush()
        let used = processorSeconds() - start
        let statistics = store.statistics
        figures.produceNanoseconds = produced / Double(max(1, events)) * 1e9
        figures.recordNanoseconds = used / Double(max(1, events)) * 1e9
        figures.lostEvents = events - statistics.storedEvents
        figures.bytesPerEvent = Double(statistics.lineBytes) / Double(max(1, statistics.storedEvents))
        let disk = store.days.reduce(0) { $0 + $1.bytes }
        figures.diskBytesPerEvent = Double(disk) / Double(max(1, statistics.storedEvents))
    }

    private static func time(_ body: () async throws(StorageError) -> Void) async throws(StorageError) -> Double {
        let start = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func processorSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }
    private static func threadSeconds() -> Double { seconds(CLOCK_THREAD_CPUTIME_ID) }
}

/// A made-up HTTP transaction.
private struct TrafficSample {
    var line: [UInt8]
    var keys: [EntityKey]

    /// Some transactions that differ as real ones do: addresses, paths, agents, identifiers, durations.
    static func make(_ count: Int) -> [TrafficSample] {
        var state: UInt64 = 7
        func random(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        let paths = ["/", "/products", "/cart", "/api/v1/items", "/login", "/assets/app.js", "/search"]
        let agents = [
            "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "curl/8.5.0", "Mozilla/5.0 (iPhone) Safari/604.1",
        ]
        return (0..<count).map { number in
            let address = "10.0.\(random(16)).\(random(250))"
            let path = "\(paths[Int(random(7))])/\(random(100))"
            let agent = agents[Int(random(3))]
            let identifier = String(state, radix: 16)
            let status = 200 + random(5) * 50
            let text =
                #"{"activity_id":3,"category_uid":4,"class_uid":4002,"type_uid":400203,"time":\#(1_800_000_000_000 + number),"#
                + #""severity_id":1,"action_id":1,"disposition_id":1,"transaction_uid":"\#(identifier)","#
                + #""src_endpoint":{"ip":"\#(address)","port":\#(1024 + random(60_000))},"app_name":"shop","#
                + #""http_request":{"http_method":"GET","url":{"path":"\#(path)"},"user_agent":"\#(agent)"},"#
                + #""http_response":{"code":\#(status),"latency":\#(random(90_000))}}"#
            let keys = [
                EntityKey(kind: 1, name: address.utf8), EntityKey(kind: 2, name: "shop".utf8),
                EntityKey(kind: 3, name: path.utf8),
            ]
            return TrafficSample(line: Array(text.utf8), keys: keys)
        }
    }
}
