// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Events that were numbered and did not arrive.
package struct EventGap: Sendable, Hashable {
    package var origin: EventOrigin
    /// The first number that is missing.
    package var first: UInt64
    package var count: UInt64
}

/// Finds gaps in the numbers of what arrives.
///
/// It remembers one number for each origin, and as many origins as the program has shards.
package struct EventGapDetector: Sendable {
    private var expected: [EventOrigin: UInt64] = [:]
    /// Origins that are remembered at most; beyond that, a new one takes the place of another.
    private let maximumOrigins: Int

    package init(maximumOrigins: Int = 4096) {
        self.maximumOrigins = max(1, maximumOrigins)
    }

    /// Notes a batch.
    ///
    /// - Returns: what is missing between it and the one before; nil for the first batch of an origin that starts at 0, and
    ///   for batches that were seen already.
    package mutating func note(_ batch: EventBatch) -> EventGap? {
        let wanted = expected[batch.origin] ?? 0
        let next = batch.firstSequence &+ UInt64(batch.count)
        if expected[batch.origin] == nil, expected.count >= maximumOrigins, let other = expected.first?.key {
            expected[other] = nil
        }
        expected[batch.origin] = max(wanted, next)
        guard batch.firstSequence > wanted else { return nil }
        return EventGap(origin: batch.origin, first: wanted, count: batch.firstSequence - wanted)
    }
}
