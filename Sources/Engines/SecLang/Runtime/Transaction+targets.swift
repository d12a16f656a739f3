// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Matching

extension Transaction {
    /// Adds the values that a target names to `output`.
    ///
    /// `output` is one of the transaction's scratch arrays, passed by the caller so that a macro can be expanded
    /// while a rule's values are walked through.
    mutating func collect(_ target: Target, into output: inout [ValueReference]) {
        guard target.isCount else {
            collectValues(target, into: &output)
            return
        }
        let before = output.count
        collectValues(target, into: &output)
        let count = output.count - before
        output.removeSubrange(before...)
        let key = Self.keyBytes(of: target).map { arena.append($0) } ?? .empty
        output.append(ephemeral(target.variable, key: key, number(count)))
    }

    /// A value that is not kept.
    func ephemeral(_ variable: Variable, key: ByteRange = .empty, _ bytes: ByteRange) -> ValueReference {
        ValueReference(variable: variable, key: key, bytes: bytes, index: -1, origin: .none)
    }

    private static func keyBytes(of target: Target) -> [UInt8]? {
        if case .key = target.selector {
            return Array(target.displayName.dropFirst(target.variable.bytes.count + 1))
        }
        return nil
    }

    private mutating func collectValues(_ target: Target, into output: inout [ValueReference]) {
        guard let lists = ValueList.lists(of: target.variable) else {
            collectOther(target, into: &output)
            return
        }
        collect(lists.first, target, into: &output)
        if let second = lists.second {
            collect(second, target, into: &output)
        }
    }

    private mutating func collectOther(_ target: Target, into output: inout [ValueReference]) {
        switch target.variable {
        case .tx: collectTX(target, into: &output)
        case .matchedVar, .matchedVarName, .matchedVars, .matchedVarsNames: collectMatched(target, into: &output)
        case .ip, .global, .session, .user, .resource: collectPersistent(target, into: &output)
        case .environment: collectEnvironment(target, into: &output)
        case .rule: collectRule(target, into: &output)
        case .geo: collectNamed(target, geo.map { ($0.name, $0.value) }, into: &output)
        case .xml: collectXML(target, into: &output)
        default: collectScalar(target.variable, into: &output)
        }
    }

    private func isSelected(_ key: UnsafeBufferPointer<UInt8>, by selector: Selector) -> Bool {
        switch selector {
        case .all: true
        case .key(let wanted): Self.equalsIgnoringCase(key, lowercased: wanted)
        case .regex(let pattern): pattern.matches(key, scratch: regex)
        case .xpath: false
        }
    }

    /// Whether bytes equal a lower-cased key, ASCII case aside.
    static func equalsIgnoringCase(_ bytes: UnsafeBufferPointer<UInt8>, lowercased key: [UInt8]) -> Bool {
        bytes.count == key.count && key.withUnsafeBufferPointer { equalsIgnoringCase(bytes, lowercased: $0) }
    }

    /// The same with a literal.
    static func equalsIgnoringCase(_ bytes: UnsafeBufferPointer<UInt8>, lowercased key: StaticString) -> Bool {
        bytes.count == key.utf8CodeUnitCount
            && key.withUTF8Buffer { equalsIgnoringCase(bytes, lowercased: $0) }
    }

    static func equalsIgnoringCase(
        _ bytes: UnsafeBufferPointer<UInt8>,
        lowercased key: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard bytes.count == key.count else {
            return false
        }
        for index in key.indices {
            var byte = bytes[index]
            if (0x41...0x5A).contains(byte) {
                byte |= 0x20
            }
            if byte != key[index] {
                return false
            }
        }
        return true
    }

    // MARK: Stored values

    private mutating func collect(_ list: ValueList, _ target: Target, into output: inout [ValueReference]) {
        for index in lists[list.rawValue] {
            let value = values[Int(index)]
            guard isSelected(arena[value.key], by: target.selector) else {
                continue
            }
            output.append(
                ValueReference(
                    variable: target.variable,
                    key: value.key,
                    bytes: value.bytes,
                    index: index,
                    origin: value.origin
                )
            )
        }
    }

    private mutating func collectScalar(_ variable: Variable, into output: inout [ValueReference]) {
        if scalars[Int(variable.rawValue)] < 0 {
            guard let bytes = lateValue(of: variable) else {
                return
            }
            // Some values go on changing; all else is computed once.
            if isVolatile(variable) {
                output.append(ephemeral(variable, bytes))
                return
            }
            set(variable, bytes)
        }
        let index = scalars[Int(variable.rawValue)]
        let value = values[Int(index)]
        output.append(
            ValueReference(variable: variable, key: .empty, bytes: value.bytes, index: index, origin: value.origin)
        )
    }

    private func isVolatile(_ variable: Variable) -> Bool {
        switch variable {
        case .duration, .highestSeverity: true
        // Before the body is there, these are not what they will be.
        case .fullRequest, .fullRequestLength, .streamInputBody: phase < 2
        default: false
        }
    }

    // MARK: TX

    private mutating func collectTX(_ target: Target, into output: inout [ValueReference]) {
        if target.slot >= 0 {
            if let bytes = txText(target.slot) {
                let key = arena.append(Array(target.displayName.dropFirst(3)))
                output.append(ephemeral(.tx, key: key, bytes))
            }
            return
        }
        let known = rules.slotNames.count
        if let selected = rules.slots(selectedBy: target.selector) {
            for slot in selected {
                addTX(slot, key: nil, to: &output)
            }
        } else {
            for slot in 0..<known where tx[slot].isSet {
                if rules.slotNames[slot].withUnsafeBufferPointer({ isSelected($0, by: target.selector) }) {
                    addTX(slot, key: nil, to: &output)
                }
            }
        }
        for slot in known..<tx.count {
            if let name = tx.dynamicName(of: slot), isSelected(arena[name], by: target.selector) {
                addTX(slot, key: name, to: &output)
            }
        }
    }

    private mutating func addTX(_ slot: Int, key: ByteRange?, to output: inout [ValueReference]) {
        if let bytes = txText(slot) {
            output.append(ephemeral(.tx, key: key ?? arena.append(rules.slotNames[slot]), bytes))
        }
    }

    /// The number that a TX variable starts with; nil where it is not set.
    func number(inSlot slot: Int) -> Int64? {
        let entry = tx[slot]
        guard entry.isSet else {
            return nil
        }
        return entry.isNumber ? Int64(entry.number) : IntegerComparison.number(arena[entry.bytes])
    }

    /// The text of a TX variable; numbers get theirs when somebody first asks.
    mutating func txText(_ slot: Int) -> ByteRange? {
        let entry = tx[slot]
        guard entry.isSet else {
            return nil
        }
        guard !entry.hasText else {
            return entry.bytes
        }
        let text = number(entry.number)
        tx[slot].bytes = text
        tx[slot].hasText = true
        return text
    }

    // MARK: Matches

    private mutating func collectMatched(_ target: Target, into output: inout [ValueReference]) {
        switch target.variable {
        case .matchedVar:
            if let last = matched.last {
                output.append(ephemeral(.matchedVar, last.bytes))
            }
        case .matchedVarName:
            if let last = matched.last {
                output.append(ephemeral(.matchedVarName, arena.append(name(of: last))))
            }
        default:
            for entry in matched.all {
                let name = arena.append(name(of: entry))
                guard isSelected(arena[name], by: target.selector) else {
                    continue
                }
                let bytes = target.variable == .matchedVars ? entry.bytes : name
                output.append(ephemeral(target.variable, key: name, bytes))
            }
        }
    }

    private func name(of entry: MatchedVariables.Entry) -> [UInt8] {
        guard entry.gate >= 0 else {
            return displayName(entry.variable, entry.key)
        }
        return rules.rules[Int(entry.gate)].targets[0].displayName
    }

    /// `ARGS:x`
    func displayName(_ variable: Variable, _ key: ByteRange) -> [UInt8] {
        key.isEmpty ? variable.bytes : variable.bytes + [UInt8(ascii: ":")] + arena.array(key)
    }

    // MARK: Named values made on the spot

    private mutating func collectNamed(
        _ target: Target,
        _ named: [(name: [UInt8], value: [UInt8])],
        into output: inout [ValueReference]
    ) {
        for (name, value) in named where name.withUnsafeBufferPointer({ isSelected($0, by: target.selector) }) {
            output.append(ephemeral(target.variable, key: arena.append(name), arena.append(value)))
        }
    }

    private mutating func collectEnvironment(_ target: Target, into output: inout [ValueReference]) {
        var named = environment.map { (name: Array($0.key.utf8), value: $0.value) }
        named += context.environment.filter { environment[$0.key] == nil }
            .map { (name: Array($0.key.utf8), value: Array($0.value.utf8)) }
        collectNamed(target, named.sorted { $0.name.lossyText < $1.name.lossyText }, into: &output)
    }

    private mutating func collectRule(_ target: Target, into output: inout [ValueReference]) {
        guard let rule = currentRule else {
            return
        }
        let starter = rules.rules[rule.index]
        var named: [(name: [UInt8], value: [UInt8])] = [
            (name: Array("id".utf8), value: Array("\(rule.id)".utf8)),
            (name: Array("rev".utf8), value: starter.actions.rev ?? []),
        ]
        if let severity = starter.actions.severity {
            named.append((name: Array("severity".utf8), value: Array("\(severity)".utf8)))
        }
        // A message may name RULE itself; its raw text then stands for it.
        named.append((name: Array("msg".utf8), value: starter.actions.msg?.source ?? []))
        named.append((name: Array("logdata".utf8), value: starter.actions.logdata?.source ?? []))
        collectNamed(target, named, into: &output)
    }

    private mutating func collectPersistent(_ target: Target, into output: inout [ValueReference]) {
        guard let key = collectionKeys[target.variable] else {
            return
        }
        if case .key(let name) = target.selector, !PersistentCollections.hasByItself(name) {
            let found = context.collections.value(of: target.variable.name, key: key, name: name, now: context.now())
            if let found {
                let bytes = arena.append(found.value)
                output.append(ephemeral(target.variable, key: arena.append(found.name), bytes))
            }
            return
        }
        let named = context.collections.values(of: target.variable.name, key: key, now: context.now())
        collectNamed(target, named, into: &output)
    }

    private mutating func collectXML(_ target: Target, into output: inout [ValueReference]) {
        guard let xml else {
            return
        }
        guard case .xpath(let expression) = target.selector else {
            // XML without a path stands for the document itself, for @validateDTD and @validateSchema.
            output.append(ephemeral(.xml, arena.append(Array("[XML document tree]".utf8))))
            return
        }
        let namespaces = (currentRule?.actions.namespaces ?? []).map { XMLNamespace(prefix: $0.prefix, uri: $0.uri) }
        do {
            for value in try xml.values(xpath: expression, namespaces: namespaces) {
                output.append(ephemeral(.xml, key: arena.append(Array(expression.utf8)), arena.append(value)))
            }
        } catch {
            debug(1, "XML: cannot evaluate \(expression): \(error)")
        }
    }
}
