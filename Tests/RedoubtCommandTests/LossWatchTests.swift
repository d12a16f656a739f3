// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import redoubt

struct LossWatchTests {
    @Test func `a loss is over once something is written, some minutes later, however often one asks`() {
        let watch = LossWatch()
        let start = ContinuousClock.now
        func isOpen(_ lost: Int, _ written: Int, after seconds: Int) -> Bool {
            watch.isOpen("events", lost: lost, written: written, at: start + .seconds(seconds))
        }
        #expect(!isOpen(0, 0, after: 0))
        #expect(isOpen(3, 10, after: 1))
        // Nothing was written since.
        #expect(isOpen(3, 10, after: 1000))
        #expect(!isOpen(3, 11, after: 1001))
        #expect(isOpen(4, 20, after: 1002))
        for second in 1003..<1302 { #expect(isOpen(4, 21, after: second)) }
        #expect(!isOpen(4, 21, after: 1302))
        #expect(watch.isOpen("evidence", lost: 4, written: 21, at: start))
    }
}
