// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Access

@Suite struct LoginDelayTests {
    private static let account = LoginDelay.Subject.account(UserName(ifValid: "kim") ?? UserName.any)
    private static let network = LoginDelay.Subject.network("192.0.2.0/24")

    /// How long an attempt would have to wait; nil where it is let through, and then it has failed.
    private func wait(_ delay: LoginDelay, _ subjects: [LoginDelay.Subject], at time: Int64) -> Int? {
        do throws(AccessError) {
            try delay.begin(subjects, at: time)
            return nil
        } catch {
            #expect(error.code == .wait)
            return error.waitSeconds
        }
    }

    @Test func `three failures are free, and then each wait is twice the last, up to a minute`() {
        let delay = LoginDelay()
        var time = Fixture.start
        for _ in 0..<3 { #expect(wait(delay, [Self.account], at: time) == nil) }
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            #expect(wait(delay, [Self.account], at: time) == seconds)
            #expect(wait(delay, [Self.account], at: time + Int64(seconds) * Fixture.second - 1) == 1)
            time += Int64(seconds) * Fixture.second
            #expect(wait(delay, [Self.account], at: time) == nil)
        }
        #expect(delay.refusals == 18)
    }

    @Test func `what is refused does not make the wait longer`() {
        let delay = LoginDelay()
        for _ in 0..<3 { #expect(wait(delay, [Self.account], at: Fixture.start) == nil) }
        for _ in 0..<1000 { #expect(wait(delay, [Self.account], at: Fixture.start) == 1) }
        #expect(delay.failures(Self.account) == 3)
    }

    @Test func `a success resets the account and takes one failure from the network`() {
        let delay = LoginDelay()
        let subjects = [Self.account, Self.network]
        for _ in 0..<3 { #expect(wait(delay, subjects, at: Fixture.start) == nil) }
        delay.succeed(subjects)
        #expect(delay.failures(Self.account) == 0 && delay.failures(Self.network) == 2)
    }

    @Test func `an attempt that was not made does not count`() {
        let delay = LoginDelay()
        for _ in 0..<10 {
            #expect(wait(delay, [Self.account], at: Fixture.start) == nil)
            delay.takeBack([Self.account])
        }
        #expect(delay.failures(Self.account) == 0)
    }

    @Test func `a clock that goes back makes nobody wait for longer than a minute`() {
        let delay = LoginDelay()
        var time = Fixture.start
        for _ in 0..<20 {
            _ = wait(delay, [Self.account], at: time)
            time += Fixture.minute
        }
        let back = time - 100 * Fixture.hour
        #expect(wait(delay, [Self.account], at: back) == 60)
        #expect(wait(delay, [Self.account], at: back + Fixture.minute) == nil)
        _ = wait(delay, [Self.account], at: .min)
        _ = wait(delay, [Self.account], at: .max)
    }

    @Test func `failures are forgotten after a quarter of an hour`() {
        let delay = LoginDelay()
        for _ in 0..<3 { #expect(wait(delay, [Self.account], at: Fixture.start) == nil) }
        #expect(wait(delay, [Self.account], at: Fixture.start + 15 * Fixture.minute) == nil)
        #expect(delay.failures(Self.account) == 1)
    }

    @Test func `clients of one network are counted as one`() {
        #expect(Fixture.client("192.0.2.1").network == Fixture.client("192.0.2.254").network)
        #expect(Fixture.client("192.0.2.1").network != Fixture.client("192.0.3.1").network)
        #expect(Fixture.client("2001:db8::1").network == Fixture.client("2001:db8::ffff:1").network)
        #expect(Fixture.client("2001:db8::1").network != Fixture.client("2001:db8:0:1::1").network)
        #expect(Fixture.client("::ffff:192.0.2.1").network.description == "192.0.2.0/24")
    }

    @Test func `memory is bounded`() {
        let delay = LoginDelay()
        for number in 0..<25_000 {
            _ = wait(
                delay,
                [.network("\(number)"), .account(UserName(ifValid: "user\(number)") ?? UserName.any)],
                at: 1
            )
        }
        #expect(delay.sizes.accounts == LoginDelay.capacity && delay.sizes.networks == LoginDelay.capacity)
    }
}

extension UserName {
    /// For what cannot be nil.
    static let any = UserName(ifValid: "any")!
}

@Suite struct LoginTests {
    private func fail(_ fixture: Fixture, _ name: String, from client: Client, at time: Int64) async {
        await expect(.notAuthenticated) {
            try await fixture.access.logIn(name: name, password: "a wrong password", from: client, at: time)
        }
    }

    @Test func `a name and its password open a session`() async throws {
        let fixture = try Fixture()
        let kim = try await fixture.makeUser("kim", [.viewer])
        let new = try await fixture.access.logIn(
            name: "KIM",
            password: Fixture.password,
            from: Fixture.client,
            at: Fixture.start
        )
        #expect(new.active.user == kim && new.active.session.means == "password")
        let act = try #require(fixture.acts.recorded.last)
        #expect(act.kind == .loggedIn && act.user == "kim" && act.address == "192.0.2.7")
    }

    @Test func `all that is wrong looks the same and is as much work`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        try await fixture.makeUser("invited", [.viewer], password: nil)
        let lee = try await fixture.makeUser("lee", [.viewer])
        _ = try await fixture.access.changeUser(lee.id, UserChange(isDisabled: true), by: Fixture.local, at: 1)
        var messages: Set<String> = []
        let hostile = "<script>\u{202E}' OR 1=1 --" + String(repeating: "x", count: 100_000)
        for (number, (name, password)) in [
            ("kim", "a wrong password"), ("nobody", Fixture.password), ("lee", Fixture.password),
            ("invited", Fixture.password), ("invited", ""), (hostile, hostile), ("", ""), ("\0", "\0"),
        ].enumerated() {
            let before = fixture.access.passwords.derivations
            let client = Fixture.client("10.0.\(number).1")
            let error = await #expect(throws: AccessError.self) {
                try await fixture.access.logIn(name: name, password: password, from: client, at: Fixture.start)
            }
            #expect(error?.code == .notAuthenticated && fixture.access.passwords.derivations == before + 1)
            messages.insert(error?.message ?? "")
        }
        #expect(messages.count == 1)
        #expect(fixture.acts.count(.loginFailed) == 8 && fixture.acts.count(.loggedIn) == 0)
        // What was typed as a name may be a password.
        #expect(!fixture.acts.noted.contains { "\($0)".contains("nobody") || "\($0)".contains("script") })
    }

    @Test func `the right password is not looked at while one has to wait`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        for _ in 0..<3 { await fail(fixture, "kim", from: Fixture.client, at: Fixture.start) }
        let before = fixture.access.passwords.derivations
        await expect(.wait) { try await fixture.logIn("kim") }
        // From elsewhere too: the account is counted.
        await expect(.wait) { try await fixture.logIn("kim", from: Fixture.client("203.0.113.1")) }
        #expect(fixture.access.passwords.derivations == before && fixture.access.delayedLogins == 2)
        _ = try await fixture.logIn("kim", at: Fixture.start + Fixture.second)
    }

    @Test func `one who tries many names from a network has to wait`() async throws {
        let fixture = try Fixture()
        for number in 0..<3 {
            await fail(fixture, "user\(number)", from: Fixture.client("192.0.2.\(number)"), at: Fixture.start)
        }
        await expect(.wait) {
            try await fixture.access.logIn(
                name: "x",
                password: "",
                from: Fixture.client("192.0.2.9"),
                at: Fixture.start
            )
        }
        await expect(.wait) {
            try await fixture.access.logIn(name: "\0", password: "", from: Fixture.client, at: Fixture.start)
        }
        await fail(fixture, "x", from: Fixture.client("192.0.3.9"), at: Fixture.start)
    }

    @Test func `many guesses at once are no way around`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        let before = fixture.access.passwords.derivations
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let client = Fixture.client("10.1.\(number).1")
                    _ = try? await fixture.access.logIn(name: "kim", password: "guess \(number)", from: client, at: 1)
                }
            }
        }
        #expect(fixture.access.passwords.derivations == before + 3)
    }

    @Test func `guesses from elsewhere do not keep a user out of where that one was before`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.admin])
        let home = Fixture.client("198.51.100.20")
        _ = try await fixture.logIn("kim", from: home)
        var time = Fixture.start
        for number in 0..<20 {
            time += 61 * Fixture.second
            await fail(fixture, "kim", from: Fixture.client("10.0.\(number).1"), at: time)
        }
        await expect(.wait) { try await fixture.logIn("kim", from: Fixture.client("10.9.9.9"), at: time) }
        _ = try await fixture.logIn("kim", from: Fixture.client("198.51.100.99"), at: time)
        // A guesser in the same network is counted there.
        for _ in 0..<3 { await fail(fixture, "kim", from: home, at: time) }
        await expect(.wait) { try await fixture.logIn("kim", from: home, at: time) }
        // And a place is forgotten after a month.
        time += 31 * 24 * Fixture.hour
        for number in 0..<3 { await fail(fixture, "kim", from: Fixture.client("10.0.\(number).1"), at: time) }
        await expect(.wait) { try await fixture.logIn("kim", from: home, at: time) }
    }

    @Test func `a weaker hash is made anew at the next login`() async throws {
        let fixture = try Fixture()
        try await fixture.makeUser("kim", [.viewer])
        try fixture.access.close()
        var settings = AccessControl.Settings()
        settings.passwordCost = try #require(PasswordCost(logarithm: 4, blockSize: 1, repetitions: 1))
        let again = try AccessControl(
            database: fixture.folder.file("access.sqlite"),
            settings,
            recorder: fixture.acts.recorder
        )
        let cost = { try await again.stored(again.users(by: Fixture.local)[0].id).password?.cost }
        #expect(try await cost() == Fixture.cheap)
        for _ in 0..<2 {
            _ = try await again.logIn(
                name: "kim",
                password: Fixture.password,
                from: Fixture.client,
                at: Fixture.start
            )
            #expect(try await cost() == settings.passwordCost)
        }
        try again.close()
    }
}
