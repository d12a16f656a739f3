// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SQLTokenizer {
    /// A keyword, function or name; it ends where a byte that belongs to no word stands.
    ///
    /// Words hold dots and backticks. Where the part before one is a keyword, the token is that part, as in
    /// `SELECT.1` and `SELECT`column``.
    mutating func word() -> SQLToken {
        let start = position
        var end = start
        while end < input.count {
            let traits = tables.pointee.bytes.traits[Int(input[end])]
            if traits.contains(.endsWord) { break }
            if traits.contains(.splitsWord), end - start < SQLToken.longestValue {
                let entry = keyword(at: start, count: end - start)
                if entry.type != .none, entry.type != .bareword {
                    return wordToken(entry, length: end - start)
                }
            }
            end += 1
        }
        let entry = keyword(at: start, count: end - start)
        return wordToken(entry, length: end - start)
    }

    private mutating func wordToken(_ entry: SQLKeywords.Entry, length: Int) -> SQLToken {
        var token = take(length, as: entry.type == .none ? .bareword : entry.type)
        token.beginsPhrase = entry.beginsPhrase
        return token
    }

    /// A name of SQL Server in brackets; without a closing bracket it is the rest of the input.
    mutating func bracketedWord() -> SQLToken {
        let end = firstIndex(of: UInt8(ascii: "]"), from: position).map { $0 + 1 } ?? input.count
        return take(end - position, as: .bareword)
    }

    /// A name of MySQL in backticks: a function where the table knows it as one.
    mutating func backtickedWord() -> SQLToken {
        let backtick = UInt8(ascii: "`")
        var token = string(from: position + 1, closedBy: backtick, opening: backtick)
        let entry = keyword(at: token.start, count: Int(token.length))
        token.type = entry.type == .function ? .function : .bareword
        token.beginsPhrase = entry.beginsPhrase
        return token
    }

    /// `@name`, `@@name`, and both with the name in quotes or backticks.
    mutating func variable() -> SQLToken {
        let sigils = peek(1) == UInt8(ascii: "@") ? 2 : 1
        position += sigils
        var token: SQLToken
        switch peek(0) {
        case UInt8(ascii: "`"):
            token = backtickedWord()
        case let quote? where quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""):
            token = string(from: position + 1, closedBy: quote, opening: quote)
        default:
            var end = position
            while end < input.count, !has(input[end], .endsVariable) {
                end += 1
            }
            token = take(end - position, as: .variable)
        }
        token.type = .variable
        token.sigils = UInt8(sigils)
        return token
    }

    /// MySQL's `\N`, which is NULL, or a stray backslash.
    mutating func backslash() -> SQLToken {
        peek(1) == UInt8(ascii: "N") ? take(2, as: .number) : take(1, as: .backslash)
    }
}
