// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// All lists, macros and rules of the files read so far.
///
/// A second definition of a name takes the place of the first in the order, but sees what was defined before itself:
/// `index` is the place, `visibility` the time of the latest definition.
struct RuleCollection {
    /// The sources whose fields are known.
    let sources: [String: FieldCatalogue]
    private(set) var lists = NamedItems<ListDefinition>()
    private(set) var macros = NamedItems<MacroDefinition>()
    private(set) var rules = NamedItems<RuleDefinition>()
    private var time = 0

    init(sources: [String: FieldCatalogue]) {
        self.sources = sources
    }

    private mutating func tick() -> Int {
        defer { time += 1 }
        return time
    }

    // MARK: Lists and macros

    mutating func define(_ list: ListDefinition) {
        var list = list
        list.visibility = tick()
        list.index = lists[list.name]?.index ?? list.visibility
        lists[list.name] = list
    }

    mutating func append(_ list: ListDefinition) throws(LoadError) {
        guard var earlier = lists[list.name] else {
            throw LoadError(
                .validate,
                "List uses 'append' or 'override.items: append' but no list by that name already exists",
                list.context
            )
        }
        earlier.items += list.items
        earlier.visibility = tick()
        lists[list.name] = earlier
    }

    mutating func define(_ macro: MacroDefinition) {
        var macro = macro
        macro.visibility = tick()
        macro.index = macros[macro.name]?.index ?? macro.visibility
        macros[macro.name] = macro
    }

    mutating func append(_ macro: MacroDefinition) throws(LoadError) {
        guard var earlier = macros[macro.name] else {
            throw LoadError(
                .validate,
                "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
                macro.context
            )
        }
        earlier.condition += " " + macro.condition
        earlier.visibility = tick()
        macros[macro.name] = earlier
    }

    // MARK: Rules

    mutating func define(_ rule: RuleDefinition, _ warnings: inout [LoadIssue]) throws(LoadError) {
        var rule = rule
        let earlier = rules[rule.name]
        guard earlier == nil || earlier?.source == rule.source else {
            throw LoadError(.validate, "Rule has been re-defined with a different source", rule.context)
        }
        let source = sources[rule.source]
        if source == nil {
            rule.isSourceUnknown = true
            warnings.append(rule.context.issue(.unknownSource, "Unknown source \(rule.source), skipping"))
        }
        for place in rule.exceptions.indices {
            try rule.exceptions[place].complete(for: source)
        }
        rule.visibility = tick()
        rule.index = earlier?.index ?? rule.visibility
        rules[rule.name] = rule
    }

    mutating func enable(_ name: String, _ isEnabled: Bool, _ context: LoadContext) throws(LoadError) {
        guard var rule = rules[name] else {
            throw LoadError(.validate, "Rule has 'enabled' key but no rule by that name already exists", context)
        }
        rule.isEnabled = isEnabled
        rules[name] = rule
    }

    mutating func append(_ update: RuleUpdate) throws(LoadError) {
        guard var rule = rules[update.name] else {
            throw LoadError(
                .validate,
                "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
                update.context
            )
        }
        guard !update.isEmpty else {
            throw LoadError(.validate, "Appended rule must have exceptions or condition property", update.context)
        }
        if let condition = update.condition { rule.condition += " " + condition }
        if let output = update.output { rule.output += " " + output }
        if let description = update.description { rule.description += " " + description }
        rule.tags.formUnion(update.tags ?? [])
        for exception in update.exceptions ?? [] {
            try append(exception, to: &rule)
        }
        rule.visibility = tick()
        rules[update.name] = rule
    }

    private func append(_ exception: RuleException, to rule: inout RuleDefinition) throws(LoadError) {
        guard let place = rule.exceptions.firstIndex(where: { $0.name == exception.name }) else {
            guard exception.fields != nil else {
                throw LoadError(
                    .validate,
                    "Rule exception must have fields property with a list of fields",
                    exception.context
                )
            }
            guard !exception.values.isEmpty else {
                throw LoadError(
                    .validate,
                    "Rule exception must have values property with a list of values",
                    exception.context
                )
            }
            var exception = exception
            try exception.complete(for: sources[rule.source])
            rule.exceptions.append(exception)
            return
        }
        guard exception.fields == nil else {
            throw LoadError(
                .validate,
                "Can not append exception fields to existing exception, only values",
                exception.context
            )
        }
        guard exception.comparisons == nil else {
            throw LoadError(
                .validate,
                "Can not append exception comps to existing exception, only values",
                exception.context
            )
        }
        rule.exceptions[place].values += exception.values
    }

    mutating func replace(_ update: RuleUpdate) throws(LoadError) {
        guard var rule = rules[update.name] else {
            throw LoadError(
                .validate,
                "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists",
                update.context
            )
        }
        if let condition = update.condition { rule.condition = condition }
        if let context = update.conditionContext { rule.conditionContext = context }
        if let output = update.output { rule.output = output }
        if let context = update.outputContext { rule.outputContext = context }
        if let description = update.description { rule.description = description }
        if let tags = update.tags { rule.tags = tags }
        if let priority = update.priority { rule.priority = priority }
        if let isEnabled = update.isEnabled { rule.isEnabled = isEnabled }
        if let warns = update.warnsAboutEventTypes { rule.warnsAboutEventTypes = warns }
        if let skips = update.skipsUnknownFields { rule.skipsUnknownFields = skips }
        if let capture = update.capture { rule.capture = capture }
        if let duration = update.captureDuration { rule.captureDuration = duration }
        if var exceptions = update.exceptions {
            for place in exceptions.indices {
                guard exceptions[place].fields != nil else {
                    throw LoadError(
                        .validate,
                        "Rule exception must have fields property with a list of fields",
                        exceptions[place].context
                    )
                }
                try exceptions[place].complete(for: sources[rule.source])
            }
            rule.exceptions = exceptions
        }
        rule.visibility = tick()
        rules[update.name] = rule
    }
}

/// Items by name, in the order of their first definition.
struct NamedItems<Item> {
    private(set) var items: [Item] = []
    private var places: [String: Int] = [:]

    subscript(name: String) -> Item? {
        get { places[name].map { items[$0] } }
        set {
            guard let newValue else { return }
            if let place = places[name] {
                items[place] = newValue
            } else {
                places[name] = items.count
                items.append(newValue)
            }
        }
    }

    func place(of name: String) -> Int? { places[name] }
}
