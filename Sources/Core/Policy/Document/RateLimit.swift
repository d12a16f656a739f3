// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// How many activities of one kind are too many: a token bucket per address or session, or one for a whole route.
///
/// A limit is looked at like a rule of the control `limits`: it is observed until `limits`, or `limits/rule:NAME`, is
/// set to `enforce`.
package struct RateLimit: Codable, Hashable, Sendable {
    /// Whose activities are counted together.
    package enum Key: String, Sendable, Codable, CaseIterable {
        /// Those of an IPv4 address, or of an IPv6 network of /64, which is what one client has.
        case address
        /// Those of a session; activities without one are not counted.
        case session
        /// All at the limit's place.
        case route
    }

    package var name: RuleID
    package var place: Scope.Place
    package var key: Key
    /// How many are within the limit in the time of ``seconds``.
    package var count: Int
    package var seconds: Int
    /// How many may come at once after a pause.
    package var burst: Int
    package var by: Authorship
    /// When it ends, in nanoseconds since 1970.
    package var expires: Int64?

    package static let counts = 1...1_000_000
    package static let durations = 1...86_400

    /// - Parameter burst: nil for as many as ``count``.
    package init(
        _ name: RuleID,
        place: Scope.Place = .installation,
        per key: Key,
        count: Int,
        seconds: Int,
        burst: Int? = nil,
        by author: Authorship,
        expires: Int64? = nil
    ) {
        self.name = name
        self.place = place
        self.key = key
        self.count = count
        self.seconds = seconds
        self.burst = burst ?? count
        by = author
        self.expires = expires
    }

    func check() throws(PolicyError) {
        try by.check()
        try by.check(expiry: expires)
        guard Self.counts.contains(count), Self.counts.contains(burst) else {
            throw PolicyError(.outOfRange, "a limit and its burst are 1 to 1,000,000, found \(count) and \(burst)")
        }
        guard Self.durations.contains(seconds) else {
            throw PolicyError(.outOfRange, "a limit's time is 1 to 86,400 seconds, found \(seconds)")
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, place, key, count, seconds, burst, by, expires
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        name = try members.decode(RuleID.self, forKey: .name)
        place = try members.decode(Scope.Place.self, forKey: .place)
        key = try members.decode(Key.self, forKey: .key)
        count = try members.decode(Int.self, forKey: .count)
        seconds = try members.decode(Int.self, forKey: .seconds)
        burst = try members.decode(Int.self, forKey: .burst)
        by = try members.decode(Authorship.self, forKey: .by)
        expires = try members.decodeIfPresent(Int64.self, forKey: .expires)
    }
}
