// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The rules for three tokens; `left` is the first one's index.
extension SQLFolding {
    /// What a rule for three tokens asks for.
    private enum Change {
        /// Drops so many tokens from the window's end.
        case drop(Int)
        /// Puts the third token over the second, then drops.
        case replaceSecond(dropping: Int)
    }

    /// Whether a rule changed the window.
    mutating func foldTriple() -> Bool {
        guard let change = change(window.type(left), window.type(left + 1), window.type(left + 2)) else {
            unmarkFunction()
            return false
        }
        switch change {
        case .drop(let dropped):
            count -= dropped
        case .replaceSecond(let dropped):
            window.copy(from: left + 2, to: left + 1)
            count -= dropped
        }
        left = 0
        return true
    }

    /// `USER()` is a function, `USER(1)` isn't.
    private func unmarkFunction() {
        if window.type(left) == .function, window.type(left + 1) == .leftParenthesis,
            window.type(left + 2) != .rightParenthesis, window.value(left, isWord: "USER")
        {
            window.setType(.bareword, at: left)
        }
    }

    private func change(_ first: SQLTokenType, _ second: SQLTokenType, _ third: SQLTokenType) -> Change? {
        switch first {
        case .number, .bareword, .variable, .string:
            operandChange(first, second, third)
        case .operator where second != .leftParenthesis && third == .operator:
            .drop(2)
        case .logicOperator where third == .logicOperator:
            .drop(2)
        case .expression where second == .dot && third == .bareword:
            .replaceSecond(dropping: 1)
        case .expression, .group, .keyword, .comma:
            isUnary(left + 1) ? unaryChange(first, third) : nil
        default:
            nil
        }
    }

    /// Arithmetic, casts, lists and qualified names count as their first operand.
    private func operandChange(_ first: SQLTokenType, _ second: SQLTokenType, _ third: SQLTokenType) -> Change? {
        switch (second, third) {
        case (.operator, .number), (.operator, .bareword):
            first == .string ? nil : .drop(2)
        case (.operator, .variable):
            first == .variable ? .drop(2) : nil
        case (.operator, .sqlType):
            window.value(left + 1, isWord: "::") ? .drop(2) : nil
        case (.comma, .number), (.comma, .bareword), (.comma, .string), (.comma, .variable):
            .drop(2)
        case (.dot, .bareword):
            first == .bareword ? .drop(2) : nil
        default:
            nil
        }
    }

    /// A unary operator between a keyword or comma and an operand drops out.
    private func unaryChange(_ first: SQLTokenType, _ third: SQLTokenType) -> Change? {
        switch third {
        case .leftParenthesis:
            first == .keyword ? nil : .replaceSecond(dropping: 1)
        case .number, .bareword, .variable, .string:
            // "1,-1" goes on as "1": the comma and both tokens behind it drop out.
            .replaceSecond(dropping: first == .comma ? 3 : 1)
        case .function:
            .replaceSecond(dropping: 1)
        default:
            nil
        }
    }
}
