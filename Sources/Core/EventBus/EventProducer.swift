// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc
internal import Synchronization

/// Takes the single events of one source and gathers them to batches.
///
/// Appending copies the event under a lock that only threads of the same shard want, and waits for nothing. The thread
/// that fills a batch hands it to the subscribers.
package final class EventProducer: Sendable {
    package let source: UInt32
    package let epoch: UInt32
    private let hub: EventHub
    private let shards: [EventShard]

    init(source: UInt32, epoch: UInt32, shards: Int, hub: EventHub) {
        self.source = source
        self.epoch = epoch
        self.hub = hub
        self.shards = (0..<min(max(shards, 1), 1024)).map { number in
            EventShard(EventOrigin(source: source, shard: UInt16(number), epoch: epoch), hub.settings)
        }
    }

    /// Appends an event: one line of JSON without its line feed.
    ///
    /// - Parameters:
    ///   - shard: which shard takes it, such as the number of an event loop; nil to choose by thread. Events of one shard
    ///     stay in order.
    ///   - keys: the first 255 are kept.
    @discardableResult
    package func append(
        _ event: UnsafeBufferPointer<UInt8>,
        _ facts: EventFacts,
        entities keys: UnsafeBufferPointer<EntityKey>,
        shard: Int? = nil
    ) -> EventAdmission {
        let number = UInt(bitPattern: shard ?? Self.threadNumber) % UInt(shards.count)
        let (admission, isFirst) = shards[Int(number)].append(event, facts, keys, hub)
        if isFirst { hub.wakeFlusher() }
        return admission
    }

    /// Appends an event: one line of JSON without its line feed.
    @discardableResult
    package func append(
        _ event: [UInt8],
        _ facts: EventFacts,
        entities keys: [EntityKey] = [],
        shard: Int? = nil
    ) -> EventAdmission {
        event.withUnsafeBufferPointer { event in
            keys.withUnsafeBufferPointer { append(event, facts, entities: $0, shard: shard) }
        }
    }

    /// Whether a subscriber that must not lose events falls behind: a source that can wait should now stop reading.
    package var shouldPause: Bool { hub.shouldPause }

    /// Waits till the subscribers have room.
    package func waitForRoom() async { await hub.waitForRoom() }

    /// A number that differs between most threads. Descriptors of threads lie pages apart.
    private static var threadNumber: Int { Int(bitPattern: UInt(pthread_self()) >> 12) }

    func flush(_ age: EventShard.Age) -> Bool {
        var isEmpty = true
        for shard in shards where !shard.flush(age, hub) { isEmpty = false }
        return isEmpty
    }

    func close() {
        for shard in shards { shard.close(hub) }
    }

    var statistics: EventBus.Statistics {
        shards.reduce(into: EventBus.Statistics()) { $0.add($1.statistics) }
    }
}

/// The batch that one shard of a source fills.
final class EventShard: Sendable {
    /// Which batches a flush takes.
    enum Age {
        case any
        /// Those that had their first event before the last flush of this kind.
        case seenBefore
    }

    private struct State {
        var batch: EventBatch
        var sequence: UInt64 = 0
        var wasSeen = false
        var isClosed = false
        var statistics = EventBus.Statistics()
    }

    private let settings: EventBus.Settings
    private let state: Mutex<State>

    init(_ origin: EventOrigin, _ settings: EventBus.Settings) {
        self.settings = settings
        state = Mutex(State(batch: EventBatch(origin: origin)))
    }

    /// - Returns: what became of the event, and whether it is the first of a batch.
    func append(
        _ event: UnsafeBufferPointer<UInt8>,
        _ facts: EventFacts,
        _ keys: UnsafeBufferPointer<EntityKey>,
        _ hub: EventHub
    ) -> (EventAdmission, isFirst: Bool) {
        let fault = fault(of: event, facts)
        return state.withLock { state in
            if let reason = state.isClosed ? .closed : fault {
                state.statistics.drops.count(reason)
                return (.dropped(reason), false)
            }
            let isFirst = state.batch.isEmpty
            if isFirst { begin(&state) }
            state.batch.append(event, facts, entities: keys)
            state.statistics.acceptedEvents += 1
            if state.batch.count >= settings.batchEvents || state.batch.bytes.count >= settings.batchBytes {
                // Under the lock, so that batches of a shard arrive in order.
                publish(&state, hub)
                return (.accepted, false)
            }
            return (.accepted, isFirst)
        }
    }

    /// Hands on what has been gathered.
    ///
    /// - Returns: whether nothing is left.
    func flush(_ age: Age, _ hub: EventHub) -> Bool {
        state.withLock { state in
            guard !state.batch.isEmpty else { return true }
            guard age == .any || state.wasSeen else {
                state.wasSeen = true
                return false
            }
            publish(&state, hub)
            return true
        }
    }

    func close(_ hub: EventHub) {
        state.withLock { state in
            state.isClosed = true
            if !state.batch.isEmpty { publish(&state, hub) }
        }
    }

    var statistics: EventBus.Statistics {
        state.withLock { $0.statistics }
    }

    private func fault(of event: UnsafeBufferPointer<UInt8>, _ facts: EventFacts) -> EventDropReason? {
        guard let base = event.baseAddress, !event.isEmpty, facts.stream < EventFacts.streamCount else {
            return .malformed
        }
        if event.count > settings.maximumEventBytes { return .tooLarge }
        return memchr(base, 0x0A, event.count) == nil ? nil : .malformed
    }

    private func begin(_ state: inout State) {
        state.batch.firstSequence = state.sequence
        let events = settings.batchEvents
        state.batch.reserve(bytes: settings.batchBytes + 4096, events: events, entities: 4 * events)
        state.wasSeen = false
    }

    private func publish(_ state: inout State, _ hub: EventHub) {
        let batch = state.batch
        state.batch = EventBatch(origin: batch.origin)
        state.sequence += UInt64(batch.count)
        state.statistics.batches += 1
        if !hub.deliver(batch) { state.statistics.drops.count(.unheard, batch.count) }
    }
}
