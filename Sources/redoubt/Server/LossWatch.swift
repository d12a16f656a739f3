// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Synchronization

/// Tells what is being lost from what was lost before.
///
/// Counters of losses never go back, so that by themselves they would tell for ever of a disk that was full for a minute. A
/// loss is over when something was written after it was noticed.
final class LossWatch: Sendable {
    private struct Noticed {
        var lost: Int
        /// How much was written when the loss was noticed.
        var written: Int
    }

    private let noticed = Mutex<[String: Noticed]>([:])

    /// Whether a loss is not over.
    ///
    /// - Parameters:
    ///   - name: of the counters.
    ///   - lost: how much was lost since the start.
    ///   - written: how much was written since the start.
    func isOpen(_ name: String, lost: Int, written: Int) -> Bool {
        guard lost > 0 else { return false }
        return noticed.withLock { noticed in
            if let last = noticed[name], last.lost == lost { return written <= last.written }
            noticed[name] = Noticed(lost: lost, written: written)
            return true
        }
    }
}
