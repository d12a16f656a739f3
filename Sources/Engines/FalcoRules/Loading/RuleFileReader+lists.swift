// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Yams

/// Lists and macros, and what `override` says.
extension RuleFileReader {
    mutating func readList(_ node: Node, _ context: LoadContext) throws(LoadError) {
        let (name, item) = try named("list", .list, node, context)
        checkKeys(item, known: ["list", "items", "append", "override"], "list")
        if !name.utf8.allSatisfy(ConditionParser.isBare) {
            warn(.invalidListName, "List has an invalid name. List names should match a bare word", item.context)
        }
        let items = try item.texts("items")
        var isAppended = try appendFlag(item)
        let overrides = try overrides(item, appendable: ["items"], replaceable: ["items"])
        try checkExclusive(isAppended, overrides, item)
        isAppended = isAppended || overrides.appended.contains("items")
        let list = ListDefinition(name: name, items: items, context: item.context)
        if isAppended {
            try collection.append(list)
        } else {
            collection.define(list)
        }
    }

    mutating func readMacro(_ node: Node, _ context: LoadContext) throws(LoadError) {
        let (name, item) = try named("macro", .macro, node, context)
        checkKeys(item, known: ["macro", "condition", "append", "override"], "macro")
        var parser = ConditionParser(Array(name.utf8))
        if parser.takeIdentifier() == nil || parser.index < name.utf8.count {
            warn(.invalidMacroName, "Macro has an invalid name. Macro names should be identifiers", item.context)
        }
        let condition = try item.text("condition")
        var isAppended = try appendFlag(item)
        let overrides = try overrides(item, appendable: ["condition"], replaceable: ["condition"])
        try checkExclusive(isAppended, overrides, item)
        isAppended = isAppended || overrides.appended.contains("condition")
        let macro = MacroDefinition(
            name: name,
            condition: condition,
            context: item.context,
            conditionContext: item.context.inner(.macroCondition, "", item["condition"]?.mark)
        )
        if isAppended {
            try collection.append(macro)
        } else {
            collection.define(macro)
        }
    }

    /// `append: true`, which is deprecated.
    mutating func appendFlag(_ item: RuleItem) throws(LoadError) -> Bool {
        guard try item.optionalBool("append") == true else { return false }
        warn(
            .deprecatedItem,
            "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.",
            item.context
        )
        return true
    }

    /// What `override` says of each key.
    struct Overrides {
        var appended: Set<String> = []
        var replaced: Set<String> = []

        var isEmpty: Bool { appended.isEmpty && replaced.isEmpty }
    }

    func checkExclusive(_ isAppended: Bool, _ overrides: Overrides, _ item: RuleItem) throws(LoadError) {
        guard isAppended, !overrides.isEmpty else { return }
        throw LoadError(
            .yamlValidate,
            "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry under 'override' instead.",
            item.context
        )
    }

    func overrides(
        _ item: RuleItem,
        appendable: Set<String>,
        replaceable: Set<String>
    ) throws(LoadError) -> Overrides {
        var overrides = Overrides()
        guard let value = item["override"] else { return overrides }
        let context = item.context.inner(.overrides, "", item.node.mark)
        guard case .mapping(let mapping) = value else {
            throw LoadError(.yamlValidate, "Value of override must be a mapping", context)
        }
        for (keyNode, operationNode) in mapping {
            let key = keyNode.scalar?.string ?? ""
            let keyContext = context.inner(.overrides, key, keyNode.mark)
            switch operationNode.scalar?.string ?? "" {
            case "append":
                guard appendable.contains(key) else {
                    throw LoadError(
                        .yamlValidate,
                        "Key '\(key)' cannot be appended to, use 'replace' instead",
                        keyContext
                    )
                }
                overrides.appended.insert(key)
            case "replace":
                guard replaceable.contains(key) else {
                    throw LoadError(.yamlValidate, "Key '\(key)' cannot be replaced", keyContext)
                }
                overrides.replaced.insert(key)
            case let operation:
                let allowed =
                    (appendable.contains(key) ? ["append"] : []) + (replaceable.contains(key) ? ["replace"] : [])
                throw LoadError(
                    .yamlValidate,
                    "Invalid override operation for key '\(key)': '\(operation)'. Allowed values are: "
                        + allowed.joined(separator: " "),
                    context.inner(.valueFor, key, operationNode.mark)
                )
            }
        }
        return overrides
    }
}
