// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension Transaction {
    /// What happens for each value that matches.
    mutating func recordMatch(
        _ rule: Rule,
        _ starter: Rule,
        _ reference: ValueReference?,
        value: ByteRange,
        _ pending: inout PendingMatch
    ) {
        if let reference {
            noteMatchedVariable(starter, reference, value)
        }
        if rule.actions.capture {
            storeCaptures()
        }
        for action in rule.actions.initializeCollections {
            initialize(action)
        }
        for action in rule.actions.setVariables {
            set(action)
        }
        if let severity = rule.actions.severity {
            highestSeverity = min(highestSeverity, severity)
        }
        if let reference {
            mask(rule, reference)
        }
        guard starter.logs || starter.auditLogs || context.collectsDebugLog else {
            return
        }
        describe(rule, starter, reference, value, &pending)
    }

    /// A gate that matched and has nothing else to do: what it looked at is the last matched variable.
    mutating func noteGate(_ rule: Rule, _ step: Step) {
        let text = step.kind == .isSet ? number(tx[Int(step.slot)].isSet ? 1 : 0) : txText(Int(step.slot)) ?? .empty
        var entry = MatchedVariables.Entry(variable: .tx, key: .empty, bytes: text)
        entry.gate = Int32(rule.index)
        note(entry, of: rule)
    }

    private mutating func noteMatchedVariable(_ starter: Rule, _ reference: ValueReference, _ value: ByteRange) {
        note(MatchedVariables.Entry(variable: reference.variable, key: reference.key, bytes: value), of: starter)
    }

    private mutating func note(_ entry: MatchedVariables.Entry, of starter: Rule) {
        // A new starter forgets what the rules before it matched.
        if matched.rule != starter.index {
            matched.all.removeAll(keepingCapacity: true)
            matched.rule = starter.index
        }
        matched.last = entry
        matched.all.append(entry)
    }

    /// TX.0 to TX.9; groups that took no part are unset, as in ModSecurity v2.
    private mutating func storeCaptures() {
        guard !matchScratch.captures.isEmpty else {
            return
        }
        for slot in 0..<SlotTable.captureCount {
            if slot < matchScratch.captures.count, let range = matchScratch.captures[slot] {
                tx.set(slot, bytes: range)
                let text = arena.array(range)
                debug(7, "Added regex subexpression TX.\(slot): \(text.lossyText)")
            } else {
                tx.unset(slot)
            }
        }
    }

    private mutating func describe(
        _ rule: Rule,
        _ starter: Rule,
        _ reference: ValueReference?,
        _ value: ByteRange,
        _ pending: inout PendingMatch
    ) {
        guard let reference else {
            pending.explanation = Array("Unconditional match in SecAction.".utf8)
            return
        }
        pending.variable = displayName(reference.variable, reference.key)
        pending.value = Array(arena[value].prefix(Self.maximumLoggedLength))
        appendReference(rule, reference, &pending)
        let argument = matchScratch.expandedArgument.map { arena.array($0) } ?? rule.operatorArgument
        var text = Array("Matched \"Operator `".utf8) + rule.operatorName
        text += Array("' with parameter `".utf8) + LogText.explained(argument, limit: 200)
        text += Array("' against variable `".utf8) + LogText.explained(pending.variable, limit: 200)
        text += Array("' (Value: `".utf8) + LogText.explained(arena.array(reference.bytes), limit: 100)
        pending.explanation = text + Array("' )".utf8)
    }

    /// `o<offset>,<length>` for what matched, `v…` for where the value stood, `t:…` for the transformations.
    private func appendReference(_ rule: Rule, _ reference: ValueReference, _ pending: inout PendingMatch) {
        // A pattern over a whole body can match often; the trail is for people.
        guard pending.reference.count < 4_096 else {
            return
        }
        for offset in matchScratch.offsets {
            pending.reference += Array("o\(offset.offset),\(offset.length)".utf8)
        }
        if reference.variable == .argsCombinedSize {
            pending.reference += argumentOrigins()
        } else if reference.origin.offset != .max {
            pending.reference += Array("v\(reference.origin.offset),\(reference.origin.length)".utf8)
        }
        pending.reference += Array(rule.transformations.map { "t:\($0.name)" }.joined(separator: ",").utf8)
    }

    /// The places of all arguments, name before value: their size is what ARGS_COMBINED_SIZE adds up.
    private func argumentOrigins() -> [UInt8] {
        var text: [UInt8] = []
        for (names, list) in [(ValueList.argsGetNames, ValueList.argsGet), (.argsPostNames, .argsPost)] {
            for (name, value) in zip(lists[names.rawValue], lists[list.rawValue]).prefix(100) {
                for origin in [values[Int(name)].origin, values[Int(value)].origin] where origin.offset != .max {
                    text += Array("v\(origin.offset),\(origin.length)".utf8)
                }
            }
        }
        return text
    }

    // MARK: After the values

    /// The actions of a rule that run once, when the rule itself has matched.
    mutating func afterMatch(_ rule: Rule) {
        guard rule.hasFinalActions else {
            return
        }
        let actions = rule.actions
        for action in actions.expireVariables {
            expire(action)
        }
        for action in actions.deprecateVariables {
            deprecate(action)
        }
        for action in actions.setEnvironment {
            environment[action.name.lossyText] = expand(action.value)
        }
        for (number, control) in actions.controls.enumerated() {
            apply(control, number: number, of: rule)
        }
        for action in actions.sanitise {
            masks.add(action)
        }
    }

    /// Logs a rule whose chain has matched and does what it says; true where it allows the rest to pass.
    mutating func complete(_ rule: Rule) -> Bool {
        let decided = intervention(of: rule)
        if let milliseconds = rule.actions.pause, isEnforcing {
            // Several rules that pause do not add up, as nobody should wait longer than the longest of them says.
            pauseMilliseconds = max(pauseMilliseconds, min(milliseconds, ActionList.longestPause))
        }
        log(rule, decided)
        var allows = false
        if let decided {
            carryOut(decided)
        } else if case .allow(let scope) = rule.disruptive, engineMode == .on {
            allow(scope)
            allows = true
        }
        pending = PendingMatch()
        return allows
    }

    private mutating func intervention(of rule: Rule) -> Intervention? {
        guard phase != 5 else {
            return nil
        }
        let kind: Intervention.Kind
        var status = rule.status
        switch rule.disruptive {
        case .pass, .block, .allow:
            return nil
        case .deny:
            kind = .deny
        case .drop:
            kind = .drop
        case .redirect(let location):
            kind = .redirect(location: expand(location))
            status = (300...399).contains(status) ? status : 302
        }
        debug(4, "Running (disruptive)     action: \(Self.name(of: kind)).")
        debug(8, "Running action \(Self.name(of: kind))")
        return Intervention(kind: kind, status: status, rule: rule.id, phase: phase)
    }

    private static func name(of kind: Intervention.Kind) -> String {
        switch kind {
        case .deny: "deny"
        case .drop: "drop"
        case .redirect: "redirect"
        }
    }

    /// Whether interventions are carried out at all.
    var isEnforcing: Bool { engineMode == .on && !context.observesOnly }

    private mutating func carryOut(_ decided: Intervention) {
        guard engineMode == .on else {
            return
        }
        if context.observesOnly {
            would = would ?? decided
        } else {
            intervention = intervention ?? decided
        }
    }

    private mutating func allow(_ scope: AllowScope) {
        switch scope {
        case .transaction: isAllowed = true
        case .request: allowsRequestOnly = true
        case .phase: break
        }
    }

    /// The message and the data show what the last link of the chain matched.
    private mutating func expandMessages(_ starter: Rule) {
        var link: Rule? = starter
        while let rule = link {
            if let msg = rule.actions.msg {
                let message = expand(msg)
                pending.message = message
                debug(9, "Saving msg: \(message.lossyText)")
            }
            if let logdata = rule.actions.logdata {
                pending.data = expand(logdata)
            }
            link = rule.next
        }
    }

    private mutating func log(_ rule: Rule, _ decided: Intervention?) {
        // What is audited without a log line is a match too.
        guard rule.logs || rule.auditLogs else {
            return
        }
        expandMessages(rule)
        isRelevant = isRelevant || rule.auditLogs
        guard matches.count < Self.maximumMatches else {
            return
        }
        matches.append(
            RuleMatch(
                rule: rule.id,
                phase: phase,
                location: rule.location,
                message: pending.message ?? [],
                data: Array((pending.data ?? []).prefix(Self.maximumLoggedLength)),
                severity: rule.actions.severity,
                tags: rule.actions.tags.map { expand($0) },
                rev: rule.actions.rev ?? [],
                ver: rule.actions.ver ?? [],
                maturity: rule.actions.maturity ?? 0,
                accuracy: rule.actions.accuracy ?? 0,
                variable: pending.variable,
                value: pending.value,
                explanation: pending.explanation,
                reference: pending.reference,
                intervention: isEnforcing ? decided : nil,
                isInErrorLog: rule.logs,
                isInAuditLog: rule.auditLogs
            )
        )
    }

    /// How many bytes of a value or of its description a match keeps.
    private static var maximumLoggedLength: Int { 4_096 }

    /// How many matches of one transaction are kept.
    private static var maximumMatches: Int { 2_000 }
}
