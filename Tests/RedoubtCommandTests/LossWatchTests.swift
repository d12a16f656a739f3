// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import redoubt

struct LossWatchTests {
    @Test func `a loss is over once something is written, and a new one is noticed`() {
        let watch = LossWatch()
        #expect(!watch.isOpen("events", lost: 0, written: 0))
        #expect(watch.isOpen("events", lost: 3, written: 10))
        // Nothing was written since.
        #expect(watch.isOpen("events", lost: 3, written: 10))
        #expect(!watch.isOpen("events", lost: 3, written: 11))
        #expect(!watch.isOpen("events", lost: 3, written: 12))
        #expect(watch.isOpen("events", lost: 4, written: 20))
        #expect(!watch.isOpen("events", lost: 4, written: 21))
        #expect(watch.isOpen("evidence", lost: 4, written: 21))
    }
}
