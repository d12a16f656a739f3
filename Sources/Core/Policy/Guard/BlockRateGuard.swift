// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// How much a control may block before it has to ask.
///
/// What counts is the share of clients: one attacker can make any share of the requests, and must not be able to put a
/// control to `observe` with them. A share of requests may be given beside it. Requests that blocks of entities refuse do
/// not count, nor do clients that are never blocked.
package struct BlockRateLimit: Codable, Hashable, Sendable {
    /// The length of a window in seconds.
    package var seconds = 60
    /// The greatest share of a window's clients that may have been blocked, in percent.
    package var clientPercent = 20
    /// The greatest share of a window's requests that may have been blocked, in percent; nil for any.
    package var requestPercent: Int?
    /// A window with fewer blocked clients shows nothing.
    package var minimumBlockedClients = 10
    /// Whether the guard acts at all.
    package var isOn = true

    package init() {}

    func check() throws(PolicyError) {
        guard (10...3600).contains(seconds) else {
            throw PolicyError(.outOfRange, "a window of the guard is 10 to 3,600 seconds, found \(seconds)")
        }
        for percent in [clientPercent, requestPercent ?? 1] where !(1...100).contains(percent) {
            throw PolicyError(.outOfRange, "a share is 1 to 100 percent, found \(percent)")
        }
        guard (2...100_000).contains(minimumBlockedClients) else {
            throw PolicyError(
                .outOfRange,
                "the least number of blocked clients is 2 to 100,000, found \(minimumBlockedClients)"
            )
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case seconds
        case clientPercent = "client_percent"
        case requestPercent = "request_percent"
        case minimumBlockedClients = "minimum_blocked_clients"
        case isOn = "on"
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        seconds = try members.decode(Int.self, forKey: .seconds)
        clientPercent = try members.decode(Int.self, forKey: .clientPercent)
        requestPercent = try members.decodeIfPresent(Int.self, forKey: .requestPercent)
        minimumBlockedClients = try members.decode(Int.self, forKey: .minimumBlockedClients)
        isOn = try members.decode(Bool.self, forKey: .isOn)
    }
}

/// What was counted of a control in a window of time.
package struct BlockCounts: Hashable, Sendable {
    /// Different clients, and those of them that were blocked at least once.
    package var clients = 0
    package var blockedClients = 0
    package var requests = 0
    package var blockedRequests = 0

    package init() {}

    package init(clients: Int, blockedClients: Int, requests: Int, blockedRequests: Int) {
        self.clients = clients
        self.blockedClients = blockedClients
        self.requests = requests
        self.blockedRequests = blockedRequests
    }
}

/// Puts a control back to `observe` when it blocks more than it may, until a person says otherwise.
///
/// A state machine over counts: the caller counts for a window, and hands the counts in. While too much is blocked within
/// a window, that shows before the window's end.
package struct BlockRateGuard: Sendable {
    package enum State: Hashable, Sendable {
        case watching
        /// Since this time, in nanoseconds since 1970; ended by ``resume()`` only.
        case stoodBack(since: Int64)
    }

    package let control: ControlID
    package var limit: BlockRateLimit
    package private(set) var state = State.watching

    /// - Parameter author: who stood the control back, where the policy says that it is.
    package init(_ control: ControlID, _ limit: BlockRateLimit, standingBack author: Authorship? = nil) {
        self.control = control
        self.limit = limit
        if let author { state = .stoodBack(since: author.time) }
    }

    /// Looks at the counts of the window that runs, or of one that has ended.
    ///
    /// - Returns: the change of the policy that is due now; nil for none.
    package mutating func observe(_ counts: BlockCounts, at time: Int64) -> PolicyChange? {
        guard limit.isOn, case .watching = state, let excess = excess(of: counts) else { return nil }
        state = .stoodBack(since: time)
        return .standBack(control, Authorship("block-rate-guard", because: excess, at: time))
    }

    /// A person has looked.
    package mutating func resume() {
        state = .watching
    }

    /// In words, what was too much.
    private func excess(of counts: BlockCounts) -> String? {
        guard counts.blockedClients >= limit.minimumBlockedClients else { return nil }
        if Self.isOver(counts.blockedClients, of: counts.clients, limit.clientPercent) {
            return "\(control) blocked \(counts.blockedClients) of \(counts.clients) clients in \(limit.seconds) s; "
                + "the limit is \(limit.clientPercent)%"
        }
        guard let percent = limit.requestPercent,
            Self.isOver(counts.blockedRequests, of: counts.requests, percent)
        else { return nil }
        return "\(control) blocked \(counts.blockedRequests) of \(counts.requests) requests in \(limit.seconds) s; "
            + "the limit is \(percent)%"
    }

    private static func isOver(_ part: Int, of whole: Int, _ percent: Int) -> Bool {
        Double(part) * 100 > Double(whole) * Double(percent)
    }
}
