// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Integrations

@Suite(.timeLimit(.minutes(20))) struct EndSignalTests {
    @Test func `a wake-up that reaches nobody ends the next wait, and that one only`() async {
        let signal = EndSignal()
        signal.wake()
        signal.wake()
        await signal.wait(atMost: .seconds(600))
        let began = ContinuousClock.now
        await signal.wait(atMost: .milliseconds(50))
        #expect(ContinuousClock.now - began >= .milliseconds(50))
    }

    @Test func `waits end however short they are, and at once after the end`() async {
        let signal = EndSignal()
        for _ in 0..<100 { await signal.wait(atMost: .zero) }
        signal.come()
        await signal.wait(atMost: .seconds(600))
        #expect(signal.hasCome)
    }

    @Test func `a task that is cancelled waits no more`() async {
        let signal = EndSignal()
        let task = Task { await signal.wait(atMost: .seconds(600)) }
        task.cancel()
        await task.value
    }
}
