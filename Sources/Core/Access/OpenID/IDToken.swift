// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What an ID token says of a person, after all of it was checked (OpenID Connect Core 1.0 section 3.1.3.7).
package struct IDToken: Sendable, Hashable {
    package let identity: ExternalIdentity
    package let preferredName: String?
    package let displayName: String?
    /// Only where the provider has verified it.
    package let email: String?
    package let groups: [String]

    /// How far the provider's clock and ours may differ.
    static let tolerance: Double = 60
    /// How long ago a token may have been made; it was asked for a moment ago.
    static let maximumAge: Double = 600
    static let maximumGroups = 1000

    /// Reads the claims of a token whose signature was checked.
    ///
    /// - Parameters:
    ///   - nonce: what was sent with the request for it.
    ///   - time: nanoseconds since 1970.
    /// - Throws: ``AccessError/Code/provider`` that names the claim.
    package init(
        claims document: [UInt8],
        of provider: OpenIDProvider,
        nonce: String,
        at time: Int64
    ) throws(AccessError) {
        let claims = try ProviderJSON.object(document, "the ID token")
        let rules = IDTokenRules(claims: claims, provider: provider)
        try rules.checkParties()
        try rules.checkTimes(at: Double(time) / 1e9)
        guard let found = claims["nonce"]?.bytes, ConstantTime.isEqual(found, Array(nonce.utf8)) else {
            throw IDTokenRules.refusal("nonce", "is not the one of this login")
        }
        identity = ExternalIdentity(issuer: provider.issuer, subject: try rules.subject())
        preferredName = claims["preferred_username"]?.text
        displayName = claims["name"]?.text
        email = claims["email_verified"]?.bool == true ? claims["email"]?.text : nil
        groups = try rules.groups()
    }
}

private struct IDTokenRules {
    let claims: JSONValue
    let provider: OpenIDProvider

    static func refusal(_ claim: String, _ reason: String) -> AccessError {
        AccessError(.provider, "the ID token's claim \(claim) \(reason)")
    }

    /// Who made it, and for whom.
    func checkParties() throws(AccessError) {
        guard let issuer = claims["iss"]?.bytes, issuer.elementsEqual(provider.issuer.utf8) else {
            throw Self.refusal("iss", "is of another issuer")
        }
        let client = Array(provider.clientID.utf8)
        let audience = claims["aud"]
        let audiences = audience?.bytes.map { [$0] } ?? audience?.elements?.compactMap(\.bytes) ?? []
        guard audiences.contains(client), audiences.count == audience?.elements?.count ?? 1 else {
            throw Self.refusal("aud", "does not name this client")
        }
        if let party = claims["azp"] {
            guard party.bytes == client else { throw Self.refusal("azp", "names another client") }
        } else if audiences.count > 1 {
            throw Self.refusal("azp", "is missing, and there are several audiences")
        }
    }

    /// - Parameter now: seconds since 1970.
    func checkTimes(at now: Double) throws(AccessError) {
        guard let expires = try seconds("exp"), let issued = try seconds("iat") else {
            throw Self.refusal("exp or iat", "is missing")
        }
        guard now < expires + IDToken.tolerance else { throw Self.refusal("exp", "lies in the past") }
        guard issued <= now + IDToken.tolerance else {
            throw Self.refusal("iat", "lies in the future; compare the clocks")
        }
        guard now - issued <= IDToken.maximumAge + IDToken.tolerance else {
            throw Self.refusal("iat", "lies too long ago; compare the clocks")
        }
        if let start = try seconds("nbf"), start > now + IDToken.tolerance {
            throw Self.refusal("nbf", "lies in the future; compare the clocks")
        }
    }

    private func seconds(_ claim: String) throws(AccessError) -> Double? {
        guard let value = claims[claim] else { return nil }
        guard let seconds = value.double, (0...1e11).contains(seconds) else { throw Self.refusal(claim, "is no time") }
        return seconds
    }

    func subject() throws(AccessError) -> String {
        guard let bytes = claims["sub"]?.bytes, (1...255).contains(bytes.count),
            bytes.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw Self.refusal("sub", "is not 1 to 255 characters of ASCII") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A list of texts, or a single one; none where the claim is missing.
    func groups() throws(AccessError) -> [String] {
        guard let value = claims.members?.first(where: { $0.name.elementsEqual(provider.groupsClaim.utf8) })?.value
        else {
            return []
        }
        if let group = value.text { return [group] }
        guard let elements = value.elements, elements.count <= IDToken.maximumGroups else {
            throw Self.refusal(provider.groupsClaim, "is no list of at most \(IDToken.maximumGroups) groups")
        }
        return elements.compactMap(\.text)
    }
}
