// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

extension Transaction {
    /// Collects the values of a set as they are.
    mutating func gather(_ form: Int, _ number: Int) {
        let set = rules.gatherSets[number]
        var made = PreparedValues.Form(epoch: prepared.epoch, source: Int32(form))
        made.first = Int32(prepared.ranges.count)
        made.references = Int32(prepared.references.count)
        if set.hasOtherExclusions {
            gatherOneByOne(number, &made)
        } else {
            for index in Int(set.first)..<Int(set.first + set.count) {
                let item = rules.gatherItems[index]
                switch item.kind {
                case .lists:
                    gather(item, item.list, number, &made)
                    if item.nextList != GatherPlan.Item.none {
                        gather(item, item.nextList, number, &made)
                    }
                case .other:
                    gatherOther(rules.plan.sets[number].targets[Int(item.target)], exclusions: [], &made)
                }
            }
        }
        made.count = Int32(prepared.ranges.count) - made.first
        prepared.forms[form] = made
    }

    /// The values of one list: all of them, or those of a key.
    private mutating func gather(
        _ item: GatherPlan.Item,
        _ list: UInt8,
        _ set: Int,
        _ made: inout PreparedValues.Form
    ) {
        let key = item.keyLength < 0 ? nil : rules.gatherKeys[Int(item.key), count: Int(item.keyLength)]
        for index in lists[Int(list)] {
            let value = values[Int(index)]
            if let key, !Self.equalsIgnoringCase(arena[value.key], lowercased: key) {
                continue
            }
            let reference = ValueReference(
                variable: item.variable,
                key: value.key,
                bytes: value.bytes,
                index: index,
                origin: value.origin
            )
            if item.exclusions != 0, isExcluded(reference, by: item.exclusions, of: set) {
                continue
            }
            add(reference, value.classes, to: &made)
        }
    }

    private mutating func add(
        _ reference: ValueReference,
        _ classes: ByteClasses,
        to made: inout PreparedValues.Form
    ) {
        made.classes.formUnion(classes)
        prepared.references.append(reference)
        prepared.ranges.append(reference.bytes)
        prepared.classes.append(classes)
    }

    /// Whether any of a set's exclusions takes a stored value away; asked once for each value and exclusion, as many
    /// sets exclude the same.
    private mutating func isExcluded(_ reference: ValueReference, by mask: UInt32, of set: Int) -> Bool {
        let index = Int(reference.index)
        if mask & ~values[index].knownExclusions != 0 {
            let plan = rules.plan.sets[set]
            for (exclusion, number) in zip(plan.exclusions, plan.numbers) {
                let bit = UInt32(1) << UInt32(number)
                guard mask & bit & ~values[index].knownExclusions != 0 else {
                    continue
                }
                values[index].knownExclusions |= bit
                if isExcluded(reference, by: exclusion) {
                    values[index].exclusions |= bit
                }
            }
        }
        return values[index].exclusions & mask != 0
    }

    private mutating func gatherOneByOne(_ number: Int, _ made: inout PreparedValues.Form) {
        let set = rules.plan.sets[number]
        for target in set.targets where !set.exclusions.contains(where: { Self.excludes($0, target) }) {
            gatherOther(target, exclusions: set.exclusions, &made)
        }
    }

    private mutating func gatherOther(
        _ target: Target,
        exclusions: [Target],
        _ made: inout PreparedValues.Form
    ) {
        // Prepared values are looked at by many rules and use no rule's XML namespaces.
        let rule = currentRule
        currentRule = nil
        defer { currentRule = rule }
        var list: [ValueReference] = []
        swap(&list, &references)
        list.removeAll(keepingCapacity: true)
        collect(target, into: &list)
        for reference in list where !exclusions.contains(where: { isExcluded(reference, by: $0) }) {
            let classes =
                reference.index >= 0
                ? values[Int(reference.index)].classes : ByteClasses.classify(arena[reference.bytes])
            add(reference, classes, to: &made)
        }
        swap(&list, &references)
    }
}
