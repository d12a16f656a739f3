// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Crypto
internal import Foundation
internal import Synchronization

/// Logs people in at an OpenID provider: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636) and an ID token
/// (OpenID Connect Core 1.0 section 3.1).
///
/// It knows no network: the caller carries out its requests. Times are handed in.
///
/// ```swift
/// let begun = try await openID.begin(from: client, at: now)   // send the browser to begun.url, with a cookie
/// let person = try await openID.finish(answer, browser: cookie, at: later)
/// let session = try await access.logIn(person, of: openID.provider, from: client, at: later)
/// ```
package final class OpenIDClient: Sendable {
    /// Where the browser is sent, and what it has to bring back.
    package struct Begun: Sendable {
        package let url: String
        /// For a cookie that lasts 10 minutes: ties the answer to this browser.
        package let browser: Secret
    }

    /// The query with which the browser comes back (RFC 6749 section 4.1.2, RFC 9207 section 2).
    package struct Answer: Sendable {
        package var state: String?
        package var code: String?
        package var issuer: String?
        package var error: String?

        package init(state: String?, code: String?, issuer: String? = nil, error: String? = nil) {
            self.state = state
            self.code = code
            self.issuer = issuer
            self.error = error
        }
    }

    package let provider: OpenIDProvider
    private let random: RandomBytes
    private let fetch: OpenIDFetch
    private let states = LoginStates()
    private let keys: KeySetCache
    private let discoveries: DiscoveryCache

    /// The most bytes of an answer of the provider.
    package static let maximumResponse = 1 << 20

    package init(_ provider: OpenIDProvider, random: RandomBytes = .system, fetch: @escaping OpenIDFetch) {
        self.provider = provider
        self.random = random
        self.fetch = fetch
        let discoveries = DiscoveryCache(provider, fetch)
        self.discoveries = discoveries
        keys = KeySetCache { () async -> Result<KeySet, AccessError> in
            do throws(AccessError) {
                let address = try await discoveries.known().keysAddress
                return .success(try await KeySet(try await ProviderAnswer.body(of: .get(address), fetch)))
            } catch {
                return .failure(error)
            }
        }
    }

    // MARK: Beginning

    /// Begins a login.
    ///
    /// - Throws: ``AccessError/Code/provider`` where the provider does not answer.
    package func begin(from client: Client, at time: Int64) async throws(AccessError) -> Begun {
        let discovery = try await discoveries.discovery(at: time)
        let (state, browser) = (Secret(random), Secret(random))
        let login = PendingLogin(
            browserHash: browser.hash,
            nonce: Secret(random).text,
            verifier: Secret(random).text,
            made: time
        )
        states.add(login, state: state, from: client.network)
        let query = WebAddress.form([
            ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", provider.redirectURI),
            ("scope", provider.scopes.joined(separator: " ")), ("state", state.text), ("nonce", login.nonce),
            ("code_challenge", Self.challenge(login.verifier)), ("code_challenge_method", "S256"),
        ])
        let endpoint = discovery.authorizationEndpoint
        return Begun(url: endpoint + (endpoint.contains("?") ? "&" : "?") + query, browser: browser)
    }

    /// Where somebody who has signed out here may sign out at the provider too; nil where it offers no such page, or was not
    /// asked yet.
    package func signOutAddress() async -> String? {
        guard let endpoint = await discoveries.latest?.signOutEndpoint else { return nil }
        return endpoint + (endpoint.contains("?") ? "&" : "?") + WebAddress.form([("client_id", provider.clientID)])
    }

    /// The challenge of a verifier (RFC 7636 section 4.2).
    static func challenge(_ verifier: String) -> String {
        Base64URL.encode(SHA256.hash(data: Array(verifier.utf8)))
    }

    // MARK: Finishing

    /// Refuses what answers no login that this browser began, before anything else is done for it.
    ///
    /// - Throws: ``AccessError/Code/badLink``.
    func requireBegun(_ answer: Answer, browser: String, at time: Int64) throws(AccessError) {
        try states.require(answer.state ?? "", browser: browser, at: time)
    }

    /// Finishes a login with what the browser brought back.
    ///
    /// - Parameter browser: the text of the cookie that it was given.
    /// - Returns: who it is, as the provider says.
    /// - Throws: ``AccessError/Code/badLink`` for an answer to no login of this browser, ``AccessError/Code/provider`` for
    ///   one that is not as it should be.
    package func finish(_ answer: Answer, browser: String, at time: Int64) async throws(AccessError) -> IDToken {
        let login = try states.take(answer.state ?? "", browser: browser, at: time)
        let discovery = try await discoveries.discovery(at: time)
        if let error = answer.error {
            throw AccessError(.provider, "the provider refused: \(DisplayText.cleaned(error, maximumBytes: 64))")
        }
        guard answer.issuer.map({ $0.utf8.elementsEqual(provider.issuer.utf8) }) ?? !discovery.namesIssuer else {
            throw AccessError(.provider, "the answer is of another provider")
        }
        guard let code = answer.code, (1...2048).contains(code.utf8.count) else {
            throw AccessError(.provider, "the answer holds no code")
        }
        let request = exchange(code, login, discovery)
        let body = try await ProviderAnswer.body(of: request, fetch)
        let response = try ProviderJSON.object(body, "the provider's answer")
        guard let text = response["id_token"]?.bytes else {
            throw AccessError(.provider, "the provider's answer holds no ID token")
        }
        return try await verified(text, nonce: login.nonce, at: time)
    }

    /// Checks an ID token's signature and all that it says.
    func verified(_ text: [UInt8], nonce: String, at time: Int64) async throws(AccessError) -> IDToken {
        let token = try SignedToken(text, allowing: provider.algorithms)
        let key = try await keys.key(for: token, at: time)
        guard key.made(token.signature, of: token.signed) else {
            throw AccessError(.provider, "the ID token's signature is wrong")
        }
        return try IDToken(claims: token.payload, of: provider, nonce: nonce, at: time)
    }

    /// The request that turns a code into tokens (RFC 6749 sections 2.3.1 and 4.1.3, RFC 7636 section 4.5).
    private func exchange(_ code: String, _ login: PendingLogin, _ discovery: Discovery) -> OpenIDRequest {
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", provider.redirectURI),
            ("code_verifier", login.verifier),
        ]
        var headers = [
            (name: "Content-Type", value: "application/x-www-form-urlencoded"),
            (name: "Accept", value: "application/json"),
        ]
        if let secret = provider.clientSecret, !discovery.takesSecretInBody {
            let pair = WebAddress.escaped(provider.clientID) + ":" + WebAddress.escaped(secret)
            headers.append((name: "Authorization", value: "Basic " + Data(pair.utf8).base64EncodedString()))
        } else {
            fields.append(("client_id", provider.clientID))
            if let secret = provider.clientSecret { fields.append(("client_secret", secret)) }
        }
        let body = Array(WebAddress.form(fields.map { (name: $0.0, value: $0.1) }).utf8)
        return OpenIDRequest(method: .post, url: discovery.tokenEndpoint, headers: headers, body: body)
    }
}

extension OpenIDRequest {
    static func get(_ url: String) -> OpenIDRequest {
        OpenIDRequest(method: .get, url: url, headers: [(name: "Accept", value: "application/json")], body: [])
    }
}

/// What the provider answers, as far as it can be used.
enum ProviderAnswer {
    /// - Throws: ``AccessError/Code/provider``.
    static func body(of request: OpenIDRequest, _ fetch: OpenIDFetch) async throws(AccessError) -> [UInt8] {
        let response: OpenIDResponse
        do {
            response = try await fetch(request)
        } catch {
            throw AccessError(.provider, "the provider cannot be reached: \(error)")
        }
        guard response.body.count <= OpenIDClient.maximumResponse else {
            throw AccessError(.provider, "the provider's answer is too long")
        }
        guard response.status == 200 else {
            let reason = (try? ProviderJSON.object(response.body, ""))?["error"]?.text ?? "no reason"
            let shown = DisplayText.cleaned(reason, maximumBytes: 64)
            throw AccessError(.provider, "the provider answered with \(response.status): \(shown)")
        }
        return response.body
    }
}
