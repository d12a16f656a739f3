// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A row of detections, as correlation looks at it; whoever starts it reads them from where they are kept.
package struct SeenDetection: Sendable {
    /// A rule that matched.
    package struct Rule: Sendable, Hashable {
        package var rule: String
        /// The kind of attack, such as `sqli`; nil where nobody said.
        package var kind: String?
        /// What it matched in, such as `ARGS:id`.
        package var target: String?
        package var message: String

        package init(rule: String, kind: String?, target: String?, message: String) {
            self.rule = rule
            self.kind = kind
            self.target = target
            self.message = message
        }
    }

    /// Grows with arrival.
    package var number: Int64
    package var identifier: String
    /// Seconds since 1970.
    package var time: Int
    package var lastTime: Int
    /// Exchanges that it stands for.
    package var count: Int
    /// Whether it stands for exchanges of many routes, of which only the first is known.
    package var isFlood = false
    package var isStopped: Bool
    /// Whether it was stopped, or would be in `enforce`; anything else is a note and no attack, unless a patch matched.
    package var isAttack: Bool
    /// The answer's status; 0 for none.
    package var status: Int
    /// As its store shows it.
    package var client: String?
    package var application: String
    package var host: String?
    package var method: String?
    package var path: String?
    /// The method and the path's shape: `GET /orders/{id}`.
    package var route: String
    /// Texts in which rules may name vulnerabilities and patches; looked at before ``rules`` are read.
    package var text: String
    /// Reads the rules that matched, the one that tells most first.
    package var rules: @Sendable () -> [Rule]

    package init(
        number: Int64,
        identifier: String,
        time: Int,
        lastTime: Int,
        count: Int,
        isStopped: Bool,
        isAttack: Bool,
        status: Int,
        client: String?,
        application: String,
        host: String?,
        method: String?,
        path: String?,
        route: String,
        text: String,
        rules: @escaping @Sendable () -> [Rule]
    ) {
        self.number = number
        self.identifier = identifier
        self.time = time
        self.lastTime = lastTime
        self.count = count
        self.isStopped = isStopped
        self.isAttack = isAttack
        self.status = status
        self.client = client
        self.application = application
        self.host = host
        self.method = method
        self.path = path
        self.route = route
        self.text = text
        self.rules = rules
    }

    /// Whether the attack was let through and answered with a status of success or redirection, so that it may have worked.
    /// A status says no more than that: many applications answer 200 whatever they are asked, and an attack may work where
    /// the answer is an error.
    package var mayHaveWorked: Bool { !isStopped && (200..<400).contains(status) }
}

/// Where detections are read from.
package struct DetectionFeed: Sendable {
    /// Which detections are still there.
    package struct Kept: Sendable {
        /// The time of the oldest, in seconds since 1970.
        package var since: Int
        /// Whether there were older ones, so that its day is there in part only.
        package var isCut: Bool

        package init(since: Int, isCut: Bool) {
            self.since = since
            self.isCut = isCut
        }
    }

    /// What tells the store from others: numbers of detections mean something together with it only.
    package var identity: @Sendable () throws -> String
    /// Reads in the order of arrival what came after a row, at most so many; times are seconds since 1970.
    package var read: @Sendable (_ number: Int64, _ since: Int, _ limit: Int) throws -> [SeenDetection]
    /// The number of the newest row; 0 for none.
    package var newest: @Sendable () throws -> Int64
    /// Which are there; nil where there are none.
    package var kept: @Sendable () throws -> Kept?

    package init(
        identity: @escaping @Sendable () throws -> String,
        read: @escaping @Sendable (_ number: Int64, _ since: Int, _ limit: Int) throws -> [SeenDetection],
        newest: @escaping @Sendable () throws -> Int64,
        kept: @escaping @Sendable () throws -> Kept?
    ) {
        self.identity = identity
        self.read = read
        self.newest = newest
        self.kept = kept
    }
}
