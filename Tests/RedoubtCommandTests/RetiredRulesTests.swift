// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SecLang
import Testing
import WebFirewall

@testable import redoubt

struct RetiredRulesTests {
    private func makeRules() throws -> RuleSet {
        try RuleSources(texts: [.init(name: "rules", text: "SecRule ARGS \"@rx attack\" \"id:1,phase:1,pass\"")])
            .compile()
    }

    @Test func `holds rules as long as a transaction has them, and frees them then`() throws {
        let retired = RetiredRules(interval: 0.002)
        var inUse: [RuleSet] = [try makeRules()]
        weak let seen = inUse.first
        retired.retire([try makeRules()])
        retired.retire(inUse)
        // Those that nobody uses go; the other set stays.
        wait { retired.count == 1 }
        Thread.sleep(forTimeInterval: 0.02)
        #expect(retired.count == 1 && seen != nil)
        inUse = []
        wait { retired.count == 0 }
        #expect(retired.count == 0)
        wait { seen == nil }
        #expect(seen == nil)
    }

    @Test func `takes rules after all others have gone`() throws {
        let retired = RetiredRules(interval: 0.002)
        for _ in 0..<3 {
            retired.retire([try makeRules()])
            wait { retired.count == 0 }
            #expect(retired.count == 0)
        }
        retired.retire([])
        #expect(retired.count == 0)
    }

    private func wait(for condition: () -> Bool) {
        let end = ContinuousClock.now + .seconds(20)
        while !condition(), ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.005)
        }
    }
}
