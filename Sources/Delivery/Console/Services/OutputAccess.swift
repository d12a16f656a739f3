// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Policy

/// What leaves Redoubt, as the console shows and changes it.
package struct OutputAccess: Sendable {
    /// The outputs that are configured; none where no server runs.
    package var list: @Sendable () async throws -> [OutputState]
    /// Messages that were given up, newest first.
    package var deadLetters:
        @Sendable (_ output: String?, _ before: Int64?, _ limit: Int) async throws -> [UndeliveredMessage]
    /// Sends messages again. It is recorded as evidence first.
    ///
    /// - Returns: how many.
    package var retry: @Sendable (UndeliveredChoice, Authorship) async throws -> Int
    /// Removes messages for good. It is recorded as evidence first.
    package var drop: @Sendable (UndeliveredChoice, Authorship) async throws -> Int
    /// Sends a test to an output, now.
    ///
    /// - Returns: what came of it.
    package var test: @Sendable (_ name: String) async throws -> String

    package init(
        list: @escaping @Sendable () async throws -> [OutputState],
        deadLetters: @escaping @Sendable (String?, Int64?, Int) async throws -> [UndeliveredMessage],
        retry: @escaping @Sendable (UndeliveredChoice, Authorship) async throws -> Int,
        drop: @escaping @Sendable (UndeliveredChoice, Authorship) async throws -> Int,
        test: @escaping @Sendable (String) async throws -> String
    ) {
        self.list = list
        self.deadLetters = deadLetters
        self.retry = retry
        self.drop = drop
        self.test = test
    }

    /// Where nothing is wired.
    package static let none = OutputAccess(
        list: { [] },
        deadLetters: { _, _, _ in [] },
        retry: { _, _ in throw OutputFailure(.unavailable, "outputs.sqlite is not open") },
        drop: { _, _ in throw OutputFailure(.unavailable, "outputs.sqlite is not open") },
        test: { _ in throw OutputFailure(.unavailable, "no server runs, so that no output does") }
    )
}

/// How Redoubt is used, and whether that may be sent.
package struct UsageAccess: Sendable {
    package var report: @Sendable (_ days: Int) async throws -> UsageView
    /// The exact bytes that would be sent.
    package var preview: @Sendable () async throws -> [UInt8]
    /// Lets reports be sent, or not. It is recorded as evidence first.
    package var enable: @Sendable (Bool, Authorship) async throws -> Void
    /// Forgets what was counted, and takes another identifier. It is recorded as evidence first.
    package var reset: @Sendable (Authorship) async throws -> Void

    package init(
        report: @escaping @Sendable (Int) async throws -> UsageView,
        preview: @escaping @Sendable () async throws -> [UInt8],
        enable: @escaping @Sendable (Bool, Authorship) async throws -> Void,
        reset: @escaping @Sendable (Authorship) async throws -> Void
    ) {
        self.report = report
        self.preview = preview
        self.enable = enable
        self.reset = reset
    }

    /// Where nothing is wired.
    package static let none = UsageAccess(
        report: { _ in throw OutputFailure(.unavailable, "outputs.sqlite is not open") },
        preview: { throw OutputFailure(.unavailable, "outputs.sqlite is not open") },
        enable: { _, _ in throw OutputFailure(.unavailable, "outputs.sqlite is not open") },
        reset: { _ in throw OutputFailure(.unavailable, "outputs.sqlite is not open") }
    )
}

/// Why something about outputs cannot be done.
package struct OutputFailure: Error {
    package enum Code: String, Sendable {
        /// There is no such output or message.
        case notFound = "not_found"
        /// The receiver did not take it.
        case refused
        /// Nothing runs that could do it.
        case unavailable
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// An output and what it does.
package struct OutputState: Sendable, Hashable {
    package var name: String
    package var kind: String
    package var target: String
    package var topics: [String]
    package var sent: Int
    package var failures: Int
    package var waiting: Int
    package var dead: Int
    /// How many events were lost, by reason.
    package var lost: [String: Int]
    /// What is the matter; nil where it works.
    package var failure: String?
    /// Whether it runs at all.
    package var isRunning: Bool

    package init(
        name: String,
        kind: String,
        target: String,
        topics: [String],
        sent: Int,
        failures: Int,
        waiting: Int,
        dead: Int,
        lost: [String: Int],
        failure: String?,
        isRunning: Bool
    ) {
        self.name = name
        self.kind = kind
        self.target = target
        self.topics = topics
        self.sent = sent
        self.failures = failures
        self.waiting = waiting
        self.dead = dead
        self.lost = lost
        self.failure = failure
        self.isRunning = isRunning
    }

    var lostEvents: Int { lost.values.reduce(0, +) }
}

/// A message that its receiver did not take.
package struct UndeliveredMessage: Sendable, Hashable {
    /// Its place in the list.
    package var number: Int64
    package var id: String
    package var output: String
    package var topic: String
    /// Nanoseconds since 1970.
    package var made: Int64
    package var ended: Int64
    package var attempts: Int
    package var status: Int?
    package var error: String
    package var bytes: Int

    package init(
        number: Int64,
        id: String,
        output: String,
        topic: String,
        made: Int64,
        ended: Int64,
        attempts: Int,
        status: Int?,
        error: String,
        bytes: Int
    ) {
        self.number = number
        self.id = id
        self.output = output
        self.topic = topic
        self.made = made
        self.ended = ended
        self.attempts = attempts
        self.status = status
        self.error = error
        self.bytes = bytes
    }
}

/// Which undelivered messages are meant.
package enum UndeliveredChoice: Sendable, Hashable {
    case one(id: String)
    case output(String)
    case all
}

/// What was counted of how Redoubt is used.
package struct UsageView: Sendable, Hashable {
    package struct Counter: Sendable, Hashable {
        package var capability: String
        package var name: String
        package var title: String
        package var count: Int

        package init(capability: String, name: String, title: String, count: Int) {
            self.capability = capability
            self.name = name
            self.title = title
            self.count = count
        }
    }

    package var isEnabled: Bool
    /// Random, and says nothing of who it is.
    package var installation: String
    /// Since when it is counted, and when a report was sent, in nanoseconds since 1970.
    package var since: Int64
    package var sent: Int64?
    package var failure: String?
    /// Where reports go; nil for nowhere.
    package var target: String?
    package var days: Int
    package var until: String
    package var counters: [Counter]

    package init(
        isEnabled: Bool,
        installation: String,
        since: Int64,
        sent: Int64?,
        failure: String?,
        target: String?,
        days: Int,
        until: String,
        counters: [Counter]
    ) {
        self.isEnabled = isEnabled
        self.installation = installation
        self.since = since
        self.sent = sent
        self.failure = failure
        self.target = target
        self.days = days
        self.until = until
        self.counters = counters
    }
}
