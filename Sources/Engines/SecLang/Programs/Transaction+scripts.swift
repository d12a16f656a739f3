// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// What scripts get to see and to change.
extension Transaction {
    mutating func answer(_ request: ScriptRequest) -> [ScriptValue] {
        switch request {
        case .log(let level, let text):
            debug(min(max(level, 1), 9), text.lossyText)
            return []
        case .value(let name, let transformations):
            return Array(values(of: name, transformations, limit: 1))
        case .values(let name, let transformations):
            return values(of: name, transformations, limit: .max)
        case .set(let name, let value):
            set(scriptVariable: name, to: value)
            return []
        }
    }

    private mutating func values(of name: [UInt8], _ transformations: [[UInt8]], limit: Int) -> [ScriptValue] {
        guard var target = target(ofScript: name) else {
            return []
        }
        if target.variable == .tx, case .key(let key) = target.selector {
            guard let slot = tx.slot(of: arena.append(key), in: rules, arena) else {
                return []
            }
            target.slot = slot
        }
        let steps = self.transformations(ofScript: transformations)
        var list: [ValueReference] = []
        swap(&list, &macroReferences)
        list.removeAll(keepingCapacity: true)
        collect(target, into: &list)
        let found = list.prefix(limit)
        swap(&list, &macroReferences)
        return found.map { reference in
            var bytes = reference.bytes
            for step in steps {
                bytes = apply(step, to: bytes)
            }
            return ScriptValue(name: displayName(reference.variable, reference.key), value: arena.array(bytes))
        }
    }

    /// A variable as scripts name it, `ARGS.name` or `ARGS:name`; nil, with a debug message, where there is none.
    private mutating func target(ofScript name: [UInt8]) -> Target? {
        // The slots are the parser's own: names of scripts are not known when rules load.
        let list = try? TargetParser.parse(name, slots: SlotTable())
        guard let list, list.targets.count == 1, list.exclusions.isEmpty else {
            debug(1, "a script asks for \(name.lossyText), which is no variable")
            return nil
        }
        return list.targets.first
    }

    private mutating func transformations(ofScript names: [[UInt8]]) -> [Transformation] {
        var steps: [Transformation] = []
        for name in names {
            let text = name.lossyText
            if text.lowercased() == "none" {
                steps = []
            } else if let transformation = Transformation(name: text) {
                steps.append(transformation)
            } else {
                debug(1, "SecRuleScript: Invalid transformation function: \(text)")
            }
        }
        return steps
    }

    private mutating func apply(_ transformation: Transformation, to input: ByteRange) -> ByteRange {
        let capacity = transformation.maximumOutputLength(of: input.count)
        guard arena.count + capacity <= Self.maximumArenaSize else {
            noteArenaOverLimit()
            return input
        }
        let output = arena.reserve(capacity)
        return arena.commit(transformation.apply(arena[input], into: output, unicodeMap: rules.settings.unicodeMap))
    }

    /// `m.setvar`. The value is taken as it is: a script may hand on what a client sent, in which nothing is to be
    /// expanded.
    private mutating func set(scriptVariable name: [UInt8], to value: [UInt8]) {
        guard let dot = name.firstIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) else {
            debug(8, "m.setvar: Must specify a collection using dot character - ie m.setvar(tx.myvar,mydata)")
            return
        }
        let collection = Variable.byName[Array(name[..<dot]).lossyText.uppercased()]
        let key = Array(name[(dot + 1)...])
        guard let collection, collection == .tx || collection.isPersistent, !key.isEmpty else {
            debug(1, "m.setvar: \(name.lossyText) cannot be written")
            return
        }
        guard collection == .tx else {
            setPersistent(collection, name: key, operation: .set, value: value)
            return
        }
        guard let slot = tx.makeSlot(for: arena.append(key), in: rules, arena) else {
            debug(1, "m.setvar: too many TX variables, \(name.lossyText) is not set")
            return
        }
        tx.set(slot, bytes: arena.append(value))
        debug(8, "Saving variable: TX:\(key.lossyText) with value: \(value.lossyText)")
    }
}
