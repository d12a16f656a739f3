// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// How long whoever failed to log in has to wait before a password is looked at again.
///
/// Three failures are free, then it is a second, twice as long after each further one, and a minute at most. Counted are
/// failures for each name, also for names that nobody has, and for each client network. Whoever has logged in from a network
/// before is counted apart there, by name and network: somebody who guesses elsewhere cannot keep that user out.
///
/// An attempt counts as a failure from its beginning until it succeeds, so that many at once are no way around. Memory is
/// bounded: the entries that were not used for the longest time give way.
final class LoginDelay: Sendable {
    enum Subject: Hashable, Sendable {
        case account(UserName)
        /// As ``Client/network`` is written.
        case network(String)
        /// A user in a network from which that one has logged in.
        case place(UserName, String)
        /// A user who is logged in and sets another password.
        case change(UserName)
    }

    private struct Failures {
        var count = 0
        var last: Int64 = .min
    }

    private struct State {
        var accounts = BoundedTable<Subject, Failures>(capacity: LoginDelay.capacity)
        var networks = BoundedTable<Subject, Failures>(capacity: LoginDelay.capacity)
        var refusals = 0

        subscript(subject: Subject) -> Failures {
            get {
                if case .network = subject {
                    networks.peek(subject) ?? Failures()
                } else {
                    accounts.peek(subject) ?? Failures()
                }
            }
            set {
                let value = newValue.count > 0 ? newValue : nil
                if case .network = subject { networks.set(subject, value) } else { accounts.set(subject, value) }
            }
        }
    }

    private let state = Mutex(State())

    static let capacity = 10_000
    static let freeFailures = 3
    static let longest = 60
    /// After this long without an attempt, failures are forgotten.
    static let memory = 900 * Times.second

    /// Begins an attempt, which counts as a failure from now on.
    ///
    /// - Throws: ``AccessError/Code/wait``, and then the attempt does not count.
    func begin(_ subjects: [Subject], at time: Int64) throws(AccessError) {
        let seconds = state.withLock { state in
            let seconds = subjects.map { Self.wait(&state[$0], at: time) }.max() ?? 0
            guard seconds == 0 else {
                state.refusals += 1
                return seconds
            }
            for subject in subjects {
                state[subject].count += 1
                state[subject].last = time
            }
            return 0
        }
        guard seconds == 0 else {
            throw AccessError(.wait, "too many failed attempts; try again in \(seconds) s", waitSeconds: seconds)
        }
    }

    /// The attempt was no failure. The network keeps its other failures, or one account would pay for many guesses.
    func succeed(_ subjects: [Subject]) {
        state.withLock { state in
            for subject in subjects {
                if case .network = subject { state[subject].count -= 1 } else { state[subject].count = 0 }
            }
        }
    }

    /// The attempt did not get as far as a look at the password.
    func takeBack(_ subjects: [Subject]) {
        state.withLock { state in
            for subject in subjects where state[subject].count > 0 { state[subject].count -= 1 }
        }
    }

    /// How many attempts had to wait.
    var refusals: Int { state.withLock { $0.refusals } }

    /// How many names, and how many networks, are remembered.
    var sizes: (accounts: Int, networks: Int) { state.withLock { ($0.accounts.count, $0.networks.count) } }

    /// How many failures are remembered of a subject.
    func failures(_ subject: Subject) -> Int { state.withLock { $0[subject].count } }

    private static func wait(_ failures: inout Failures, at time: Int64) -> Int {
        guard failures.count > 0 else { return 0 }
        // The clock went back: nobody waits for it to come again.
        if time < failures.last { failures.last = time }
        let elapsed = Times.elapsed(from: failures.last, to: time)
        if elapsed >= memory { failures = Failures() }
        guard failures.count >= freeFailures else { return 0 }
        let delay = Int64(min(longest, 1 << min(failures.count - freeFailures, 6))) * Times.second
        guard elapsed < delay else { return 0 }
        return Int((delay - elapsed + Times.second - 1) / Times.second)
    }
}
