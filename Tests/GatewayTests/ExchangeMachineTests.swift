// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Gateway

@Suite struct `Exchange machine` {
    @Test func `takes a body until the filters have spoken, then only with an open upstream`() {
        var machine = ExchangeMachine()
        #expect(machine.takesRequestBody)
        machine.requestPassed()
        #expect(!machine.takesRequestBody)
        machine.upstreamOpened()
        #expect(machine.takesRequestBody)
        machine.requestReceived()
        #expect(!machine.takesRequestBody)
        #expect(machine.request == .complete)
    }

    @Test func `keeps a connection only after a complete request`() {
        var complete = ExchangeMachine()
        complete.requestReceived()
        #expect(complete.answersItself())
        #expect(complete.end(isKeptAlive: true) == .keepAlive)
        var partial = ExchangeMachine()
        #expect(partial.answersItself())
        #expect(partial.end(isKeptAlive: true) == .close)
        #expect(partial.request == .abandoned)
    }

    @Test func `repeats only what the client has seen nothing of`() {
        var machine = ExchangeMachine()
        machine.requestReceived()
        machine.requestPassed()
        machine.upstreamOpened()
        #expect(machine.upstreamLost(isRepeatable: true) == .retry)
        machine.upstreamOpened()
        machine.responseReleased()
        #expect(machine.upstreamLost(isRepeatable: true) == .abort)
        #expect(machine.upstreamLost(isRepeatable: true) == .ignore)
    }

    @Test func `answers for an upstream that is lost while the response is held`() {
        var machine = ExchangeMachine()
        machine.requestReceived()
        machine.requestPassed()
        machine.upstreamOpened()
        machine.responseHeld()
        #expect(machine.upstreamLost(isRepeatable: true) == .answer)
        #expect(machine.answersItself())
        #expect(!machine.answersItself())
    }

    @Test func `gives an upstream back only when both sides are through`() {
        var through = ExchangeMachine()
        through.requestReceived()
        through.requestPassed()
        through.upstreamOpened()
        through.responseReleased()
        #expect(through.responseCompleted(isKeptAlive: true))
        var early = ExchangeMachine()
        early.requestPassed()
        early.upstreamOpened()
        early.responseReleased()
        #expect(!early.responseCompleted(isKeptAlive: true))
    }
}
