// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import DefenseModel
import Testing

@testable import Policy

@Suite struct FailureTests {
    @Test func `a fault of ours lets pass and says so`() {
        let policy = FailurePolicy()
        for failure in FailureCase.all where failure.cause.isOurs {
            for mode in Mode.allCases {
                let outcome = policy.outcome(of: failure, in: mode)
                #expect(outcome.action == .letPass && !outcome.isRefused && !outcome.isDetection && outcome.isAlert)
            }
        }
    }

    @Test func `what a client can cause is a detection that refuses in enforce`() throws {
        let policy = FailurePolicy()
        for text in ["request.cpu_budget", "request.match_limit", "request.parse_error", "request.body_over_limit"] {
            let failure = try #require(FailureCase(text))
            let enforced = policy.outcome(of: failure, in: .enforce)
            #expect(enforced.isDetection && enforced.isRefused && !enforced.isAlert)
            let observed = policy.outcome(of: failure, in: .observe)
            #expect(observed.isDetection && !observed.isRefused)
        }
        let response = policy.outcome(of: try #require(FailureCase("response.body_over_limit")), in: .enforce)
        #expect(response.action == .inspectPart && !response.isRefused)
    }

    @Test func `nothing that a client can cause may be set to pass`() {
        for failure in FailureCase.all where !failure.cause.isOurs {
            var policy = FailurePolicy()
            for action in [FailureAction.letPass, .deny, .actUnrecorded] {
                let error = #expect(throws: PolicyError.self) { try policy.set(failure, to: action) }
                #expect(error?.code == .senseless && error?.message.contains("clients can cause it") == true)
            }
            #expect(policy == FailurePolicy())
        }
    }

    @Test func `each action of each failure can be set, and is kept only where it is no default`() throws {
        for failure in FailureCase.all {
            for action in failure.actions {
                var policy = FailurePolicy()
                try policy.set(failure, to: action)
                #expect(policy[failure] == action)
                #expect(policy.settings.count == (action == failure.standard ? 0 : 1))
                #expect(try decoded(try json(policy), as: FailurePolicy.self) == policy)
                try policy.set(failure, to: nil)
                #expect(policy == FailurePolicy())
            }
        }
    }

    @Test func `a fault that is set to deny denies in enforce only`() throws {
        var policy = FailurePolicy()
        let failure = try #require(FailureCase("request.engine_error"))
        try policy.set(failure, to: .deny)
        #expect(policy.outcome(of: failure, in: .enforce).isRefused)
        #expect(!policy.outcome(of: failure, in: .observe).isRefused)
    }

    @Test func `the cases are those that occur`() {
        #expect(FailureCase(.request, .diskFull) == nil && FailureCase(.record, .parseError) == nil)
        #expect(FailureCase("record.disk_full")?.actions == [.letPass, .actUnrecorded])
        #expect(FailureCase.all.count == 18)
        #expect(Set(FailureCase.all.map(\.description)).count == 18)
    }
}
