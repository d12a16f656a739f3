// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// What each rule has cost the transactions that were measured. Shared by threads.
public final class RuleCosts: Sendable {
    /// The sums of one rule.
    public struct Cost: Sendable, Hashable {
        /// How often the rule's turn came.
        public var visits = 0
        /// How often it had to be evaluated, because a scan found its pattern or none can tell.
        public var candidates = 0
        /// How often it matched, its chain included.
        public var matches = 0
        /// The time that took, in nanoseconds.
        public var nanoseconds: UInt64 = 0
    }

    /// A rule with its sums.
    public struct Entry: Sendable, Hashable {
        /// The rule's id.
        public var rule: Int
        public var cost: Cost
    }

    private struct State {
        var costs: [Cost]
        var transactions = 0
    }

    private let ids: [Int]
    private let state: Mutex<State>

    public init(_ rules: RuleSet) {
        ids = rules.ruleIDs
        state = Mutex(State(costs: Array(repeating: Cost(), count: ids.count)))
    }

    /// All rules, in the order of the files.
    public var entries: [Entry] {
        state.withLock { state in zip(ids, state.costs).map { Entry(rule: $0, cost: $1) } }
    }

    /// How many transactions were measured.
    public var transactions: Int { state.withLock { $0.transactions } }

    /// How often some rules matched, or had to be evaluated.
    func sum(_ rules: [(index: Int, countsCandidates: Bool)]) -> Int {
        state.withLock { state in
            rules.reduce(0) { sum, rule in
                guard state.costs.indices.contains(rule.index) else { return sum }
                let cost = state.costs[rule.index]
                return sum + (rule.countsCandidates ? cost.candidates : cost.matches)
            }
        }
    }

    func countTransaction() {
        state.withLock { $0.transactions += 1 }
    }

    func add(rule index: Int, isCandidate: Bool, isMatch: Bool, nanoseconds: UInt64) {
        state.withLock { state in
            guard state.costs.indices.contains(index) else {
                return
            }
            state.costs[index].visits += 1
            state.costs[index].candidates += isCandidate ? 1 : 0
            state.costs[index].matches += isMatch ? 1 : 0
            state.costs[index].nanoseconds &+= nanoseconds
        }
    }
}
