// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage
internal import Synchronization

/// Users, their roles, sessions, links and tokens: who may come in, and as whom.
///
/// It has a database of its own. Times are handed in, in nanoseconds since 1970. Each act is recorded before it takes effect;
/// one that cannot be recorded does not happen. What one person does here is not seen half by another: acts take turns.
///
/// ```swift
/// let access = try AccessControl(database: path, recorder: recorder)
/// let new = try await access.logIn(name: name, password: password, from: client, at: now)
/// let session = try await access.session(cookie, from: client, at: later)
/// try session.principal.require(.respond)
/// ```
package final class AccessControl: Sendable {
    package struct Settings: Sendable {
        /// How long a session lasts, however much it is used.
        package var sessionLifetime: Duration = .seconds(12 * 3600)
        /// How long a session lasts without being used.
        package var sessionIdle: Duration = .seconds(3600)
        /// What a guess at a new password costs; older ones follow at the next login.
        package var passwordCost = PasswordCost.standard

        package init() {}
    }

    let database: Database
    let settings: Settings
    let recorder: AccessRecorder
    let random: RandomBytes
    let passwords: PasswordWork
    let turn = Turn()
    let delays = LoginDelay()
    let sessionUse = LastUse()
    let tokenUse = LastUse()
    let refusedTokens = LastUse()
    private let identifiers = Mutex(IdentifierGenerator())

    /// Opens the database, or makes a new one.
    ///
    /// - Throws: ``AccessError/Code/storage``.
    package init(
        database path: String,
        _ settings: Settings = Settings(),
        recorder: AccessRecorder,
        random: RandomBytes = .system
    ) throws(AccessError) {
        self.settings = settings
        self.recorder = recorder
        self.random = random
        passwords = PasswordWork(settings.passwordCost, random)
        do throws(StorageError) {
            database = try Database(path, migrations: AccessSQL.migrations)
        } catch {
            throw AccessError(error)
        }
    }

    /// How many attempts to log in were refused without a look at the password.
    package var delayedLogins: Int { delays.refusals }

    /// How many times the time of a last use could not be written.
    package var unwrittenUses: Int { sessionUse.failures + tokenUse.failures }

    /// Writes what waits and lets go of the database.
    package func close() throws(AccessError) {
        do throws(StorageError) {
            try database.close()
        } catch {
            throw AccessError(error)
        }
    }

    // MARK: Acts

    /// Records that something is about to be taken out.
    ///
    /// - Parameter what: `evidence` or `backup`.
    /// - Throws: ``AccessError/Code/unrecorded``: then it must not be taken out.
    package func recordExport(of what: String, by principal: Principal, at time: Int64) async throws(AccessError) {
        try await record(AccessAct(.exported, at: time, by: principal, on: nil, ["what": what]))
    }

    /// Records that somebody is about to see what a request held.
    ///
    /// - Parameters:
    ///   - transaction: its identifier.
    ///   - view: what is seen of it, such as `explanation`.
    /// - Throws: ``AccessError/Code/unrecorded``: then it must not be shown.
    package func recordLook(
        into transaction: String,
        as view: String,
        by principal: Principal,
        at time: Int64
    ) async throws(AccessError) {
        let details = ["what": transaction, "view": view]
        try await record(AccessAct(.payloadViewed, at: time, by: principal, on: nil, details))
    }

    private func record(_ act: AccessAct) async throws(AccessError) {
        do {
            try await recorder.record(act)
        } catch {
            throw AccessError(.unrecorded, "nothing was done, as it could not be recorded as evidence: \(error)")
        }
    }

    /// Records an act and then does it.
    @discardableResult
    func perform<Output: Sendable>(
        _ act: AccessAct,
        _ effect: @escaping @Sendable (Connection) throws(StorageError) -> Output
    ) async throws(AccessError) -> Output {
        try await record(act)
        do throws(StorageError) {
            return try await database.write(effect)
        } catch {
            recorder.note(act.undone(because: error.code.rawValue))
            throw AccessError(error)
        }
    }

    func read<Output: Sendable>(
        _ body: @escaping @Sendable (Connection) throws(StorageError) -> Output
    ) async throws(AccessError) -> Output {
        do throws(StorageError) {
            return try await database.read(body)
        } catch {
            throw AccessError(error)
        }
    }

    func makeIdentifier(at time: Int64) -> Identifier {
        let words = (random.word(), random.word())
        return identifiers.withLock { $0.next(time: time, random: words) }
    }
}
