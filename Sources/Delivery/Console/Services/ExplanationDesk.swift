// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Dispatch
internal import HTTPTypes
internal import Synchronization

/// Asks rules about kept transactions, one at a time on a thread where waiting does no harm, and remembers who has looked
/// lately.
///
/// An explanation decrypts a block and evaluates a transaction, which takes milliseconds to seconds. Few wait for it, so that
/// nobody who asks for many keeps others waiting or fills the memory.
final class ExplanationDesk: Sendable {
    /// How many wait or are under way; what is more is refused.
    static let most = 16
    /// How many of those may be one person's.
    static let mostOfOne = 4

    private let queue = DispatchQueue(label: "explanations")
    private let open = Mutex<[String: Int]>([:])
    private let looks = Mutex<[Look: Int64]>([:])

    /// Does work that takes its time.
    ///
    /// - Throws: ``Problem`` with 429 where too many wait already; what the work throws.
    func run<Output: Sendable>(
        for principal: Principal,
        _ work: @escaping @Sendable () throws -> Output
    ) async throws -> Output {
        let person = Self.person(principal)
        try enter(person)
        defer { leave(person) }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }

    private func enter(_ person: String) throws(Problem) {
        let isTaken = open.withLock { open in
            let own = open[person] ?? 0
            guard own < Self.mostOfOne, open.values.reduce(0, +) < Self.most else { return false }
            open[person] = own + 1
            return true
        }
        guard !isTaken else { return }
        var problem = Problem(.tooManyRequests, "too_many_explanations", "too many explanations are asked for at once")
        problem.retryAfterSeconds = 2
        throw problem
    }

    private func leave(_ person: String) {
        open.withLock { open in
            let rest = (open[person] ?? 1) - 1
            open[person] = rest > 0 ? rest : nil
        }
    }

    // MARK: Looks

    private struct Look: Hashable {
        var person: String
        var transaction: String
    }

    /// A page that is loaded again within this time is no other look, in nanoseconds.
    private static let lookTime: Int64 = 600 * 1_000_000_000
    private static let mostLooks = 4_096

    /// Whether somebody has seen a transaction so lately that it is the same look. What is forgotten is recorded once more.
    func hasSeen(_ transaction: String, _ principal: Principal, at time: Int64) -> Bool {
        looks.withLock { looks in
            guard let last = looks[Look(person: Self.person(principal), transaction: transaction)] else { return false }
            return (0..<Self.lookTime).contains(time - last)
        }
    }

    /// Remembers a look that was recorded.
    func note(_ transaction: String, _ principal: Principal, at time: Int64) {
        looks.withLock { looks in
            if looks.count >= Self.mostLooks {
                looks = looks.filter { time - $0.value < Self.lookTime }
                if looks.count >= Self.mostLooks { looks = [:] }
            }
            looks[Look(person: Self.person(principal), transaction: transaction)] = time
        }
    }

    private static func person(_ principal: Principal) -> String {
        principal.user.map { "\($0)" } ?? principal.name
    }
}
