// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// An expression of the small part of Swift in which `Package.swift` is written.
indirect enum ManifestExpression: Equatable {
    struct Argument: Equatable {
        var label: String?
        var value: ManifestExpression
    }

    case string(String)
    case array([ManifestExpression])
    /// A call; a member without a base keeps its point: `.product`.
    case call(String, [Argument])
    case name(String)
}

/// Reads expressions out of `Package.swift`; everything that it does not understand is an error.
struct ManifestParser {
    private enum Token: Equatable {
        case word(String)
        case string(String)
        case symbol(Character)
    }

    private let tokens: [Token]
    private var position = 0

    init(_ text: String) throws {
        tokens = try Self.tokens(of: text)
    }

    /// The first call of a function, such as `Package`.
    mutating func callOf(_ function: String) throws -> ManifestExpression {
        position = 0
        while position + 1 < tokens.count {
            if tokens[position] == .word(function), tokens[position + 1] == .symbol("(") {
                return try expression()
            }
            position += 1
        }
        throw ManifestError("no call of \(function)")
    }

    private mutating func expression() throws -> ManifestExpression {
        switch try next() {
        case .string(let text):
            return .string(text)
        case .symbol("["):
            return .array(try list(until: "]").map(\.value))
        case .symbol("."):
            guard case .word(let name) = try next() else { throw ManifestError("a point without a name behind it") }
            return try callOrName(".\(name)")
        case .word(let name):
            return try callOrName(name)
        case .symbol(let symbol):
            throw ManifestError("'\(symbol)' where a value should be")
        }
    }

    private mutating func callOrName(_ name: String) throws -> ManifestExpression {
        guard accept("(") else { return .name(name) }
        return .call(name, try list(until: ")"))
    }

    /// Elements with commas between them, each with or without a label, to the closing symbol.
    private mutating func list(until end: Character) throws -> [ManifestExpression.Argument] {
        var elements: [ManifestExpression.Argument] = []
        while !accept(end) {
            var label: String?
            if position + 1 < tokens.count, case .word(let word) = tokens[position],
                tokens[position + 1] == .symbol(":")
            {
                label = word
                position += 2
            }
            elements.append(.init(label: label, value: try expression()))
            guard accept(",") || peek() == .symbol(end) else {
                throw ManifestError("\(peek().map { "\($0)" } ?? "the end") behind an element of a list")
            }
        }
        return elements
    }

    private func peek() -> Token? {
        position < tokens.count ? tokens[position] : nil
    }

    private mutating func next() throws -> Token {
        guard let token = peek() else { throw ManifestError("the end within an expression") }
        position += 1
        return token
    }

    private mutating func accept(_ symbol: Character) -> Bool {
        guard peek() == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    private static func tokens(of text: String) throws -> [Token] {
        var tokens: [Token] = []
        var rest = Substring(text)
        while let first = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
            } else if first.isWhitespace {
                rest.removeFirst()
            } else if first == "\"" {
                let literal = rest.dropFirst().prefix { $0 != "\"" && !$0.isNewline }
                // Only the manifest's own functions interpolate; a target's name or path that does is refused later.
                guard rest.dropFirst(literal.count + 1).first == "\"" else { throw ManifestError("a text without end") }
                tokens.append(.string(String(literal)))
                rest = rest.dropFirst(literal.count + 2)
            } else if first.isLetter || first == "_" {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                tokens.append(.word(String(word)))
                rest = rest.dropFirst(word.count)
            } else {
                tokens.append(.symbol(first))
                rest.removeFirst()
            }
        }
        return tokens
    }
}
