// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SQLTokenizer {
    /// A string up to the delimiter that no backslash escapes and that isn't doubled, or else to the end.
    ///
    /// - Parameters:
    ///   - start: where the contents begin.
    ///   - delimiter: the byte that closes the string.
    ///   - opening: what to note as the opening.
    /// - Returns: the string's token.
    mutating func string(from start: Int, closedBy delimiter: UInt8, opening: UInt8) -> SQLToken {
        var searched = start
        while let end = firstIndex(of: delimiter, from: searched) {
            if isEscaped(end, from: start) {
                searched = end + 1
            } else if end + 1 < input.count, input[end + 1] == delimiter {
                searched = end + 2
            } else {
                position = end + 1
                return SQLToken(.string, start: start, length: end - start, opening: opening, closing: delimiter)
            }
        }
        position = input.count
        return SQLToken(.string, start: start, length: input.count - start, opening: opening)
    }

    /// Whether an odd number of backslashes stands before an index; each run of them is looked at once per string.
    private func isEscaped(_ index: Int, from start: Int) -> Bool {
        var first = index
        while first > start, input[first - 1] == UInt8(ascii: "\\") {
            first -= 1
        }
        return (index - first) & 1 == 1
    }

    private var hasQuoteBehindPrefix: Bool {
        position + 2 < input.count && input[position + 1] == UInt8(ascii: "'")
    }

    /// PostgreSQL's `E'...'`.
    mutating func escapeString() -> SQLToken {
        guard hasQuoteBehindPrefix else { return word() }
        return string(from: position + 2, closedBy: UInt8(ascii: "'"), opening: UInt8(ascii: "'"))
    }

    /// MySQL's `N'...'` or Oracle's `NQ'...'`.
    mutating func nationalString() -> SQLToken {
        hasQuoteBehindPrefix ? escapeString() : oracleString(prefixLength: 1)
    }

    /// The standard's `U&'...'`.
    mutating func unicodeString() -> SQLToken {
        guard peek(1) == UInt8(ascii: "&"), peek(2) == UInt8(ascii: "'") else { return word() }
        var token = string(from: position + 3, closedBy: UInt8(ascii: "'"), opening: UInt8(ascii: "u"))
        if token.closing != 0 {
            token.closing = UInt8(ascii: "u")
        }
        return token
    }

    /// Oracle's `Q'[...]'`, where any visible byte may stand for the bracket.
    mutating func oracleString(prefixLength: Int) -> SQLToken {
        let letter = UInt8(ascii: "q")
        guard
            let prefix = peek(prefixLength), prefix | 0x20 == letter,
            peek(prefixLength + 1) == UInt8(ascii: "'"),
            let bracket = peek(prefixLength + 2), 0x21..<0x80 ~= bracket
        else { return word() }
        let start = position + prefixLength + 3
        let closing = Self.closingBracket(of: bracket)
        guard let end = firstIndex(of: closing, UInt8(ascii: "'"), from: start) else {
            position = input.count
            return SQLToken(.string, start: start, length: input.count - start, opening: letter)
        }
        position = end + 2
        return SQLToken(.string, start: start, length: end - start, opening: letter, closing: letter)
    }

    private static func closingBracket(of bracket: UInt8) -> UInt8 {
        switch bracket {
        case UInt8(ascii: "("): UInt8(ascii: ")")
        case UInt8(ascii: "["): UInt8(ascii: "]")
        case UInt8(ascii: "{"): UInt8(ascii: "}")
        case UInt8(ascii: "<"): UInt8(ascii: ">")
        default: bracket
        }
    }

    /// `B'01'` and `X'0f'`, which are numbers; a word where something else stands between the quotes.
    mutating func digitString(of digit: SQLByteTraits) -> SQLToken {
        guard hasQuoteBehindPrefix else { return word() }
        let length = run(of: digit, from: position + 2)
        guard peek(length + 2) == UInt8(ascii: "'") else { return word() }
        return take(length + 3, as: .number)
    }

    /// A string of PostgreSQL between two equal tags, `$$...$$` or `$tag$...$tag$`.
    ///
    /// The tag's length counts its dollar signs.
    mutating func taggedString(tagLength: Int) -> SQLToken {
        let dollar = UInt8(ascii: "$")
        let tag = position
        let start = tag + tagLength
        var searched = start
        while let end = firstIndex(of: dollar, from: searched), end + tagLength <= input.count {
            // A tag holds dollar signs at its ends alone, so what was compared is never compared again.
            if (1..<tagLength).allSatisfy({ input[tag + $0] == input[end + $0] }) {
                position = end + tagLength
                return SQLToken(.string, start: start, length: end - start, opening: dollar, closing: dollar)
            }
            searched = end + 1
        }
        position = input.count
        return SQLToken(.string, start: start, length: input.count - start, opening: dollar)
    }
}
