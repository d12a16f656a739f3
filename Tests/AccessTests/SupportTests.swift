// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Synchronization
import Testing

@testable import Access

@Suite struct BoundedTableTests {
    @Test func `the entry that was used longest ago gives way`() {
        var table = BoundedTable<Int, String>(capacity: 3)
        for key in 1...3 { #expect(table.set(key, "\(key)") == nil) }
        table.set(1, "one")
        let pushedOut = table.set(4, "4")
        #expect(pushedOut?.key == 2 && pushedOut?.value == "2")
        #expect(table.count == 3 && table.peek(2) == nil && table.peek(1) == "one")
        #expect(table.last?.key == 3)
    }

    @Test func `it does what a list would do`() {
        var generator = SeededGenerator(seed: 1)
        var table = BoundedTable<Int, Int>(capacity: 8)
        var model: [(key: Int, value: Int)] = []
        for step in 0..<20_000 {
            let key = Int.random(in: 0..<20, using: &generator)
            let old = model.firstIndex { $0.key == key }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                table.set(key, nil)
                if let old { model.remove(at: old) }
            } else {
                table.set(key, step)
                if let old { model.remove(at: old) } else if model.count == 8 { model.removeFirst() }
                model.append((key, step))
            }
            #expect(table.count == model.count && table.last?.key == model.first?.key)
            for key in 0..<20 { #expect(table.peek(key) == model.first { $0.key == key }?.value) }
        }
    }
}

/// Counts who is inside of something.
private final class Inside: Sendable {
    private let state = Mutex((now: 0, most: 0, total: 0))

    func enter() {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
            state.total += 1
        }
    }

    func leave() {
        state.withLock { $0.now -= 1 }
    }

    var most: Int { state.withLock { $0.most } }
    var total: Int { state.withLock { $0.total } }
}

@Suite struct TurnTests {
    private func visit(_ turn: Turn, _ inside: Inside, fails: Bool) async throws(AccessError) {
        try await turn.take()
        defer { turn.pass() }
        inside.enter()
        await Task.yield()
        inside.leave()
        if fails { throw AccessError(.invalid, "") }
    }

    @Test func `no two are in it at once, and each gets its turn`() async {
        let turn = Turn()
        let inside = Inside()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                group.addTask { _ = try? await visit(turn, inside, fails: number % 7 == 0) }
            }
        }
        #expect(inside.most == 1 && inside.total == 300)
    }
}

@Suite struct LastUseTests {
    @Test func `a use is written once a minute, and known at once`() {
        let use = LastUse()
        let start = Fixture.start
        #expect(use.note("a", at: start, stored: nil))
        #expect(!use.note("a", at: start + 59 * Fixture.second, stored: nil))
        #expect(use.seen("a") == start + 59 * Fixture.second)
        #expect(use.note("a", at: start + 60 * Fixture.second, stored: nil))
        #expect(!use.note("b", at: start, stored: start - 59 * Fixture.second))
        #expect(use.note("c", at: start, stored: start - 60 * Fixture.second))
    }

    @Test func `a clock that goes back writes nothing and loses nothing`() {
        let use = LastUse()
        #expect(use.note("a", at: Fixture.start, stored: nil))
        #expect(!use.note("a", at: Fixture.start - Fixture.hour, stored: nil))
        #expect(use.seen("a") == Fixture.start)
    }

    @Test func `what could not be written is tried again at the next use`() {
        let use = LastUse()
        #expect(use.note("a", at: Fixture.start, stored: nil))
        use.noteFailure("a")
        #expect(use.note("a", at: Fixture.start + 1, stored: nil))
        #expect(use.failures == 1)
    }

    @Test func `times do not overflow`() {
        #expect(Times.elapsed(from: .min, to: .max) == .max)
        #expect(Times.elapsed(from: .max, to: .min) == .min)
        #expect(Times.adding(.max, 1) == .max && Times.adding(.min, -1) == .min)
        #expect(Times.nanoseconds(.seconds(Int64.max)) == .max)
        #expect(Times.nanoseconds(.milliseconds(1500)) == 1_500_000_000)
    }
}
