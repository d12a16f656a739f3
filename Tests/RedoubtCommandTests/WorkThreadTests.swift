// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Glibc
import Synchronization
import Testing

@testable import redoubt

struct WorkThreadTests {
    /// The niceness of the thread that asks.
    private static var niceness: Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

    @Test func `work of low priority gives way, and nothing else does`() async {
        let before = Self.niceness
        let seen = Mutex<[Int32]>([])
        await WorkThread.run("low", .low) { seen.withLock { $0.append(Self.niceness) } }
        await WorkThread.run("usual", .usual) { seen.withLock { $0.append(Self.niceness) } }
        #expect(seen.withLock { $0 } == [max(before, 10), before])
        #expect(Self.niceness == before)
    }
}
