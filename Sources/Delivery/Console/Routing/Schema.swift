// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What a JSON value looks like, as OpenAPI 3.1 says it.
indirect enum Schema: Sendable {
    case text(format: String? = nil)
    case choice([String])
    case integer
    case number
    case boolean
    case list(Schema)
    /// One of ``Shape``, by its name.
    case shape(String)
    /// An object of any members, such as an event of OCSF.
    case anything
    case nullable(Schema)

    static let time = Schema.text(format: "date-time")
    static let identifier = Schema.text(format: "uuid")

    var json: JSONValue {
        switch self {
        case .text(let format):
            .object(["type": "string"], format.map { ("format", .text($0)) })
        case .choice(let names): .object(["type": "string", "enum": .array(names.map { .text($0) })])
        case .integer: .object(["type": "integer"])
        case .number: .object(["type": "number"])
        case .boolean: .object(["type": "boolean"])
        case .list(let element): .object(["type": "array", "items": element.json])
        case .shape(let name): .object(["$ref": .text("#/components/schemas/\(name)")])
        case .anything: .object(["type": "object", "additionalProperties": .bool(true)])
        case .nullable(let schema): .object(["oneOf": .array([schema.json, .object(["type": "null"])])])
        }
    }
}

/// An object of the API: one table says what is in it, both for answers and for the document that describes them.
struct Shape<Value>: Sendable {
    struct Member: Sendable {
        let name: String
        let schema: Schema
        let about: String
        /// Nil leaves the member out.
        let read: @Sendable (Value) -> JSONValue?
        var isRequired: Bool
    }

    let name: String
    let members: [Member]

    func json(_ value: Value) -> JSONValue {
        .object(
            members.compactMap { member in
                member.read(value).map { JSONMember(name: Array(member.name.utf8), value: $0) }
            }
        )
    }

    /// A list with a cursor: `{"items": [...], "next": "..."}`.
    func page(_ values: [Value], next: String?) -> JSONValue {
        .object([
            "items": .array(values.map(json)),
            "next": next.map { JSONValue.text($0) } ?? .null,
        ])
    }

    var described: DescribedShape { DescribedShape(name: name, json: schema) }

    private var schema: JSONValue {
        let properties = members.map { member in
            JSONMember(
                name: Array(member.name.utf8),
                value: member.about.isEmpty
                    ? member.schema.json : member.schema.json.adding("description", .text(member.about))
            )
        }
        return .object([
            "type": "object", "additionalProperties": .bool(false), "properties": .object(properties),
            "required": .array(members.filter(\.isRequired).map { .text($0.name) }),
        ])
    }
}

/// A shape without the type of its values.
struct DescribedShape: Sendable {
    let name: String
    let json: JSONValue

    /// A page of a list.
    static func page(of name: String) -> DescribedShape {
        DescribedShape(
            name: name + "Page",
            json: .object([
                "type": "object", "additionalProperties": .bool(false),
                "properties": .object([
                    "items": Schema.list(.shape(name)).json,
                    "next": Schema.nullable(.text()).json.adding(
                        "description",
                        .text("The cursor of the next page; null at the end.")
                    ),
                ]),
                "required": .array([.text("items"), .text("next")]),
            ])
        )
    }
}

extension Shape.Member {
    /// A member that is always there.
    static func always(
        _ name: String,
        _ schema: Schema,
        _ about: String = "",
        _ read: @escaping @Sendable (Value) -> JSONValue
    ) -> Self {
        Self(name: name, schema: schema, about: about, read: read, isRequired: true)
    }

    /// A member that is left out where there is nothing to say.
    static func sometimes(
        _ name: String,
        _ schema: Schema,
        _ about: String = "",
        _ read: @escaping @Sendable (Value) -> JSONValue?
    ) -> Self {
        Self(name: name, schema: schema, about: about, read: read, isRequired: false)
    }
}

extension JSONValue {
    static func text(_ text: String) -> JSONValue { .string(Array(text.utf8)) }

    /// A time as RFC 3339.
    static func time(_ nanoseconds: Int64) -> JSONValue { .text(ClockTime(nanoseconds).description) }

    static func object(_ members: KeyValuePairs<String, JSONValue>, _ more: (String, JSONValue)?...) -> JSONValue {
        let all = members.map { ($0.key, $0.value) } + more.compactMap { $0 }
        return .object(all.map { JSONMember(name: Array($0.0.utf8), value: $0.1) })
    }

    func adding(_ name: String, _ value: JSONValue) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + [JSONMember(name: Array(name.utf8), value: value)])
    }

    var encoded: [UInt8] {
        var json = JSONWriter()
        json.value(self)
        return json.bytes
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self = .text(text) }
}
