// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import ConsoleFixtures
import Crypto
import DefenseModel
import Foundation
import HTTPTypes
import NIOHTTP1
import Synchronization
import Testing

@testable import Console

/// Signing in at a provider, from the button to the session, over HTTP to a provider that is there.
@Suite struct OpenIDTests {
    private static let redirect = "https://redoubt.example.org" + SingleSignOn.callbackPath
    private static let mapping = GroupMapping(rules: [
        .init(group: "staff", role: .viewer), .init(group: "admins", role: .admin),
    ])

    /// How far the clock of the console and the provider has gone on; it stands still by itself.
    private final class Offset: Sendable {
        let seconds = Mutex<Int64>(0)
    }

    private func withProvider(
        _ mapping: GroupMapping = Self.mapping,
        _ body: (TestProvider, ConsoleWorld, Offset) async throws -> Void
    ) async throws {
        let provider = try await TestProvider()
        let transport = try OpenIDTransport()
        let description = try OpenIDProvider(
            issuer: provider.issuer,
            clientID: "redoubt",
            clientSecret: TestProvider.secret,
            redirectURI: Self.redirect,
            mapping: mapping
        )
        let signOn = SingleSignOn(OpenIDClient(description, fetch: transport.fetch), title: "the <office>")
        let offset = Offset()
        let start = Clock.now()
        let clock: @Sendable () -> Int64 = { start + offset.seconds.withLock { $0 } * 1_000_000_000 }
        provider.state.withLock { $0.clock = { Int(clock() / 1_000_000_000) } }
        let world = try await ConsoleWorld(
            singleSignOn: { signOn },
            now: clock
        )
        do {
            try await body(provider, world, offset)
        } catch {
            await world.close()
            throw error
        }
        await world.close()
        try await transport.close()
        try await provider.close()
    }

    /// Goes to the provider, as a browser does that keeps the cookie.
    private func begin(_ world: ConsoleWorld, next: String = "") async throws -> (visitor: Visitor, address: String) {
        var visitor = Visitor(world)
        let reply = try await visitor.ask(.get, SingleSignOn.path + next)
        #expect(reply.status == 303, "\(reply.text)")
        let cookie = try #require(reply.headers[.setCookie])
        #expect(cookie.contains("HttpOnly; SameSite=Lax"))
        visitor.headers[.cookie] = String(cookie.prefix { $0 != ";" })
        return (visitor, try #require(reply.headers[.location]))
    }

    private func signIn(
        _ provider: TestProvider,
        _ world: ConsoleWorld,
        next: String = ""
    ) async throws
        -> (status: Int, text: String, headers: HTTPFields)
    {
        let (visitor, address) = try await begin(world, next: next)
        return try await visitor.ask(.get, SingleSignOn.callbackPath + "?" + provider.consent(to: address))
    }

    private func session(_ reply: (status: Int, text: String, headers: HTTPFields)) -> String? {
        let cookie = reply.headers[values: .setCookie].first { $0.hasPrefix("redoubt=") }
        return cookie.map { String($0.prefix { $0 != ";" }) }
    }

    @Test func `somebody whom the provider knows comes in, and goes on where they were`() async throws {
        try await withProvider { provider, world, _ in
            let page = try await Visitor(world).ask(.get, "/login?next=/incidents")
            #expect(page.text.contains("/sign-in/oidc?next=%2Fincidents") && page.text.contains("the &lt;office&gt;"))
            let (_, address) = try await begin(world)
            let query = TestProvider.pairs(String(address.split(separator: "?")[1]))
            #expect(address.hasPrefix(provider.issuer + "/auth?") && query["redirect_uri"] == Self.redirect)
            #expect(query["code_challenge_method"] == "S256" && query["response_type"] == "code")
            let reply = try await signIn(provider, world, next: "?next=/incidents")
            #expect(reply.status == 303 && reply.headers[.location] == "/incidents", "\(reply.text)")
            var visitor = Visitor(world)
            let cookie = try #require(session(reply))
            visitor.headers[.cookie] = cookie
            let me = try await visitor.ask(.get, "/api/v1/me")
            #expect(me.text.contains(#""name":"kim""#) && me.text.contains(#""roles":["viewer"]"#))
            #expect(world.acts.contains { $0.kind == .userMade && $0.means == "openid" })
            #expect(world.acts.contains { $0.kind == .loggedIn && $0.means == "openid" })
        }
    }

    @Test func `roles follow the groups at each sign-in, and who has none is refused`() async throws {
        try await withProvider { provider, world, _ in
            #expect(try await signIn(provider, world).status == 303)
            provider.state.withLock { $0.groups = ["staff", "admins"] }
            #expect(try await signIn(provider, world).status == 303)
            let local = Principal.local(name: "root")
            let users = try await world.access.users(limit: 10, by: local)
            #expect(users.count == 1 && users.first?.roles == [.viewer, .admin])
            provider.state.withLock { $0.groups = ["others"] }
            let refused = try await signIn(provider, world)
            #expect(refused.status == 403 && session(refused) == nil)
            #expect(try await world.access.users(limit: 10, by: local).first?.roles == [])
            #expect(world.acts.last { $0.kind == .loginFailed }?.means == "openid")
        }
    }

    @Test func `without a mapping an administrator ties a user to a subject`() async throws {
        try await withProvider(GroupMapping()) { provider, world, _ in
            #expect(try await signIn(provider, world).status == 403)
            try await world.addUsers()
            let admin = try await Visitor.signedIn(.admin, world)
            let body = #"{"name":"lee","roles":["triager"],"subject":"248289761001"}"#
            let made = try await admin.ask(.post, "/api/v1/users", body: body, type: MediaTypes.json)
            #expect(made.status == 201, "\(made.text)")
            #expect(try await signIn(provider, world).status == 303)
        }
    }

    /// What a provider, or somebody in its place, could do wrong.
    private static let faults: [(String, String, @Sendable (inout TestProvider.State) throws -> Void)] = [
        ("another audience", "aud", { $0.claims["aud"] = "others" }),
        ("another nonce", "nonce", { $0.claims["nonce"] = "stale" }),
        ("another issuer", "iss", { $0.claims["iss"] = "https://evil.example" }),
        ("expired", "exp", { $0.claims["exp"] = 1_000_000 }),
        ("another key", "signature", { $0.falseKey = .ec(P256.Signing.PrivateKey(), "k1") }),
        ("a key that is not published", "key", { $0.falseKey = .ec(P256.Signing.PrivateKey(), "k9") }),
        ("no signature", "base64url", { $0.algorithm = "none" }),
        ("another algorithm", "not accepted", { $0.algorithm = "HS256" }),
        ("no such code", "invalid_grant", { $0.codes = [:] }),
        ("a redirection", "302", { $0.answers["/token"] = (.found, [("location", "http://127.0.0.1:1/")], "") }),
        (
            "too much", "cannot be reached",
            { $0.answers["/token"] = (.ok, [], String(repeating: " ", count: 1_100_000)) }
        ),
    ]

    @Test(arguments: faults.indices)
    func `what the provider gets wrong lets nobody in, is told, and is recorded`(index: Int) async throws {
        let (name, word, fault) = Self.faults[index]
        try await withProvider { provider, world, _ in
            let (visitor, address) = try await begin(world)
            let answer = try provider.consent(to: address)
            try provider.state.withLock { try fault(&$0) }
            let reply = try await visitor.ask(.get, SingleSignOn.callbackPath + "?" + answer)
            #expect(reply.status == 502 && session(reply) == nil, "\(name): \(reply.status) \(reply.text)")
            #expect(reply.text.contains(word), "\(name): \(reply.text)")
            let act = world.acts.last { $0.kind == .loginFailed }
            #expect(act?.means == "openid" && act?.details["message"]?.contains(word) == true, "\(name)")
            #expect(try await world.access.users(limit: 10, by: .local(name: "root")).isEmpty)
        }
    }

    @Test func `an answer counts once, in the browser that asked, with its state`() async throws {
        try await withProvider { provider, world, offset in
            let (visitor, address) = try await begin(world)
            let answer = try provider.consent(to: address)
            let target = SingleSignOn.callbackPath + "?" + answer
            let stranger = try await Visitor(world).ask(.get, target)
            #expect(stranger.status == 400 && stranger.text.contains("not begun here"))
            // What somebody else tried took the login with it.
            #expect(try await visitor.ask(.get, target).status == 400)
            let (again, second) = try await begin(world)
            let fine = try provider.consent(to: second)
            #expect(try await again.ask(.get, SingleSignOn.callbackPath + "?" + fine).status == 303)
            #expect(try await again.ask(.get, SingleSignOn.callbackPath + "?" + fine).status == 400)
            offset.seconds.withLock { $0 = 60 }
            for query in ["", "?state=&code=", "?state=%00", "?code=x", "?error=access_denied"] {
                let reply = try await again.ask(.get, SingleSignOn.callbackPath + query)
                #expect([400, 422, 429].contains(reply.status), "\(query): \(reply.status)")
            }
        }
    }

    @Test func `a network whose answers fail again and again has to wait, and fills no log`() async throws {
        try await withProvider { _, world, _ in
            var statuses: [Int] = []
            for _ in 0..<10 {
                let (visitor, address) = try await begin(world)
                let query = TestProvider.pairs(String(address.split(separator: "?", maxSplits: 1).last ?? ""))
                let target = SingleSignOn.callbackPath + "?error=access_denied&state=\(query["state"] ?? "")"
                statuses.append(try await visitor.ask(.get, target).status)
            }
            #expect(statuses.prefix(3) == [502, 502, 502] && statuses.contains(429), "\(statuses)")
            #expect(world.acts.count { $0.kind == .loginFailed } < 10)
        }
    }

    @Test func `answers to no login of the browser keep nobody out and are not recorded`() async throws {
        try await withProvider { provider, world, _ in
            for _ in 0..<20 {
                let target = SingleSignOn.callbackPath + "?state=a&code=b"
                let reply = try await Visitor(world).ask(.get, target)
                #expect(reply.status == 400)
            }
            #expect(!world.acts.contains { $0.kind == .loginFailed })
            #expect(try await signIn(provider, world).status == 303)
        }
    }

    @Test func `new keys are fetched when a token names one, and old ones are good no more`() async throws {
        try await withProvider { provider, world, offset in
            #expect(try await signIn(provider, world).status == 303)
            let old = provider.state.withLock { $0.key }
            let new = try TestProvider.Key.makeRSA("k2")
            provider.state.withLock { $0.key = new }
            offset.seconds.withLock { $0 = 61 }
            #expect(try await signIn(provider, world).status == 303)
            provider.state.withLock { $0.falseKey = old }
            #expect(try await signIn(provider, world).status == 502)
        }
    }

    @Test func `a provider that is gone is told, and the others still come in`() async throws {
        try await withProvider { provider, world, offset in
            provider.state.withLock {
                $0.answers["/.well-known/openid-configuration"] = (.serviceUnavailable, [], "")
            }
            let refused = try await Visitor(world).ask(.get, SingleSignOn.path)
            #expect(refused.status == 502 && refused.text.contains("503"))
            // For five seconds nobody asks again.
            _ = try await Visitor(world).ask(.get, SingleSignOn.path)
            #expect(provider.state.withLock { $0.requests.count } == 1)
            let failures = world.acts.filter { $0.kind == .loginFailed }
            #expect(failures.count == 1 && failures[0].details["message"]?.contains("503") == true)
            provider.state.withLock { $0.answers = [:] }
            offset.seconds.withLock { $0 = 6 }
            #expect(try await signIn(provider, world).status == 303)
            try await world.addUsers()
            _ = try await Visitor.signedIn(.viewer, world)
        }
    }

    @Test func `signing out tells of the provider, where one is still signed in`() async throws {
        try await withProvider { provider, world, _ in
            let reply = try await signIn(provider, world)
            var visitor = Visitor(world)
            let cookie = try #require(session(reply))
            visitor.headers[.cookie] = cookie
            let secret = String(cookie.dropFirst("redoubt=".count))
            let client = Client(address: try IPAddress(parsing: "127.0.0.1"))
            let now = try #require(world.acts.last?.time)
            let active = try await world.access.session(secret, from: client, at: now)
            visitor.headers[.formToken] = active.formToken
            let out = try await visitor.ask(.post, "/logout", type: MediaTypes.form)
            #expect(out.status == 200 && out.text.contains(provider.issuer + "/end?client_id=redoubt"), "\(out.text)")
            #expect(try await visitor.ask(.get, "/api/v1/me").status == 401)
        }
    }

    @Test func `where no provider is configured there is no way to one`() async throws {
        let world = try await ConsoleWorld()
        #expect(try await Visitor(world).ask(.get, SingleSignOn.path).status == 404)
        #expect(try await Visitor(world).ask(.get, SingleSignOn.callbackPath + "?code=x").status == 404)
        #expect(try await Visitor(world).ask(.get, "/login").text.contains("/sign-in/oidc") == false)
        await world.close()
    }
}
