// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
package import EventBus

/// What is looked for among all events. All that is said has to hold; what is not said is not asked for.
///
/// Answers come newest first, those of the same time in one order that does not change.
package struct EventQuery: Sendable, Hashable {
    /// The earliest time, in nanoseconds since 1970.
    package var from: Int64
    /// The first time that is too late.
    package var to: Int64
    /// Runs of bytes that each have to be somewhere in the event as it is stored; at most 16 of 1 to 4,096 bytes.
    package var needles: [[UInt8]]
    package var classes: EventClassSet
    package var severity: EventSeverity
    package var entity: EntityKey?
    /// Events of an answer, 1 to 1,000.
    package var limit: Int
    /// Where the last answer ended.
    package var cursor: String?

    package init(
        from: Int64 = .min,
        to: Int64 = .max,
        needles: [[UInt8]] = [],
        classes: EventClassSet = .all,
        severity: EventSeverity = .unknown,
        entity: EntityKey? = nil,
        limit: Int = 50,
        cursor: String? = nil
    ) {
        self.from = from
        self.to = to
        self.needles = needles
        self.classes = classes
        self.severity = severity
        self.entity = entity
        self.limit = limit
        self.cursor = cursor
    }

    /// - Throws: ``StorageError/Code/badQuery`` with what is wrong.
    func check() throws(StorageError) {
        guard from < to else { throw StorageError(.badQuery, "the time range is empty") }
        guard (1...1000).contains(limit) else { throw StorageError(.badQuery, "an answer has 1 to 1,000 events") }
        guard needles.count <= 16, needles.allSatisfy({ (1...4096).contains($0.count) }) else {
            throw StorageError(.badQuery, "at most 16 texts of 1 to 4,096 bytes are looked for")
        }
    }

    /// A hash of what is looked for, without how many and from where.
    var fingerprint: [UInt8] {
        var hash = SHA256()
        let numbers: [UInt64] = [
            UInt64(bitPattern: from), UInt64(bitPattern: to), classes.rawValue, UInt64(severity.rawValue),
            entity == nil ? 0 : 1, entity?.hash ?? 0, UInt64(needles.count),
        ]
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) } }
        for needle in needles {
            withUnsafeBytes(of: UInt64(needle.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: needle)
        }
        return Array(hash.finalize())
    }
}

/// Where an event lies: the order of all events, oldest first.
package struct EventPosition: Sendable, Hashable, Comparable {
    package var time: Int64
    package var day: EventDay
    /// The number of its block in the day's file.
    package var block: Int64
    /// Its place in the block.
    package var index: Int

    package static func < (left: Self, right: Self) -> Bool {
        (left.time, left.day, left.block, left.index) < (right.time, right.day, right.block, right.index)
    }
}

/// An event that a search found.
package struct EventHit: Sendable, Equatable {
    package var position: EventPosition
    package var facts: EventFacts
    package var entities: [EntityKey]
    /// The line without its line feed.
    package var bytes: [UInt8]
}

/// A block or file that could not be read; the search went on without it.
package struct EventDamage: Sendable, Equatable {
    package var file: String
    /// Nil where it is the whole file, or its list of blocks.
    package var block: Int64?
    package var message: String
}

/// How far a search is.
package struct EventSearchProgress: Sendable, Equatable {
    /// Blocks that may have hits, by time, class and severity.
    package var totalBlocks = 0
    package var doneBlocks = 0
    /// Those of them that the entity filter spared.
    package var sparedBlocks = 0
    package var searchedEvents = 0
    package var searchedBytes = 0
    package var hits = 0
    package var damagedBlocks = 0
}

/// The answer to a query.
package struct EventPage: Sendable, Equatable {
    /// Newest first.
    package var hits: [EventHit]
    /// Where the next answer begins; nil where there is nothing more.
    package var cursor: String?
    package var progress: EventSearchProgress
    /// What could not be read, the first 100.
    package var damage: [EventDamage]
}
