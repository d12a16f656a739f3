// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Checks and compiles all macros and rules of a collection.
struct RuleCompiler {
    let collection: RuleCollection
    private(set) var compiled: CompiledSources
    private(set) var warnings: [LoadIssue] = []
    private var lists: ListSubstitution
    private var usedMacros: Set<String> = []
    private var macros: [String: ConditionNode] = [:]
    /// The conditions whose event types are to be counted.
    private var conditions: [(edge: ConditionGraph.Edge, rule: RuleDefinition)] = []
    /// Macros whose names have all been found.
    private var resolved: Set<String> = []

    init(collection: RuleCollection) {
        self.collection = collection
        compiled = CompiledSources(sources: collection.sources)
        lists = ListSubstitution(collection.lists)
    }

    mutating func compile() throws(LoadError) {
        for macro in collection.macros.items {
            let text = try resolveLists(macro.condition, macro.conditionContext)
            macros[macro.name] = try parse(text, macro.conditionContext)
        }
        for macro in collection.macros.items {
            guard let condition = macros[macro.name] else { continue }
            var resolver = MacroResolver(collection.macros, macros, resolved, visibility: macro.visibility)
            try resolve(condition, &resolver, path: [macro.name], macro.condition, macro.context)
            resolved.insert(macro.name)
        }
        for source in compiled.compilers.keys {
            compiled.compilers[source]?.macros = macros
        }
        for rule in collection.rules.items where !rule.isSourceUnknown {
            try compile(rule)
        }
        warnAboutEventTypes()
        for macro in collection.macros.items where !usedMacros.contains(macro.name) {
            warn(.unusedMacro, "Macro not referred to by any other rule/macro", macro.context)
        }
        for (list, expanded) in zip(collection.lists.items, lists.lists) where !expanded.isUsed {
            warn(.unusedList, "List not referred to by any other rule/macro", list.context)
        }
    }

    private mutating func warn(_ code: LoadCode, _ message: String, _ context: LoadContext) {
        warnings.append(context.issue(code, message))
    }

    private mutating func resolveLists(_ condition: String, _ context: LoadContext) throws(LoadError) -> [UInt8] {
        guard let text = lists.resolve(condition) else {
            throw LoadError(
                .compileCondition,
                "the condition has more than \(ConditionParser.maximumLength) bytes with its lists put in",
                context
            )
        }
        return text
    }

    private func parse(_ text: [UInt8], _ context: LoadContext) throws(LoadError) -> ConditionNode {
        do throws(ConditionError) {
            return try ConditionParser.parse(text)
        } catch {
            throw LoadError(
                .compileCondition,
                error.message,
                context.inner(.conditionExpression, text, error.position)
            )
        }
    }

    private mutating func resolve(
        _ node: ConditionNode,
        _ resolver: inout MacroResolver,
        path: [String],
        _ condition: String,
        _ context: LoadContext
    ) throws(LoadError) {
        do throws(ConditionError) {
            try resolver.resolve(node, path: path)
        } catch {
            throw LoadError(
                .validate,
                error.message,
                context.inner(.conditionExpression, Array(condition.utf8), error.position)
            )
        }
        usedMacros.formUnion(resolver.used)
    }

    // MARK: Rules

    private mutating func compile(_ rule: RuleDefinition) throws(LoadError) {
        guard let output = try output(of: rule) else { return }
        var condition = rule.condition
        if !rule.exceptions.isEmpty {
            condition = "(\(condition))"
            for exception in rule.exceptions {
                if let excluded = try exception.condition() {
                    condition += " and not \(excluded)"
                }
            }
        }
        let text = try resolveLists(condition, rule.conditionContext)
        let node = try parse(text, rule.conditionContext)
        var resolver = MacroResolver(collection.macros, macros, resolved, visibility: .max)
        try resolve(node, &resolver, path: [], condition, rule.context)
        warnAboutFields(node, rule)
        guard let edge = try compile(node, text, rule) else { return }
        if rule.warnsAboutEventTypes {
            conditions.append((edge, rule))
        }
        compiled.rules.append(
            LoadedRule(
                name: rule.name,
                source: rule.source,
                priority: rule.priority,
                tags: rule.tags.sorted(),
                description: rule.description,
                isEnabled: rule.isEnabled,
                capture: rule.capture,
                captureDuration: rule.captureDuration,
                condition: edge,
                output: output
            )
        )
    }

    /// The condition in its source's graph; nil where it names something unknown and the rule wants to be skipped then.
    private mutating func compile(
        _ node: ConditionNode,
        _ text: [UInt8],
        _ rule: RuleDefinition
    ) throws(LoadError) -> ConditionGraph.Edge? {
        guard var compiler = compiled.compilers.removeValue(forKey: rule.source) else { return nil }
        defer { compiled.compilers[rule.source] = compiler }
        compiler.warnings = []
        do throws(ConditionError) {
            let edge = try compiler.compile(node)
            for warning in compiler.warnings {
                let context = rule.conditionContext.inner(.conditionExpression, text, warning.position)
                warn(.conditionWarning, warning.message, context)
            }
            return edge
        } catch {
            let context = rule.conditionContext.inner(.conditionExpression, text, error.position)
            guard error.isUnknownName, rule.skipsUnknownFields else {
                throw LoadError(.compileCondition, error.message, context)
            }
            warn(.unknownFilter, error.message, context)
            return nil
        }
    }

    /// The output; nil where it names an unknown field and the rule wants to be skipped then.
    private mutating func output(of rule: RuleDefinition) throws(LoadError) -> OutputFormat? {
        guard var compiler = compiled.compilers.removeValue(forKey: rule.source) else { return nil }
        defer { compiled.compilers[rule.source] = compiler }
        var text = rule.output
        if text.contains("%container.info") {
            warn(.deprecatedItem, "%container.info is deprecated and no more useful", rule.context)
            text = text.split(separator: "%container.info", omittingEmptySubsequences: false).joined()
        }
        do throws(ConditionError) {
            let output = try OutputFormat(Array(text.utf8), &compiler)
            for field in DeprecatedFields.inOutput(text) {
                warn(
                    .deprecatedItem,
                    "usage of deprecated field '\(field)' has been detected in the rule output",
                    rule.outputContext
                )
            }
            return output
        } catch {
            let context = rule.outputContext.inner(.ruleOutputExpression, Array(text.utf8), error.position)
            guard error.isUnknownName, rule.skipsUnknownFields else {
                throw LoadError(.compileOutput, error.message, context)
            }
            warn(.unknownFilter, error.message, context)
            return nil
        }
    }

    // MARK: Warnings

    private mutating func warnAboutFields(_ node: ConditionNode, _ rule: RuleDefinition) {
        var survey = FieldSurvey(macros: macros)
        survey.look(at: node)
        if survey.comparesWithNA {
            warn(
                .unsafeNACheck,
                "Comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of the rule condition.",
                rule.conditionContext
            )
        }
        for field in survey.deprecated.sorted() {
            warn(
                .deprecatedItem,
                "usage of deprecated field '\(field)' has been detected in the rule condition",
                rule.conditionContext
            )
        }
    }

    /// Once for all rules of a source, as what is known of event types is the same for all.
    private mutating func warnAboutEventTypes() {
        for var compiler in compiled.compilers.values where compiler.catalogue.eventTypes.count > 1 {
            let knowledge = EventTypeKnowledge(compiler)
            for (edge, rule) in conditions where rule.source == compiler.catalogue.source {
                guard knowledge.countTypes(edge, &compiler.graph) > 100 else { continue }
                warn(
                    .noEventType,
                    "Rule matches too many evt.type values. This has a significant performance penalty.",
                    rule.context
                )
            }
        }
    }
}
