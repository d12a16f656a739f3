// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import EventBus

/// Why an event did not reach its place; bounded, for metrics.
package enum OutputLoss: String, Sendable, CaseIterable {
    /// More waited than may.
    case queueFull = "queue_full"
    /// It is larger than the receiver takes.
    case tooLarge = "too_large"
    /// The disk is full.
    case diskFull = "disk_full"
    /// It could not be written.
    case failed
    /// The output ended before it was sent.
    case ended
    /// A dead letter that made room for newer ones.
    case forgotten
}

/// What an output has done since it started.
package struct OutputStatistics: Sendable, Equatable {
    /// Events that were written, or taken by the receiver.
    package var sent = 0
    /// Attempts that failed; what they were about may still arrive.
    package var failures = 0
    /// Events that wait.
    package var waiting = 0
    package var lost: [OutputLoss: Int] = [:]
    /// Messages that were given up, until somebody sends them again or drops them.
    package var dead = 0
    /// What went wrong last; nil where the last attempt worked.
    package var lastFailure: String?

    package init() {}

    package var lostEvents: Int { lost.values.reduce(0, +) }

    mutating func lose(_ reason: OutputLoss, _ events: Int = 1) {
        if events > 0 { lost[reason, default: 0] += events }
    }

    /// Counts what did not come through the queue of the output.
    mutating func add(_ queue: EventSubscription.Statistics) {
        waiting += queue.waitingEvents
        lose(.queueFull, queue.drops.queueFull)
        lose(.ended, queue.drops.closed)
    }
}
