// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

extension Transaction {
    /// Runs the rules of a phase, 1 to 5.
    mutating func run(phase number: Int) {
        phase = number
        guard engineMode != .off else {
            debug(4, "Rule engine disabled, returning...")
            return
        }
        guard !isAllowed || number == 5, !(allowsRequestOnly && number <= 2) else {
            return
        }
        for removed in rules.removed where removed.phase == number {
            debug(9, "Skipped rule id '\(removed.id)'. Removed by \(removed.directive) directive.")
        }
        let program = rules.phases[number]
        var index = 0
        while index < program.rules.count {
            let rule = program.rules[index]
            if isRemoved(rule) {
                index += 1
                continue
            }
            guard evaluate(rule) else {
                index += 1
                continue
            }
            let allows = complete(rule)
            if (intervention != nil && number != 5) || allows || engineMode == .off {
                return
            }
            index = self.index(after: index, in: program)
        }
    }

    private mutating func index(after index: Int, in program: PhaseProgram) -> Int {
        let rule = program.rules[index]
        if program.jumps[index] >= 0 {
            let jump = program.jumps[index]
            return jump > index ? jump : index + 1
        }
        if rule.actions.skip > 0 {
            for skipped in program.rules[(index + 1)...].prefix(rule.actions.skip) {
                debug(9, "Skipped rule id '\(skipped.id)' due to a `skip' action.")
            }
            return index + 1 + rule.actions.skip
        }
        return index + 1
    }

    private mutating func isRemoved(_ rule: Rule) -> Bool {
        guard let removedRules, removedRules.contains(rule.index) else {
            return false
        }
        debug(9, "Rule id: \(rule.id) was skipped due to a ruleRemoveById action...")
        return true
    }

    // MARK: One rule

    /// Whether a rule and the links of its chain match; runs their actions on the way.
    private mutating func evaluate(_ starter: Rule) -> Bool {
        var pending = PendingMatch()
        var link: Rule? = starter
        while let rule = link {
            currentRule = rule
            guard match(rule, starter: starter, &pending) else {
                debug(4, "Rule returned 0.")
                return false
            }
            debug(4, "Rule returned 1.")
            afterMatch(rule)
            link = rule.next
        }
        currentRule = starter
        self.pending = pending
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
        var list: [ValueReference] = []
        swap(&list, &references)
        list.removeAll(keepingCapacity: true)
        for target in rule.targets where !isExcludedAltogether(target, in: rule) {
            collect(target, into: &list)
        }
        removeExcluded(from: &list, rule)
        var isMatch = false
        for reference in list {
            let found =
                rule.actions.multiMatch
                ? matchAfterEachStep(rule, starter, op, reference, &pending)
                : matchOnce(rule, starter, op, reference, &pending)
            isMatch = found || isMatch
        }
        swap(&list, &references)
        return isMatch
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

    private func isEqual(_ first: ByteRange, _ second: ByteRange) -> Bool {
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
        traceTarget(reference, value)
        matchScratch.reset()
        guard evaluate(op, value, rule: rule) != rule.isNegated else {
            return false
        }
        recordMatch(rule, starter, reference, value: value, &pending)
        return true
    }

    // MARK: Exclusions

    /// `!XML:/*`, and whole collections, are left out before their values are fetched.
    private func isExcludedAltogether(_ target: Target, in rule: Rule) -> Bool {
        func excludes(_ exclusion: Target) -> Bool {
            guard exclusion.variable == target.variable else {
                return false
            }
            if case .all = exclusion.selector {
                return true
            }
            return exclusion.displayName == target.displayName
        }
        return rule.exclusions.contains(where: excludes)
            || removedTargets.contains { $0.rules.contains(rule.index) && excludes($0.target) }
    }

    private mutating func removeExcluded(from list: inout [ValueReference], _ rule: Rule) {
        if !rule.exclusions.isEmpty {
            list.removeAll { reference in rule.exclusions.contains { isExcluded(reference, by: $0) } }
        }
        for removal in removedTargets where removal.rules.contains(rule.index) {
            list.removeAll { isExcluded($0, by: removal.target) }
        }
    }

    private func isExcluded(_ reference: ValueReference, by exclusion: Target) -> Bool {
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

    // MARK: Debug messages

    private mutating func traceTarget(_ reference: ValueReference, _ value: ByteRange) {
        guard context.collectsDebugLog else {
            return
        }
        let text = LogText.escaped(arena.array(value), limit: 80)
        let name = displayName(reference.variable, reference.key)
        debugLog.append(
            Array("[9] Target value: \"".utf8) + text + Array("\" (Variable: ".utf8) + LogText.escaped(name)
                + [UInt8(ascii: ")")]
        )
    }

    private mutating func traceTransformations(_ rule: Rule, _ reference: ValueReference) {
        guard context.collectsDebugLog else {
            return
        }
        for end in rule.path.indices {
            let value = transform(reference, along: Array(rule.path[...end]))
            let name = rules.trie.nodes[rule.path[end]].transformation.name.lowercased()
            debugLog.append(
                Array("[9]  T (\(end)) t:\(name): \"".utf8) + LogText.escaped(arena.array(value), limit: 80)
                    + [UInt8(ascii: "\"")]
            )
        }
    }

    private func executionMessage(_ rule: Rule) -> String {
        let targets =
            rule.targets.map { ($0.isCount ? "&" : "") + $0.displayName.lossyText }
            + rule.exclusions.map { "!" + $0.displayName.lossyText }
        return "(Rule: \(rule.id)) Executing operator \"\(rule.isNegated ? "!" : "")\(rule.operatorName.lossyText)\" "
            + "with param \"\(rule.operatorArgument.lossyText)\" against \(targets.joined(separator: "|"))."
    }
}
