// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// All fields of a source and the types of its events: what conditions and outputs are checked against.
package struct FieldCatalogue: Sendable {
    /// The source's name as rules write it: `syscall`, `k8s_audit`.
    package let source: String
    package let definitions: [FieldDefinition]
    package let eventTypes: EventTypeTable
    private let numbers: [String: Int]

    /// - Parameter table: one field to a line: name, type, argument, cardinality and flags, divided by blanks, as in
    ///   ``SystemFieldTable``. The place of the line is the field's number.
    package init(source: String, table: StaticString, eventTypes: EventTypeTable) {
        self.init(source: source, lines: [table], eventTypes: eventTypes)
    }

    package init(source: String, lines tables: [StaticString], eventTypes: EventTypeTable) {
        var definitions: [FieldDefinition] = []
        for table in tables {
            let text = UnsafeBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount)
            for line in text.split(separator: UInt8(ascii: "\n")) {
                if let definition = Self.definition(line, number: definitions.count) {
                    definitions.append(definition)
                }
            }
        }
        self.init(source: source, definitions: definitions, eventTypes: eventTypes)
    }

    private init(source: String, definitions: [FieldDefinition], eventTypes: EventTypeTable) {
        self.source = source
        self.definitions = definitions
        self.eventTypes = eventTypes
        numbers = Dictionary(definitions.map { ($0.name, Int($0.number)) }, uniquingKeysWith: { first, _ in first })
    }

    /// The same fields, of events of other types.
    package func with(eventTypes: EventTypeTable) -> FieldCatalogue {
        FieldCatalogue(source: source, definitions: definitions, eventTypes: eventTypes)
    }

    package subscript(name name: String) -> FieldDefinition? {
        numbers[name].map { definitions[$0] }
    }

    package var names: [String] { definitions.map(\.name) }

    // MARK: Reading the table

    private static func definition(_ line: Slice<UnsafeBufferPointer<UInt8>>, number: Int) -> FieldDefinition? {
        let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard let name = words.first, words.count > 1 else { return nil }
        var argument = FieldDefinition.Argument.none
        var cardinality = FieldDefinition.Cardinality.one
        var flags: FieldDefinition.Flags = []
        for word in words.dropFirst(2) {
            switch word {
            case "index?": argument = .optionalIndex
            case "key?": argument = .optionalKey
            case "index": argument = .requiredIndex
            case "key": argument = .requiredKey
            case "list": cardinality = .list
            case "ends": cardinality = .eitherEnd
            case "ancestors": cardinality = .ancestors
            case "filter": flags.insert(.filterOnly)
            case "print": flags.insert(.printOnly)
            case "old": flags.insert(.deprecated)
            case "left": flags.formUnion([.noRightSide, .noTransformer])
            case "process": flags.insert(.ofProcess)
            default: precondition(word.hasPrefix("@"), "an unknown word in a table of fields: \(word)")
            }
        }
        return FieldDefinition(
            name: name,
            type: type(words[1]),
            argument: argument,
            cardinality: cardinality,
            flags: flags,
            number: UInt16(number)
        )
    }

    private static func type(_ word: String) -> FieldType {
        switch word {
        case "text": .text
        case "buffer": .buffer
        case "int": .signed
        case "uint": .unsigned
        case "port": .port
        case "bool": .bool
        case "double": .double
        case "address": .address
        case "network": .network
        case "duration": .duration
        case "time": .time
        case "dynamic": .dynamic
        default: preconditionFailure("an unknown type in a table of fields: \(word)")
        }
    }
}
