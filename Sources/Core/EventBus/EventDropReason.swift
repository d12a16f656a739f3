// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why events did not go on; bounded, for metrics.
package enum EventDropReason: String, Sendable, CaseIterable {
    /// More bytes than an event may have.
    case tooLarge
    /// Empty, with a line feed in it, or of a stream that there is not.
    case malformed
    /// The bus is closed.
    case closed
    /// A subscriber did not keep up.
    case queueFull
    /// Nobody subscribes.
    case unheard
}

/// A number of events for each reason to drop them.
package struct EventDrops: Sendable, Equatable {
    package private(set) var tooLarge = 0
    package private(set) var malformed = 0
    package private(set) var closed = 0
    package private(set) var queueFull = 0
    package private(set) var unheard = 0

    package init() {}

    package subscript(reason: EventDropReason) -> Int {
        switch reason {
        case .tooLarge: tooLarge
        case .malformed: malformed
        case .closed: closed
        case .queueFull: queueFull
        case .unheard: unheard
        }
    }

    package mutating func count(_ reason: EventDropReason, _ events: Int = 1) {
        switch reason {
        case .tooLarge: tooLarge += events
        case .malformed: malformed += events
        case .closed: closed += events
        case .queueFull: queueFull += events
        case .unheard: unheard += events
        }
    }

    package mutating func add(_ other: EventDrops) {
        for reason in EventDropReason.allCases { count(reason, other[reason]) }
    }

    package var total: Int { tooLarge + malformed + closed + queueFull + unheard }
}

/// What became of an event that was offered.
package enum EventAdmission: Sendable, Equatable {
    case accepted
    case dropped(EventDropReason)
}
