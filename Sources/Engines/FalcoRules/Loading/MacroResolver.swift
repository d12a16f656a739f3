// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Finds out whether all macros that a condition names exist, are visible, and do not lead back to themselves.
struct MacroResolver {
    private let definitions: NamedItems<MacroDefinition>
    private let conditions: [String: ConditionNode]
    /// Macros that need not be looked into.
    private var resolved: Set<String>
    private let visibility: Int
    /// The macros that were named.
    private(set) var used: Set<String> = []

    init(
        _ definitions: NamedItems<MacroDefinition>,
        _ conditions: [String: ConditionNode],
        _ resolved: Set<String>,
        visibility: Int
    ) {
        self.definitions = definitions
        self.conditions = conditions
        self.resolved = resolved
        self.visibility = visibility
    }

    /// - Parameter path: the macros that led here.
    mutating func resolve(_ node: ConditionNode, path: [String]) throws(ConditionError) {
        switch node {
        case .and(let children), .or(let children):
            for child in children {
                try resolve(child, path: path)
            }
        case .not(let child): try resolve(child, path: path)
        case .check: return
        case .macro(let name, let position):
            guard let definition = definitions[name], definition.index < visibility, let inner = conditions[name] else {
                throw ConditionError(message: "Undefined macro '\(name)' used in filter.", position: position)
            }
            guard !path.contains(name) else {
                throw ConditionError(message: "reference loop in macro '\(name)'", position: position)
            }
            guard path.count < ConditionGraph.maximumDepth / 4 else {
                throw ConditionError(message: "macros nest too deep", position: position)
            }
            used.insert(name)
            guard !resolved.contains(name) else { return }
            try resolve(inner, path: path + [name])
            resolved.insert(name)
        }
    }
}

/// What a condition, with its macros, says of fields that are better left alone.
struct FieldSurvey {
    let macros: [String: ConditionNode]
    private var seen: Set<String> = []
    /// Fields of old that it uses.
    private(set) var deprecated: Set<String> = []
    /// Whether it compares a field of an audit log with the text that is shown for absent values.
    private(set) var comparesWithNA = false

    init(macros: [String: ConditionNode]) {
        self.macros = macros
    }

    mutating func look(at node: ConditionNode) {
        switch node {
        case .and(let children), .or(let children):
            for child in children {
                look(at: child)
            }
        case .not(let child): look(at: child)
        case .macro(let name, _):
            if seen.insert(name).inserted, let macro = macros[name] {
                look(at: macro)
            }
        case .check(let check):
            look(at: check.left)
            if case .operand(let operand) = check.right {
                look(at: operand)
            }
            lookForNA(check)
        }
    }

    private mutating func look(at operand: ConditionOperand) {
        switch operand {
        case .field(let name, _, _):
            if DeprecatedFields.names.contains(name) {
                deprecated.insert(name)
            }
        case .transformed(_, let operands, _, _), .list(let operands):
            for operand in operands {
                look(at: operand)
            }
        case .text, .number: return
        }
    }

    private mutating func lookForNA(_ check: ConditionCheck) {
        guard case .field(let name, _, _) = check.left, name.hasPrefix("ka.") || name.hasPrefix("jevt.") else { return }
        switch check.right {
        case .value(let value): comparesWithNA = comparesWithNA || value.elementsEqual("<NA>".utf8)
        case .list(let values): comparesWithNA = comparesWithNA || values.contains { $0.elementsEqual("<NA>".utf8) }
        case .none, .operand: return
        }
    }
}

/// Fields that lost their meaning with the enter events.
enum DeprecatedFields {
    static let names: Set = [
        "evt.dir", "evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.wait_latency",
    ]

    /// Those whose names stand anywhere in an output.
    static func inOutput(_ text: String) -> [String] {
        names.filter { text.contains($0) }.sorted()
    }
}
