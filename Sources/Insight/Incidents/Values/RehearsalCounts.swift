// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel

/// What `enforce` would have done to what was recorded: "it would have stopped N of M requests".
package struct RehearsalCounts: Sendable {
    /// The stretch that the numbers are about, widened to whole hours, in nanoseconds since 1970.
    package var from: Int64
    package var until: Int64
    /// All exchanges in the scope.
    package var requests = 0
    /// Those that passed and would have been stopped.
    package var wouldStop = 0
    /// Those that were stopped already.
    package var stopped = 0
    package var byRule: [Part] = []
    package var byRoute: [Part] = []
    package var byClient: [Part] = []
    /// The numbers of ``wouldStop`` by the first digit of the answer's status; at 0 those without an answer.
    package var byStatusClass: [Int] = Array(repeating: 0, count: 6)
    /// Rule and route together, those that look benign first.
    package var groups: [Group] = []
    /// Exchanges of which the route is not known any more, as there were more routes than are kept apart in an hour.
    package var otherRoutes = 0
    package var otherClients = 0
    /// Whether the scope names something that is not kept apart: clients of a single rule or route.
    package var clientsAreOfWholeApplication = false

    /// A rule, a route or a client.
    package struct Part: Sendable, Hashable {
        package var name: String
        package var note: String?
        package var application: String?
        package var wouldStop: Int
        package var stopped: Int
        /// All exchanges of a route; nil where that is not kept.
        package var requests: Int?
    }

    /// Exchanges that one rule would have stopped on one route.
    package struct Group: Sendable, Hashable {
        package var application: String
        package var rule: String
        package var message: String?
        package var route: String
        package var wouldStop: Int
        package var stopped: Int
        /// An estimate, exact for few; no more than about 3,000 can be told apart.
        package var clients: Int
        /// Those that were answered with success or a redirection.
        package var succeeded: Int
        /// All exchanges on the route.
        package var requests: Int
        /// From 0 to 1: many clients that were answered with success look like people at work.
        package var benignLikeness: Double
    }
}
