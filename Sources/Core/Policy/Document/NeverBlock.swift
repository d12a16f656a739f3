// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// An entity that no control and no block strikes: what it would have been stopped for is recorded.
///
/// Loopback addresses always are; the others are entries of the policy.
package struct NeverBlock: Codable, Hashable, Sendable {
    /// Why it is never blocked.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case loopback
        /// The console of this installation.
        case console
        /// What asks whether services are alive.
        case healthCheck = "health_check"
        /// Somebody who administers the installation now.
        case administrator
        /// Listed by an administrator.
        case listed
    }

    package var entity: Entity
    package var kind: Kind
    package var by: Authorship
    /// When it ends, in nanoseconds since 1970.
    package var expires: Int64?

    package init(_ entity: Entity, _ kind: Kind, by author: Authorship, expires: Int64? = nil) {
        self.entity = entity
        self.kind = kind
        by = author
        self.expires = expires
    }

    static let loopback = IPNetwork.loopback.map {
        NeverBlock(Entity($0), .loopback, by: Authorship("redoubt", because: "this machine itself", at: 0))
    }

    func check() throws(PolicyError) {
        try by.check()
        try by.check(expiry: expires)
        guard kind != .loopback, entity.network?.isLoopback != true else {
            throw PolicyError(.duplicate, "loopback addresses are never blocked; they need no entry")
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case entity, kind, by, expires
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.strictContainer(keyedBy: CodingKeys.self)
        entity = try members.decode(Entity.self, forKey: .entity)
        kind = try members.decode(Kind.self, forKey: .kind)
        by = try members.decode(Authorship.self, forKey: .by)
        expires = try members.decodeIfPresent(Int64.self, forKey: .expires)
    }
}
