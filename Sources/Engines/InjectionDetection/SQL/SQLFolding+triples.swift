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
        guard let change = Self.change(window, left) else {
            window.unmarkFunction(at: left)
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

    private static func change(_ window: SQLTokenWindow, _ left: Int) -> Change? {
        let (second, third) = (window.type(left + 1), window.type(left + 2))
        switch window.type(left) {
        case .number, .bareword, .variable, .string:
            return operandChange(window, left)
        case .operator where second != .leftParenthesis && third == .operator,
            .logicOperator where third == .logicOperator:
            return .drop(2)
        case .expression where second == .dot && third == .bareword:
            return .replaceSecond(dropping: 1)
        case .expression, .group, .keyword, .comma:
            return window.isUnary(left + 1) ? unaryChange(window.type(left), third) : nil
        default:
            return nil
        }
    }

    /// Arithmetic, casts, lists and qualified names count as their first operand.
    private static func operandChange(_ window: SQLTokenWindow, _ left: Int) -> Change? {
        let first = window.type(left)
        switch (window.type(left + 1), window.type(left + 2)) {
        case (.operator, .number), (.operator, .bareword):
            return first == .string ? nil : .drop(2)
        case (.operator, .variable):
            return first == .variable ? .drop(2) : nil
        case (.operator, .sqlType):
            return window.value(left + 1, isWord: "::") ? .drop(2) : nil
        case (.comma, .number), (.comma, .bareword), (.comma, .string), (.comma, .variable):
            return .drop(2)
        case (.dot, .bareword):
            return first == .bareword ? .drop(2) : nil
        default:
            return nil
        }
    }

    /// A unary operator between a keyword or comma and an operand drops out.
    private static func unaryChange(_ first: SQLTokenType, _ third: SQLTokenType) -> Change? {
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
