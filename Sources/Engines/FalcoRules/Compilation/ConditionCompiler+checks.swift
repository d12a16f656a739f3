// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// From comparisons to predicates.
extension ConditionCompiler {
    mutating func compile(_ check: ConditionCheck) throws(ConditionError) -> ConditionGraph.Edge {
        let left = try operand(check.left)
        let spec = operands[left]
        if case .field(let number, _) = spec.source, catalogue.definitions[Int(number)].flags.contains(.printOnly) {
            throw ConditionError(message: "the field \(spec.name) is for outputs only", position: check.position)
        }
        switch check.right {
        case .none:
            return ask(.exists(left))
        case .operand(let right):
            return try compare(left, check, with: try operand(right))
        case .value(let value):
            warnAboutFieldName(value, check)
            return try compare(left, check, [value])
        case .list(let values):
            return try compare(left, check, values)
        }
    }

    /// A value that reads like a field is a text all the same.
    private mutating func warnAboutFieldName(_ value: [UInt8], _ check: ConditionCheck) {
        let text = String(decoding: value, as: UTF8.self)
        let isTransformer = Transformer.allCases.contains { text.hasPrefix($0.rawValue + "(") }
        guard text.contains("."), isTransformer || (try? field(text, nil, at: check.position)) != nil else { return }
        warnings.append(
            ConditionWarning(
                message:
                    "'\(text)' may be a valid field misused as a const string value; write val(\(text)) to compare fields",
                position: check.position
            )
        )
    }

    // MARK: Two operands

    private mutating func compare(
        _ left: Int,
        _ check: ConditionCheck,
        with right: Int
    ) throws(ConditionError) -> ConditionGraph.Edge {
        let comparison = check.comparison
        let (a, b) = (operands[left], operands[right])
        guard check.modifier == nil else {
            throw ConditionError(message: "a modifier needs a list", position: check.position)
        }
        guard a.type == b.type, (a.cardinality == .list) == (b.cardinality == .list) else {
            throw ConditionError(
                message: "\(a.name) and \(b.name) are of different types and cannot be compared",
                position: check.position
            )
        }
        if case .field(let number, _) = b.source, catalogue.definitions[Int(number)].flags.contains(.noRightSide) {
            throw ConditionError(message: "\(b.name) cannot stand on the right side", position: check.position)
        }
        guard comparison != .pathMatch, comparison != .regex, a.type != .network else {
            throw ConditionError(
                message: "\(comparison.rawValue) compares with constants only",
                position: check.position
            )
        }
        try checkOperator(a, comparison, check)
        if comparison == .notEqual, a.cardinality != .ancestors {
            return all([
                ask(.exists(left)), ask(.exists(right)), !ask(.operands(left, .equal, right)),
            ])
        }
        return ask(.operands(left, comparison, right))
    }

    // MARK: Constants

    private func checkOperator(
        _ operand: OperandSpec,
        _ comparison: Comparison,
        _ check: ConditionCheck
    ) throws(ConditionError) {
        let isAllowed: Bool
        if operand.cardinality == .list {
            isAllowed = [.exists, .inList, .intersects].contains(comparison)
        } else {
            switch operand.type {
            case .text, .dynamic: isAllowed = true
            case .buffer:
                isAllowed = [
                    .equal, .notEqual, .contains, .startsWith, .endsWith, .inList, .intersects, .containsHex,
                    .startsWithHex,
                ].contains(comparison)
            case .bool: isAllowed = [.equal, .notEqual, .inList, .intersects].contains(comparison)
            case .signed, .unsigned, .port, .double, .duration, .time:
                isAllowed = [.equal, .notEqual, .inList, .intersects].contains(comparison) || comparison.isOrder
            case .address, .network:
                isAllowed = [.equal, .notEqual, .inList, .intersects].contains(comparison)
            }
        }
        guard isAllowed else {
            throw ConditionError(
                message: "the operator '\(comparison.rawValue)' is not supported for \(operand.name)",
                position: check.position
            )
        }
    }

    private mutating func compare(
        _ left: Int,
        _ check: ConditionCheck,
        _ values: [[UInt8]]
    ) throws(ConditionError) -> ConditionGraph.Edge {
        let spec = operands[left]
        let comparison = check.comparison
        try checkOperator(spec, comparison, check)
        try checkEventTypes(spec, values, check)
        if let modifier = check.modifier {
            return try compare(left, check, modifier, values)
        }
        switch comparison {
        case .equal, .inList, .intersects:
            if spec.cardinality == .list, comparison == .inList {
                return ask(try all(left, values, check))
            }
            return try isAmong(left, values, check)
        case .notEqual:
            return try differs(left, values, check)
        default:
            return try test(left, check, values)
        }
    }

    private mutating func compare(
        _ left: Int,
        _ check: ConditionCheck,
        _ modifier: ListModifier,
        _ values: [[UInt8]]
    ) throws(ConditionError) -> ConditionGraph.Edge {
        if modifier == .anyOf, check.comparison == .equal {
            return try isAmong(left, values, check)
        }
        var single = check
        single.modifier = nil
        var edges: [ConditionGraph.Edge] = []
        for value in values {
            edges.append(try compare(left, single, [value]))
        }
        switch modifier {
        case .anyOf: return any(edges)
        case .allOf: return values.isEmpty ? ask(.exists(left)) : all(edges)
        case .oneOf:
            guard operands[left].type == .text || operands[left].type == .buffer else {
                throw ConditionError(message: "oneof is for texts", position: check.position)
            }
            var tests: [TextTest] = []
            for value in values {
                tests.append(try textTest(check.comparison, [value], check))
            }
            return ask(.exactlyOne(left, tests))
        }
    }

    /// A name of an event type that no event can have is a mistake in the rule.
    private func checkEventTypes(
        _ operand: OperandSpec,
        _ values: [[UInt8]],
        _ check: ConditionCheck
    ) throws(ConditionError) {
        guard operand.name == "evt.type" || operand.name == "syscall.type", catalogue.eventTypes.count > 1,
            [.equal, .notEqual, .inList, .intersects].contains(check.comparison)
        else { return }
        for value in values {
            let name = String(decoding: value, as: UTF8.self)
            guard catalogue.eventTypes.isKnown(name) else {
                throw ConditionError(
                    message: "unknown event type \(name)",
                    position: check.position,
                    isUnknownName: true
                )
            }
        }
    }

    private mutating func isAmong(
        _ left: Int,
        _ values: [[UInt8]],
        _ check: ConditionCheck
    ) throws(ConditionError) -> ConditionGraph.Edge {
        let spec = operands[left]
        guard !values.isEmpty else { return .never }
        switch spec.type {
        case .text, .buffer:
            return ask(.text(left, .among(Set(values).sorted(by: Self.precedes))))
        case .address, .network:
            return ask(.address(left, try ranges(values, check)))
        case .dynamic:
            return ask(.dynamic(left, .inList, Set(values).sorted(by: Self.precedes)))
        case .signed, .unsigned, .port, .bool, .double, .duration, .time:
            let numbers = try numbers(values, spec.type, check)
            // Events are numbered from 1; rules that are switched off say so.
            if spec.name == "evt.num", numbers == [0] {
                return .never
            }
            return ask(.number(left, .among(numbers)))
        }
    }

    private mutating func differs(
        _ left: Int,
        _ values: [[UInt8]],
        _ check: ConditionCheck
    ) throws(ConditionError) -> ConditionGraph.Edge {
        let spec = operands[left]
        if spec.cardinality == .ancestors, let value = values.first {
            if spec.type == .text {
                return ask(.textDiffers(left, value))
            }
            return ask(.numberDiffers(left, try numbers([value], spec.type, check)[0]))
        }
        return all([ask(.exists(left)), !(try isAmong(left, values, check))])
    }

    private func all(
        _ left: Int,
        _ values: [[UInt8]],
        _ check: ConditionCheck
    ) throws(ConditionError) -> PredicateSpec {
        let type = operands[left].type
        if type == .text || type == .buffer {
            return .allTexts(left, Set(values).sorted(by: Self.precedes))
        }
        return .allNumbers(left, try numbers(values, type, check))
    }

    private mutating func test(
        _ left: Int,
        _ check: ConditionCheck,
        _ values: [[UInt8]]
    ) throws(ConditionError) -> ConditionGraph.Edge {
        let spec = operands[left]
        guard let value = values.first ?? (check.comparison == .pathMatch ? [] : nil) else {
            throw ConditionError(message: "expected a value", position: check.position)
        }
        switch spec.type {
        case .text, .buffer:
            if check.comparison == .pathMatch, values.isEmpty { return .never }
            let literal = try textTest(check.comparison, values, check)
            switch literal {
            // Every text has the empty prefix.
            case .hasPrefix([[]]), .hasSuffix([[]]), .contains([[]]), .containsCaseless([[]]): return ask(.exists(left))
            default: return ask(.text(left, literal))
            }
        case .dynamic:
            return ask(.dynamic(left, check.comparison, values))
        default:
            return ask(.number(left, try order(check.comparison, value, spec.type, check)))
        }
    }

    static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.lexicographicallyPrecedes(right)
    }
}
