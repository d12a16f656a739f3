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
        let answer1 = complete.answersItself()
        #expect(answer1)
        let answer2 = complete.end(isKeptAlive: true)
        #expect(answer2 == .keepAlive)
        var partial = ExchangeMachine()
        let answer3 = partial.answersItself()
        #expect(answer3)
        let answer4 = partial.end(isKeptAlive: true)
        #expect(answer4 == .close)
        #expect(partial.request == .abandoned)
    }

    @Test func `repeats only what the client has seen nothing of`() {
        var machine = ExchangeMachine()
        machine.requestReceived()
        machine.requestPassed()
        machine.upstreamOpened()
        let answer5 = machine.upstreamLost(isRepeatable: true)
        #expect(answer5 == .retry)
        machine.upstreamOpened()
        machine.responseReleased()
        let answer6 = machine.upstreamLost(isRepeatable: true)
        #expect(answer6 == .abort)
        let answer7 = machine.upstreamLost(isRepeatable: true)
        #expect(answer7 == .ignore)
    }

    @Test func `answers for an upstream that is lost while the response is held`() {
        var machine = ExchangeMachine()
        machine.requestReceived()
        machine.requestPassed()
        machine.upstreamOpened()
        machine.responseHeld()
        let answer8 = machine.upstreamLost(isRepeatable: true)
        #expect(answer8 == .answer)
        let answer9 = machine.answersItself()
        #expect(answer9)
        let answer10 = machine.answersItself()
        #expect(!answer10)
    }

    @Test func `gives an upstream back only when both sides are through`() {
        var through = ExchangeMachine()
        through.requestReceived()
        through.requestPassed()
        through.upstreamOpened()
        through.responseReleased()
        let answer11 = through.responseCompleted(isKeptAlive: true)
        #expect(answer11)
        var early = ExchangeMachine()
        early.requestPassed()
        early.upstreamOpened()
        early.responseReleased()
        let answer12 = early.responseCompleted(isKeptAlive: true)
        #expect(!answer12)
    }
}
