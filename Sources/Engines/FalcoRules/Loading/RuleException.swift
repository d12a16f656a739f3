// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Checking exceptions, and writing them as conditions.
extension RuleException {
    /// Fills in the operators that are left out, and checks fields and operators.
    ///
    /// - Parameter source: the fields there are; nil where the rule's source is unknown, so that nobody can tell.
    mutating func complete(for source: FieldCatalogue?) throws(LoadError) {
        guard let fields else {
            throw LoadError(.validate, "Rule exception item must have fields property with a list of fields", context)
        }
        switch fields {
        case .item(let field):
            if comparisons == nil { comparisons = .item("in") }
            guard case .item(let comparison) = comparisons else {
                throw LoadError(.validate, "Fields and comps must both be strings", context)
            }
            guard ["in", "pmatch", "intersects"].contains(comparison) || Self.hasModifier(comparison) else {
                throw LoadError(
                    .validate,
                    "When fields is a single value, comps must be one of (in, pmatch, intersects)",
                    context
                )
            }
            try check(field, source)
        case .list(let fields):
            if comparisons == nil { comparisons = .list(fields.map { _ in .item("=") }) }
            guard case .list(let comparisons) = comparisons, comparisons.count == fields.count else {
                throw LoadError(.validate, "Fields and comps lists must have equal length", context)
            }
            for comparison in comparisons {
                guard Comparison(name: comparison.item) != nil || Self.hasModifier(comparison.item) else {
                    throw LoadError(.validate, "'\(comparison.item)' is not a supported comparison operator", context)
                }
            }
            for field in fields {
                try check(field.item, source)
            }
        }
    }

    /// `startswith anyof` and its like, which take a list.
    private static func hasModifier(_ comparison: String) -> Bool {
        let words = comparison.split(separator: " ")
        return words.count == 2 && Comparison(name: String(words[0])) != nil
            && ListModifier(rawValue: String(words[1])) != nil
    }

    private static func takesList(_ comparison: String) -> Bool {
        Comparison(name: comparison)?.takesList ?? hasModifier(comparison)
    }

    private func check(_ field: String, _ source: FieldCatalogue?) throws(LoadError) {
        guard let source else { return }
        var parser = ConditionParser(Array(field.utf8))
        do throws(ConditionError) {
            guard let operand = try parser.parseOperand(), parser.index == field.utf8.count else {
                throw parser.failure("not a field")
            }
            var compiler = ConditionCompiler(catalogue: source)
            _ = try compiler.operand(operand)
        } catch {
            throw LoadError(.validate, "'\(field)' is not a supported filter field", context)
        }
    }

    /// The condition that is true of what the exception excludes; nil where it excludes nothing.
    func condition() throws(LoadError) -> String? {
        guard !values.isEmpty, let fields, let comparisons else { return nil }
        switch fields {
        case .item(let field):
            var items: [String] = []
            for value in values {
                guard case .item(let item) = value else {
                    throw LoadError(.validate, "Expected values array to contain a list of strings", context)
                }
                items.append(Self.quoted(item))
            }
            return "(\(field) \(comparisons.item) (\(items.joined(separator: ", "))))"
        case .list(let fields):
            guard !fields.isEmpty, let comparisons = comparisons.items else { return nil }
            var tuples: [String] = []
            for value in values {
                guard let items = value.items, items.count == fields.count else {
                    throw LoadError(.validate, "Fields and values lists must have equal length", context)
                }
                let parts = fields.indices.map { place in
                    let comparison = comparisons[place].item
                    return " \(fields[place].item) \(comparison) \(Self.right(items[place], comparison))"
                }
                tuples.append("(" + parts.joined(separator: " and") + ")")
            }
            return "(" + tuples.joined(separator: " or ") + ")"
        }
    }

    private static func right(_ value: Entry, _ comparison: String) -> String {
        switch value {
        case .list(let items):
            "(" + items.map { quoted($0.item) }.joined(separator: ", ") + ")"
        case .item(let item):
            if takesList(comparison) {
                item.hasPrefix("(") ? item : "(\(item))"
            } else {
                quoted(item)
            }
        }
    }

    /// An item as it stands in a condition: in quotes where it holds a blank and has none.
    static func quoted(_ item: String) -> String {
        guard item.contains(" "), !item.hasPrefix("\""), !item.hasPrefix("'") else { return item }
        return "\"\(item)\""
    }
}
