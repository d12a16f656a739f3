// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import Foundation

/// One value that a request may bring: in a query, a form or a JSON object.
struct InputField: Sendable {
    enum Kind: Sendable {
        /// - Parameter maximum: bytes of UTF-8.
        case text(maximum: Int)
        case choice([String])
        case integer(ClosedRange<Int>)
        case flag
        /// A time, or how long from now, such as `8h` or `30d`.
        case end
        /// A time, or how long before now.
        case start
        /// In JSON an array of strings; elsewhere with commas between.
        case list(maximum: Int)

        /// Whether an empty text is none of its values, rather than no value.
        var hasNoEmptyValue: Bool {
            switch self {
            case .choice, .integer, .flag: true
            case .text, .end, .start, .list: false
            }
        }
    }

    let name: String
    let kind: Kind
    let isRequired: Bool
    let about: String

    init(_ name: String, _ kind: Kind = .text(maximum: 256), required: Bool = false, _ about: String) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.about = about
    }

    var schema: JSONValue {
        let schema: JSONValue =
            switch kind {
            case .text(let maximum): .object(["type": "string", "maxLength": .integer(maximum)])
            case .choice(let names): Schema.choice(names).json
            case .integer(let range):
                .object([
                    "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
                ])
            case .flag: Schema.boolean.json
            case .end, .start: .object(["type": "string", "maxLength": .integer(40)])
            case .list(let maximum):
                .object(["type": "array", "items": Schema.text().json, "maxItems": .integer(maximum)])
            }
        return schema.adding("description", .text(about))
    }
}

/// The values that a request brought, each as its field wants it.
struct Input: Sendable {
    private var texts: [String: [String]] = [:]
    /// Nanoseconds since 1970.
    private let now: Int64

    static let empty = Input(now: 0)

    private init(now: Int64) {
        self.now = now
    }

    /// Reads a query or a form.
    ///
    /// - Parameter isForm: whether fields that nobody filled in are sent as empty ones.
    init(pairs: [(String, String)], fields: [InputField], isForm: Bool = true, now: Int64) throws(Problem) {
        self.init(now: now)
        for (name, value) in pairs {
            guard name != FormToken.name else { continue }
            let field = try Self.field(name, fields)
            guard !value.isEmpty || (!isForm && field.kind.hasNoEmptyValue) else { continue }
            if case .list = field.kind {
                let parts = value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
                texts[name, default: []] += parts.filter { !$0.isEmpty }
            } else {
                guard texts[name] == nil else { throw .invalid("\(name) is there twice", member: name) }
                texts[name] = [value]
            }
        }
        try check(fields)
    }

    /// Reads a JSON object.
    init(json: [UInt8], fields: [InputField], now: Int64) throws(Problem) {
        self.init(now: now)
        let document: JSONValue
        do {
            document = try JSONReader.read(json, maximumDepth: 8)
        } catch {
            throw .badRequest("the body is no JSON: \(error.message), at byte \(error.offset)")
        }
        guard let members = document.members else {
            throw .badRequest("expected a JSON object, found \(document.kind)")
        }
        for member in members {
            let name = String(decoding: member.name, as: UTF8.self)
            let field = try Self.field(name, fields)
            guard texts[name] == nil else { throw .invalid("\(name) is there twice", member: name) }
            texts[name] = try Self.texts(member.value, field)
        }
        try check(fields)
    }

    private static func field(_ name: String, _ fields: [InputField]) throws(Problem) -> InputField {
        if let field = fields.first(where: { $0.name == name }) { return field }
        let names = fields.map(\.name)
        let known = names.isEmpty ? "nothing is expected here" : "expected \(names.joined(separator: ", "))"
        let hint = NearestName.hint(for: name, among: names) ?? known
        throw .invalid("\(String(name.prefix(60))) is not known; \(hint)", member: String(name.prefix(60)))
    }

    private static func texts(_ value: JSONValue, _ field: InputField) throws(Problem) -> [String] {
        switch (value, field.kind) {
        case (.array(let elements), .list):
            var texts: [String] = []
            for element in elements {
                guard let text = element.text else { throw .invalid("\(field.name) has strings", member: field.name) }
                texts.append(text)
            }
            return texts
        case (.string(let bytes), .text), (.string(let bytes), .choice), (.string(let bytes), .end),
            (.string(let bytes), .start):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .invalid("\(field.name) is no UTF-8", member: field.name)
            }
            return [text]
        case (.integer(let number), .integer): return [String(number)]
        case (.bool(let flag), .flag): return [String(flag)]
        default: throw .invalid("\(field.name) does not take \(value.kind)", member: field.name)
        }
    }

    private func check(_ fields: [InputField]) throws(Problem) {
        for field in fields {
            guard let values = texts[field.name], let value = values.first else {
                guard !field.isRequired else {
                    throw .invalid("\(field.name) is missing: \(field.about)", member: field.name)
                }
                continue
            }
            try Self.check(value, values, field, now: now)
        }
    }

    private static func check(_ value: String, _ values: [String], _ field: InputField, now: Int64) throws(Problem) {
        let isFine: Bool
        let expected: String
        switch field.kind {
        case .text(let maximum):
            (isFine, expected) = (value.utf8.count <= maximum && !value.utf8.contains(0), "at most \(maximum) bytes")
        case .choice(let names): (isFine, expected) = (names.contains(value), names.joined(separator: ", "))
        case .integer(let range):
            (isFine, expected) = (Int(value).map(range.contains) ?? false, "\(range.lowerBound) to \(range.upperBound)")
        case .flag: (isFine, expected) = (["true", "false"].contains(value), "true or false")
        case .end:
            (isFine, expected) = (Self.time(value, now: now, sign: 1) != nil, "a time in RFC 3339, or 8h, 30d")
        case .start:
            (isFine, expected) = (Self.time(value, now: now, sign: -1) != nil, "a time in RFC 3339, or 1h, 7d")
        case .list(let maximum):
            isFine = values.count <= maximum && values.allSatisfy { $0.utf8.count <= 256 }
            expected = "at most \(maximum) names"
        }
        guard isFine else { throw .invalid("\(field.name): expected \(expected)", member: field.name) }
    }

    /// Reads a time, or a distance from now such as `90s`, `15m`, `8h`, `30d`.
    static func time(_ text: String, now: Int64, sign: Int64) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        if let last = text.last, let unit = units[last], let number = Int64(text.dropLast()),
            (0...36_500).contains(number) || (last == "s" && (0...10_000_000).contains(number))
        {
            return now + sign * number * unit * 1_000_000_000
        }
        // What a browser's field for times gives has neither seconds nor zone.
        return ClockTime.nanoseconds(text) ?? ClockTime.nanoseconds(text + ":00Z") ?? ClockTime.nanoseconds(text + "Z")
    }

    // MARK: What was brought

    subscript(name: String) -> String? { texts[name]?.first }
    func list(_ name: String) -> [String] { texts[name] ?? [] }
    func integer(_ name: String) -> Int? { self[name].flatMap { Int($0) } }
    func flag(_ name: String) -> Bool { self[name] == "true" }
    func end(_ name: String) -> Int64? { self[name].flatMap { Self.time($0, now: now, sign: 1) } }
    func start(_ name: String) -> Int64? { self[name].flatMap { Self.time($0, now: now, sign: -1) } }
    /// One that is required, and so is there.
    func text(_ name: String) -> String { self[name] ?? "" }
    var isEmpty: Bool { texts.isEmpty }

    /// A value of the model.
    func value<Value: TextForm>(_ type: Value.Type, _ name: String) throws(Problem) -> Value? {
        guard let text = self[name] else { return nil }
        do throws(ModelError) {
            return try Value(parsing: text)
        } catch {
            throw .invalid("\(name): \(error.message)", member: name)
        }
    }

    func required<Value: TextForm>(_ type: Value.Type, _ name: String) throws(Problem) -> Value {
        guard let value = try value(type, name) else { throw .invalid("\(name) is missing", member: name) }
        return value
    }
}

/// Reads what forms and queries have: `application/x-www-form-urlencoded` (WHATWG URL, section 5.1).
enum FormEncoding {
    static let maximumPairs = 100

    static func pairs(_ bytes: some Sequence<UInt8>) throws(Problem) -> [(String, String)] {
        let parts = Array(bytes).split(separator: UInt8(ascii: "&"), maxSplits: maximumPairs)
        guard parts.count <= maximumPairs else { throw .badRequest("more than \(maximumPairs) values") }
        var pairs: [(String, String)] = []
        for part in parts {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            pairs.append((try decode(halves[0]), halves.count > 1 ? try decode(halves[1]) : ""))
        }
        return pairs
    }

    static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = true) throws(Problem) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.endIndex, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
                index += 1
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw .badRequest("a value is no UTF-8") }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
