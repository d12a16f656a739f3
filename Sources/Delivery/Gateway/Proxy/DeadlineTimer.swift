// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import NIOCore

/// What a connection waits for, and until when. Moving the deadline further away, which happens several times per
/// request, costs nothing: the wake-up that is scheduled already looks at the clock and goes back to sleep.
struct DeadlineTimer {
    enum Kind: Equatable {
        /// A next request.
        case idle
        /// The rest of a head.
        case head
        /// More of a request's body.
        case body
        /// The upstream.
        case upstream
        /// The client's reading.
        case client
        /// The client's closing.
        case linger
        /// The end of a delay that a filter asked for.
        case delay
    }

    private var kind: Kind?
    private var due = NIODeadline.distantFuture
    private var task: Scheduled<Void>?
    private var taskDue = NIODeadline.distantFuture

    mutating func set(_ kind: Kind, in time: TimeAmount) {
        self.kind = kind
        due = .now() + time
    }

    /// Moves a deadline of the given kind away, at most to `limit` from now.
    mutating func extend(_ kind: Kind, by time: TimeAmount, upTo limit: TimeAmount) {
        if self.kind == kind {
            due = min(due + time, .now() + limit)
        }
    }

    /// When a wake-up has to be scheduled; nil where the one under way is early enough.
    var dueForScheduling: NIODeadline? {
        kind != nil && (task == nil || due < taskDue) ? due : nil
    }

    mutating func scheduled(_ task: Scheduled<Void>, for due: NIODeadline) {
        self.task?.cancel()
        self.task = task
        taskDue = due
    }

    /// The wake-up came. Returns what is overdue; nil where the deadline has moved away meanwhile.
    mutating func fired() -> Kind? {
        task = nil
        guard let kind, due <= .now() else {
            return nil
        }
        self.kind = nil
        return kind
    }

    mutating func cancel() {
        kind = nil
        task?.cancel()
        task = nil
    }
}
