// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// A value of a rule on its way through the modifiers.
enum ModifiedValue {
    /// With the text as it stands in the rule, as long as no modifier has changed it.
    case pattern(SigmaPattern, source: String?)
    case number(Double, text: String)
    case bool(Bool)
    case null
    case regex(String, Regex.Options, TextLiteral.Anchor)
    case comparison(Comparison, Double)
    case network(String)
    case field(String, TextLiteral.Anchor)
    case exists(Bool)
    case time(TimePart, Comparison, Double)
    /// Any of these.
    case expansion([ModifiedValue])

    init(_ value: YAMLValue) throws(SigmaDiagnostic) {
        switch value.scalar {
        case .null?: self = .null
        case .bool(let bool)?: self = .bool(bool)
        case .number(let number, let text)?: self = .number(number, text: text)
        case .text(let text)?: self = .pattern(SigmaPattern(parsing: text), source: text)
        case nil:
            throw value.error(.structure, "a value is a text, number, true, false or null, found \(value.kindName)")
        }
    }

    var kindName: String {
        switch self {
        case .pattern: "a text"
        case .number: "a number"
        case .bool: "true or false"
        case .null: "null"
        case .regex: "a regular expression"
        case .comparison: "a comparison"
        case .network: "a network"
        case .field: "a field"
        case .exists: "a test of existence"
        case .time: "a part of a date"
        case .expansion: "several values"
        }
    }
}

/// Puts one value through a field's modifiers, in their order.
struct ModifierChain {
    let modifiers: [Modifier]
    let placeholders: [String: [String]]
    /// Where the value stands, for errors.
    let place: YAMLValue

    func apply(to value: ModifiedValue) throws(SigmaDiagnostic) -> ModifiedValue {
        var value = value
        for modifier in modifiers {
            value = try apply(modifier, to: value)
        }
        return value
    }

    private func apply(_ modifier: Modifier, to value: ModifiedValue) throws(SigmaDiagnostic) -> ModifiedValue {
        if case .expansion(let values) = value {
            var changed: [ModifiedValue] = []
            for value in values { changed.append(try apply(modifier, to: value)) }
            return .expansion(changed)
        }
        switch modifier {
        case .all, .cased, .neq: return value
        case .contains, .startswith, .endswith: return try anchored(modifier, value)
        case .exists:
            guard case .bool(let wanted) = value else { throw misfit(modifier, value, "true or false") }
            return .exists(wanted)
        case .re:
            guard let text = Self.sourceText(value) else { throw misfit(modifier, value, "a text as the rule has it") }
            return .regex(text, [], .anywhere)
        case .i, .m, .s: return try withFlag(modifier, value)
        case .windash:
            return .expansion(try windash(try pattern(modifier, value)).map { .pattern($0, source: nil) })
        case .base64:
            return .pattern(SigmaPattern([.bytes(Base64Forms.encode(try plain(modifier, value)))]), source: nil)
        case .base64offset:
            let forms = Base64Forms.offsets(try plain(modifier, value))
            return .expansion(forms.map { .pattern(SigmaPattern([.bytes($0)]), source: nil) })
        case .wide, .utf16le, .utf16be, .utf16: return try utf16(modifier, value)
        case .lt, .lte, .gt, .gte: return try compared(modifier, value)
        case .cidr:
            guard case .pattern(let pattern, let source?) = value, !pattern.hasWildcards else {
                throw misfit(modifier, value, "a network such as 10.0.0.0/8")
            }
            return .network(source)
        case .expand: return try expanded(modifier, value)
        case .fieldref:
            guard case .pattern(_, let source?) = value, !source.isEmpty else {
                throw misfit(modifier, value, "the name of a field")
            }
            return .field(source, .whole)
        case .minute, .hour, .day, .week, .month, .year: return try timed(modifier, value)
        }
    }

    // MARK: One after the other

    private func anchored(_ modifier: Modifier, _ value: ModifiedValue) throws(SigmaDiagnostic) -> ModifiedValue {
        let anchor: TextLiteral.Anchor =
            modifier == .contains ? .anywhere : modifier == .startswith ? .start : .end
        switch value {
        case .pattern, .number:
            var pattern = try pattern(modifier, value)
            if anchor != .start { pattern = pattern.prefixed(by: .run) }
            if anchor != .end { pattern = pattern.suffixed(by: .run) }
            return .pattern(pattern, source: nil)
        case .regex(let text, let options, .anywhere): return .regex(text, options, anchor)
        case .field(let name, .whole): return .field(name, anchor)
        default: throw misfit(modifier, value, "a text, a regular expression or a field")
        }
    }

    private func withFlag(_ modifier: Modifier, _ value: ModifiedValue) throws(SigmaDiagnostic) -> ModifiedValue {
        guard case .regex(let text, let options, let anchor) = value else {
            throw misfit(modifier, value, "\"re\" before it")
        }
        let flag: Regex.Options = modifier == .i ? .caseless : modifier == .m ? .multiline : .dotMatchesLineEnds
        return .regex(text, options.union(flag), anchor)
    }

    private func compared(_ modifier: Modifier, _ value: ModifiedValue) throws(SigmaDiagnostic) -> ModifiedValue {
        guard let comparison = modifier.comparison else { return value }
        switch value {
        case .number(let number, _): return .comparison(comparison, number)
        case .time(let part, .equal, let number): return .time(part, comparison, number)
        default: throw misfit(modifier, value, "a number")
        }
    }

    private func timed(_ modifier: Modifier, _ value: ModifiedValue) throws(SigmaDiagnostic) -> ModifiedValue {
        guard let part = modifier.timePart else { return value }
        switch value {
        case .number(let number, _): return .time(part, .equal, number)
        case .comparison(let comparison, let number): return .time(part, comparison, number)
        default: throw misfit(modifier, value, "a number")
        }
    }

    /// Each `-` or `/` that begins an option, which no letter, digit or `_` stands before and one stands behind, is
    /// all of the signs that Windows takes for it, and a text with several of them is all that these make.
    private func windash(_ pattern: SigmaPattern) throws(SigmaDiagnostic) -> [SigmaPattern] {
        var forms: [[SigmaPattern.Part]] = [[]]
        for part in pattern.parts {
            guard case .bytes(let bytes) = part else {
                for index in forms.indices { forms[index].append(part) }
                continue
            }
            for (index, byte) in bytes.enumerated() {
                let signs = Dash.isOption(bytes, index) ? Dash.signs : [[byte]]
                guard forms.count * signs.count <= Dash.mostForms else {
                    throw place.error(.limit, "\"windash\" makes more than \(Dash.mostForms) forms of one value")
                }
                forms = forms.flatMap { form in signs.map { form + [.bytes($0)] } }
            }
        }
        return forms.map { SigmaPattern($0) }
    }

    private func utf16(_ modifier: Modifier, _ value: ModifiedValue) throws(SigmaDiagnostic) -> ModifiedValue {
        let encoded = try pattern(modifier, value).mapTexts { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            return text.utf16.flatMap { unit -> [UInt8] in
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
                return modifier == .utf16be ? [high, low] : [low, high]
            }
        }
        return .pattern(modifier == .utf16 ? encoded.prefixed(by: .bytes([0xFF, 0xFE])) : encoded, source: nil)
    }

    private func expanded(_ modifier: Modifier, _ value: ModifiedValue) throws(SigmaDiagnostic) -> ModifiedValue {
        guard case .pattern(_, let source?) = value else { throw misfit(modifier, value, "a text with %name%") }
        var forms: [[SigmaPattern.Part]] = [[]]
        for piece in Placeholders.pieces(source) {
            switch piece {
            case .text(let text):
                for index in forms.indices { forms[index] += SigmaPattern(parsing: text).parts }
            case .name(let name):
                guard let values = placeholders[name] else {
                    throw place.error(.value, "the placeholder %\(YAMLValue.quotable(name))% has no values")
                }
                guard forms.count * values.count <= 100_000 else {
                    throw place.error(.limit, "\"expand\" makes more than 100000 forms of one value")
                }
                forms = forms.flatMap { form in values.map { form + SigmaPattern(parsing: $0).parts } }
            }
        }
        return .expansion(forms.map { .pattern(SigmaPattern($0), source: nil) })
    }

    // MARK: Forms of a value

    private func pattern(_ modifier: Modifier, _ value: ModifiedValue) throws(SigmaDiagnostic) -> SigmaPattern {
        switch value {
        case .pattern(let pattern, _): return pattern
        case .number(_, let text): return SigmaPattern([.bytes(Array(text.utf8))])
        default: throw misfit(modifier, value, "a text")
        }
    }

    private func plain(_ modifier: Modifier, _ value: ModifiedValue) throws(SigmaDiagnostic) -> [UInt8] {
        guard let bytes = try pattern(modifier, value).plain else {
            throw place.error(.modifier, "\"\(modifier.rawValue)\" cannot be used with wildcards")
        }
        return bytes
    }

    private static func sourceText(_ value: ModifiedValue) -> String? {
        switch value {
        case .pattern(_, let source): source
        case .number(_, let text): text
        default: nil
        }
    }

    private func misfit(_ modifier: Modifier, _ value: ModifiedValue, _ wanted: String) -> SigmaDiagnostic {
        place.error(.modifier, "\"\(modifier.rawValue)\" needs \(wanted), found \(value.kindName)")
    }
}
