// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// What sets two rule sets apart, where a few rules alone can tell whether a transaction meets any of it.
///
/// A rule that does not match does nothing. So two rule sets that differ in some rules decide alike about a transaction for
/// which none of these matches in either: up to the first of them both are in the same state, and behind it they still are.
/// Rules that look at nothing but what the transaction brings can be asked by themselves, together with those that
/// decide how bodies are read; what else runs before them can only take values or rules away, and so make them match less.
public struct RuleSetDifference: Sendable {
    /// A rule set's side of the difference.
    public struct Probe: Sendable {
        /// The rules that differ, with those that decide how bodies are read.
        public let rules: RuleSet
        /// Of a rule that differs, its index and whether it counts as met as soon as it has to be evaluated: where there is a
        /// chain, as each link that matches acts by itself, whether or not the next one does.
        let watched: [(index: Int, countsCandidates: Bool)]

        /// How often the rules that differ were met.
        public func met(_ costs: RuleCosts) -> Int { costs.sum(watched) }
    }

    /// Those whose rules differ at all: of the first, of the second, of both or of none.
    public let probes: [Probe]

    /// - Returns: nil where the rules that differ depend on what other rules do, or settings differ; then only a whole
    ///   evaluation can tell.
    public init?(_ first: RuleSet, _ second: RuleSet) {
        guard first.settings.decisive == second.settings.decisive,
            UnicodeMap.areEqual(first.settings.unicodeMap, second.settings.unicodeMap),
            first.settings.geoDatabase == nil, second.settings.geoDatabase == nil,
            first.groups.options == second.groups.options
        else { return nil }
        var changed: (Set<Int>, Set<Int>) = ([], [])
        for phase in 1...5 {
            let sides = (Side(first.phases[phase]), Side(second.phases[phase]))
            guard let here = Self.changes(sides.0.identities, sides.1.identities),
                sides.0.flow(without: here.0) == sides.1.flow(without: here.1)
            else { return nil }
            changed.0.formUnion(here.0.map { first.phases[phase].rules[$0].index })
            changed.1.formUnion(here.1.map { second.phases[phase].rules[$0].index })
        }
        var probes: [Probe] = []
        for (set, indices) in [(first, changed.0), (second, changed.1)] where !indices.isEmpty {
            guard let probe = Probe(set, indices) else { return nil }
            probes.append(probe)
        }
        self.probes = probes
    }

    /// So many rules that differ are no faster than all rules; to find out which they are would take long.
    private static let mostChanges = 500

    /// Which rules of each side the other one does not have at their place.
    private static func changes(_ first: [Identity], _ second: [Identity]) -> (Set<Int>, Set<Int>)? {
        var counts: [Identity: Int] = [:]
        for identity in first { counts[identity, default: 0] += 1 }
        for identity in second { counts[identity, default: 0] -= 1 }
        guard counts.values.reduce(0, { $0 + abs($1) }) <= mostChanges else { return nil }
        // What both begin and end with is most of all.
        let start = zip(first, second).prefix { $0 == $1 }.count
        let end = zip(first.dropFirst(start).reversed(), second.dropFirst(start).reversed()).prefix { $0 == $1 }.count
        let middles = (first[start..<(first.count - end)], second[start..<(second.count - end)])
        guard middles.0.count + middles.1.count <= 8 * mostChanges else { return nil }
        var changes: (Set<Int>, Set<Int>) = ([], [])
        for change in Array(middles.1).difference(from: Array(middles.0)) {
            switch change {
            case .remove(let offset, _, _): changes.0.insert(start + offset)
            case .insert(let offset, _, _): changes.1.insert(start + offset)
            }
        }
        return changes
    }

    /// The rules of a phase as they are compared.
    private struct Side {
        let identities: [Identity]
        private let program: PhaseProgram

        init(_ program: PhaseProgram) {
            self.program = program
            identities = program.rules.map { rule in
                rule.identity.map(Identity.known) ?? .unknown(ObjectIdentifier(rule))
            }
        }

        /// How many of the rules that stay stand before the place that each of them leads to.
        func flow(without changed: Set<Int>) -> [Int] {
            var before = 0
            let ranks = program.rules.indices.map { index in
                defer { before += changed.contains(index) ? 0 : 1 }
                return before
            }
            return program.rules.indices.filter { !changed.contains($0) }.map { index in
                let next = program.next(after: index)
                return next < ranks.count ? ranks[next] : before
            }
        }
    }

    private enum Identity: Hashable {
        case known([UInt8])
        case unknown(ObjectIdentifier)
    }
}

extension RuleSetDifference.Probe {
    /// - Returns: nil where the rules cannot be asked by themselves.
    fileprivate init?(_ set: RuleSet, _ changed: Set<Int>) {
        let differing = set.rules.filter { changed.contains($0.index) }
        guard differing.allSatisfy({ $0.looksAtTransactionOnly && $0.actions.skip == 0 }) else { return nil }
        // How bodies are read is decided here as it is among all rules.
        var closure = RuleClosure(set)
        let bodies = set.rules.filter { $0.chain.contains { $0.actions.controls.contains(where: \.decidesBody) } }
        guard closure.add(bodies.map(\.index)) else { return nil }
        let kept = closure.members.union(changed)
        // So many are no faster than all.
        guard kept.count <= max(64, set.rules.count / 4) else { return nil }
        rules = set.restricted(to: kept)
        watched = differing.map { (index: $0.index, countsCandidates: $0.next != nil) }
    }
}

extension EngineSettings {
    /// What decides about transactions, as text; maps and databases are compared by themselves.
    fileprivate var decisive: String {
        var settings = self
        settings.audit = AuditSettings()
        settings.debugLogFile = nil
        settings.debugLogLevel = 0
        settings.componentSignatures = []
        settings.serverSignature = nil
        settings.unicodeMap = nil
        settings.geoDatabase = nil
        return String(reflecting: settings)
    }
}
