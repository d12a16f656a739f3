// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A piece of a page. Only what is written in the source is taken as markup; every text that is put into it is escaped.
///
/// ```swift
/// let cell: HTML = "<a href=\"/rules\">\(rule.message)</a>"
/// ```
struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    private(set) var markup: String

    init(stringLiteral markup: String) {
        self.markup = markup
    }

    init(stringInterpolation pieces: StringInterpolation) {
        markup = pieces.markup
    }

    /// A text, escaped.
    init(text: String) {
        markup = Self.escape(text)
    }

    /// What a template or a chart made.
    init(trusted markup: String) {
        self.markup = markup
    }

    static let empty: HTML = ""
    var isEmpty: Bool { markup.isEmpty }

    static func + (left: HTML, right: HTML) -> HTML { HTML(trusted: left.markup + right.markup) }
    static func += (left: inout HTML, right: HTML) { left.markup += right.markup }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { markup += literal }
        mutating func appendInterpolation(_ html: HTML) { markup += html.markup }
        mutating func appendInterpolation(_ text: String) { markup += HTML.escape(text) }
        mutating func appendInterpolation(_ number: Int) { markup += String(number) }
        mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            markup += HTML.escape(value.description)
        }
    }

    /// Escapes a text for content and for attributes in double quotes.
    ///
    /// Control characters, and those that change the direction of what stands beside them, are shown by their names: what
    /// is on the page is what is in the text.
    static func escape(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && !Self.isSpecial($0) }) { return text }
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            default: escaped.append(contentsOf: Self.visible(scalar))
            }
        }
        return String(escaped)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: false
        }
    }

    private static func visible(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
        switch scalar.value {
        case 0x00...0x1F: String(picture(scalar)).unicodeScalars
        case 0x7F: "\u{2421}".unicodeScalars
        case 0x80...0x9F, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xE0000...0xE007F:
            "\u{27E8}U+\(String(scalar.value, radix: 16, uppercase: true))\u{27E9}".unicodeScalars
        default: String(scalar).unicodeScalars
        }
    }

    /// The picture that Unicode has for a control character.
    private static func picture(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
    }
}

extension Sequence<HTML> {
    func joined(_ separator: HTML = .empty) -> HTML {
        HTML(trusted: map(\.markup).joined(separator: separator.markup))
    }
}
