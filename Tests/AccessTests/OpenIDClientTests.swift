// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Crypto
import DefenseModel
import Foundation
import Synchronization
import Testing

@testable import Access

@Suite struct OpenIDClientTests {
    /// The query of an address, decoded.
    private func query(_ url: String) -> [String: String] {
        let items = URLComponents(string: url)?.queryItems ?? []
        return items.reduce(into: [:]) { $0[$1.name] = $1.value }
    }

    private func form(_ request: OpenIDRequest) -> [String: String] {
        query("https://x/?" + String(decoding: request.body, as: UTF8.self))
    }

    /// Goes to the provider, which signs what the login asked for.
    private func begin(
        _ client: OpenIDClient,
        of issuer: Issuer,
        at time: Int64 = Fixture.start
    ) async throws -> (state: String, browser: String) {
        let begun = try await client.begin(from: Fixture.client, at: time)
        let query = query(begun.url)
        issuer.state.withLock { $0.claims = Issuer.claims(nonce: query["nonce"] ?? "", at: time) }
        return (try #require(query["state"]), begun.browser.text)
    }

    @Test func `a login asks for a code with a challenge, and sends the verifier`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        let begun = try await client.begin(from: Fixture.client, at: Fixture.start)
        #expect(
            begun.url.hasPrefix(
                Issuer.address + "/auth?response_type=code&client_id=redoubt&redirect_uri=https%3A%2F%2F"
            )
        )
        let query = query(begun.url)
        #expect(query["scope"] == "openid profile email" && query["code_challenge_method"] == "S256")
        issuer.state.withLock { $0.claims = Issuer.claims(nonce: query["nonce"] ?? "", at: Fixture.start) }
        let answer = OpenIDClient.Answer(state: query["state"], code: "a code&=")
        let person = try await client.finish(answer, browser: begun.browser.text, at: Fixture.start)
        #expect(person.identity.subject == "248289761001")
        let request = try #require(issuer.requests(to: "/token").first)
        let form = form(request)
        #expect(request.method == .post && form["grant_type"] == "authorization_code" && form["code"] == "a code&=")
        #expect(form["redirect_uri"] == "https://redoubt.example.org/login/openid" && form["client_secret"] == nil)
        let hash = SHA256.hash(data: Array((form["code_verifier"] ?? "").utf8))
        #expect(query["code_challenge"] == Base64URL.encode(hash) && form["code_verifier"]?.utf8.count == 43)
        let credentials = Data("redoubt:s3cret%26%3D".utf8).base64EncodedString()
        #expect(request.headers.contains { $0.name == "Authorization" && $0.value == "Basic " + credentials })
    }

    @Test func `the challenge is that of RFC 7636`() {
        let challenge = OpenIDClient.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func `a client without a secret, or of a provider that wants it in the body, is named there`() async throws {
        for (secret, methods) in [(nil, "client_secret_basic"), ("s3cret", "client_secret_post")] {
            let issuer = try Issuer()
            let text = Issuer.description.dropLast() + ",\"token_endpoint_auth_methods_supported\":[\"\(methods)\"]}"
            issuer.state.withLock {
                $0.answers[Issuer.address + "/.well-known/openid-configuration"] =
                    OpenIDResponse(status: 200, body: Array(text.utf8))
            }
            let client = OpenIDClient(try Issuer.provider(secret: secret), fetch: issuer.fetch)
            let (state, browser) = try await begin(client, of: issuer)
            _ = try await client.finish(.init(state: state, code: "c"), browser: browser, at: Fixture.start)
            let request = try #require(issuer.requests(to: "/token").first)
            #expect(form(request)["client_id"] == "redoubt" && form(request)["client_secret"] == secret)
            #expect(!request.headers.contains { $0.name == "Authorization" })
        }
    }

    @Test func `an answer counts once`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        let (state, browser) = try await begin(client, of: issuer)
        let wins = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (try? await client.finish(.init(state: state, code: "c"), browser: browser, at: Fixture.start))
                        != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(wins == 1)
    }

    @Test func `an answer in another browser is refused`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        for browser in ["", Secret(.system).text, "null", String(repeating: "A", count: 1_000_000)] {
            let (state, _) = try await begin(client, of: issuer)
            await expect(.badLink) {
                try await client.finish(.init(state: state, code: "c"), browser: browser, at: Fixture.start)
            }
        }
        let (_, browser) = try await begin(client, of: issuer)
        for state in [nil, "", Secret(.system).text, String(repeating: "A", count: 1_000_000)] {
            await expect(.badLink) {
                try await client.finish(.init(state: state, code: "c"), browser: browser, at: Fixture.start)
            }
        }
        #expect(issuer.requests(to: "/token").isEmpty)
    }

    @Test func `a login takes at most ten minutes`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        for (time, isFine) in [
            (Fixture.start + 10 * Fixture.minute - 1, true), (Fixture.start + 10 * Fixture.minute, false),
            (Fixture.start - 6 * Fixture.minute, false), (Int64.min, false), (Int64.max, false),
        ] {
            let (state, browser) = try await begin(client, of: issuer)
            issuer.state.withLock { $0.claims["exp"] = Int(Fixture.start / Fixture.second) + 3600 }
            let finish = { try await client.finish(.init(state: state, code: "c"), browser: browser, at: time) }
            if isFine { _ = try await finish() } else { await expect(.badLink) { try await finish() } }
        }
    }

    @Test func `an answer without a code, with an error or of another provider is refused`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        for change: (inout OpenIDClient.Answer) -> Void in [
            { $0.code = nil }, { $0.code = "" }, { $0.code = String(repeating: "c", count: 3000) },
            { $0.error = "access_denied\u{1B}[2J" }, { $0.issuer = "https://evil.example" },
            { $0.issuer = Issuer.address + "/" },
        ] {
            let (state, browser) = try await begin(client, of: issuer)
            var answer = OpenIDClient.Answer(state: state, code: "c")
            change(&answer)
            let given = answer
            let error = await #expect(throws: AccessError.self) {
                try await client.finish(given, browser: browser, at: Fixture.start)
            }
            #expect(error?.code == .provider && error?.message.contains("\u{1B}") == false)
        }
        #expect(issuer.requests(to: "/token").isEmpty)
    }

    @Test func `a token for another login is refused`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        let (state, browser) = try await begin(client, of: issuer)
        _ = try await begin(client, of: issuer)
        await expect(.provider) {
            try await client.finish(.init(state: state, code: "c"), browser: browser, at: Fixture.start)
        }
    }

    @Test(arguments: [
        OpenIDResponse(status: 500, body: []),
        OpenIDResponse(status: 400, body: Array(#"{"error":"invalid_grant"}"#.utf8)),
        OpenIDResponse(status: 200, body: []), OpenIDResponse(status: 200, body: Array("{}".utf8)),
        OpenIDResponse(status: 200, body: Array(#"{"id_token":7}"#.utf8)),
        OpenIDResponse(status: 200, body: [UInt8](repeating: 0x20, count: 2_000_000)),
        OpenIDResponse(status: 302, body: Array("{}".utf8)),
    ])
    func `what a provider should not answer is refused`(response: OpenIDResponse) async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        let (state, browser) = try await begin(client, of: issuer)
        issuer.state.withLock { $0.answers[Issuer.address + "/token"] = response }
        await expect(.provider) {
            try await client.finish(.init(state: state, code: "c"), browser: browser, at: Fixture.start)
        }
    }

    @Test(arguments: [
        "", "[]", "{}", Issuer.description.replacing("/realm\"", with: "/other\""),
        Issuer.description.replacing("\"https://id.example.org/realm/token\"", with: "\"http://id.example.org/token\""),
        Issuer.description.replacing("\"https://id.example.org/realm/auth\"", with: "\"javascript:alert(1)\""),
        Issuer.description.replacing("\"https://id.example.org/realm/keys\"", with: "\"file:///etc/passwd\""),
        Issuer.description.replacing("[\"plain\",\"S256\"]", with: "[\"plain\"]"),
        Issuer.description.replacing("[\"code\"]", with: "[\"token\"]"),
        Issuer.description.replacing("[\"RS256\"]", with: "[\"HS256\"]"),
        String(Issuer.description.dropLast()) + ",\"issuer\":\"x\"}",
    ])
    func `a description that offers less, or is another's, is refused`(text: String) async throws {
        let issuer = try Issuer()
        issuer.state.withLock {
            $0.answers[Issuer.address + "/.well-known/openid-configuration"] =
                OpenIDResponse(status: 200, body: Array(text.utf8))
        }
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        await expect(.provider) { try await client.begin(from: Fixture.client, at: Fixture.start) }
    }

    @Test func `the description is fetched once a day, and an old one is better than none`() async throws {
        let issuer = try Issuer()
        let client = OpenIDClient(try Issuer.provider(), fetch: issuer.fetch)
        for hours in [0, 1, 23] as [Int64] {
            _ = try await client.begin(from: Fixture.client, at: Fixture.start + hours * Fixture.hour)
        }
        #expect(issuer.requests(to: "/openid-configuration").count == 1)
        issuer.state.withLock { $0.isDown = true }
        _ = try await client.begin(from: Fixture.client, at: Fixture.start + 24 * Fixture.hour)
        #expect(issuer.requests(to: "/openid-configuration").count == 2)
    }

    @Test(arguments: [
        "", "id.example.org", "http://id.example.org", "https://", "https://id.example.org/#x",
        "https://id.example.org/?a",
        "https://user@id.example.org", "https://id.exam\nple", "ftp://x", "https://i\u{202E}d", "https://:443/",
        "http://localhost.evil.example", "http://127.0.0.1.evil.example",
        "https://" + String(repeating: "x", count: 3000),
    ])
    func `an issuer is an https address`(issuer: String) {
        #expect(throws: AccessError.self) {
            try OpenIDProvider(issuer: issuer, clientID: "c", redirectURI: "https://redoubt.example.org/")
        }
    }

    @Test(arguments: [
        "http://localhost:8080/realm", "http://127.0.0.1", "http://[::1]:80/x", "https://id.example.org:8443",
    ])
    func `an issuer may be on this machine`(issuer: String) throws {
        let provider = try OpenIDProvider(issuer: issuer, clientID: "c", clientSecret: "s3cret", redirectURI: issuer)
        var dumped = ""
        dump(provider, to: &dumped)
        #expect(!dumped.contains("s3cret") && !"\(provider)".contains("s3cret"))
    }

    @Test func `the logins that wait are bounded, for each network and for all`() throws {
        let states = LoginStates()
        let browser = Secret(.system)
        let login = PendingLogin(browserHash: browser.hash, nonce: "n", verifier: "v", made: Fixture.start)
        let mine = Secret(.system)
        states.add(login, state: mine, from: IPNetwork(IPAddress(v4: 1), length: 120))
        let others = (0..<1000).map { _ in Secret(.system) }
        let network = IPNetwork(IPAddress(v4: 1 << 8), length: 120)
        for other in others { states.add(login, state: other, from: network) }
        #expect(states.count == 21)
        _ = try states.take(mine.text, browser: browser.text, at: Fixture.start)
        #expect(throws: AccessError.self) {
            try states.take(others[979].text, browser: browser.text, at: Fixture.start)
        }
        _ = try states.take(others[980].text, browser: browser.text, at: Fixture.start)
        for number in 0..<10_000 {
            states.add(login, state: Secret(.system), from: IPNetwork(IPAddress(v4: UInt32(number) << 8), length: 120))
        }
        #expect(states.count == LoginStates.capacity)
    }
}

@Suite struct OpenIDLoginTests {
    private func person(_ change: (inout [String: any Sendable]) -> Void = { _ in }) throws -> IDToken {
        var claims = Issuer.claims(nonce: "n", at: Fixture.start)
        change(&claims)
        let document = Array(try JSONSerialization.data(withJSONObject: claims))
        return try IDToken(claims: document, of: Issuer.provider(), nonce: "n", at: Fixture.start)
    }

    private func logIn(
        _ fixture: Fixture,
        _ person: IDToken,
        _ mapping: GroupMapping = GroupMapping(rules: [.init(group: "soc", role: .responder)])
    ) async throws -> NewSession {
        let provider = try Issuer.provider(mapping)
        return try await fixture.access.logIn(person, of: provider, from: Fixture.client, at: Fixture.start)
    }

    @Test func `a person with a role becomes a user, and is the same one the next time`() async throws {
        let fixture = try Fixture()
        let first = try await logIn(fixture, person()).active
        #expect(first.user.name.description == "kim.lee" && first.user.displayName == "Kim Lee")
        #expect(first.user.roles == [.responder] && first.session.means == "openid" && !first.user.hasPassword)
        let second = try await logIn(fixture, person { $0["preferred_username"] = "other" }).active
        #expect(second.user.id == first.user.id && second.user.name == first.user.name)
        #expect(fixture.acts.recorded.map(\.kind) == [.userMade, .loggedIn, .loggedIn])
        await expect(.notAuthenticated) { try await fixture.logIn("kim.lee") }
    }

    @Test func `roles follow the groups, and end with them`() async throws {
        let fixture = try Fixture()
        let user = try await logIn(fixture, person()).active.user
        let session = try await logIn(fixture, person()).secret.text
        let mapping = GroupMapping(rules: [.init(group: "staff", role: .viewer), .init(group: "it", role: .admin)])
        #expect(try await logIn(fixture, person(), mapping).active.user.roles == [.viewer])
        await expect(.denied) { try await logIn(fixture, person { $0["groups"] = ["guests"] }, mapping) }
        #expect(try await fixture.access.user(user.id, by: Fixture.local).roles == [])
        let active = try await fixture.access.session(session, from: Fixture.client, at: Fixture.start)
        #expect(active.principal.permissions == [])
    }

    @Test func `who has no role does not become a user`() async throws {
        let fixture = try Fixture()
        await expect(.denied) { try await logIn(fixture, person { $0["groups"] = nil }) }
        await expect(.denied) { try await logIn(fixture, person(), GroupMapping()) }
        #expect(try await fixture.access.users(by: Fixture.local).isEmpty)
        #expect(fixture.acts.noted.map(\.kind) == [.loginFailed, .loginFailed])
    }

    @Test func `nobody becomes another by a name or an address`() async throws {
        let fixture = try Fixture()
        let admin = try await fixture.makeUser("kim.lee", [.admin])
        let change = UserChange(email: "kim@example.org")
        _ = try await fixture.access.changeUser(admin.id, change, by: Fixture.local, at: 1)
        let user = try await logIn(fixture, person()).active.user
        #expect(user.id != admin.id && user.roles == [.responder])
        #expect(user.name.description.wholeMatch(of: /kim\.lee-[0-9a-z]{7}/) != nil)
    }

    @Test func `a user whom an administrator has tied to a person keeps the roles that were given`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.triager], password: nil)
        let identity = ExternalIdentity(issuer: Issuer.address, subject: "248289761001")
        _ = try await fixture.access.changeUser(kim.id, UserChange(external: identity), by: Fixture.local, at: 1)
        let active = try await logIn(fixture, person(), GroupMapping()).active
        #expect(active.user.id == kim.id && active.user.roles == [.triager])
        let lee = try await fixture.makeUser("lee", [.viewer])
        await expect(.exists) {
            try await fixture.access.changeUser(lee.id, UserChange(external: identity), by: Fixture.local, at: 1)
        }
        _ = try await fixture.access.changeUser(kim.id, UserChange(isDisabled: true), by: Fixture.local, at: 1)
        await expect(.denied) { try await logIn(fixture, person()) }
        let untied = ExternalIdentity(issuer: Issuer.address, subject: "")
        let free = try await fixture.access.changeUser(kim.id, UserChange(external: untied), by: Fixture.local, at: 1)
        #expect(free.external == nil)
    }

    @Test func `whatever a provider says of a person is made into a name or left out`() async throws {
        let fixture = try Fixture()
        for (number, text) in [
            "", "\u{202E}", "<script>alert(1)</script>", "--", "Кім", String(repeating: "x", count: 100_000), "a\nb",
            "\0",
        ].enumerated() {
            let person = try person { claims in
                claims["sub"] = "\(number)"
                claims["preferred_username"] = text
                claims["name"] = text
                claims["email"] = text
            }
            let user = try await logIn(fixture, person).active.user
            #expect(UserName(ifValid: user.name.description) == user.name && user.email == nil)
            #expect(!user.displayName.isEmpty && user.displayName.utf8.count <= 200)
        }
    }

    @Test func `the same person twice at once becomes one user`() async throws {
        let fixture = try Fixture()
        let person = try person()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await logIn(fixture, person) } }
            try await group.waitForAll()
        }
        #expect(try await fixture.access.users(by: Fixture.local).count == 1)
        #expect(fixture.acts.count(.userMade) == 1 && fixture.acts.count(.loggedIn) == 8)
    }
}
