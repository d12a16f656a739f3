// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Matching

/// Reads the search identifiers of a rule: maps (all members), lists (any element) and keywords.
struct DetectionReader {
    let options: SigmaOptions

    func read(_ value: YAMLValue) throws(SigmaDiagnostic) -> Detection {
        if let members = value.members {
            guard !members.isEmpty else { throw value.error(.structure, "the mapping has no members") }
            var parts: [Detection] = []
            for member in members { parts.append(try item(member.name, member.value)) }
            return .allOf(parts)
        }
        if let elements = value.elements {
            guard !elements.isEmpty else { throw value.error(.structure, "the list is empty") }
            try checkCount(elements.count, value)
            var parts: [Detection] = []
            for element in elements {
                parts.append(element.isMapping || element.elements != nil ? try read(element) : try keyword(element))
            }
            return .anyOf(parts)
        }
        guard !value.isNull else {
            throw value.error(.structure, "a search identifier is a mapping or a list, found nothing")
        }
        return try keyword(value)
    }

    private func keyword(_ value: YAMLValue) throws(SigmaDiagnostic) -> Detection {
        try detection(field: nil, try ModifiedValue(value), isCased: false, value)
    }

    /// A member: a field with its modifiers, and what it has to be.
    private func item(_ nameValue: YAMLValue, _ value: YAMLValue) throws(SigmaDiagnostic) -> Detection {
        let name = try FieldName(nameValue)
        guard !value.isMapping else {
            throw value.error(.structure, "a field's value is a text, a number or a list of them, found a mapping")
        }
        let values = value.list
        try checkCount(values.count, value)
        guard !values.isEmpty else { return .test(FieldTest(field: name.field, test: .null)) }
        var parts: [Detection] = []
        for element in values {
            let chain = ModifierChain(modifiers: name.modifiers, placeholders: options.placeholders, place: element)
            let changed = try chain.apply(to: try ModifiedValue(element))
            parts.append(try detection(field: name.field, changed, isCased: name.isCased, element))
        }
        if name.isNegated { return .not(.anyOf(parts)) }
        return name.isAll ? .allOf(parts) : .anyOf(parts)
    }

    private func checkCount(_ count: Int, _ value: YAMLValue) throws(SigmaDiagnostic) {
        guard count <= options.listValues else {
            throw value.error(.limit, "the list has \(count) values, more than \(options.listValues)")
        }
    }

    private func detection(
        field: String?,
        _ value: ModifiedValue,
        isCased: Bool,
        _ place: YAMLValue
    ) throws(SigmaDiagnostic) -> Detection {
        let test: ValueTest
        switch value {
        case .expansion(let values):
            var parts: [Detection] = []
            for part in values { parts.append(try detection(field: field, part, isCased: isCased, place)) }
            return .anyOf(parts)
        case .pattern(let pattern, _): test = Self.test(pattern, isKeyword: field == nil, isCased: isCased)
        case .number(let number, let text): test = Self.test(number, text, isKeyword: field == nil)
        case .bool(let bool): test = .texts([TextLiteral(Array("\(bool)".utf8), .whole, isCased: false)])
        case .null: test = .null
        case .exists(let wanted):
            let exists = Detection.test(FieldTest(field: field, test: .exists))
            guard field != nil else { throw place.error(.modifier, "\"exists\" needs a field") }
            return wanted ? exists : .not(exists)
        case .comparison(let comparison, let number): test = .number(comparison, number)
        case .time(let part, let comparison, let number): test = .time(part, comparison, number)
        case .field(let other, let anchor): test = .field(other, anchor, isCased: isCased)
        case .network(let text):
            do {
                test = .network(try IPNetwork(parsing: text))
            } catch {
                throw place.error(
                    .value,
                    "expected a network such as 10.0.0.0/8, found \"\(YAMLValue.quotable(text))\""
                )
            }
        case .regex(let text, let options, let anchor):
            test = .regex(try regex(text, options, anchor, isCased: isCased, place))
        }
        if field == nil {
            switch test {
            case .texts, .glob, .regex, .present: break
            default: throw place.error(.structure, "keywords are texts, found \(value.kindName)")
            }
        }
        return .test(FieldTest(field: field, test: test))
    }

    private func regex(
        _ text: String,
        _ options: Regex.Options,
        _ anchor: TextLiteral.Anchor,
        isCased: Bool,
        _ place: YAMLValue
    ) throws(SigmaDiagnostic) -> SigmaRegex {
        let pattern =
            switch anchor {
            case .start: "^(?:\(text))"
            case .end: "(?:\(text))$"
            case .anywhere, .whole: text
            }
        do {
            _ = try Regex(pattern, options: options)
        } catch {
            throw place.error(.value, "the regular expression does not compile: \(error)")
        }
        return SigmaRegex(pattern: Array(pattern.utf8), options: options)
    }

    // MARK: Texts and numbers

    /// The simplest test for a pattern. Keywords may stand anywhere in a value.
    static func test(_ pattern: SigmaPattern, isKeyword: Bool, isCased: Bool) -> ValueTest {
        var pattern = pattern
        if isKeyword { pattern = pattern.prefixed(by: .run).suffixed(by: .run) }
        let literal = { (bytes: [UInt8], anchor: TextLiteral.Anchor) in
            ValueTest.texts([TextLiteral(bytes, anchor, isCased: isCased)])
        }
        switch (pattern.parts.count, pattern.parts.first, pattern.parts.last) {
        case (0, _, _): return literal([], .whole)
        case (1, .run?, _): return .present
        case (1, .bytes(let bytes)?, _): return literal(bytes, .whole)
        case (2, .run?, .bytes(let bytes)?): return literal(bytes, .end)
        case (2, .bytes(let bytes)?, .run?): return literal(bytes, .start)
        case (3, .run?, .run?):
            if case .bytes(let bytes) = pattern.parts[1] { return literal(bytes, .anywhere) }
        default: break
        }
        return .glob(isCased ? pattern : pattern.mapTexts(ASCIIFolding.fold), isCased: isCased)
    }

    /// A number is its shortest text, which numbers of events are brought to as well, or the text of the rule.
    private static func test(_ number: Double, _ text: String, isKeyword: Bool) -> ValueTest {
        let shortest = NumberText.shortest(number, writtenAs: Array(text.utf8))
        let texts = Array(text.utf8) == shortest ? [shortest] : [shortest, Array(text.utf8)]
        return .texts(texts.map { TextLiteral($0, isKeyword ? .anywhere : .whole, isCased: false) })
    }
}

/// The one text of a number that is compared.
enum NumberText {
    /// Whether JSON's text of a number may not be its shortest one.
    @inline(__always)
    static func mayBeLonger(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in text where byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") { return true }
        return text.count > 1 && text[0] == UInt8(ascii: "-") && text[1] == UInt8(ascii: "0")
    }

    /// Whole numbers without point and exponent; those that a `Double` does not hold exactly stay as they are written.
    static func shortest(_ number: Double, writtenAs text: [UInt8]) -> [UInt8] {
        guard let whole = Int64(exactly: number) else { return Array("\(number)".utf8) }
        guard whole.magnitude < 1 << 53 else { return text }
        return Array("\(whole)".utf8)
    }
}
