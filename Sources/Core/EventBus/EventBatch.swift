// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What is known of an event without reading it.
package struct EventFacts: Sendable, Hashable, BitwiseCopyable {
    /// When it happened, in nanoseconds since 1970.
    package var time: Int64
    package var eventClass: EventClass
    package var severity: EventSeverity
    /// What became of the activity, as the policy numbers it; 0 where nothing was decided.
    package var disposition: UInt8
    /// Which stream it belongs to; events of one stream lie in the same blocks. Below ``EventFacts/streamCount``.
    package var stream: UInt8

    package static let streamCount = 64

    package init(
        time: Int64,
        eventClass: EventClass,
        severity: EventSeverity = .info,
        disposition: UInt8 = 0,
        stream: UInt8 = 0
    ) {
        self.time = time
        self.eventClass = eventClass
        self.severity = severity
        self.disposition = disposition
        self.stream = stream
    }
}

/// Where an event lies in a batch, and what is known of it.
package struct EventHeader: Sendable, Hashable, BitwiseCopyable {
    package var facts: EventFacts
    /// The first byte of the event in the batch.
    package var offset: UInt32
    /// Its bytes, without the line feed behind it.
    package var length: UInt32
    /// The first of its keys among the batch's keys.
    package var firstEntity: UInt32
    package var entityCount: UInt8

    package init(facts: EventFacts, offset: UInt32, length: UInt32, firstEntity: UInt32, entityCount: UInt8) {
        self.facts = facts
        self.offset = offset
        self.length = length
        self.firstEntity = firstEntity
        self.entityCount = entityCount
    }
}

/// Who numbered the events of a batch.
///
/// One shard of one source numbers its events without gaps. A source that starts again takes a new epoch.
package struct EventOrigin: Hashable, Sendable, BitwiseCopyable {
    package var source: UInt32
    package var shard: UInt16
    package var epoch: UInt32

    package init(source: UInt32, shard: UInt16 = 0, epoch: UInt32) {
        self.source = source
        self.shard = shard
        self.epoch = epoch
    }
}

/// Events that travel together: lines of JSON one after another, and a header of fixed size for each.
///
/// A copy is a reference; several subscribers read the same memory.
package struct EventBatch: Sendable {
    package var origin: EventOrigin
    /// The number of the first event; those that follow count on by one.
    package var firstSequence: UInt64
    /// NDJSON: each event ends in a line feed, and has no other.
    package private(set) var bytes: [UInt8] = []
    package private(set) var headers: [EventHeader] = []
    /// The keys of all events, those of one event side by side.
    package private(set) var entities: [EntityKey] = []

    package init(origin: EventOrigin, firstSequence: UInt64 = 0) {
        self.origin = origin
        self.firstSequence = firstSequence
    }

    package var count: Int { headers.count }
    package var isEmpty: Bool { headers.isEmpty }
    /// The memory that its content takes.
    package var byteCount: Int {
        bytes.count + headers.count * MemoryLayout<EventHeader>.stride + entities.count * MemoryLayout<EntityKey>.stride
    }

    package mutating func reserve(bytes: Int, events: Int, entities: Int) {
        self.bytes.reserveCapacity(bytes)
        headers.reserveCapacity(events)
        self.entities.reserveCapacity(entities)
    }

    /// Appends an event that has been checked: no line feed in it, and together below 4 GiB.
    package mutating func append(
        _ event: UnsafeBufferPointer<UInt8>,
        _ facts: EventFacts,
        entities keys: UnsafeBufferPointer<EntityKey>
    ) {
        let kept = keys.prefix(Int(UInt8.max))
        headers.append(
            EventHeader(
                facts: facts,
                offset: UInt32(truncatingIfNeeded: bytes.count),
                length: UInt32(truncatingIfNeeded: event.count),
                firstEntity: UInt32(truncatingIfNeeded: entities.count),
                entityCount: UInt8(truncatingIfNeeded: kept.count)
            )
        )
        bytes.append(contentsOf: event)
        bytes.append(0x0A)
        entities.append(contentsOf: kept)
    }

    package mutating func append(_ event: [UInt8], _ facts: EventFacts, entities keys: [EntityKey] = []) {
        event.withUnsafeBufferPointer { event in
            keys.withUnsafeBufferPointer { append(event, facts, entities: $0) }
        }
    }

    /// The bytes of one event.
    package func event(at index: Int) -> ArraySlice<UInt8> {
        let header = headers[index]
        return bytes[Int(header.offset)..<Int(header.offset) + Int(header.length)]
    }

    /// The keys of one event.
    package func entities(at index: Int) -> ArraySlice<EntityKey> {
        let header = headers[index]
        return entities[Int(header.firstEntity)..<Int(header.firstEntity) + Int(header.entityCount)]
    }
}
