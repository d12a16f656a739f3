// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RuleSetCompiler {
    /// Applies the exceptions and freezes the rules.
    ///
    /// - Throws: ``SecLangError`` with all diagnostics when any of them is an error.
    public func finish() throws(SecLangError) -> RuleSet {
        guard !diagnostics.contains(where: { $0.severity == .error }) else {
            throw SecLangError(diagnostics: diagnostics)
        }
        applyExceptions()
        var builder = ProgramBuilder()
        for item in items {
            switch item {
            case .marker(let name):
                builder.add(marker: name)
            case .rule(let draft, let defaults):
                if !draft.isRemoved {
                    builder.add(draft, defaults: defaults)
                }
            }
        }
        for (rule, marker) in builder.danglingJumps {
            report(
                .warning,
                rule.location,
                "skipAfter:\(marker.lossyText) names no marker in phase \(rule.phase): the rest of the phase is skipped"
            )
        }
        lint(builder.rules)
        lintLogs()
        return RuleSet(
            settings: settings,
            rules: builder.rules,
            phases: builder.phases,
            trie: builder.trie,
            plan: builder.plan,
            slotNames: slots.names,
            diagnostics: diagnostics,
            removed: removedRules(),
            regexOptions: RegexCompiler(options: options).flags,
            scratch: scratch
        )
    }

    private func removedRules() -> [RemovedRule] {
        items.compactMap { item in
            guard case .rule(let draft, _) = item, let directive = draft.removedBy else {
                return nil
            }
            return RemovedRule(id: draft.actions.id ?? 0, phase: draft.phase, directive: directive)
        }
    }

    private func applyExceptions() {
        let drafts = items.compactMap { item in
            if case .rule(let draft, _) = item {
                return draft
            }
            return nil
        }
        for exception in exceptions {
            if !drafts.contains(where: { $0.isSelected(by: exception.selection, scratch: scratch) }) {
                report(.warning, exception.location, "this exception selects no rule")
            }
            for draft in drafts where draft.isSelected(by: exception.selection, scratch: scratch) {
                apply(exception, to: draft)
            }
        }
    }

    private func apply(_ exception: RuleException, to draft: RuleDraft) {
        switch exception.change {
        case .remove:
            draft.isRemoved = true
            draft.removedBy = exception.selection.removalName
        case .targets(let list, let replaced):
            if let replaced {
                let names = Set(replaced.targets.map(\.displayName))
                draft.targets.targets.removeAll { names.contains($0.displayName) }
            }
            draft.targets.targets += list.targets
            draft.targets.exclusions += list.exclusions
        case .actions(let list, let link):
            if link == 0 {
                draft.actions.update(with: list)
            } else if draft.links.indices.contains(link - 1) {
                draft.links[link - 1].actions.update(with: list)
            } else {
                let id = draft.actions.id ?? 0
                report(.warning, exception.location, "the chain of rule \(id) has no link \(link)")
            }
        }
    }

    /// Warns of what loads but does not do what it seems to.
    private func lint(_ rules: [Rule]) {
        for rule in rules {
            var link: Rule? = rule
            while let current = link {
                lintOperator(current, of: rule)
                link = current.next
            }
        }
        lintCaptures(rules)
    }

    private func lintOperator(_ rule: Rule, of chain: Rule) {
        if case .geoLookup = rule.op, settings.geoDatabase == nil, rule === chain || !Self.isSwitchedBySetting(chain) {
            report(
                .warning,
                rule.location,
                "@geoLookup finds nothing: no SecGeoLookupDb names a database",
                hint: "name a database in MaxMind's format with SecGeoLookupDb"
            )
        }
        if let pause = rule.actions.pause, pause > ActionList.longestPause {
            report(
                .warning,
                rule.location,
                "pause:\(pause) is capped at \(ActionList.longestPause) milliseconds",
                hint: "an answer that waits longer costs the server a connection; use drop to get rid of a client"
            )
        }
    }

    private func lintCaptures(_ rules: [Rule]) {
        for rule in rules where rule.actions.capture && rule.next != nil && rule.op != nil {
            let isCollection = rule.targets.contains { target in
                if case .key = target.selector {
                    return false
                }
                return target.variable.isCollection && !target.isCount
            }
            if isCollection,
                rule.next?.targets.contains(where: { $0.variable == .tx && (0..<10).contains($0.slot) }) == true
            {
                report(
                    .warning,
                    rule.location,
                    "rule \(rule.id) captures over a collection and its chain looks at the captures: the chain sees "
                        + "only the last value's",
                    hint: "let the first rule set a TX variable per match, and look at those"
                )
            }
        }
    }
}

extension RuleSelection {
    fileprivate var removalName: String {
        switch self {
        case .ids: "an SecRuleRemove"
        case .tag: "a SecRuleRemoveByTag"
        case .message: "a SecRuleRemoveByMsg"
        }
    }
}

/// Lays the rules out phase by phase.
private struct ProgramBuilder {
    var rules: [Rule] = []
    var phases: [PhaseProgram] = Array(repeating: PhaseProgram(), count: 6)
    var trie = TransformationTrie()
    var plan = ValuePlan()

    mutating func add(marker name: [UInt8]) {
        for phase in 1...5 {
            phases[phase].markers[name, default: []].append(phases[phase].rules.count)
        }
    }

    mutating func add(_ draft: RuleDraft, defaults: ActionList) {
        let index = rules.count
        var next: Rule?
        for link in draft.links.reversed() {
            next = make(link, index: index, starter: draft, defaults: defaults, next: next)
        }
        let rule = make(draft, index: index, starter: draft, defaults: defaults, next: next)
        rules.append(rule)
        phases[rule.phase].rules.append(rule)
        // `skipAfter` may also name a rule.
        phases[rule.phase].markers[Array("\(rule.id)".utf8), default: []].append(phases[rule.phase].rules.count)
    }

    private mutating func make(
        _ draft: RuleDraft,
        index: Int,
        starter: RuleDraft,
        defaults: ActionList,
        next: Rule?
    ) -> Rule {
        let path = trie.path(for: draft.chain(defaults: defaults))
        let forms = draft.op == nil ? [] : plan.forms(of: draft, path: path, in: trie)
        return Rule(draft, index: index, starter: starter, defaults: defaults, path: path, forms: forms, next: next)
    }

    var danglingJumps: [(Rule, [UInt8])] {
        phases.flatMap { phase in
            phase.rules.indices.compactMap { index in
                let rule = phase.rules[index]
                return rule.actions.skipAfter.flatMap { phase.target(of: $0, from: index) == nil ? (rule, $0) : nil }
            }
        }
    }
}
