// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What a provider says of itself (OpenID Connect Discovery 1.0 section 3), as far as it is used.
struct Discovery: Sendable, Hashable {
    let authorizationEndpoint: String
    let tokenEndpoint: String
    let keysAddress: String
    /// Where people sign out at the provider (OpenID Connect RP-Initiated Logout 1.0 section 2.1).
    let signOutEndpoint: String?
    /// Whether answers name the issuer (RFC 9207 section 3).
    let namesIssuer: Bool
    /// Whether a client's secret goes into the body, rather than into a header.
    let takesSecretInBody: Bool

    /// Reads a provider's description.
    ///
    /// - Throws: ``AccessError/Code/provider`` where it is another issuer's, or offers nothing that is accepted here.
    init(_ document: [UInt8], of provider: OpenIDProvider) throws(AccessError) {
        let value = try ProviderJSON.object(document, "the provider's description")
        guard let issuer = value["issuer"]?.bytes, issuer.elementsEqual(provider.issuer.utf8) else {
            throw AccessError(.provider, "the provider's description is of another issuer than \(provider.issuer)")
        }
        authorizationEndpoint = try Self.address(value, "authorization_endpoint", of: provider)
        tokenEndpoint = try Self.address(value, "token_endpoint", of: provider)
        keysAddress = try Self.address(value, "jwks_uri", of: provider)
        signOutEndpoint =
            value["end_session_endpoint"] == nil
            ? nil : try Self.address(value, "end_session_endpoint", of: provider)
        namesIssuer = value["authorization_response_iss_parameter_supported"]?.bool ?? false
        let methods = Self.texts(value, "token_endpoint_auth_methods_supported") ?? ["client_secret_basic"]
        takesSecretInBody = !methods.contains("client_secret_basic") && methods.contains("client_secret_post")
        try Self.require("code", in: Self.texts(value, "response_types_supported"), "the response type code")
        try Self.require("S256", in: Self.texts(value, "code_challenge_methods_supported"), "PKCE with S256")
        if let offered = Self.texts(value, "id_token_signing_alg_values_supported"),
            !provider.algorithms.contains(where: { offered.contains($0.rawValue) })
        {
            throw AccessError(.provider, "the provider signs with no algorithm that is accepted here")
        }
    }

    /// Only a provider on this machine may name addresses without TLS, or one elsewhere could have requests sent to what
    /// listens here.
    private static func address(
        _ value: JSONValue,
        _ name: String,
        of provider: OpenIDProvider
    ) throws(AccessError) -> String {
        guard let text = value[name]?.text, WebAddress.isSafe(text),
            text.hasPrefix("https://") || !provider.issuer.hasPrefix("https://")
        else {
            throw AccessError(.provider, "the provider's \(name) is no https address")
        }
        return text
    }

    private static func texts(_ value: JSONValue, _ name: String) -> [String]? {
        value[name]?.elements?.compactMap(\.text)
    }

    /// What a provider does not speak of may be there.
    private static func require(_ wanted: String, in offered: [String]?, _ what: String) throws(AccessError) {
        guard let offered, !offered.contains(wanted) else { return }
        throw AccessError(.provider, "the provider does not offer \(what)")
    }
}

/// JSON from a provider: one object in which no name stands twice, so that all who read it read the same.
enum ProviderJSON {
    static func object(_ document: [UInt8], _ what: String) throws(AccessError) -> JSONValue {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.read(document, maximumDepth: 32)
        } catch {
            throw AccessError(.provider, "\(what) is no JSON: \(error)")
        }
        guard let members = value.members else { throw AccessError(.provider, "\(what) is no JSON object") }
        guard Set(members.map(\.name)).count == members.count else {
            throw AccessError(.provider, "\(what) has a name twice")
        }
        return value
    }
}
