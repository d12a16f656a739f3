// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Looking up fields and transformers.
extension ConditionCompiler {
    mutating func operand(_ operand: ConditionOperand) throws(ConditionError) -> Int {
        switch operand {
        case .field(let name, let argument, let position):
            return place(try field(name, argument, at: position))
        case .transformed(let transformer, let parts, let option, let position):
            return place(try transformed(transformer, parts, option, at: position))
        case .text, .number, .list:
            throw ConditionError(message: "expected a field", position: operand.position)
        }
    }

    /// Resolves a field's name: `evt.arg.flags` is the field `evt.arg` with the argument `flags`.
    func field(_ name: String, _ argument: [UInt8]?, at position: TextPosition) throws(ConditionError) -> OperandSpec {
        var definition = catalogue[name: name]
        var argument = argument
        if definition == nil, argument == nil, let (field, key) = dotted(name) {
            definition = field
            argument = key
        }
        guard let definition else {
            throw ConditionError(message: unknown(name), position: position, isUnknownName: true)
        }
        let resolved = try resolve(argument, of: definition, at: position)
        var cardinality = definition.cardinality
        if cardinality == .ancestors, case .index = resolved {
            cardinality = .one
        }
        var written = definition.name
        if let argument {
            written += "[\(String(decoding: argument, as: UTF8.self))]"
        }
        return OperandSpec(
            source: .field(number: definition.number, argument: resolved),
            type: definition.type,
            cardinality: cardinality,
            isOfProcess: definition.flags.contains(.ofProcess),
            name: argument == nil ? definition.name : (catalogue[name: name] == nil ? name : written)
        )
    }

    private func unknown(_ name: String) -> String {
        "filter_check called with nonexistent field \(name)"
    }

    /// A field whose argument stands behind one more dot.
    private func dotted(_ name: String) -> (FieldDefinition, [UInt8])? {
        var end = name.endIndex
        while let dot = name[..<end].lastIndex(of: ".") {
            if let definition = catalogue[name: String(name[..<dot])], definition.argument.takesKeys {
                return (definition, Array(name[name.index(after: dot)...].utf8))
            }
            end = dot
        }
        return nil
    }

    private func resolve(
        _ argument: [UInt8]?,
        of definition: FieldDefinition,
        at position: TextPosition
    ) throws(ConditionError) -> OperandSpec.Argument {
        guard let argument else {
            guard !definition.argument.isRequired else {
                throw ConditionError(message: "the field \(definition.name) needs an argument", position: position)
            }
            return .none
        }
        let index = Int32(String(decoding: argument, as: UTF8.self))
        switch definition.argument {
        case .none:
            throw ConditionError(message: "the field \(definition.name) takes no argument", position: position)
        case .optionalIndex, .requiredIndex:
            guard let index, index >= 0 else {
                throw ConditionError(
                    message: "the argument of \(definition.name) must be a number from 0",
                    position: position
                )
            }
            return .index(index)
        case .optionalKey, .requiredKey:
            if let index, index >= 0 {
                return .index(index)
            }
            return .key(argument)
        }
    }

    // MARK: Transformers

    private mutating func transformed(
        _ transformer: Transformer,
        _ parts: [ConditionOperand],
        _ option: [UInt8]?,
        at position: TextPosition
    ) throws(ConditionError) -> OperandSpec {
        var resolved: [OperandSpec.Part] = []
        for part in parts {
            try append(part, to: &resolved)
        }
        try check(transformer, resolved, option, at: position)
        let places = resolved.compactMap { part -> Int? in
            if case .operand(let place) = part { place } else { nil }
        }
        let inner = parts.map { written($0) }.joined(separator: ", ")
        let suffix = option.map { "[\(String(decoding: $0, as: UTF8.self))]" } ?? ""
        var cardinality = FieldDefinition.Cardinality.one
        if let first = places.first, ![.length, .join, .concatenation].contains(transformer) {
            cardinality = operands[first].cardinality
        }
        return OperandSpec(
            source: .transformed(transformer, resolved, option: option),
            type: transformer == .length ? .unsigned : .text,
            cardinality: cardinality,
            isOfProcess: places.allSatisfy { operands[$0].isOfProcess },
            name: "\(transformer.rawValue)(\(inner))\(suffix)"
        )
    }

    private mutating func append(
        _ part: ConditionOperand,
        to resolved: inout [OperandSpec.Part]
    ) throws(ConditionError) {
        switch part {
        case .text(let text), .number(let text): resolved.append(.text(text))
        case .list(let parts):
            for part in parts {
                try append(part, to: &resolved)
            }
        case .field, .transformed: resolved.append(.operand(try operand(part)))
        }
    }

    private func check(
        _ transformer: Transformer,
        _ parts: [OperandSpec.Part],
        _ option: [UInt8]?,
        at position: TextPosition
    ) throws(ConditionError) {
        let isCountRight =
            switch transformer {
            case .toLower, .toUpper, .base64, .baseName, .length: parts.count == 1
            case .join: parts.count > 1
            case .concatenation: !parts.isEmpty
            case .option: parts.count == 2
            }
        guard isCountRight else {
            throw ConditionError(message: "\(transformer.rawValue) has a wrong number of operands", position: position)
        }
        guard option == nil || transformer == .option else {
            throw ConditionError(message: "\(transformer.rawValue) takes no argument in brackets", position: position)
        }
        for case .operand(let place) in parts {
            try check(transformer, operands[place], at: position)
        }
    }

    private func check(
        _ transformer: Transformer,
        _ operand: OperandSpec,
        at position: TextPosition
    ) throws(ConditionError) {
        if case .field(let number, _) = operand.source,
            catalogue.definitions[Int(number)].flags.contains(.noTransformer)
        {
            throw ConditionError(message: "\(operand.name) cannot be transformed", position: position)
        }
        switch transformer {
        case .join, .concatenation: return
        case .length:
            guard operand.type == .text || operand.type == .buffer || operand.cardinality == .list else {
                throw ConditionError(message: "len is of texts, buffers and lists", position: position)
            }
        case .toLower, .toUpper, .base64, .baseName, .option:
            guard operand.type == .text || operand.type == .buffer else {
                throw ConditionError(message: "\(transformer.rawValue) is of texts", position: position)
            }
        }
    }

    private func written(_ operand: ConditionOperand) -> String {
        switch operand {
        case .field(let name, let argument, _):
            name + (argument.map { "[\(String(decoding: $0, as: UTF8.self))]" } ?? "")
        case .transformed(let transformer, let parts, let option, _):
            "\(transformer.rawValue)(\(parts.map { written($0) }.joined(separator: ", ")))"
                + (option.map { "[\(String(decoding: $0, as: UTF8.self))]" } ?? "")
        case .text(let text): "\"\(String(decoding: text, as: UTF8.self))\""
        case .number(let text): String(decoding: text, as: UTF8.self)
        case .list(let parts): "(\(parts.map { written($0) }.joined(separator: ", ")))"
        }
    }
}
