// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The tables of a program.
struct BuiltProgram {
    let memory: ProgramMemory
    var rules: [RuleProgram]
    var fields: FieldTrieBuilder
    var slots: [SlotProgram]
    var steps: [ConditionStep]
    var literalCount: Int
    var lazy: [LazyPredicate]
    var triggerStart: [UInt32]
    var triggeredRules: [UInt32]
    var triggers: [UInt64]
    var untriggered: [UInt64]
    var casedTexts: [UInt8]
    var regexCount: Int
}

extension ProgramBuilder {
    func build() -> BuiltProgram {
        let memory = ProgramMemory()
        var casedTexts: [UInt8] = []
        let slots = buildSlots(memory, &casedTexts)
        var code = ConditionCode(literalCount: literals.count)
        let planner = TriggerPlanner(literals: literals, needs: needs)
        var rules: [RuleProgram] = []
        var rulesOfLiteral = [[UInt32]](repeating: [], count: literals.count)
        var untriggered = [UInt64](repeating: 0, count: max(1, (conditions.count + 63) / 64))
        for (index, item) in conditions.enumerated() {
            rules.append(RuleProgram(rule: UInt32(item.rule), entry: code.append(item.condition)))
            if let trigger = planner.trigger(of: item.condition) {
                for literal in trigger.literals { rulesOfLiteral[literal].append(UInt32(index)) }
            } else {
                untriggered[index / 64] |= 1 << UInt64(index % 64)
            }
        }
        var triggers = [UInt64](repeating: 0, count: max(1, (literals.count + 63) / 64))
        var start: [UInt32] = [0]
        var triggered: [UInt32] = []
        for (literal, rules) in rulesOfLiteral.enumerated() {
            if !rules.isEmpty { triggers[literal / 64] |= 1 << UInt64(literal % 64) }
            triggered += rules
            start.append(UInt32(triggered.count))
        }
        return BuiltProgram(
            memory: memory,
            rules: rules,
            fields: fields,
            slots: slots,
            steps: code.steps,
            literalCount: literals.count,
            lazy: lazy,
            triggerStart: start,
            triggeredRules: triggered,
            triggers: triggers,
            untriggered: untriggered,
            casedTexts: casedTexts,
            regexCount: regexCount
        )
    }

    private func buildSlots(_ memory: ProgramMemory, _ casedTexts: inout [UInt8]) -> [SlotProgram] {
        var bound = [[BoundLiteral]](repeating: [], count: slotNames.count)
        for (predicate, key) in literals.enumerated() {
            for text in key.texts.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
                bound[key.slot].append(BoundLiteral(literal: text, predicate: predicate))
            }
        }
        return bound.map { literals in
            let groups = { (anchor: TextLiteral.Anchor, texts: inout [UInt8]) in
                LiteralGroups(literals.filter { $0.literal.anchor == anchor }, casedTexts: &texts)
            }
            return SlotProgram(
                anywhere: TextScanner(groups(.anywhere, &casedTexts), memory),
                start: AnchoredTrie(groups(.start, &casedTexts), isBackward: false, memory),
                end: AnchoredTrie(groups(.end, &casedTexts), isBackward: true, memory),
                whole: ExactTable(groups(.whole, &casedTexts), memory),
                hasLiterals: !literals.isEmpty
            )
        }
    }
}

/// Writes conditions as steps: each tests one predicate and names the next step for both answers, so that evaluating
/// one needs neither a stack nor a result.
struct ConditionCode {
    let literalCount: Int
    private(set) var steps: [ConditionStep] = []

    init(literalCount: Int) {
        self.literalCount = literalCount
    }

    /// - Returns: the first step.
    mutating func append(_ condition: Condition) -> UInt32 {
        append(condition, onTrue: ConditionStep.accept, onFalse: ConditionStep.reject)
    }

    /// Parts are written from the last to the first, when it is known where each goes on; cheap ones come first.
    private mutating func append(_ condition: Condition, onTrue: UInt32, onFalse: UInt32) -> UInt32 {
        switch condition {
        case .constant(let value): return value ? onTrue : onFalse
        case .not(let part): return append(part, onTrue: onFalse, onFalse: onTrue)
        case .predicate(let id):
            let predicate =
                switch id {
                case .literal(let index): index
                case .lazy(let index): literalCount + index
                }
            steps.append(ConditionStep(predicate: UInt32(predicate), onTrue: onTrue, onFalse: onFalse))
            return UInt32(steps.count - 1)
        case .all(let parts):
            var next = onTrue
            for part in Self.cheapestFirst(parts).reversed() { next = append(part, onTrue: next, onFalse: onFalse) }
            return next
        case .any(let parts):
            var next = onFalse
            for part in Self.cheapestFirst(parts).reversed() { next = append(part, onTrue: onTrue, onFalse: next) }
            return next
        }
    }

    private static func cheapestFirst(_ parts: [Condition]) -> [Condition] {
        parts.enumerated()
            .map { (cost: cost($0.element), index: $0.offset, part: $0.element) }
            .sorted { ($0.cost, $0.index) < ($1.cost, $1.index) }
            .map(\.part)
    }

    private static func cost(_ condition: Condition) -> Int {
        switch condition {
        case .constant: 0
        case .predicate(.literal): 1
        case .predicate(.lazy): 50
        case .not(let part): cost(part)
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + cost($1) }
        }
    }
}

/// Chooses for each rule the literal predicates of which one has to hold before the rule can.
struct TriggerPlanner {
    struct Trigger {
        var literals: Set<Int>
        /// How often they are expected to be found.
        var frequency: Double
    }

    private let needs: [Int: Int]
    private let frequency: [Double]

    init(literals: [ProgramBuilder.LiteralKey], needs: [Int: Int]) {
        self.needs = needs
        frequency = literals.map { key in key.texts.reduce(0) { $0 + Self.frequency(of: $1) } }
    }

    /// Rough, as only the order matters: long texts are rare, and at a fixed place rarer still.
    private static func frequency(of literal: TextLiteral) -> Double {
        let byLength = [1.0, 0.8, 0.4, 0.2, 0.1, 0.05, 0.03, 0.02][min(literal.bytes.count, 7)]
        switch literal.anchor {
        case .anywhere: return byLength
        case .start: return byLength
        case .end: return byLength * 0.5
        case .whole: return byLength * 0.2
        }
    }

    /// - Returns: nil where the rule may hold without any literal.
    func trigger(of condition: Condition) -> Trigger? {
        trigger(of: condition, isNegated: false)
    }

    private func trigger(of condition: Condition, isNegated: Bool) -> Trigger? {
        switch condition {
        case .constant(let value):
            return value == isNegated ? Trigger(literals: [], frequency: 0) : nil
        case .not(let part): return trigger(of: part, isNegated: !isNegated)
        case .predicate(let id):
            guard !isNegated, let literal = literal(of: id) else { return nil }
            return Trigger(literals: [literal], frequency: frequency[literal])
        case .all(let parts): return isNegated ? every(parts, true) : best(parts, false)
        case .any(let parts): return isNegated ? best(parts, true) : every(parts, false)
        }
    }

    private func literal(of id: PredicateID) -> Int? {
        switch id {
        case .literal(let index): index
        case .lazy(let index): needs[index]
        }
    }

    /// All parts have to hold, so the rarest of their triggers is enough.
    private func best(_ parts: [Condition], _ isNegated: Bool) -> Trigger? {
        parts.compactMap { trigger(of: $0, isNegated: isNegated) }.min { $0.frequency < $1.frequency }
    }

    /// Any part may hold, so each has to have a trigger.
    private func every(_ parts: [Condition], _ isNegated: Bool) -> Trigger? {
        var all = Trigger(literals: [], frequency: 0)
        for part in parts {
            guard let one = trigger(of: part, isNegated: isNegated) else { return nil }
            all.literals.formUnion(one.literals)
            all.frequency += one.frequency
        }
        return all
    }
}
