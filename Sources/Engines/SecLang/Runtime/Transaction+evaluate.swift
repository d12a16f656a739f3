// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

extension Transaction {
    /// Runs the rules of a phase, 1 to 5.
    mutating func run(phase number: Int) {
        phase = number
        prepared.invalidate()
        guard engineMode != .off else {
            debug(4, "Rule engine disabled, returning...")
            return
        }
        guard !isAllowed || number == 5, !(allowsRequestOnly && number <= 2) else {
            return
        }
        guard !isOverBudget || number == 5 else {
            return
        }
        for removed in rules.removed where removed.phase == number {
            debug(9, "Skipped rule id '\(removed.id)'. Removed by \(removed.directive) directive.")
        }
        startBudget()
        evaluateRules(of: number)
        stopBudget()
    }

    private mutating func evaluateRules(of number: Int) {
        let program = rules.programs[number]
        if let costs = context.costs {
            measureRules(of: program, costs)
            return
        }
        var index = 0
        while index < program.steps.count {
            guard let next = advance(index, of: program) else {
                return
            }
            index = next
        }
    }

    private mutating func measureRules(of program: PhaseTables, _ costs: RuleCosts) {
        if phase == 1 {
            costs.countTransaction()
        }
        var index = 0
        while index < program.steps.count {
            let start = context.now()
            measured = MeasuredStep()
            let next = advance(index, of: program)
            costs.add(
                rule: program.rule(index).index,
                isCandidate: measured.isCandidate,
                isMatch: measured.isMatch,
                nanoseconds: context.now() &- start
            )
            guard let next else {
                return
            }
            index = next
        }
    }

    /// Evaluates one rule.
    ///
    /// - Returns: the index of the rule to go on with; nil where the phase ends here.
    @inline(__always)
    private mutating func advance(_ index: Int, of program: PhaseTables) -> Int? {
        guard !isOverBudget || phase == 5 else {
            return nil
        }
        let step = program.steps[index]
        let isTraced = context.collectsDebugLog
        // The debug log shows every rule at work.
        if !isTraced, !mayMatch(step) {
            return index + 1
        }
        if step.isSimple, !isTraced, !hasRemovedRules, removedTargets.isEmpty {
            guard phase == 5 || isWithinBudget() else {
                return nil
            }
            measured = MeasuredStep(isCandidate: true, isMatch: true)
            apply(step, of: program)
            return step.jump > index ? Int(step.jump) : index + 1
        }
        return evaluate(program.rule(index), at: index, step)
    }

    /// Evaluates a rule that may match.
    private mutating func evaluate(_ rule: Rule, at index: Int, _ step: Step) -> Int? {
        if isRemoved(rule) {
            return index + 1
        }
        guard phase == 5 || isWithinBudget() else {
            return nil
        }
        measured.isCandidate = true
        let isGate = step.isGate && !context.collectsDebugLog && !hasRemovedTargets(rule)
        guard evaluate(rule, gate: isGate ? step : nil) else {
            return index + 1
        }
        measured.isMatch = true
        let allows = complete(rule)
        if (intervention != nil && phase != 5) || allows || engineMode == .off {
            return nil
        }
        return self.index(after: index, rule, step)
    }

    /// Whether a rule can match, as far as that can be told without looking at the rule.
    private mutating func mayMatch(_ step: Step) -> Bool {
        switch step.kind {
        case .rule, .action:
            return true
        case .number:
            guard let number = number(inSlot: Int(step.slot)) else {
                return false
            }
            return step.comparison.holds(number, step.constant) != step.isNegated
        case .variable:
            guard let number = number(inSlot: Int(step.slot)) else {
                return false
            }
            return step.comparison.holds(number, self.number(inSlot: Int(step.otherSlot)) ?? 0) != step.isNegated
        case .count:
            return step.comparison.holds(count(Int(step.slot)), step.constant) != step.isNegated
        case .nul:
            let form = prepare(Int(step.slot))
            return prepared.forms[form].classes.contains(.nul)
        case .isSet:
            let count: Int64 = tx[Int(step.slot)].isSet ? 1 : 0
            return step.comparison.holds(count, step.constant) != step.isNegated
        case .scanned:
            guard let scanner else {
                return true
            }
            return mayMatch(step.place, scanner)
        case .scannedForms:
            guard let scanner else {
                return true
            }
            return rules.phases[phase].places[Int(step.slot)].contains { mayMatch($0, scanner) }
        }
    }

    /// How many values a counted target has.
    private func count(_ number: Int) -> Int64 {
        let counted = rules.phases[phase].counted[number]
        var count = 0
        for list in [counted.lists.first, counted.lists.second] {
            guard let list else {
                continue
            }
            guard let key = counted.key else {
                count += lists[list.rawValue].count
                continue
            }
            for index in lists[list.rawValue]
            where Self.equalsIgnoringCase(arena[values[Int(index)].key], lowercased: key) {
                count += 1
            }
        }
        return Int64(count)
    }

    private mutating func index(after index: Int, _ rule: Rule, _ step: Step) -> Int {
        if step.jump >= 0 {
            return step.jump > index ? Int(step.jump) : index + 1
        }
        if rule.actions.skip > 0 {
            for skipped in rules.phases[phase].rules[(index + 1)...].prefix(rule.actions.skip) {
                debug(9, "Skipped rule id '\(skipped.id)' due to a `skip' action.")
            }
            return index + 1 + rule.actions.skip
        }
        return index + 1
    }

    private mutating func isRemoved(_ rule: Rule) -> Bool {
        guard hasRemovedRules, let removedRules, removedRules.contains(rule.index) else {
            return false
        }
        debug(9, "Rule id: \(rule.id) was skipped due to a ruleRemoveById action...")
        return true
    }

    // MARK: One rule

    /// Whether a rule and the links of its chain match; runs their actions on the way.
    ///
    /// - Parameter gate: the rule's step where that has already told that the rule itself matches.
    private mutating func evaluate(_ starter: Rule, gate: Step?) -> Bool {
        // Taken out for the time being, so that the transaction can be changed beside it.
        var pending = PendingMatch()
        swap(&pending, &self.pending)
        defer { swap(&pending, &self.pending) }
        pending.reset()
        var link: Rule? = starter
        while let rule = link {
            currentRule = rule
            if let gate, rule === starter {
                recordGate(rule, gate, &pending)
            } else if !match(rule, starter: starter, &pending) {
                debug(4, "Rule returned 0.")
                return false
            }
            debug(4, "Rule returned 1.")
            afterMatch(rule)
            link = rule.next
        }
        currentRule = starter
        return true
    }

    private mutating func match(_ rule: Rule, starter: Rule, _ pending: inout PendingMatch) -> Bool {
        guard let op = rule.op else {
            debug(4, "(Rule: \(rule.id)) Executing unconditional rule...")
            recordMatch(rule, starter, nil, value: .empty, &pending)
            return true
        }
        if context.collectsDebugLog {
            let message = executionMessage(rule)
            debug(4, message)
        }
        if case .program(let program) = op {
            return matchProgram(rule, starter, program, &pending)
        }
        if !context.collectsDebugLog, !rule.forms.isEmpty {
            return rule.multiMatch
                ? matchPreparedForms(rule, starter, op, &pending) : matchPrepared(rule, starter, op, &pending)
        }
        var list: [ValueReference] = []
        swap(&list, &references)
        list.removeAll(keepingCapacity: true)
        for target in rule.targets where !isExcludedAltogether(target, in: rule) {
            collect(target, into: &list)
        }
        removeExcluded(from: &list, rule)
        var isMatch = false
        for reference in list {
            guard phase == 5 || isWithinBudget() else {
                break
            }
            let found =
                rule.multiMatch
                ? matchAfterEachStep(rule, starter, op, reference, &pending)
                : matchOnce(rule, starter, op, reference, &pending)
            isMatch = found || isMatch
        }
        swap(&list, &references)
        return isMatch
    }

    /// As ``match(_:starter:_:)``, with values that several rules share.
    private mutating func matchPrepared(
        _ rule: Rule,
        _ starter: Rule,
        _ op: Operator,
        _ pending: inout PendingMatch
    ) -> Bool {
        let form = prepared.forms[prepare(rule.forms[rule.forms.count - 1])]
        var isMatch = false
        for index in 0..<Int(form.count) {
            let reference = prepared.references[Int(form.references) + index]
            if !removedTargets.isEmpty, isRemoved(reference, from: rule) {
                continue
            }
            guard phase == 5 || isWithinBudget() else {
                return isMatch
            }
            let value = prepared.ranges[Int(form.first) + index]
            isMatch = test(rule, starter, op, reference, value, &pending) || isMatch
        }
        return isMatch
    }

    /// The same for `multiMatch`; forms that change none of the values are passed over.
    private mutating func matchPreparedForms(
        _ rule: Rule,
        _ starter: Rule,
        _ op: Operator,
        _ pending: inout PendingMatch
    ) -> Bool {
        let first = prepared.forms[prepare(rule.forms[0])]
        var forms: [Int] = []
        for form in rule.forms {
            let source = prepare(form)
            if forms.last != source {
                forms.append(source)
            }
        }
        var isMatch = false
        for index in 0..<Int(first.count) {
            let reference = prepared.references[Int(first.references) + index]
            if !removedTargets.isEmpty, isRemoved(reference, from: rule) {
                continue
            }
            guard phase == 5 || isWithinBudget() else {
                return isMatch
            }
            var value: ByteRange?
            for form in forms {
                let next = prepared.ranges[Int(prepared.forms[form].first) + index]
                if let value, isEqual(next, value) {
                    continue
                }
                isMatch = test(rule, starter, op, reference, next, &pending) || isMatch
                value = next
            }
        }
        return isMatch
    }

    /// Whether a `ctl` action took any target away from a rule.
    private func hasRemovedTargets(_ rule: Rule) -> Bool {
        !removedTargets.isEmpty && removedTargets.contains { $0.rules.contains(rule.index) }
    }

    private func isRemoved(_ reference: ValueReference, from rule: Rule) -> Bool {
        removedTargets.contains { $0.rules.contains(rule.index) && isExcluded(reference, by: $0.target) }
    }

    private mutating func matchOnce(
        _ rule: Rule,
        _ starter: Rule,
        _ op: Operator,
        _ reference: ValueReference,
        _ pending: inout PendingMatch
    ) -> Bool {
        let value = transform(reference, along: rule.path)
        traceTransformations(rule, reference)
        return test(rule, starter, op, reference, value, &pending)
    }

    /// `multiMatch`: the operator sees the value itself and again after each step that changed it.
    private mutating func matchAfterEachStep(
        _ rule: Rule,
        _ starter: Rule,
        _ op: Operator,
        _ reference: ValueReference,
        _ pending: inout PendingMatch
    ) -> Bool {
        var value = reference.bytes
        var isMatch = test(rule, starter, op, reference, value, &pending)
        for end in rule.path.indices {
            let next = transform(reference, along: Array(rule.path[...end]))
            if !isEqual(next, value) {
                isMatch = test(rule, starter, op, reference, next, &pending) || isMatch
            }
            value = next
        }
        return isMatch
    }

    func isEqual(_ first: ByteRange, _ second: ByteRange) -> Bool {
        first == second || (first.length == second.length && arena[first].elementsEqual(arena[second]))
    }

    private mutating func test(
        _ rule: Rule,
        _ starter: Rule,
        _ op: Operator,
        _ reference: ValueReference,
        _ value: ByteRange,
        _ pending: inout PendingMatch
    ) -> Bool {
        if context.collectsDebugLog {
            traceTarget(reference, value)
        }
        matchScratch.reset()
        guard evaluate(op, value, rule: rule) != rule.isNegated else {
            return false
        }
        recordMatch(rule, starter, reference, value: value, &pending)
        return true
    }

    // MARK: Exclusions

    /// `!XML:/*`, and whole collections, are left out before their values are fetched.
    func isExcludedAltogether(_ target: Target, in rule: Rule) -> Bool {
        rule.exclusions.contains { Self.excludes($0, target) }
            || removedTargets.contains { $0.rules.contains(rule.index) && Self.excludes($0.target, target) }
    }

    /// Whether an exclusion leaves nothing of a target.
    static func excludes(_ exclusion: Target, _ target: Target) -> Bool {
        guard exclusion.variable == target.variable else {
            return false
        }
        if case .all = exclusion.selector {
            return true
        }
        return exclusion.displayName == target.displayName
    }

    mutating func removeExcluded(from list: inout [ValueReference], _ rule: Rule) {
        if !rule.exclusions.isEmpty {
            list.removeAll { reference in rule.exclusions.contains { isExcluded(reference, by: $0) } }
        }
        for removal in removedTargets where removal.rules.contains(rule.index) {
            list.removeAll { isExcluded($0, by: removal.target) }
        }
    }

    func isExcluded(_ reference: ValueReference, by exclusion: Target) -> Bool {
        guard reference.variable == exclusion.variable else {
            return false
        }
        switch exclusion.selector {
        case .all: return true
        case .key(let key): return Self.equalsIgnoringCase(arena[reference.key], lowercased: key)
        case .regex(let pattern): return pattern.matches(arena[reference.key], scratch: regex)
        case .xpath(let path): return arena[reference.key].elementsEqual(path.utf8)
        }
    }
}
