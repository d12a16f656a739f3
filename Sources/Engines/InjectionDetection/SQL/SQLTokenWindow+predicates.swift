// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the rules ask about single tokens.
extension SQLTokenWindow {
    /// Whether a token is one of the operators `+ - ! ~ !! NOT`.
    func isUnary(_ index: Int) -> Bool {
        guard type(index) == .operator else { return false }
        let value = value(index)
        switch value.count {
        case 1:
            let byte = value[0]
            return byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "!")
                || byte == UInt8(ascii: "~")
        case 2:
            return value[0] == UInt8(ascii: "!") && value[1] == UInt8(ascii: "!")
        case 3:
            return self.value(index, isWord: "NOT")
        default:
            return false
        }
    }

    /// Whether a token is one of the operators `+ - * / %`.
    func isArithmetic(_ index: Int) -> Bool {
        guard type(index) == .operator, self[index].length == 1 else { return false }
        switch firstByte(index) {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"): return true
        default: return false
        }
    }

    /// Names that are columns or variables by themselves and functions before a parenthesis.
    func isFunctionBeforeParenthesis(_ index: Int) -> Bool {
        switch self[index].length {
        case 4: value(index, isWord: "USER")
        case 7: value(index, isWord: "USER_ID")
        case 8: value(index, isWord: "DATABASE") || value(index, isWord: "PASSWORD")
        case 9: value(index, isWord: "USER_NAME") || value(index, isWord: "LOCALTIME")
        case 12:
            value(index, isWord: "CURRENT_USER") || value(index, isWord: "CURRENT_DATE")
                || value(index, isWord: "CURRENT_TIME")
        case 14: value(index, isWord: "LOCALTIMESTAMP")
        case 17: value(index, isWord: "CURRENT_TIMESTAMP")
        default: false
        }
    }

    /// `USER()` is a function, `USER(1)` isn't.
    func unmarkFunction(at index: Int) {
        if type(index) == .function, type(index + 1) == .leftParenthesis,
            type(index + 2) != .rightParenthesis, value(index, isWord: "USER")
        {
            setType(.bareword, at: index)
        }
    }
}
