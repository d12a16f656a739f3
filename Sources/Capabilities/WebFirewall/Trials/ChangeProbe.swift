// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import SecLang
internal import Synchronization

/// Tells of each transaction whether changed rules can decide otherwise about it, by the few rules that differ. For one thread.
final class ChangeProbe {
    private let sides: [Side]

    private struct Side {
        let probe: RuleSetDifference.Probe
        let worker: ReplayWorker
        let costs: RuleCosts
    }

    init(_ difference: RuleSetDifference) {
        sides = difference.probes.map { probe in
            Side(probe: probe, worker: ReplayWorker(probe.rules), costs: RuleCosts(probe.rules))
        }
    }

    func touches(_ kept: KeptTransaction, without exclusions: (ReplayWorker) -> [RuleExclusion]) -> Bool {
        sides.contains { side in
            let before = side.probe.met(side.costs)
            // What went over its budget has not been asked everything, and of a regular expression that gives up rules are told.
            let exclusions = exclusions(side.worker)
            return side.worker.isConspicuous(kept, without: exclusions, costs: side.costs)
                || side.probe.met(side.costs) != before
        }
    }
}

/// The differences of the rule sets of a comparison, worked out once for all threads.
final class RuleSetDifferences: Sendable {
    private struct Pair: Hashable {
        var today: ObjectIdentifier
        var changed: ObjectIdentifier
    }

    private let known = Mutex<[Pair: RuleSetDifference?]>([:])

    /// - Returns: nil where only a whole evaluation can tell what differs.
    func difference(_ today: RuleSet, _ changed: RuleSet) -> RuleSetDifference? {
        let pair = Pair(today: ObjectIdentifier(today), changed: ObjectIdentifier(changed))
        return known.withLock { known in
            if let difference = known[pair] { return difference }
            let difference = RuleSetDifference(today, changed)
            for probe in difference?.probes ?? [] {
                probe.rules.use(PatternCache(directory: nil).library(for: probe.rules).library)
            }
            known[pair] = .some(difference)
            return difference
        }
    }
}
