// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// An entity whose activities are refused, whatever the control.
///
/// A block is a choice of its own, made by somebody for a reason: it acts unless the control `blocks` is set to another
/// mode there.
package struct EntityBlock: Codable, Hashable, Sendable {
    package var entity: Entity
    package var by: Authorship
    /// When it ends, in nanoseconds since 1970.
    package var expires: Int64?

    /// The shortest prefixes that one block may have. What is wider is a mistake, or a job for a firewall.
    package static let shortestPrefix = (v4: 8, v6: 19)

    package init(_ entity: Entity, by author: Authorship, expires: Int64? = nil) {
        self.entity = entity
        by = author
        self.expires = expires
    }

    func check() throws(PolicyError) {
        try by.check()
        try by.check(expiry: expires)
        guard let network = entity.network else { return }
        let shortest = network.isIPv4 ? Self.shortestPrefix.v4 : Self.shortestPrefix.v6
        guard network.writtenLength >= shortest else {
            throw PolicyError(.tooWide, "a block takes networks of /\(shortest) and smaller, found \(network)")
        }
        guard !network.isLoopback else {
            throw PolicyError(.senseless, "\(network) is this machine itself, which is never blocked")
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case entity, by, expires
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        entity = try members.decode(Entity.self, forKey: .entity)
        by = try members.decode(Authorship.self, forKey: .by)
        expires = try members.decodeIfPresent(Int64.self, forKey: .expires)
    }
}

extension IPNetwork {
    static let loopback = [
        IPNetwork(IPAddress(v4: 127 << 24), length: 104), IPNetwork(IPAddress(bits: 1)),
    ]

    /// Whether all its addresses are the machine itself.
    var isLoopback: Bool {
        Self.loopback.contains { $0.length <= length && $0.contains(first) }
    }
}
