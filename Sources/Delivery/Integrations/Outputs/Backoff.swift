// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How long to wait after failures: twice as long after each, and some more or less, so that many who failed together do
/// not come back together.
struct Backoff: Sendable {
    var first: Duration
    var longest: Duration

    /// - Parameters:
    ///   - failures: how often it has failed, from 1.
    ///   - chance: from 0 to 1.
    /// - Returns: between half of the step and all of it.
    func delay(after failures: Int, chance: Double) -> Duration {
        let step = min(longest, first * (1 << min(max(0, failures - 1), 20)))
        let share = 0.5 + min(max(0, chance), 1) / 2
        return step * share
    }

    func delay(after failures: Int) -> Duration {
        delay(after: failures, chance: Double.random(in: 0...1))
    }
}
