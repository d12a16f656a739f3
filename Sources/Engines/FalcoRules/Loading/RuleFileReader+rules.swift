// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Yams

/// Rules, and items that change earlier ones.
extension RuleFileReader {
    private static let keys: Set = [
        "rule", "condition", "output", "desc", "priority", "source", "enabled", "capture", "capture_duration",
        "warn_evttypes", "skip-if-unknown-filter", "tags", "exceptions", "override", "append",
    ]
    private static let appendable: Set = ["condition", "output", "desc", "tags", "exceptions"]
    private static let replaceable: Set = [
        "condition", "output", "desc", "priority", "tags", "exceptions", "enabled", "warn_evttypes",
        "skip-if-unknown-filter", "capture", "capture_duration",
    ]

    mutating func readRule(_ node: Node, _ context: LoadContext) throws(LoadError) {
        let (name, item) = try named("rule", .rule, node, context)
        checkKeys(item, known: Self.keys, "rule")
        let isAppended = try appendFlag(item)
        let overrides = try overrides(item, appendable: Self.appendable, replaceable: Self.replaceable)
        try checkExclusive(isAppended, overrides, item)
        if !overrides.isEmpty {
            try readOverridingRule(name, item, overrides)
        } else if isAppended {
            var update = RuleUpdate(name: name, context: item.context)
            update.condition = try item.optionalText("condition")
            if item.has("exceptions") {
                update.exceptions = try readExceptions(item, isAppended: true)
            }
            try collection.append(update)
        } else if !item.has("condition"), !item.has("output"), !item.has("desc"), !item.has("priority") {
            try toggle(name, item)
        } else {
            try defineRule(name, item)
        }
    }

    /// An item with nothing but `enabled`, which is deprecated.
    private mutating func toggle(_ name: String, _ item: RuleItem) throws(LoadError) {
        guard let isEnabled = try item.optionalBool("enabled") else {
            throw LoadError(.yamlValidate, "Item has no mapping for key 'enabled'", item.context)
        }
        warn(
            .deprecatedItem,
            "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under"
                + " the 'override' key (i.e. 'enabled: replace').",
            item.context
        )
        try collection.enable(name, isEnabled, item.context)
    }

    private mutating func defineRule(_ name: String, _ item: RuleItem) throws(LoadError) {
        let condition = try item.text("condition")
        let output = try item.text("output")
        var rule = RuleDefinition(
            name: name,
            condition: condition,
            output: Self.trimmed(output),
            description: try item.text("desc"),
            priority: try item.priority(),
            source: try item.optionalText("source") ?? "syscall",
            context: item.context,
            conditionContext: item.context.inner(.ruleCondition, "", item["condition"]?.mark),
            outputContext: item.context.inner(.ruleOutput, "", item["output"]?.mark)
        )
        rule.isEnabled = try item.optionalBool("enabled") ?? true
        rule.warnsAboutEventTypes = try item.optionalBool("warn_evttypes") ?? true
        rule.skipsUnknownFields = try item.optionalBool("skip-if-unknown-filter") ?? false
        rule.capture = try item.optionalBool("capture") ?? false
        rule.captureDuration = try item.optionalNumber("capture_duration")
        rule.tags = Set(try item.optionalTexts("tags") ?? [])
        rule.exceptions = try readExceptions(item, isAppended: false)
        try collection.define(rule, &warnings)
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }

    // MARK: override

    private mutating func readOverridingRule(
        _ name: String,
        _ item: RuleItem,
        _ overrides: Overrides
    ) throws(LoadError) {
        var expected = Self.appendable.union(Self.replaceable).filter(item.has)
        if !overrides.appended.isEmpty {
            let update = try readUpdate(name, item, overrides.appended, "append", &expected)
            try collection.append(update)
        }
        if !overrides.replaced.isEmpty {
            let update = try readUpdate(name, item, overrides.replaced, "replace", &expected)
            try collection.replace(update)
        }
        if let key = expected.min() {
            throw LoadError(
                .yamlValidate,
                "Unexpected key '\(key)': no corresponding entry under 'override' is defined.",
                item.context.inner(.overrides, key, item[key]?.mark)
            )
        }
    }

    private mutating func readUpdate(
        _ name: String,
        _ item: RuleItem,
        _ keys: Set<String>,
        _ operation: String,
        _ expected: inout Set<String>
    ) throws(LoadError) -> RuleUpdate {
        var update = RuleUpdate(name: name, context: item.context)
        for key in keys.sorted() {
            guard expected.remove(key) != nil else {
                throw LoadError(
                    .yamlValidate,
                    "An \(operation) override for '\(key)' was specified but '\(key)' is not defined",
                    item.context
                )
            }
            switch key {
            case "condition":
                update.condition = try item.text(key)
                update.conditionContext = item.context.inner(.ruleCondition, "", item[key]?.mark)
            case "output":
                update.output = try item.text(key)
                update.outputContext = item.context.inner(.ruleOutput, "", item[key]?.mark)
            case "desc": update.description = try item.text(key)
            case "tags": update.tags = Set(try item.texts(key))
            case "exceptions": update.exceptions = try readExceptions(item, isAppended: true)
            case "priority": update.priority = try item.priority()
            case "enabled": update.isEnabled = try item.optionalBool(key)
            case "warn_evttypes": update.warnsAboutEventTypes = try item.optionalBool(key)
            case "skip-if-unknown-filter": update.skipsUnknownFields = try item.optionalBool(key)
            case "capture": update.capture = try item.optionalBool(key)
            case "capture_duration": update.captureDuration = try item.optionalNumber(key)
            default: break
            }
        }
        return update
    }

    // MARK: Exceptions

    private mutating func readExceptions(_ item: RuleItem, isAppended: Bool) throws(LoadError) -> [RuleException] {
        guard let value = item["exceptions"], !value.isNothing else { return [] }
        let context = item.context.inner(.exceptions, "", value.mark)
        guard case .sequence(let entries) = value else {
            throw LoadError(.yamlValidate, "Rule exceptions must be a sequence", context)
        }
        var exceptions: [RuleException] = []
        var names: Set<String> = []
        for entry in entries {
            let unnamed = RuleItem(node: entry, context: context.inner(.exception, "", entry.mark))
            guard case .mapping = entry else {
                throw LoadError(.yamlValidate, "Rule exception must be a mapping", unnamed.context)
            }
            let name = try unnamed.text("name")
            let inner = RuleItem(node: entry, context: item.context.inner(.exception, name, entry.mark))
            if !names.insert(name).inserted {
                warn(
                    .exceptionNameNotUnique,
                    "Multiple definitions of exception '\(name)' in the same rule",
                    inner.context
                )
            }
            exceptions.append(try readException(name, inner, isAppended: isAppended))
        }
        return exceptions
    }

    private mutating func readException(
        _ name: String,
        _ item: RuleItem,
        isAppended: Bool
    ) throws(LoadError) -> RuleException {
        var exception = RuleException(name: name, context: item.context)
        if let fields = item["fields"] {
            exception.fields = try entry(fields, item.context.inner(.valueFor, "fields", fields.mark), depth: 0)
        } else if !isAppended {
            throw LoadError(.yamlValidate, "Item has no mapping for key 'fields'", item.context)
        }
        if let comparisons = item["comps"] {
            exception.comparisons = try entry(
                comparisons,
                item.context.inner(.valueFor, "comps", comparisons.mark),
                depth: 0
            )
        }
        if let values = item["values"] {
            let context = item.context.inner(.exceptionValues, "", values.mark)
            guard case .sequence(let sequence) = values else {
                throw LoadError(.yamlValidate, "Rule exception values must be a sequence", context)
            }
            for value in sequence {
                let inner = context.inner(.exceptionValue, "", value.mark)
                if let value = try entry(value, inner, depth: 0) {
                    exception.values.append(value)
                }
            }
        } else if isAppended {
            warn(.appendNoValues, "Overriding/appending exception with no values", item.context)
        }
        return exception
    }

    /// A scalar, or a list of them as deep as a tuple of lists; nil for what is neither.
    private func entry(_ node: Node, _ context: LoadContext, depth: Int) throws(LoadError) -> RuleException.Entry? {
        switch node {
        case .scalar(let scalar):
            guard !scalar.string.isEmpty else {
                throw LoadError(.yamlValidate, "Value must be non-empty", context)
            }
            return .item(scalar.string)
        case .sequence(let sequence):
            guard depth < 3 else {
                throw LoadError(.yamlValidate, "Exceptions nest no deeper than lists in tuples", context)
            }
            var entries: [RuleException.Entry] = []
            for item in sequence {
                if let entry = try entry(item, context.inner(.exception, "", item.mark), depth: depth + 1) {
                    entries.append(entry)
                }
            }
            return .list(entries)
        case .mapping, .alias:
            return nil
        }
    }
}
