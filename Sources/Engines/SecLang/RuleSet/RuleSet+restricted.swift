// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RuleSet {
    /// The same rule set in which only some rules run. They keep their indices, and `skipAfter` leads past those of them that
    /// it leads past here.
    ///
    /// - Parameter kept: indices; of rules without `skip`.
    func restricted(to kept: Set<Int>) -> RuleSet {
        let phases = phases.map { program in
            var part = PhaseProgram()
            var ranks: [Int] = []
            for rule in program.rules {
                ranks.append(part.rules.count)
                if kept.contains(rule.index) { part.rules.append(rule) }
            }
            ranks.append(part.rules.count)
            part.markers = program.markers.mapValues { places in places.map { ranks[min($0, ranks.count - 1)] } }
            return part
        }
        return RuleSet(
            settings: settings,
            rules: rules,
            phases: phases,
            trie: trie,
            plan: plan,
            slotNames: slotNames,
            diagnostics: [],
            removed: [],
            regexOptions: groups.options,
            scratch: RegexBox()
        )
    }
}

extension PhaseProgram {
    /// The index of the rule to go on with where a rule matches.
    func next(after index: Int) -> Int {
        if let marker = rules[index].actions.skipAfter { return target(of: marker, from: index) ?? rules.count }
        return min(rules.count, index + 1 + rules[index].actions.skip)
    }
}
