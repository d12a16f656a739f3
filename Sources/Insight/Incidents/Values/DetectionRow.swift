// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// A detection as it is kept: one exchange, or several alike that followed each other within seconds.
package struct DetectionRow: Sendable, Hashable {
    /// The number inside of the database; grows with arrival.
    package var id: Int64
    /// When the first exchange began, in nanoseconds since 1970; events are found by it.
    package var time: Int64
    package var lastTime: Int64
    /// How many exchanges it stands for.
    package var count: Int
    package var severity: Severity
    package var outcome: DetectionOutcome
    package var control: ControlID
    /// The rule that tells most: the one that decided, or, where that one only sums up others, the worst of those.
    package var rule: String
    /// The rule that decided, where another one tells more.
    package var decidedBy: String?
    /// What kind of attack, such as `sqli`; empty where nobody said.
    package var kind: String
    package var technique: String?
    package var message: String
    package var target: String?
    /// What matched, masked by the engine.
    package var evidence: String?
    package var client: Entity?
    /// Empty where the event named none.
    package var application: String
    package var method: String?
    package var host: String?
    package var path: String?
    /// The method and the path with placeholders for what looks like an identifier: `GET /orders/{id}`.
    package var route: String
    /// What the client was answered; 0 for nothing.
    package var status: Int
    /// `Decision.Reason`, where the event named one.
    package var reason: String?
    /// The scope that set the mode.
    package var scope: String?
    package var revision: Int?
    package var decision: Identifier?
    /// What log lines and block pages call the exchange.
    package var transaction: String?
    /// Up to three more exchanges of those that it stands for.
    package var samples: [String]
    package var folding: Folding
    package var incident: Int64?

    /// What a row stands for.
    package enum Folding: Int, Sendable {
        /// One exchange.
        case none = 0
        /// Exchanges of one client on one route by one rule.
        case alike = 1
        /// Under a flood: exchanges by one rule in one application, whatever their clients and routes. The route is that
        /// of the first, and there is no client.
        case flood = 2
    }

    /// The identifier outside of the database: a UUID of version 7 made of time and number, so that nothing more is kept.
    package var identifier: Identifier { Self.identifier(time: time, id: id) }

    static func identifier(time: Int64, id: Int64) -> Identifier {
        Identifier(milliseconds: UInt64(max(0, time)) / 1_000_000, random: (0, UInt64(bitPattern: id)))
    }

    /// The number that an identifier holds; of no row where others made it.
    static func id(of identifier: Identifier) -> Int64 {
        Int64(truncatingIfNeeded: identifier.low & 0x3FFF_FFFF_FFFF_FFFF)
    }

    package var place: PagePlace { PagePlace(time: time, id: id) }
}

/// One of the rules that matched in an exchange.
package struct DetectedRule: Sendable, Hashable {
    package var rule: String
    package var message: String
    package var target: String?
    package var severity: Severity
    package var kind: String?
    package var technique: String?
    package var evidence: String?
}

/// A detection and all that is kept of it.
package struct DetectionDetail: Sendable {
    package var row: DetectionRow
    /// As far as they were kept; see ``moreRules``.
    package var rules: [DetectedRule]
    /// How many rules matched beyond those.
    package var moreRules: Int
}
