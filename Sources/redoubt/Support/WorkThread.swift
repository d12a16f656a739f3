// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc

/// Threads of their own for work that takes long, beside those that serve.
enum WorkThread {
    /// How a thread shares the processors with those that serve.
    enum Priority {
        case usual
        /// It gives way: a request that comes in does not wait for the end of its time slice.
        case low
    }

    /// How much lower than usual on the scale of `nice(2)`; a thread of a busy machine still gets a tenth of its share.
    private static let niceness: Int32 = 10

    /// Starts work, and does not wait for it.
    static func start(_ name: String, _ priority: Priority, _ work: @escaping @Sendable () -> Void) {
        let thread = Thread {
            if priority == .low {
                giveWay()
            }
            work()
        }
        thread.name = name
        // Parsing and compiling hundreds of patterns goes deeper than the half megabyte of a thread.
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Linux keeps the niceness by thread. To raise it cannot fail; a program that was started lower stays so.
    private static func giveWay() {
        let which = __priority_which_t(PRIO_PROCESS.rawValue)
        if getpriority(which, 0) < niceness {
            _ = setpriority(which, 0, niceness)
        }
    }

    /// Waits for work to be done.
    static func run(_ name: String, _ priority: Priority, _ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            start(name, priority) {
                work()
                continuation.resume()
            }
        }
    }
}
