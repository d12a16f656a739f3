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
        runActionsPerValue(rule)
        if let reference {
            mask(rule, reference)
        }
        if starter.logs || starter.auditLogs {
            pending.add(rule, reference, value: value, matchScratch)
        }
    }

    private mutating func runActionsPerValue(_ rule: Rule) {
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
    }

    /// Does what a simple rule that matched says, without looking at the rule.
    mutating func apply(_ step: Step, of program: PhaseTables) {
        let run = program.runs[Int(step.effects)]
        if step.kind != .action {
            noteGate(Int(run.rule), step)
        }
        for index in Int(run.first)..<Int(run.first + run.count) {
            let assignment = program.assignments[index]
            let slot = Int(assignment.slot)
            switch assignment.kind {
            case .unset:
                tx.unset(slot)
            case .setNumber:
                tx.set(slot, number: assignment.number)
            case .setText:
                let text = program.texts[Int(assignment.text), count: Int(assignment.textLength)]
                tx.set(slot, bytes: arena.append(text))
            case .add:
                add(assignment.number, to: slot)
            }
        }
    }

    /// What a gate that matched looked at is the last matched variable.
    private mutating func noteGate(_ rule: Int, _ step: Step) {
        var entry = MatchedVariables.Entry(variable: .tx, key: .empty, bytes: gateText(step))
        entry.gate = Int32(rule)
        note(entry, of: rule)
    }

    private mutating func gateText(_ step: Step) -> ByteRange {
        let slot = Int(step.slot)
        return step.kind == .isSet ? number(tx[slot].isSet ? 1 : 0) : txText(slot) ?? .empty
    }

    /// A gate that matched and has actions.
    mutating func recordGate(_ rule: Rule, _ step: Step, _ pending: inout PendingMatch) {
        matchScratch.reset()
        noteGate(rule.index, step)
        runActionsPerValue(rule)
        guard rule.logs || rule.auditLogs || !rule.actions.sanitise.isEmpty else {
            return
        }
        // Only what is logged needs the variable's name.
        let key = arena.append(Array(rule.targets[0].displayName.dropFirst(3)))
        let reference = ephemeral(.tx, key: key, gateText(step))
        mask(rule, reference)
        pending.add(rule, reference, value: reference.bytes, matchScratch)
    }

    private mutating func noteMatchedVariable(_ starter: Rule, _ reference: ValueReference, _ value: ByteRange) {
        note(MatchedVariables.Entry(variable: reference.variable, key: reference.key, bytes: value), of: starter.index)
    }

    private mutating func note(_ entry: MatchedVariables.Entry, of starter: Int) {
        // A new starter forgets what the rules before it matched.
        if matched.rule != starter {
            matched.all.removeAll(keepingCapacity: true)
            matched.rule = starter
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
                if context.collectsDebugLog {
                    let text = arena.array(range)
                    debug(7, "Added regex subexpression TX.\(slot): \(text.lossyText)")
                }
            } else {
                tx.unset(slot)
            }
        }
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
        if !actions.programs.isEmpty {
            execute(rule)
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

    mutating func carryOut(_ decided: Intervention) {
        guard engineMode == .on else {
            return
        }
        let mayAct = context.mayIntervene.map { $0(decided.rule) } ?? !context.observesOnly
        if !mayAct {
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
        let description = describePending()
        matches.append(
            RuleMatch(
                rule: rule.id,
                phase: phase,
                origin: rule.origin,
                message: pending.message ?? [],
                data: Array((pending.data ?? []).prefix(Self.maximumLoggedLength)),
                severity: rule.actions.severity,
                tags: rule.origin.literalTags ?? rule.actions.tags.map { expand($0) },
                variable: description.variable,
                value: description.value,
                explanation: description.explanation,
                reference: description.reference,
                intervention: isEnforcing ? decided : nil,
                isInErrorLog: rule.logs,
                isInAuditLog: rule.auditLogs
            )
        )
    }

    /// How many matches of one transaction are kept.
    private static var maximumMatches: Int { 2_000 }
}
