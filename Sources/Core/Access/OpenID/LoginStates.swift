// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import DefenseModel
internal import Synchronization

/// A login that was begun here and goes on at the provider.
struct PendingLogin: Sendable {
    /// What only the browser that began it has.
    let browserHash: [UInt8]
    let nonce: String
    /// The PKCE verifier (RFC 7636 section 4.1).
    let verifier: String
    let made: Int64
}

/// The logins that wait for an answer of the provider: each for one answer, for 10 minutes, and not more than fit.
///
/// A network can have 20 of them, and its own oldest gives way; all together 4,096, and then the oldest gives way.
final class LoginStates: Sendable {
    private struct State {
        var logins = BoundedTable<[UInt8], PendingLogin>(capacity: LoginStates.capacity)
        var networks = BoundedTable<IPNetwork, [[UInt8]]>(capacity: LoginStates.capacity)
    }

    private let state = Mutex(State())

    static let capacity = 4096
    static let perNetwork = 20
    static let lifetime = 600 * Times.second

    func add(_ login: PendingLogin, state secret: Secret, from network: IPNetwork) {
        let key = secret.hash
        state.withLock { state in
            var keys = (state.networks.peek(network) ?? []).filter { state.logins.peek($0) != nil }
            if keys.count >= Self.perNetwork { state.logins.set(keys.removeFirst(), nil) }
            state.networks.set(network, keys + [key])
            state.logins.set(key, login)
        }
    }

    /// Takes the login that an answer is for; a second answer finds none.
    ///
    /// - Throws: ``AccessError/Code/badLink``.
    func take(_ text: String, browser: String, at time: Int64) throws(AccessError) -> PendingLogin {
        try find(text, browser: browser, at: time, takes: true)
    }

    /// Finds out whether a login of this browser waits for an answer, and leaves it where it is.
    ///
    /// What somebody else tries takes the login with it.
    ///
    /// - Throws: ``AccessError/Code/badLink``.
    func require(_ text: String, browser: String, at time: Int64) throws(AccessError) {
        _ = try find(text, browser: browser, at: time, takes: false)
    }

    private func find(
        _ text: String,
        browser: String,
        at time: Int64,
        takes: Bool
    ) throws(AccessError) -> PendingLogin {
        let refusal = AccessError(.badLink, "this login was not begun here, or took too long; begin again")
        guard let key = Secret(text)?.hash else { throw refusal }
        let browserHash = Secret(browser)?.hash
        let found = state.withLock { state -> PendingLogin? in
            guard let found = state.logins.peek(key) else { return nil }
            let isRight = Self.isRight(found, browserHash, at: time)
            if takes || !isRight { state.logins.set(key, nil) }
            return isRight ? found : nil
        }
        guard let found else { throw refusal }
        return found
    }

    private static func isRight(_ login: PendingLogin, _ browserHash: [UInt8]?, at time: Int64) -> Bool {
        guard let browserHash, ConstantTime.isEqual(browserHash, login.browserHash) else { return false }
        let age = Times.elapsed(from: login.made, to: time)
        return age < lifetime && age >= -Times.tolerance
    }

    var count: Int { state.withLock { $0.logins.count } }
}
