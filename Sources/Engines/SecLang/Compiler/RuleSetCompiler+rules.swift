// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RuleSetCompiler {
    /// `SecRule VARIABLES "OPERATOR" "ACTIONS"`
    func addRule(_ directive: RawDirective) throws(DirectiveError) {
        if directive.arguments.count > 3 {
            let third = directive.arguments[2]
            let rest = String(decoding: directive.line.bytes[third.start...], as: UTF8.self)
            throw DirectiveError(
                directive.location(of: third),
                "Expecting an action, got:  \(rest)",
                hint: "put the operator and the actions in double quotes"
            )
        }
        guard directive.arguments.count >= 2 else {
            throw DirectiveError(
                directive.location,
                "SecRule takes variables, an operator and perhaps actions; this one has "
                    + "\(directive.arguments.count) arguments",
                hint: "put the operator and the actions in double quotes"
            )
        }
        let targets: TargetList
        do {
            targets = try TargetParser.parse(directive.arguments[0].bytes, slots: slots)
        } catch {
            throw DirectiveError(directive, directive.arguments[0], error)
        }
        let compiler = OperatorCompiler(files: self, file: directive.line.file)
        let compiled: CompiledOperator
        do {
            compiled = try compiler.compile(directive.arguments[1].bytes)
        } catch {
            throw DirectiveError(directive, directive.arguments[1], error)
        }
        let actions = directive.arguments.count == 3 ? try actions(directive, directive.arguments[2]) : ActionList()
        lint(directive, targets, compiled)
        try add(
            RuleDraft(
                location: directive.location,
                targets: targets,
                op: compiled.op,
                isNegated: compiled.isNegated,
                operatorName: compiled.name,
                operatorArgument: compiled.argument,
                actions: actions
            )
        )
    }

    /// `SecAction "ACTIONS"`
    func addAction(_ directive: RawDirective) throws(DirectiveError) {
        let actions = try actions(directive, try single(directive))
        if openChain != nil {
            lintLink(directive, directive.arguments[0])
        }
        try add(
            RuleDraft(
                location: directive.location,
                targets: TargetList(),
                op: nil,
                isNegated: false,
                operatorName: Array("unconditionalMatch".utf8),
                operatorArgument: [],
                actions: actions
            )
        )
    }

    func actions(_ directive: RawDirective, _ argument: RawDirective.Argument) throws(DirectiveError) -> ActionList {
        do {
            let programs = ProgramResolver(compiler: self, file: directive.line.file)
            return try ActionParser(slots: slots, programs: programs).parse(argument.bytes)
        } catch {
            throw DirectiveError(directive, argument, error)
        }
    }

    func add(_ draft: RuleDraft) throws(DirectiveError) {
        ruleCount += 1
        guard ruleCount <= options.maximumRules else {
            throw DirectiveError(draft.location, "more than \(options.maximumRules) rules")
        }
        if let chain = openChain {
            try checkLink(draft, of: chain.starter)
            chain.starter.links.append(draft)
            openChain = draft.actions.isChained ? (chain.starter, draft) : nil
            return
        }
        try checkIdentifier(of: draft)
        items.append(.rule(draft, defaults: defaults[draft.phase] ?? Self.builtInDefaults))
        openChain = draft.actions.isChained ? (draft, draft) : nil
    }

    private func checkIdentifier(of draft: RuleDraft) throws(DirectiveError) {
        guard let id = draft.actions.id else {
            let hint = "add `id:NUMBER` to its actions"
            // An action without an id cannot be named in exceptions, but does no harm.
            guard draft.op == nil else {
                throw DirectiveError(draft.location, "a rule needs an id", hint: hint)
            }
            report(.warning, draft.location, "this SecAction has no id", hint: hint)
            return
        }
        if let other = identifiers[id] {
            throw DirectiveError(
                draft.location,
                "Rule id: \(id) is duplicated: it was used at \(other)",
                hint: "give the rule a number of its own"
            )
        }
        identifiers[id] = draft.location
    }

    private func checkLink(_ draft: RuleDraft, of starter: RuleDraft) throws(DirectiveError) {
        let isDisruptive: Bool
        switch draft.actions.disruptive {
        case nil, .pass: isDisruptive = false
        default: isDisruptive = true
        }
        if isDisruptive {
            openChain = nil
            throw DirectiveError(
                draft.location,
                "Disruptive actions can only be specified by the first rule of a chain",
                hint: "move the action to the rule at \(starter.location)"
            )
        }
        if draft.actions.skipAfter != nil || draft.actions.skip > 0 {
            openChain = nil
            throw DirectiveError(draft.location, "skip actions can only be specified by the first rule of a chain")
        }
        if let phase = draft.actions.phase, phase != starter.phase {
            report(.warning, draft.location, "a chained rule runs in its starter's phase, \(starter.phase)")
        }
    }

    static let builtInDefaults: ActionList = {
        var list = ActionList()
        list.log = true
        list.auditlog = true
        list.disruptive = .pass
        return list
    }()

    /// `SecDefaultAction "phase:2,log,pass"`
    func setDefaultAction(_ directive: RawDirective) throws(DirectiveError) {
        let argument = try single(directive)
        let list = try actions(directive, argument)
        let place = directive.location
        let phase = list.phase ?? 2
        switch list.disruptive {
        case nil, .block:
            throw DirectiveError(place, "SecDefaultAction must specify a disruptive action.")
        default:
            break
        }
        guard list.phase != nil else {
            throw DirectiveError(place, "SecDefaultAction must specify a phase.")
        }
        if list.id != nil || list.isChained || list.skipAfter != nil || list.skip > 0 {
            throw DirectiveError(place, "SecDefaultAction takes neither id nor chain nor skip actions")
        }
        if let other = defaultLocations[phase] {
            guard other.file != place.file else {
                throw DirectiveError(
                    place,
                    "SecDefaultActions can only be placed once per phase and configuration context. "
                        + "Phase \(phase) was informed already."
                )
            }
            if defaultTexts[phase] != argument.bytes {
                report(.warning, place, "this replaces the SecDefaultAction of phase \(phase) at \(other)")
            }
        }
        defaultTexts[phase] = argument.bytes
        defaults[phase] = list
        defaultLocations[phase] = place
    }

    // MARK: Exceptions

    func removeRules(_ directive: RawDirective, by name: String) throws(DirectiveError) {
        guard !directive.arguments.isEmpty else {
            throw DirectiveError(directive.location, "\(directive.name.text) needs an argument")
        }
        let arguments = name == "id" ? directive.arguments : [try single(directive)]
        for argument in arguments {
            let selection = try selection(directive, argument, by: name)
            exceptions.append(RuleException(selection: selection, change: .remove, location: directive.location))
        }
    }

    func updateTargets(_ directive: RawDirective, by name: String) throws(DirectiveError) {
        guard directive.arguments.count == 2 || directive.arguments.count == 3 else {
            throw DirectiveError(directive.location, "\(directive.name.text) takes a selection and variables")
        }
        let selection = try selection(directive, directive.arguments[0], by: name)
        do {
            let list = try TargetParser.parse(directive.arguments[1].bytes, slots: slots)
            let replaced =
                directive.arguments.count == 3
                ? try TargetParser.parse(directive.arguments[2].bytes, slots: slots) : nil
            exceptions.append(
                RuleException(
                    selection: selection,
                    change: .targets(list, replacing: replaced),
                    location: directive.location
                )
            )
        } catch {
            throw DirectiveError(directive, directive.arguments[1], error)
        }
    }

    func updateActions(_ directive: RawDirective) throws(DirectiveError) {
        guard directive.arguments.count == 2 else {
            throw DirectiveError(directive.location, "SecRuleUpdateActionById takes an id and actions")
        }
        let parts = directive.arguments[0].text.split(separator: ":").map { Int($0) }
        guard let id = parts.first ?? nil, parts.count <= 2, let link = parts.count == 2 ? parts[1] : 0,
            link >= 0
        else {
            throw DirectiveError(
                directive.location(of: directive.arguments[0]),
                "expected the id of a rule, with `:N` for the Nth link of its chain"
            )
        }
        let list = try actions(directive, directive.arguments[1])
        if list.id != nil || list.phase != nil {
            throw DirectiveError(
                directive.location(of: directive.arguments[1]),
                "the id and the phase of a rule cannot be changed"
            )
        }
        exceptions.append(
            RuleException(
                selection: .ids([id...id]),
                change: .actions(list, link: link),
                location: directive.location
            )
        )
    }

    private func selection(
        _ directive: RawDirective,
        _ argument: RawDirective.Argument,
        by name: String
    ) throws(DirectiveError) -> RuleSelection {
        do {
            if name == "id" {
                return .ids(try ActionParser.idRanges(argument.text, at: 0))
            }
            let regex = try RegexCompiler(options: options).compile(argument.bytes)
            return name == "tag" ? .tag(regex) : .message(regex)
        } catch {
            throw DirectiveError(directive, argument, error)
        }
    }
}
