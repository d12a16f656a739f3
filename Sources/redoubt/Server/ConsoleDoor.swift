// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Access
import Console
import Gateway
import Logging
import Synchronization

/// What people come in through: the console's certificate and the provider at which they sign in. A reload replaces both.
final class ConsoleDoor: Sendable {
    private typealias SignIn = (plan: ConsolePlan.SignIn, shown: SingleSignOn, transport: OpenIDTransport)

    /// Files that were read; nothing has changed yet.
    struct Prepared: Sendable {
        var plan: ConsolePlan
        fileprivate var identity: ServerIdentity.Loaded?
        fileprivate var signIn: (shown: SingleSignOn, transport: OpenIDTransport)?
    }

    private let plan: ConsolePlan
    private let identity: ServerIdentity?
    private let signIn: Mutex<SignIn?>
    private let logger: Logger

    init(_ plan: ConsolePlan, logger: Logger) throws {
        self.plan = plan
        self.logger = logger
        identity = try plan.identity.map { ServerIdentity(try ServerIdentity.Loaded($0)) }
        signIn = Mutex(try plan.signIn.map { (try Self.make($0), $0) }.map { ($0.1, $0.0.shown, $0.0.transport) })
    }

    private static func make(_ plan: ConsolePlan.SignIn) throws -> (shown: SingleSignOn, transport: OpenIDTransport) {
        let transport = try OpenIDTransport(authorities: plan.authorities)
        return (SingleSignOn(OpenIDClient(plan.provider, fetch: transport.fetch), title: plan.title), transport)
    }

    /// Puts what was planned into the settings of a console.
    func complete(_ settings: inout ConsoleSettings) {
        settings.names = plan.names
        settings.origin = plan.origin
        settings.isBehindTLS = identity == nil && plan.origin?.hasPrefix("https:") == true
        if let identity { settings.tls = { identity.context } }
    }

    /// Where people may sign in beside names and passwords.
    var singleSignOn: SingleSignOn? { signIn.withLock { $0?.shown } }

    /// By which address people reach the console; nil where it is its own.
    var origin: String? { plan.origin }

    /// When the certificate ends, in seconds since 1970; nil without one.
    var certificateEnd: Int? { identity?.end }

    // MARK: Reload

    /// Reads what a new plan names.
    ///
    /// - Throws: where a file cannot be used; everything stays as it is then.
    func prepare(_ fresh: ConsolePlan) throws -> Prepared {
        let isSame = signIn.withLock { $0?.plan == fresh.signIn }
        return Prepared(
            plan: fresh,
            identity: try identity == nil ? nil : fresh.identity.map { try ServerIdentity.Loaded($0) },
            signIn: try isSame ? nil : fresh.signIn.map { try Self.make($0) }
        )
    }

    /// Takes up what was prepared. Logins that are under way at a provider that stays are finished.
    func use(_ prepared: Prepared) {
        if let identity, let loaded = prepared.identity { identity.replace(loaded) }
        let old = signIn.withLock { state -> SignIn? in
            guard state?.plan != prepared.plan.signIn else { return nil }
            defer {
                state = nil
                if let plan = prepared.plan.signIn, let made = prepared.signIn {
                    state = (plan, made.shown, made.transport)
                }
            }
            return state
        }
        guard let old else { return }
        Task { await close(old.transport) }
    }

    func close() async {
        let last = signIn.withLock { state in
            defer { state = nil }
            return state
        }
        if let last { await close(last.transport) }
    }

    private func close(_ transport: OpenIDTransport) async {
        do {
            try await transport.close()
        } catch {
            logger.warning("connections to a provider of identities could not be closed in order: \(error)")
        }
    }
}
