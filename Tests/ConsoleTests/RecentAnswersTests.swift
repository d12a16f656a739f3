// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Synchronization
import Testing

@testable import Console

@Suite struct RecentAnswersTests {
    private struct Failure: Error {}

    /// Makes 1, 2, 3.
    private final class Maker: Sendable {
        private let count = Mutex(0)

        func make() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    @Test func `a fresh answer is given again, each question its own`() async throws {
        let answers = RecentAnswers<String, Int>(fresh: .seconds(600), stale: .seconds(600))
        let maker = Maker()
        #expect(try await answers.answer(to: "a") { maker.make() } == 1)
        #expect(try await answers.answer(to: "a") { maker.make() } == 1)
        #expect(try await answers.answer(to: "b") { maker.make() } == 2)
    }

    @Test func `a stale answer is given once more while a new one is made`() async throws {
        let answers = RecentAnswers<String, Int>(fresh: .zero, stale: .seconds(600))
        let maker = Maker()
        #expect(try await answers.answer(to: "a") { maker.make() } == 1)
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        let later = ContinuousClock.now + .seconds(1)
        let stale = try await answers.answer(to: "a", at: later) {
            for await _ in gate {}
            return maker.make()
        }
        #expect(stale == 1)
        opening.finish()
        var newest = stale
        while newest == 1 { newest = try await answers.answer(to: "a", at: later) { maker.make() } }
        #expect(newest == 2)
    }

    @Test func `an answer that is too old is not given`() async throws {
        let answers = RecentAnswers<String, Int>(fresh: .seconds(1), stale: .seconds(2))
        let maker = Maker()
        #expect(try await answers.answer(to: "a") { maker.make() } == 1)
        let later = ContinuousClock.now + .seconds(3)
        #expect(try await answers.answer(to: "a", at: later) { maker.make() } == 2)
    }

    @Test func `a failure is told and not kept`() async throws {
        let answers = RecentAnswers<String, Int>(fresh: .seconds(600), stale: .seconds(600))
        await #expect(throws: Failure.self) { _ = try await answers.answer(to: "a") { throw Failure() } }
        #expect(try await answers.answer(to: "a") { 7 } == 7)
    }

    @Test func `more questions than there is room for forget the oldest`() async throws {
        let answers = RecentAnswers<Int, Int>(fresh: .seconds(600), stale: .seconds(600), capacity: 2)
        let maker = Maker()
        for question in 0..<3 { _ = try await answers.answer(to: question) { maker.make() } }
        #expect(try await answers.answer(to: 2) { maker.make() } == 3)
        #expect(try await answers.answer(to: 0) { maker.make() } == 4)
    }
}
