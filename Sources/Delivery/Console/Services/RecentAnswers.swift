// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// Answers to questions that are dear and asked again and again, as pages of numbers do.
///
/// An answer is given again while it is fresh. A little later it is still given, and a new one is made beside it, so that
/// nobody waits. Who asks the same while it is made waits for that one, rather than making another.
final class RecentAnswers<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
    private struct Kept {
        var answer: Answer
        var made: ContinuousClock.Instant
    }

    private struct State {
        var kept: [Question: Kept] = [:]
        var underWay: [Question: Task<Answer, any Error>] = [:]
    }

    private let state = Mutex(State())
    private let fresh: Duration
    private let stale: Duration
    private let capacity: Int

    /// - Parameters:
    ///   - fresh: how old an answer may be that is given without a new one being made.
    ///   - stale: how old one may be that is given at all.
    ///   - capacity: the questions that are remembered.
    init(fresh: Duration = .seconds(2), stale: Duration = .seconds(15), capacity: Int = 64) {
        self.fresh = fresh
        self.stale = stale
        self.capacity = capacity
    }

    func answer(
        to question: Question,
        at now: ContinuousClock.Instant = .now,
        make: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let (given, task) = state.withLock { state -> (Answer?, Task<Answer, any Error>?) in
            let kept = state.kept[question].flatMap { now - $0.made <= stale ? $0 : nil }
            if let kept, now - kept.made <= fresh { return (kept.answer, nil) }
            if let task = state.underWay[question] { return (kept?.answer, task) }
            let task = Task { try await self.renew(question, make) }
            state.underWay[question] = task
            return (kept?.answer, task)
        }
        if let given { return given }
        if let task { return try await task.value }
        return try await make()
    }

    private func renew(_ question: Question, _ make: @Sendable () async throws -> Answer) async throws -> Answer {
        let result: Result<Answer, any Error>
        do {
            result = .success(try await make())
        } catch {
            result = .failure(error)
        }
        state.withLock { state in
            state.underWay[question] = nil
            guard case .success(let answer) = result else { return }
            if state.kept[question] == nil, state.kept.count >= capacity {
                let oldest = state.kept.min { $0.value.made < $1.value.made }
                if let oldest { state.kept[oldest.key] = nil }
            }
            state.kept[question] = Kept(answer: answer, made: .now)
        }
        return try result.get()
    }
}
