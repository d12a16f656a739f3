// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Synchronization
import Testing

@testable import redoubt

@Suite struct DecisionObserverTests {
    @Test func `tells of half a million decisions, one after another`() {
        let observer = DecisionObserver()
        let decision = Decision(
            id: Identifier(milliseconds: 1, random: (1, 2)),
            time: 1,
            control: .webFirewall,
            disposition: .blocked,
            reason: .enforced,
            revision: 1,
            message: "a rule",
            maker: "configuration"
        )
        let counter = TellCounter()
        observer.observe { _, _ in counter.add() }
        for number in 0..<500_000 { observer.tell(decision, number) }
        #expect(counter.count == 500_000)
    }
}

private final class TellCounter: Sendable {
    private let value = Mutex(0)

    func add() { value.withLock { $0 += 1 } }

    var count: Int { value.withLock { $0 } }
}
