// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc
internal import Synchronization

/// Answers `@rbl` from a cache that a thread of its own fills.
///
/// A request never waits for DNS: the first one of an address passes this operator, and later ones meet the answer. That
/// differs from ModSecurity, where a slow list makes every request slow.
final class BlockListResolver: Sendable {
    private struct Answer {
        var isListed: Bool
        /// Nanoseconds of the system's clock.
        var expiry: UInt64
    }

    private struct State {
        var answers: [String: Answer] = [:]
        /// Names that wait for their answer, oldest first.
        var queue: [String] = []
        var waiting: Set<String> = []
        var isRunning = false
    }

    private let state = Mutex(State())
    private let resolve: @Sendable (String) -> Bool
    private let now: @Sendable () -> UInt64

    /// How long an answer holds, in nanoseconds.
    static let lifetime: UInt64 = 300 * 1_000_000_000
    /// How many answers are kept, and how many names may wait; beyond it a name is asked for another time.
    private static let maximumAnswers = 10_000
    private static let maximumWaiting = 1_000

    /// - Parameters:
    ///   - resolve: asks DNS whether a name is listed; may take its time.
    ///   - now: the time in nanoseconds.
    init(
        resolve: @escaping @Sendable (String) -> Bool = { BlockListResolver.isListedInDNS($0) },
        now: @escaping @Sendable () -> UInt64 = { SystemClock.nanoseconds }
    ) {
        self.resolve = resolve
        self.now = now
    }

    /// Whether a name is known to be listed; where that is not known, it is found out for the next time.
    func isListed(_ name: String) -> Bool {
        let time = now()
        let (answer, starts) = state.withLock { state -> (Bool, Bool) in
            if let known = state.answers[name], known.expiry > time {
                return (known.isListed, false)
            }
            guard state.queue.count < Self.maximumWaiting, state.waiting.insert(name).inserted else {
                return (false, false)
            }
            state.queue.append(name)
            defer { state.isRunning = true }
            return (false, !state.isRunning)
        }
        if starts {
            let thread = Thread { [self] in work() }
            thread.name = "rbl"
            thread.start()
        }
        return answer
    }

    private func work() {
        while let name = next() {
            let isListed = resolve(name)
            let expiry = now() &+ Self.lifetime
            state.withLock { state in
                state.waiting.remove(name)
                if state.answers.count >= Self.maximumAnswers {
                    state.answers.removeAll(keepingCapacity: true)
                }
                state.answers[name] = Answer(isListed: isListed, expiry: expiry)
            }
        }
    }

    private func next() -> String? {
        state.withLock { state in
            guard !state.queue.isEmpty else {
                state.isRunning = false
                return nil
            }
            return state.queue.removeFirst()
        }
    }

    /// Block lists answer with an address in 127.0.0.0/8 (RFC 5782, section 2.1); what else resolves is no answer of
    /// theirs.
    static func isListedInDNS(_ name: String) -> Bool {
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else {
            return false
        }
        defer { freeaddrinfo(list) }
        var entry = list
        while let found = entry?.pointee {
            if found.ai_family == AF_INET, let address = found.ai_addr {
                let first = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24
                }
                if first == 127 {
                    return true
                }
            }
            entry = found.ai_next
        }
        return false
    }
}
