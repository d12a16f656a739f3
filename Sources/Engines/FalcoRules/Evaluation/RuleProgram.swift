// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The enabled rules of one source, compiled for matching. Immutable; any number of ``RuleMatcher``s use it at once.
///
/// For each type of event there is a program of its own, in which everything that follows from the type is put in: rules
/// that cannot match are not there, and `evt.type` is never compared. Within it, rules that need the same thing are
/// behind one question for that thing.
package final class RuleProgram: @unchecked Sendable {
    /// The rules that matches name, in their order.
    package let rules: [LoadedRule]
    package let source: String
    /// All fields that rules and outputs name; ``FieldReference/serial`` is the place here.
    package let references: [FieldReference]
    let catalogue: FieldCatalogue
    let operandSpecs: [OperandSpec]
    let predicateSpecs: [PredicateSpec]
    let graph: ConditionGraph
    let tables: Tables
    let groups: [TextGroup]
    let singleTests: [SingleTextTest]
    let eventTypeKnowledge: EventTypeKnowledge
    private let keyMemory: [UnsafeMutableRawBufferPointer]

    /// What the hot paths read, all plain.
    struct Tables: BitwiseCopyable {
        var operands: PlainTable<RuntimeOperand>
        var predicates: PlainTable<RuntimePredicate>
        var numbers: PlainTable<UInt64>
        var ranges: PlainTable<AddressRange>
        var code: PlainTable<Instruction>
        /// Where the program of an event type begins.
        var entries: PlainTable<UInt32>
        var eventSlots: Int
        var processSlots: Int
        var scratchWords: Int
    }

    /// Nil where no rules of the source can be loaded, or where they ask more than 8,191 different fields.
    ///
    /// - Parameters:
    ///   - loader: with all files loaded.
    ///   - minimumPriority: rules of lesser priority are left out.
    ///   - usesProcessStamps: whether the reader tells processes apart (``FieldReader/processStamp``).
    package convenience init?(
        _ loader: RuleLoader,
        source: String,
        minimumPriority: RulePriority = .debug,
        usesProcessStamps: Bool = true
    ) {
        guard let conditions = loader.conditions(of: source) else { return nil }
        // Operands and their groups, of at most six styles, are numbered with 16 bits.
        guard conditions.operands.count <= Int(UInt16.max) / 8,
            conditions.graph.nodes.count + conditions.predicates.count < Instruction.maximumSlots
        else { return nil }
        let rules = loader.rules(of: source).filter { $0.isEnabled && $0.priority <= minimumPriority }
        self.init(rules, conditions, usesProcessStamps: usesProcessStamps)
    }

    init(_ rules: [LoadedRule], _ conditions: ConditionCompiler, usesProcessStamps: Bool) {
        self.rules = rules
        source = conditions.catalogue.source
        catalogue = conditions.catalogue
        operandSpecs = conditions.operands
        predicateSpecs = conditions.predicates
        eventTypeKnowledge = EventTypeKnowledge(conditions)
        var layout = PredicateLayout(conditions)
        var builder = ProgramBuilder(conditions, layout, usesProcessStamps: usesProcessStamps)
        builder.build(rules.map(\.condition))
        graph = builder.graph
        references = layout.references
        groups = layout.groups
        singleTests = layout.singleTests
        keyMemory = layout.takeKeyMemory()
        tables = Tables(
            operands: PlainTable(layout.operands),
            predicates: PlainTable(layout.predicates),
            numbers: PlainTable(layout.numbers),
            ranges: PlainTable(layout.ranges),
            code: PlainTable(builder.code),
            entries: PlainTable(builder.entries),
            eventSlots: builder.eventSlots,
            processSlots: builder.processSlots,
            scratchWords: layout.scratchWords
        )
    }

    deinit {
        tables.operands.deallocate()
        tables.predicates.deallocate()
        tables.numbers.deallocate()
        tables.ranges.deallocate()
        tables.code.deallocate()
        tables.entries.deallocate()
        for group in groups {
            switch group.body {
            case .table(let table): table.deallocate()
            case .automaton(let automaton): automaton.deallocate()
            }
        }
        for memory in keyMemory {
            memory.deallocate()
        }
    }

    /// How many instructions there are, for the curious.
    package var instructionCount: Int { tables.code.count }

    /// Whether any rule can match an event of the type.
    package func isInteresting(_ eventType: Int) -> Bool {
        guard eventType >= 0, eventType < tables.entries.count else { return false }
        return tables.code[Int(tables.entries[eventType])].operation != .finish
    }
}

extension RuleProgram {
    /// The code for a type of event as text, one instruction a line, for those who want to know what rules cost.
    package func listing(eventType: Int) -> [String] {
        guard eventType >= 0, eventType < tables.entries.count else { return [] }
        var lines: [String] = []
        var seen: Set<UInt32> = []
        var waiting = [tables.entries[eventType]]
        while let place = waiting.popLast() {
            guard seen.insert(place).inserted else { continue }
            let instruction = tables.code[Int(place)]
            lines.append("\(place): \(text(of: instruction)) -> \(instruction.onTrue) | \(instruction.onFalse)")
            switch instruction.operation {
            case .finish: continue
            case .match: waiting.append(instruction.onTrue)
            case .node, .processNode: waiting += [instruction.onFalse, instruction.onTrue, instruction.place]
            case .bit, .predicate, .processPredicate: waiting += [instruction.onFalse, instruction.onTrue]
            }
        }
        return lines
    }

    private func text(of instruction: Instruction) -> String {
        switch instruction.operation {
        case .bit:
            let group = groups[Int(instruction.slot)]
            let predicate = (0..<tables.predicates.count).first { place in
                let predicate = tables.predicates[place]
                return predicate.kind == .bit && UInt32(predicate.other) == instruction.slot
                    && predicate.first == instruction.place
            }
            return "bit \(predicate.map(describe) ?? operandSpecs[group.operand].name)"
        case .predicate: return "ask \(describe(Int(instruction.place)))"
        case .processPredicate: return "process \(describe(Int(instruction.place)))"
        case .node: return "part \(instruction.place)"
        case .processNode: return "process part \(instruction.place)"
        case .match: return "match \(rules[Int(instruction.place)].name)"
        case .finish: return instruction.place == 0 ? "no" : "yes"
        }
    }

    private func describe(_ predicate: Int) -> String {
        PredicateText.text(predicateSpecs[predicate], operandSpecs)
    }
}
