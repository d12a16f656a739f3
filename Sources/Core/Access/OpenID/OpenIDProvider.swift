// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A provider of identities, as an administrator has set it up (OpenID Connect Core 1.0).
package struct OpenIDProvider: Sendable, Hashable {
    /// The provider's name: an `https` address without query or fragment, compared byte by byte.
    package let issuer: String
    package let clientID: String
    /// Nil for a public client, which shows only the PKCE verifier.
    let clientSecret: String?
    /// Where the provider sends browsers back to.
    package let redirectURI: String
    /// `openid` is always among them.
    package let scopes: [String]
    /// The claim that holds a person's groups, a list of texts.
    package let groupsClaim: String
    package let mapping: GroupMapping
    package let algorithms: Set<SigningAlgorithm>

    /// - Throws: ``AccessError/Code/invalid``.
    package init(
        issuer: String,
        clientID: String,
        clientSecret: String? = nil,
        redirectURI: String,
        scopes: [String] = ["openid", "profile", "email"],
        groupsClaim: String = "groups",
        mapping: GroupMapping = GroupMapping(),
        algorithms: Set<SigningAlgorithm> = Set(SigningAlgorithm.allCases)
    ) throws(AccessError) {
        guard WebAddress.isSafe(issuer), !issuer.utf8.contains(UInt8(ascii: "?")) else {
            throw AccessError(.invalid, "issuer: an https address without query or fragment is expected")
        }
        guard WebAddress.isSafe(redirectURI) else {
            throw AccessError(.invalid, "redirect address: an https address without fragment is expected")
        }
        guard (1...256).contains(clientID.utf8.count), !algorithms.isEmpty, !groupsClaim.isEmpty else {
            throw AccessError(.invalid, "client id, groups claim and algorithms: none may be empty")
        }
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.redirectURI = redirectURI
        self.scopes = scopes.contains("openid") ? scopes : ["openid"] + scopes
        self.groupsClaim = groupsClaim
        self.mapping = mapping
        self.algorithms = algorithms
    }

    /// Where the provider describes itself (OpenID Connect Discovery 1.0 section 4).
    var discoveryAddress: String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }
}

extension OpenIDProvider: CustomStringConvertible, CustomReflectable {
    /// Without the client's secret.
    package var description: String { "\(clientID) at \(issuer)" }
    package var customMirror: Mirror { Mirror(self, children: ["issuer": issuer, "clientID": clientID]) }
}

/// Which roles the groups of a person give.
package struct GroupMapping: Sendable, Hashable {
    package struct Rule: Sendable, Hashable {
        package var group: String
        package var role: Role

        package init(group: String, role: Role) {
            self.group = group
            self.role = role
        }
    }

    package var rules: [Rule]
    /// What everybody gets whom the provider lets in.
    package var everybody: Set<Role>

    package init(rules: [Rule] = [], everybody: Set<Role> = []) {
        self.rules = rules
        self.everybody = everybody
    }

    /// Whether the provider says who has which role. Where it does not, administrators make users and give roles.
    package var decidesRoles: Bool { !rules.isEmpty || !everybody.isEmpty }

    /// The roles of a person; names of groups are compared byte by byte.
    package func roles(of groups: [String]) -> Set<Role> {
        let groups = Set(groups.map { Array($0.utf8) })
        return everybody.union(rules.filter { groups.contains(Array($0.group.utf8)) }.map(\.role))
    }
}
