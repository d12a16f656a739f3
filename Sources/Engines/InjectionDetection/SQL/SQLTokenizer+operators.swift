// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SQLTokenizer {
    /// An operator of three, two or one bytes, or a colon.
    mutating func pairedOperator(beginningWith byte: UInt8) -> SQLToken {
        guard peek(1) != nil else { return take(1, as: .operator) }
        if byte == UInt8(ascii: "<"), peek(1) == UInt8(ascii: "="), peek(2) == UInt8(ascii: ">") {
            return take(3, as: .operator)
        }
        let entry = keyword(at: position, count: 2)
        if entry.type != .none {
            return take(2, as: entry.type)
        }
        return take(1, as: byte == UInt8(ascii: ":") ? .colon : .operator)
    }

    /// A comment to the end of the line, or a minus sign.
    mutating func dash() -> SQLToken {
        guard peek(1) == UInt8(ascii: "-") else { return take(1, as: .operator) }
        guard let next = peek(2) else { return lineComment() }
        if has(next, .white) {
            return lineComment()
        }
        guard dialect == .ansi else { return take(1, as: .operator) }
        sawDialectMark = true
        return lineComment()
    }

    /// A comment of MySQL, an operator to others.
    mutating func hash() -> SQLToken {
        sawDialectMark = true
        return dialect == .mySQL ? lineComment() : take(1, as: .operator)
    }

    private mutating func lineComment() -> SQLToken {
        let end = firstIndex(of: UInt8(ascii: "\n"), from: position)
        let token = take((end ?? input.count) - position, as: .comment)
        if end != nil {
            position += 1
        }
        return token
    }

    /// A comment, or a division sign.
    ///
    /// Two kinds of comments are never innocent: those that hold the beginning of another one, because databases
    /// disagree where they end, and MySQL's conditional ones (`/*!`), whose contents run.
    mutating func slash() -> SQLToken {
        let star = UInt8(ascii: "*")
        let slash = UInt8(ascii: "/")
        guard peek(1) == star else { return take(1, as: .operator) }
        let isConditional = peek(2) == UInt8(ascii: "!")
        var isNested = false
        var index = position + 2
        while index + 1 < input.count {
            let pair = (input[index], input[index + 1])
            if pair == (star, slash) {
                return take(index + 2 - position, as: isNested || isConditional ? .evil : .comment)
            }
            isNested = isNested || pair == (slash, star)
            index += 1
        }
        return take(input.count - position, as: isConditional ? .evil : .comment)
    }
}
