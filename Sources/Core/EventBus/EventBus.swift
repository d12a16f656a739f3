// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// Carries batches of events from sources to subscribers inside one process.
///
/// Nothing is handed over for a single event: a producer gathers up to 256 events, 64 KiB or 5 ms worth of them. All
/// memory is bounded: by the batch that each shard fills, and by the bytes of each subscriber's queue.
///
/// ```swift
/// let bus = EventBus()
/// let subscription = bus.subscribe("store")
/// let producer = bus.producer(source: 1, epoch: start)
/// producer.append(json, EventFacts(time: now, eventClass: .httpActivity), entities: [client])
/// while let batch = await subscription.next() { ... }
/// await bus.close()
/// ```
package final class EventBus: Sendable {
    /// How a bus behaves.
    package struct Settings: Sendable {
        /// Events that fill a batch.
        package var batchEvents = 256
        /// Bytes that fill a batch.
        package var batchBytes = 64 << 10
        /// The longest that an event waits for others.
        package var batchDelay: Duration = .milliseconds(5)
        /// The bytes that an event may have.
        package var maximumEventBytes = 64 << 10

        package init() {}
    }

    /// What has gone through the bus.
    package struct Statistics: Sendable, Equatable {
        package var acceptedEvents = 0
        package var batches = 0
        /// What producers dropped; what a subscriber lost is counted there.
        package var drops = EventDrops()

        mutating func add(_ other: Statistics) {
            acceptedEvents += other.acceptedEvents
            batches += other.batches
            drops.add(other.drops)
        }
    }

    private let hub: EventHub
    private let producers = Mutex<[EventProducer]>([])

    package init(_ settings: Settings = Settings()) {
        var settings = settings
        settings.batchEvents = min(max(settings.batchEvents, 1), 65_536)
        settings.batchBytes = min(max(settings.batchBytes, 1), 16 << 20)
        settings.maximumEventBytes = min(max(settings.maximumEventBytes, 1), 16 << 20)
        settings.batchDelay = max(settings.batchDelay, .microseconds(100))
        hub = EventHub(settings)
        hub.startFlusher { [weak self] in self?.flushSeen() ?? true }
    }

    deinit {
        hub.close()
    }

    /// A new producer. The bus keeps it, so that a source makes one when it starts.
    ///
    /// - Parameters:
    ///   - epoch: differs each time that the source starts, such as by the time.
    ///   - shards: threads that append at the same time, about.
    package func producer(source: UInt32, epoch: UInt32, shards: Int = 1) -> EventProducer {
        let producer = EventProducer(source: source, epoch: epoch, shards: shards, hub: hub)
        producers.withLock { $0.append(producer) }
        // A bus that was closed meanwhile has closed those it knew.
        if hub.isClosed { producer.close() }
        return producer
    }

    /// A new subscription, which is given all batches from now on.
    package func subscribe(
        _ name: String,
        _ settings: EventSubscription.Settings = EventSubscription.Settings()
    ) -> EventSubscription {
        hub.subscribe(name, settings)
    }

    /// Ends a subscription.
    package func unsubscribe(_ subscription: EventSubscription) {
        hub.unsubscribe(subscription)
    }

    /// Hands on a batch of another bus as it is; never waits.
    package func forward(_ batch: EventBatch) {
        guard !batch.isEmpty, !hub.isClosed else { return }
        _ = hub.deliver(batch)
    }

    /// Whether a subscriber that must not lose events falls behind.
    package var shouldPause: Bool { hub.shouldPause }

    /// Waits till no subscriber asks to pause.
    package func waitForRoom() async { await hub.waitForRoom() }

    /// Hands on at once what producers have gathered.
    package func flush() {
        for producer in producers.withLock({ $0 }) { _ = producer.flush(.any) }
    }

    /// Takes no event any more, hands on what was gathered, and waits till the subscribers have taken it.
    ///
    /// - Parameter limit: the longest to wait for them.
    /// - Returns: events that nobody took.
    @discardableResult
    package func close(within limit: Duration = .seconds(10)) async -> Int {
        hub.close()
        for producer in producers.withLock({ $0 }) { producer.close() }
        let subscriptions = hub.endSubscriptions()
        let end = ContinuousClock.now + limit
        while true {
            let waiting = subscriptions.reduce(0) { $0 + $1.statistics.waitingEvents }
            if waiting == 0 || ContinuousClock.now >= end { return waiting }
            // A task that is cancelled does not wait any longer.
            do { try await Task.sleep(for: .milliseconds(2)) } catch { return waiting }
        }
    }

    /// What producers have done.
    package var statistics: Statistics {
        producers.withLock { $0 }.reduce(into: Statistics()) { $0.add($1.statistics) }
    }

    /// Hands on the batches that were there when it was last called.
    ///
    /// - Returns: whether nothing is left.
    private func flushSeen() -> Bool {
        var isEmpty = true
        for producer in producers.withLock({ $0 }) where !producer.flush(.seenBefore) { isEmpty = false }
        return isEmpty
    }
}
