// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How the beginning of an input is read.
package enum SQLQuoting: Sendable {
    /// As it stands.
    case none
    /// As if a single quote stood before it.
    case single
    /// As if a double quote stood before it.
    case double

    var delimiter: UInt8? {
        switch self {
        case .none: nil
        case .single: UInt8(ascii: "'")
        case .double: UInt8(ascii: "\"")
        }
    }
}

/// Whose comments are read.
package enum SQLDialect: Sendable {
    /// `--` begins a comment whatever follows, `#` is an operator.
    case ansi
    /// `--` begins a comment before white space alone, `#` always does.
    case mySQL
}

/// Cuts bytes into SQL tokens, in one pass and without allocating.
///
/// It follows the published algorithm of libinjection 3.9.2 by Nick Galbreath with one later change: a number with an
/// empty exponent (`1.e`, `10E+`) is no token, because MySQL ignores it. A byte is read at most three times, whatever
/// the input.
struct SQLTokenizer: ~Copyable {
    let input: UnsafeBufferPointer<UInt8>
    let quoting: SQLQuoting
    let dialect: SQLDialect
    let tables: UnsafePointer<SQLTables>
    /// Where the next token is looked for.
    var position = 0
    /// How many tokens were read.
    private(set) var tokenCount = 0
    /// Whether a comment mark was seen that the dialects read differently.
    var sawDialectMark = false

    init(
        _ input: UnsafeBufferPointer<UInt8>,
        quoting: SQLQuoting,
        dialect: SQLDialect,
        tables: UnsafePointer<SQLTables>
    ) {
        self.input = input
        self.quoting = quoting
        self.dialect = dialect
        self.tables = tables
    }

    /// The next token; at the end of the input one of type ``SQLTokenType/none``.
    mutating func next() -> SQLToken {
        if position == 0, let delimiter = quoting.delimiter, !input.isEmpty {
            tokenCount += 1
            return string(from: 0, closedBy: delimiter, opening: 0)
        }
        while position < input.count {
            let byte = input[position]
            switch tables.pointee.bytes.classes[Int(byte)] {
            case .white:
                position += 1
                continue
            case .number:
                let token = number()
                if token.type == .none { continue }
                tokenCount += 1
                return token
            case let byteClass:
                tokenCount += 1
                return token(of: byteClass, beginningWith: byte)
            }
        }
        return SQLToken()
    }

    private mutating func token(of byteClass: SQLByteClass, beginningWith byte: UInt8) -> SQLToken {
        switch byteClass {
        case .word: word()
        case .quote: string(from: position + 1, closedBy: byte, opening: byte)
        case .backtick: backtickedWord()
        case .symbol: take(1, as: Self.symbolType(byte))
        case .singleOperator: take(1, as: .operator)
        case .pairedOperator: pairedOperator(beginningWith: byte)
        case .dash: dash()
        case .slash: slash()
        case .hash: hash()
        case .dollar: dollar()
        case .at: variable()
        case .bracket: bracketedWord()
        case .backslash: backslash()
        case .binaryPrefix: digitString(of: .binaryDigit)
        case .hexPrefix: digitString(of: .hexDigit)
        case .escapePrefix: escapeString()
        case .nationalPrefix: nationalString()
        case .oraclePrefix: oracleString(prefixLength: 0)
        case .unicodePrefix: unicodeString()
        case .other, .white, .number: take(1, as: .unknown)
        }
    }

    private static func symbolType(_ byte: UInt8) -> SQLTokenType {
        switch byte {
        case UInt8(ascii: "("): .leftParenthesis
        case UInt8(ascii: ")"): .rightParenthesis
        case UInt8(ascii: "{"): .leftBrace
        case UInt8(ascii: "}"): .rightBrace
        case UInt8(ascii: ","): .comma
        default: .semicolon
        }
    }

    /// Takes the next bytes as a token.
    @inline(__always)
    mutating func take(_ length: Int, as type: SQLTokenType) -> SQLToken {
        let token = SQLToken(type, start: position, length: length)
        position += length
        return token
    }

    /// The byte at an offset from the position, nil behind the end.
    @inline(__always)
    func peek(_ offset: Int) -> UInt8? {
        position + offset < input.count ? input[position + offset] : nil
    }

    /// How many bytes from an index on have a trait.
    @inline(__always)
    func run(of trait: SQLByteTraits, from start: Int) -> Int {
        var end = start
        while end < input.count, tables.pointee.bytes.traits[Int(input[end])].contains(trait) {
            end += 1
        }
        return end - start
    }

    /// Whether a byte has a trait.
    @inline(__always)
    func has(_ byte: UInt8, _ trait: SQLByteTraits) -> Bool {
        tables.pointee.bytes.traits[Int(byte)].contains(trait)
    }

    /// Where a byte comes next, nil where it doesn't.
    @inline(__always)
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < input.count {
            if input[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// Where two bytes come next to each other, nil where they don't.
    func firstIndex(of first: UInt8, _ second: UInt8, from start: Int) -> Int? {
        var index = start
        while index + 1 < input.count {
            if input[index] == first, input[index + 1] == second { return index }
            index += 1
        }
        return nil
    }

    /// What the keyword table says about a piece of the input.
    @inline(__always)
    func keyword(at start: Int, count: Int) -> SQLKeywords.Entry {
        guard let base = input.baseAddress else { return .unknown }
        return tables.pointee.keywords.entry(base + start, count: count)
    }
}
