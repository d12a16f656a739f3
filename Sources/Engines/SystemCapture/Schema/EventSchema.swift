// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// All types of events with their parameters, as flat tables that are looked up by number.
// Sendable: nobody writes once it is made, and it is never freed.
package struct EventSchema: @unchecked Sendable {
    /// The number of types; a capture may hold larger numbers, which are skipped.
    package static let typeCount = 454
    /// The most parameters that a type has.
    static let maximumParameterCount = 32

    package let types: UnsafeBufferPointer<EventType>
    let parameterTable: UnsafeBufferPointer<EventParameter>
    let sourceTable: UnsafeBufferPointer<ParameterSource>
    /// The names of the system calls that generic events carry by number.
    package let systemCalls: [StaticBytes]

    /// The categories of those.
    package let systemCallCategories: [StaticBytes]

    package static let shared = EventSchema()

    private init() {
        var builder = EventSchemaBuilder()
        for words in StaticWords(Self.text) {
            builder.add(words)
        }
        builder.linkSuccessors()
        builder.linkParameters()
        types = Self.flat(builder.types)
        parameterTable = Self.flat(builder.parameters)
        sourceTable = Self.flat(builder.sources)
        systemCalls = StaticWords(Self.systemCallText).flatMap { $0 }
        systemCallCategories = StaticWords(Self.systemCallCategories).flatMap { $0[0].bytes.map(Self.category) }
    }

    /// The parameters of a type.
    package func parameters(of type: UInt16) -> UnsafeBufferPointer<EventParameter> {
        let entry = types[Int(type)]
        let first = Int(entry.firstParameter)
        return UnsafeBufferPointer(rebasing: parameterTable[first..<(first + Int(entry.parameterCount))])
    }

    /// Where the parameters of a type's successor come from in an event of that type.
    func sources(of type: UInt16) -> UnsafePointer<ParameterSource>? {
        sourceTable.baseAddress.map { $0 + Int(types[Int(type)].firstSource) }
    }

    /// The index of a parameter by its name; nil if the type has none of that name.
    package func parameterIndex(_ name: UnsafeBufferPointer<UInt8>, of type: UInt16) -> Int? {
        parameters(of: type).firstIndex { $0.name.equals(name) }
    }

    /// The types, enter and exit, that have a name; empty for a name that no type has.
    package func types(named name: String) -> [UInt16] {
        let wanted = Array(name.utf8)
        return wanted.withUnsafeBufferPointer { wanted in
            types.indices.filter { !types[$0].flags.contains(.unused) && types[$0].name.equals(wanted) }
                .map { UInt16($0) }
        }
    }

    /// The category of a letter.
    private static func category(_ letter: UInt8) -> StaticBytes {
        switch letter {
        case UInt8(ascii: "f"): "file"
        case UInt8(ascii: "n"): "net"
        case UInt8(ascii: "i"): "IPC"
        case UInt8(ascii: "m"): "memory"
        case UInt8(ascii: "p"): "process"
        case UInt8(ascii: "s"): "sleep"
        case UInt8(ascii: "y"): "system"
        case UInt8(ascii: "g"): "signal"
        case UInt8(ascii: "u"): "user"
        case UInt8(ascii: "t"): "time"
        case UInt8(ascii: "a"): "wait"
        case UInt8(ascii: "r"): "io-read"
        case UInt8(ascii: "w"): "io-write"
        case UInt8(ascii: "x"): "io-other"
        default: "other"
        }
    }

    private static func flat<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = copy.initialize(from: elements)
        return UnsafeBufferPointer(copy)
    }
}

/// Reads the text of the schema.
private struct EventSchemaBuilder {
    var types: [EventType] = []
    var parameters: [EventParameter] = []
    var sources: [ParameterSource] = []

    /// Adds the type of one line.
    mutating func add(_ words: [StaticBytes]) {
        precondition(words.count >= 4 && Int(words[0].text) == types.count, "the text of the schema has a gap")
        var flags: EventFlags = []
        for letter in words[3].bytes {
            flags.formUnion(EventFlags(letter: letter))
        }
        var type = EventType(
            name: words[1],
            category: words[2],
            flags: flags,
            successor: UInt16(types.count),
            firstParameter: Int32(parameters.count),
            parameterCount: 0,
            firstSource: 0,
            action: .none,
            descriptorParameter: -1,
            tupleParameter: -1,
            descriptorType: DescriptorType(madeBy: words[1].text)
        )
        for word in words.dropFirst(4) {
            if word.bytes.first == UInt8(ascii: ">") {
                type.successor = UInt16(word.text.dropFirst()) ?? type.successor
            } else {
                parameters.append(Self.parameter(word))
                type.parameterCount += 1
            }
        }
        precondition(Int(type.parameterCount) <= EventSchema.maximumParameterCount, "too many parameters")
        types.append(type)
    }

    private static func parameter(_ word: StaticBytes) -> EventParameter {
        let parts = word.bytes.split(separator: UInt8(ascii: ":"))
        var type = StaticBytes(UnsafeBufferPointer(rebasing: parts[1])).text
        var parameter = EventParameter(
            name: StaticBytes(UnsafeBufferPointer(rebasing: parts[0])),
            type: .none,
            format: .decimal,
            flagSet: -1,
            directory: -1
        )
        if let at = type.firstIndex(of: "@") {
            parameter.directory = Int8(type[type.index(after: at)...]) ?? -1
            type = String(type[..<at])
        }
        if let slash = type.firstIndex(of: "/") {
            parameter.flagSet =
                FlagNames.shared.numbers[String(type[type.index(after: slash)...])].map(Int16.init) ?? -1
            type = String(type[..<slash])
        }
        if ParameterType(schemaName: type) == nil, let last = type.popLast() {
            parameter.format = last == "o" ? .octal : .hexadecimal
        }
        guard let known = ParameterType(schemaName: type) else {
            preconditionFailure("the text of the schema has an unknown type")
        }
        parameter.type = known
        return parameter
    }

    private func parameters(of type: Int) -> ArraySlice<EventParameter> {
        let first = Int(types[type].firstParameter)
        return parameters[first..<(first + Int(types[type].parameterCount))]
    }

    /// Follows replacements to their end, and finds what the state does and which enter events have an exit.
    mutating func linkSuccessors() {
        precondition(types.count == EventSchema.typeCount, "the text of the schema is not complete")
        for number in types.indices {
            while types[Int(types[number].successor)].successor != types[number].successor {
                types[number].successor = types[Int(types[number].successor)].successor
            }
            let isExit = number % 2 == 1
            types[number].action = StateAction(name: types[number].name.text, isExit: isExit)
            if !isExit, number + 1 < types.count, !types[number + 1].flags.contains(.unused),
                types[number].name.equals(types[number + 1].name.bytes)
            {
                types[number].flags.insert(.hasExit)
            }
            let action = types[number].action
            let isOfOthers = action == .clone || action == .memoryOfSwitch || action.isRecord
            let isRecord = types[number].flags.contains(.hidden) && !types[number].flags.contains(.hasExit)
            if !isOfOthers, !isRecord {
                types[number].flags.insert(.isOfThread)
            }
        }
    }

    /// Finds where each parameter of the current layout comes from, by its name.
    mutating func linkParameters() {
        for number in types.indices {
            let successor = Int(types[number].successor)
            let isExit = number % 2 == 1
            types[number].firstSource = Int32(sources.count)
            let own = Array(parameters(of: number))
            let enter = isExit ? Array(parameters(of: number - 1)) : []
            for (index, parameter) in parameters(of: successor).enumerated() {
                let name = parameter.name.bytes
                let ownIndex = successor == number ? index : own.firstIndex { $0.name.equals(name) }
                let enterIndex = enter.firstIndex { $0.name.equals(name) || Self.isOldName($0.name, of: name) }
                sources.append(ParameterSource(own: Int8(ownIndex ?? -1), enter: Int8(enterIndex ?? -1)))
            }
            types[number].descriptorParameter = descriptorParameter(of: number, successor: successor)
            let tuple = Array(parameters(of: successor)).firstIndex { $0.type == .socketTuple }
            types[number].tupleParameter = Int8(tuple ?? -1)
        }
    }

    /// The parameter of the current layout that names the descriptor a call works on: the first one of its enter
    /// event, where it has an enter event with descriptors.
    private func descriptorParameter(of number: Int, successor: Int) -> Int8 {
        guard types[number].flags.contains(.usesDescriptor) else {
            return -1
        }
        let current = Array(parameters(of: successor))
        let isExit = number % 2 == 1
        if isExit, let first = parameters(of: number - 1).first(where: { $0.type == .descriptor }),
            let index = current.firstIndex(where: { $0.name.equals(first.name.bytes) })
        {
            return Int8(index)
        }
        let index = current.indices.first { current[$0].type == .descriptor && (!isExit || $0 > 0) }
        return Int8(index ?? -1)
    }

    /// `dup` names its descriptor `fd` at enter and `oldfd` at exit.
    private static func isOldName(_ old: StaticBytes, of name: UnsafeBufferPointer<UInt8>) -> Bool {
        StaticBytes(name).text == "oldfd" && old.text == "fd"
    }
}
