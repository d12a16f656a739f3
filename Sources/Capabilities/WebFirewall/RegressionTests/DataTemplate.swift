// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation

/// Expands the templates that test files use for long or unprintable bodies: `{{ "1" | repeat 64200 }}`.
///
/// The syntax is that of Go's `text/template` with the functions of sprig, as far as rule set tests use it: string
/// and number literals, function calls, and pipelines, whose value becomes the last argument of the next call. A
/// text with anything else between braces is not a template but a payload (`{{constructor...}}`) and stays whole.
enum DataTemplate {
    /// The longest body that a template may make, in bytes.
    static let maximumLength = 64 << 20

    static func expand(_ text: String) -> String {
        guard text.contains("{{") else {
            return text
        }
        var result = ""
        var rest = Substring(text)
        while let open = rest.range(of: "{{") {
            guard let close = rest.range(of: "}}", range: open.upperBound..<rest.endIndex) else {
                return text
            }
            guard let value = evaluate(rest[open.upperBound..<close.lowerBound]),
                result.utf8.count + value.utf8.count <= maximumLength
            else {
                return text
            }
            result += rest[..<open.lowerBound]
            result += value
            rest = rest[close.upperBound...]
        }
        return result + rest
    }

    private enum Token: Equatable {
        case text(String)
        case number(Int)
        case name(String)
        case pipe
    }

    private static func evaluate(_ action: Substring) -> String? {
        guard let tokens = tokenize(action), !tokens.isEmpty else {
            return nil
        }
        var value: Token?
        for call in tokens.split(separator: .pipe, omittingEmptySubsequences: false) {
            guard let first = call.first else {
                return nil
            }
            var arguments = Array(call.dropFirst())
            if let value {
                arguments.append(value)
            }
            switch first {
            case .name(let name):
                guard let result = apply(name, arguments) else {
                    return nil
                }
                value = result
            case .text, .number:
                guard arguments.isEmpty else {
                    return nil
                }
                value = first
            case .pipe:
                return nil
            }
        }
        switch value {
        case .text(let text): return text
        case .number(let number): return String(number)
        default: return nil
        }
    }

    private static func apply(_ name: String, _ arguments: [Token]) -> Token? {
        switch (name, arguments.count) {
        case ("repeat", 2):
            guard case .number(let count) = arguments[0], case .text(let text) = arguments[1], count >= 0,
                count <= maximumLength / max(text.utf8.count, 1)
            else {
                return nil
            }
            return .text(String(repeating: text, count: count))
        case ("replace", 3):
            guard case .text(let old) = arguments[0], case .text(let new) = arguments[1],
                case .text(let text) = arguments[2], !old.isEmpty
            else {
                return nil
            }
            return .text(text.replacingOccurrences(of: old, with: new))
        case (_, 1):
            guard case .text(let text) = arguments[0] else {
                return nil
            }
            return transform(name, text).map { .text($0) }
        default:
            return nil
        }
    }

    private static func transform(_ name: String, _ text: String) -> String? {
        switch name {
        case "upper": text.uppercased()
        case "lower": text.lowercased()
        case "trim": text.trimmingCharacters(in: .whitespacesAndNewlines)
        case "nospace": text.filter { !$0.isWhitespace }
        case "b64enc": Data(text.utf8).base64EncodedString()
        case "b64dec": Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) }
        case "print", "html": text
        case "urlquery": String(decoding: FormEncoding.escape(Array(text.utf8)), as: UTF8.self)
        default: nil
        }
    }

    private static func tokenize(_ action: Substring) -> [Token]? {
        var tokens: [Token] = []
        var rest = action.drop { $0.isWhitespace || $0 == "-" }
        while let character = rest.first {
            if character.isWhitespace {
                rest = rest.dropFirst()
            } else if character == "|" {
                tokens.append(.pipe)
                rest = rest.dropFirst()
            } else if character == "\"" || character == "`" {
                guard let literal = literal(&rest, quote: character) else {
                    return nil
                }
                tokens.append(.text(literal))
            } else {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                guard !word.isEmpty else {
                    return nil
                }
                tokens.append(Int(word).map { .number($0) } ?? .name(String(word)))
                rest = rest.dropFirst(word.count)
            }
        }
        return tokens
    }

    /// A quoted literal; escapes count between double quotes only.
    private static func literal(_ rest: inout Substring, quote: Character) -> String? {
        rest = rest.dropFirst()
        var text = ""
        while let character = rest.popFirst() {
            if character == quote {
                return quote == "`" ? text : String(decoding: CStringEscapes.decode(Array(text.utf8)), as: UTF8.self)
            }
            text.append(character)
            if character == "\\", quote == "\"", let next = rest.popFirst() {
                text.append(next)
            }
        }
        return nil
    }
}
