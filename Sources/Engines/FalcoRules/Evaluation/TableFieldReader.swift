// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Events that are given as fields with values: the test events of rules, and whatever else has no reader of its own.
package struct TableFieldReader: FieldReader, ~Copyable {
    /// A value that owns its bytes.
    package enum Value: Sendable {
        case text(String)
        case bytes([UInt8])
        case signed(Int64)
        case unsigned(UInt64)
        case bool(Bool)
        case double(Double)
        case ipv4(UInt32)
        case ipv6(UInt128)
        /// Of fields with several values.
        case list([Value])
    }

    private let references: [FieldReference]
    private let names: [String]
    private let aliases: [[String]]
    private var slots: [[FieldValue]]
    private var present: [Bool]
    private var memory: [UnsafeMutableRawBufferPointer] = []
    package private(set) var eventType = 0
    package private(set) var processStamp: UInt64 = 0

    /// - Parameter program: whose fields are to be answered.
    package init(_ program: RuleProgram) {
        references = program.references
        var names: [String] = []
        for operand in program.operandSpecs {
            if case .field = operand.source {
                names.append(operand.name)
            }
        }
        self.names = names
        aliases = names.map { Self.spellings($0) }
        slots = names.map { _ in [] }
        present = names.map { _ in false }
    }

    deinit {
        for memory in memory {
            memory.deallocate()
        }
    }

    /// `evt.arg.flags` and `evt.arg[flags]` are the same field.
    private static func spellings(_ name: String) -> [String] {
        guard let bracket = name.firstIndex(of: "["), name.hasSuffix("]") else {
            guard let dot = name.lastIndex(of: ".") else { return [name] }
            return [name, "\(name[..<dot])[\(name[name.index(after: dot)...])]"]
        }
        let argument = name[name.index(after: bracket)...].dropLast()
        return [name, "\(name[..<bracket]).\(argument)"]
    }

    /// Goes on to an event with these values; fields that no rule names are passed over.
    package mutating func read(_ values: [String: Value], eventType: Int = 0, processStamp: UInt64 = 0) {
        for memory in memory {
            memory.deallocate()
        }
        memory.removeAll(keepingCapacity: true)
        self.eventType = eventType
        self.processStamp = processStamp
        for place in names.indices {
            slots[place].removeAll(keepingCapacity: true)
            present[place] = false
            guard let value = aliases[place].lazy.compactMap({ values[$0] }).first else { continue }
            present[place] = true
            if case .list(let items) = value {
                for item in items {
                    slots[place].append(plain(item))
                }
            } else {
                slots[place].append(plain(value))
            }
        }
    }

    private mutating func plain(_ value: Value) -> FieldValue {
        switch value {
        case .text(let text): copy(Array(text.utf8))
        case .bytes(let bytes): copy(bytes)
        case .signed(let number): .signed(number)
        case .unsigned(let number): .unsigned(number)
        case .bool(let bool): .bool(bool)
        case .double(let number): .double(number)
        case .ipv4(let bits): .ipv4(bits)
        case .ipv6(let bits): .ipv6(bits)
        case .list: .absent
        }
    }

    private mutating func copy(_ bytes: [UInt8]) -> FieldValue {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
        room.copyBytes(from: bytes)
        memory.append(room)
        return .bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<bytes.count]))
    }

    package mutating func value(of field: FieldReference) -> FieldValue {
        slots[Int(field.serial)].first ?? .absent
    }

    package mutating func values(of field: FieldReference, into values: inout FieldValues) -> Bool {
        let place = Int(field.serial)
        for value in slots[place] {
            values.append(value)
        }
        return present[place]
    }
}
