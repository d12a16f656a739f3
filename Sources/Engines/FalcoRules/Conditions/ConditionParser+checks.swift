// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension ConditionParser {
    /// A field or a transformer on the left side, in an argument; nil where there is none.
    mutating func parseOperand() throws(ConditionError) -> ConditionOperand? {
        let position = here
        if let name = takeFieldName() {
            return .field(name: name, argument: try parseArgument(), at: position)
        }
        if let transformer = takeTransformer() {
            return try parseTransformer(transformer, at: position)
        }
        return nil
    }

    /// `[...]` behind a field or a transformer.
    private mutating func parseArgument() throws(ConditionError) -> [UInt8]? {
        guard take("[") else { return nil }
        let argument: [UInt8]
        if let quoted = try takeQuoted() {
            argument = quoted
        } else {
            argument = takeWhile { !Self.endsArgument($0) }
            guard !argument.isEmpty else { throw failure("expected the field's argument") }
        }
        guard take("]") else { throw failure("expected ']'") }
        return argument
    }

    private mutating func takeTransformer() -> Transformer? {
        for transformer in Transformer.allCases {
            let start = index
            if take(transformer.rawValue), take("(") {
                return transformer
            }
            index = start
        }
        return nil
    }

    /// What stands behind `tolower(`.
    private mutating func parseTransformer(
        _ transformer: Transformer,
        at position: TextPosition
    ) throws(ConditionError) -> ConditionOperand {
        try enter()
        defer { depth -= 1 }
        var operands = [try parseTransformerOperand()]
        skipBlanks()
        while take(",") {
            operands.append(try parseTransformerOperand())
            skipBlanks()
        }
        guard take(")") else { throw failure("expected ')' behind the operands of \(transformer.rawValue)") }
        return .transformed(transformer, operands, argument: try parseArgument(), at: position)
    }

    private mutating func parseTransformerOperand() throws(ConditionError) -> ConditionOperand {
        skipBlanks()
        if take("(") {
            try enter()
            defer { depth -= 1 }
            var operands = [try parseTransformerOperand()]
            skipBlanks()
            while take(",") {
                operands.append(try parseTransformerOperand())
                skipBlanks()
            }
            guard take(")") else { throw failure("expected ')' behind the list") }
            return .list(operands)
        }
        if let operand = try parseOperand() {
            return operand
        }
        if let quoted = try takeQuoted() {
            return .text(quoted)
        }
        if let number = takeNumber() {
            return .number(number)
        }
        throw failure("expected a field, a transformer, a quoted text or a number")
    }

    // MARK: Comparisons

    mutating func parseComparison(
        _ left: ConditionOperand,
        at position: TextPosition
    ) throws(ConditionError) -> ConditionCheck {
        skipBlanks()
        if take("exists") {
            return ConditionCheck(left: left, comparison: .exists, right: .none, position: position)
        }
        if let comparison = takeOrder() {
            let right = try parseNumber()
            return ConditionCheck(left: left, comparison: comparison, right: right, position: position)
        }
        if let comparison = takeTextComparison() {
            if let modifier = takeModifier() {
                let right = try parseList()
                return ConditionCheck(
                    left: left,
                    comparison: comparison,
                    modifier: modifier,
                    right: right,
                    position: position
                )
            }
            let right = try parseValue()
            return ConditionCheck(left: left, comparison: comparison, right: right, position: position)
        }
        if let comparison = takeListComparison() {
            let right = try parseList()
            return ConditionCheck(left: left, comparison: comparison, right: right, position: position)
        }
        throw failure("expected a comparison: \(Comparison.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    private mutating func takeOrder() -> Comparison? {
        if take("<=") { return .lessOrEqual }
        if take("<") { return .less }
        if take(">=") { return .greaterOrEqual }
        if take(">") { return .greater }
        return nil
    }

    private static let words: [Comparison] = [
        .glob, .globCaseless, .contains, .containsCaseless, .containsHex, .startsWith, .startsWithHex, .endsWith,
        .regex,
    ]

    private mutating func takeTextComparison() -> Comparison? {
        if take("==") || take("=") { return .equal }
        if take("!=") { return .notEqual }
        for word in Self.words {
            let start = index
            if take(word.rawValue), skipBlanks() {
                return word
            }
            index = start
        }
        return nil
    }

    private mutating func takeListComparison() -> Comparison? {
        if take("intersects") { return .intersects }
        if take("in") { return .inList }
        if take("pmatch") { return .pathMatch }
        return nil
    }

    /// `oneof`, `anyof` or `allof`, only where a list or a list's name follows; else it is a value.
    private mutating func takeModifier() -> ListModifier? {
        let start = index
        skipBlanks()
        for modifier in ListModifier.allCases {
            let wordStart = index
            if take(modifier.rawValue) {
                let hasBlank = skipBlanks()
                if peek == UInt8(ascii: "(") {
                    return modifier
                }
                let nameStart = index
                if hasBlank, let name = takeIdentifier(), !["and", "or", "not"].contains(name) {
                    index = nameStart
                    return modifier
                }
            }
            index = wordStart
        }
        index = start
        return nil
    }

    // MARK: Right sides

    private mutating func parseNumber() throws(ConditionError) -> ConditionCheck.Right {
        skipBlanks()
        if let operand = try parseRightOperand() {
            return .operand(operand)
        }
        guard let number = takeNumber() else { throw failure("expected a number") }
        return .value(number)
    }

    private mutating func parseValue() throws(ConditionError) -> ConditionCheck.Right {
        skipBlanks()
        if let operand = try parseRightOperand() {
            return .operand(operand)
        }
        return .value(try parseText())
    }

    private mutating func parseText() throws(ConditionError) -> [UInt8] {
        skipBlanks()
        if let quoted = try takeQuoted() {
            return quoted
        }
        let bare = takeWhile(Self.isBare)
        guard !bare.isEmpty else { throw failure("expected a value") }
        return bare
    }

    private mutating func parseList() throws(ConditionError) -> ConditionCheck.Right {
        skipBlanks()
        guard take("(") else {
            if let operand = try parseRightOperand() {
                return .operand(operand)
            }
            guard let name = takeIdentifier() else { throw failure("expected a list in parentheses") }
            return .list([Array(name.utf8)])
        }
        skipBlanks()
        if take(")") {
            return .list([])
        }
        var values = [try parseText()]
        skipBlanks()
        while take(",") {
            values.append(try parseText())
            skipBlanks()
        }
        guard take(")") else { throw failure("expected ',' or ')' in the list") }
        return .list(values)
    }

    /// `val(field)` or a transformer; nil where neither stands here.
    private mutating func parseRightOperand() throws(ConditionError) -> ConditionOperand? {
        let position = here
        if take("val(") {
            skipBlanks()
            guard let name = takeFieldName() else { throw failure("expected a field in val(...)") }
            let operand = ConditionOperand.field(name: name, argument: try parseArgument(), at: position)
            skipBlanks()
            guard take(")") else { throw failure("expected ')' behind the field") }
            return operand
        }
        guard let transformer = takeTransformer() else { return nil }
        return try parseTransformer(transformer, at: position)
    }
}
