// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Synchronization

/// Hashes passwords beside the tasks, so that these go on meanwhile: at most two at a time and on half of the processors, and a
/// bounded number waiting. However many guess, traffic goes on.
final class PasswordWork: Sendable {
    let cost: PasswordCost
    private let queue: OperationQueue
    private let state = Mutex((waiting: 0, derivations: 0))
    private let random: RandomBytes
    /// What a password is compared with where there is no user.
    private let nobody: PasswordHash

    static let maximumAtOnce = min(2, max(1, ProcessInfo.processInfo.activeProcessorCount / 2))
    static let maximumWaiting = 20

    init(_ cost: PasswordCost, _ random: RandomBytes) {
        self.cost = cost
        self.random = random
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = Self.maximumAtOnce
        queue.name = "passwords"
        nobody = PasswordHash(ofNobody: random, cost: cost)
    }

    /// The hash of a new password.
    func hash(_ password: String) async throws(AccessError) -> PasswordHash {
        let (cost, salt) = (cost, random(PasswordHash.saltBytes))
        return try await run { () throws(AccessError) in try PasswordHash(password, cost: cost, salt: salt) }
    }

    /// Whether a password is the one of a hash. Where there is no hash the answer is no, and takes as long.
    func matches(_ password: String, _ hash: PasswordHash?) async throws(AccessError) -> Bool {
        let compared = hash ?? nobody
        // A text that is too long is no one's password; it costs as much as the others.
        let tried = PasswordPolicy.isPossible(password) ? password : ""
        return try await run { () throws(AccessError) in try compared.matches(tried) } && hash != nil
    }

    /// How often a password was hashed.
    var derivations: Int { state.withLock { $0.derivations } }

    private func run<Output: Sendable>(
        _ work: @escaping @Sendable () throws(AccessError) -> Output
    ) async throws(AccessError) -> Output {
        let isFree = state.withLock { state in
            guard state.waiting < Self.maximumWaiting else { return false }
            state.waiting += 1
            state.derivations += 1
            return true
        }
        guard isFree else { throw AccessError(.busy, "too many passwords are being checked; try again in a moment") }
        let result: Result<Output, AccessError> = await withCheckedContinuation { continuation in
            queue.addOperation {
                let result = Result { () throws(AccessError) in try work() }
                self.state.withLock { $0.waiting -= 1 }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }
}
