// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The rules for two tokens; `left` is the first one's index.
extension SQLFolding {
    mutating func foldPair() -> PairResult {
        let second = window.type(left + 1)
        switch window.type(left) {
        case .string where second == .string, .semicolon where second == .semicolon:
            // Strings side by side are one; repeated semicolons are one.
            return drop(1)
        case .semicolon where second == .function && window.value(left + 1, beginsWith: "IF"):
            // A function elsewhere, a statement of Transact-SQL here.
            window.setType(.tsql, at: left + 1)
            return .folded
        case .operator:
            return foldOperator(before: second)
        case .logicOperator where window.isUnary(left + 1) || second == .sqlType,
            .rightParenthesis where second == .rightParenthesis:
            return drop(1, restart: true)
        case .leftParenthesis:
            if window.isUnary(left + 1) { return dropAndStepBack() }
            if second == .leftParenthesis { return drop(1, restart: true) }
        case .keyword:
            return foldKeyword(before: second)
        case .bareword, .variable, .union, .function, .expression, .tsql:
            return foldWord(before: second)
        case .sqlType:
            return foldType(before: second)
        case .collate where second == .bareword:
            markCollation()
            return .unchanged
        case .backslash:
            return foldBackslash()
        case .leftBrace where second == .bareword:
            return foldBrace()
        default:
            break
        }
        return foldRightBrace(second)
    }

    /// Drops tokens from the window's end.
    private mutating func drop(_ dropped: Int, restart: Bool = false) -> PairResult {
        count -= dropped
        if restart {
            left = 0
        }
        return .folded
    }

    private mutating func dropAndStepBack() -> PairResult {
        count -= 1
        left = max(left - 1, 0)
        return .folded
    }

    /// A right brace closes what is left of `{name expression}`.
    private mutating func foldRightBrace(_ second: SQLTokenType) -> PairResult {
        second == .rightBrace ? drop(1, restart: true) : .unchanged
    }

    /// Joins two words to a phrase of the table.
    private mutating func joinWords(_ second: SQLTokenType) -> Bool {
        guard window[left].beginsPhrase else { return false }
        switch second {
        case .keyword, .bareword, .operator, .sqlType, .logicOperator, .function, .union, .expression, .tsql: break
        default: return false
        }
        return window.joinPhrase(at: left, keywords: tokenizer.tables.pointee.keywords)
    }

    private mutating func foldOperator(before second: SQLTokenType) -> PairResult {
        if window.isUnary(left + 1) || second == .sqlType {
            return drop(1, restart: true)
        }
        if joinWords(second) {
            return dropAndStepBack()
        }
        if window.value(left, isWord: "LIKE") || window.value(left, isWord: "NOT LIKE") {
            if second == .leftParenthesis {
                window.setType(.function, at: left)
            }
            return .unchanged
        }
        return foldRightBrace(second)
    }

    private mutating func foldKeyword(before second: SQLTokenType) -> PairResult {
        if joinWords(second) {
            return dropAndStepBack()
        }
        if window.value(left, isWord: "IN") || window.value(left, isWord: "NOT IN") {
            // An operator before a list, else a word that may begin a phrase (IN BOOLEAN MODE).
            window.setType(second == .leftParenthesis ? .operator : .bareword, at: left)
            return .folded
        }
        return foldRightBrace(second)
    }

    private mutating func foldWord(before second: SQLTokenType) -> PairResult {
        let first = window.type(left)
        if first != .variable, joinWords(second) {
            return dropAndStepBack()
        }
        if second == .leftParenthesis, first == .bareword || first == .variable,
            window.isFunctionBeforeParenthesis(left)
        {
            window.setType(.function, at: left)
            return .folded
        }
        return foldRightBrace(second)
    }

    /// A type before a value is a cast and drops out.
    private mutating func foldType(before second: SQLTokenType) -> PairResult {
        if joinWords(second) {
            return dropAndStepBack()
        }
        switch second {
        case .bareword, .number, .sqlType, .leftParenthesis, .function, .variable, .string:
            window.copy(from: left + 1, to: left)
            return drop(1, restart: true)
        default:
            return foldRightBrace(second)
        }
    }

    /// Takes a name with an underscore behind COLLATE for a collation; there are too many to list.
    private mutating func markCollation() {
        for byte in window.value(left + 1) {
            if byte == 0 { return }
            if byte == UInt8(ascii: "_") {
                window.setType(.sqlType, at: left + 1)
                left = 0
                return
            }
        }
    }

    /// Transact-SQL reads `\%1` as `0 % 1` and `\1` as `1`.
    private mutating func foldBackslash() -> PairResult {
        if window.isArithmetic(left + 1) {
            window.setType(.number, at: left)
        } else {
            window.copy(from: left + 1, to: left)
            count -= 1
        }
        left = 0
        return .folded
    }

    /// `{name expression}` of ODBC stands for the expression; MySQL's `{``.``.id}` is never innocent.
    private mutating func foldBrace() -> PairResult {
        if window[left + 1].length == 0 {
            window.setType(.evil, at: left + 1)
            return .finished
        }
        return drop(2, restart: true)
    }
}
