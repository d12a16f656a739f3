// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Synchronization

/// Tells what is being lost from what was lost before.
///
/// Counters of losses never go back, so that by themselves they would tell for ever of a disk that was full for a minute. A
/// loss is over when none was noticed for some minutes and something was written since; whoever asks meanwhile, and however
/// often, changes nothing about that.
final class LossWatch: Sendable {
    private struct Noticed {
        var lost: Int
        /// How much was written when the loss was noticed.
        var written: Int
        var time: ContinuousClock.Instant
    }

    private let noticed = Mutex<[String: Noticed]>([:])
    /// Long enough for people and monitors to see it.
    static let shown = Duration.seconds(300)

    /// Whether a loss is not over.
    ///
    /// - Parameters:
    ///   - name: of the counters.
    ///   - lost: how much was lost since the start.
    ///   - written: how much was written since the start.
    func isOpen(_ name: String, lost: Int, written: Int, at time: ContinuousClock.Instant = .now) -> Bool {
        guard lost > 0 else { return false }
        return noticed.withLock { noticed in
            if let last = noticed[name], last.lost == lost {
                return written <= last.written || time - last.time < Self.shown
            }
            noticed[name] = Noticed(lost: lost, written: written, time: time)
            return true
        }
    }
}
