// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

/// Matches events against a ``RuleProgram``. One for each thread; it owns all memory that an event needs, so that matching
/// allocates nothing.
///
/// Each question is asked at most once per event: its answer is kept with the event's serial number, which makes all
/// answers of earlier events void at once. Questions about the event's process are even kept from event to event, in a
/// row of answers for each of the processes seen last.
package struct RuleMatcher<Reader: FieldReader & ~Copyable>: ~Copyable {
    package let program: RuleProgram
    let tables: RuleProgram.Tables
    var memory: MatcherMemory
    /// The values of the operand with several values that was asked for last.
    var values = FieldValues()
    var multiple = (operand: -1, serial: UInt32(0), exists: false)
    let regexScratch = RegexScratch()
    /// How many regular expressions gave up at their limit of work; they count as not matching.
    package internal(set) var regexLimits = 0
    private var matched: [UInt32] = []

    package init(_ program: RuleProgram) {
        self.program = program
        tables = program.tables
        memory = MatcherMemory(program)
        matched.reserveCapacity(program.rules.count)
    }

    /// Matches one event against all rules.
    ///
    /// - Returns: how many rules match; ``match(_:)`` tells which.
    package mutating func match(_ reader: inout Reader) -> Int {
        let eventType = reader.eventType
        guard eventType >= 0, eventType < tables.entries.count else { return 0 }
        matched.removeAll(keepingCapacity: true)
        let entry = tables.entries.start[eventType]
        // Most types of events interest no rule.
        guard tables.code.start[Int(entry)].operation != .finish else { return 0 }
        memory.begin(processStamp: tables.processSlots > 0 ? reader.processStamp : 0)
        _ = run(entry, &reader)
        if matched.count > 1 {
            matched.sort()
        }
        return matched.count
    }

    /// The place in ``RuleProgram/rules`` of a rule that matched the last event, in the rules' order.
    package func match(_ index: Int) -> Int {
        Int(matched[index])
    }

    /// Runs code until its end.
    private mutating func run(_ entry: UInt32, _ reader: inout Reader) -> Bool {
        var place = Int(entry)
        while true {
            let instruction = tables.code.start[place]
            let answer: Bool
            switch instruction.operation {
            case .bit:
                answer = bit(Int(instruction.slot), Int(instruction.place), &reader)
            case .predicate:
                let state = memory.eventStates[Int(instruction.slot)]
                if state >> 1 == memory.serial {
                    answer = state & 1 != 0
                } else {
                    answer = evaluate(Int(instruction.place), &reader)
                    memory.eventStates[Int(instruction.slot)] = memory.serial << 1 | (answer ? 1 : 0)
                }
            case .processPredicate:
                let state = memory.processRow[Int(instruction.slot)]
                if state != 0 {
                    answer = state == 2
                } else {
                    answer = evaluate(Int(instruction.place), &reader)
                    memory.processRow[Int(instruction.slot)] = answer ? 2 : 1
                }
            case .node:
                let state = memory.eventStates[Int(instruction.slot)]
                if state >> 1 == memory.serial {
                    answer = state & 1 != 0
                } else {
                    answer = run(instruction.place, &reader)
                    memory.eventStates[Int(instruction.slot)] = memory.serial << 1 | (answer ? 1 : 0)
                }
            case .processNode:
                let state = memory.processRow[Int(instruction.slot)]
                if state != 0 {
                    answer = state == 2
                } else {
                    answer = run(instruction.place, &reader)
                    memory.processRow[Int(instruction.slot)] = answer ? 2 : 1
                }
            case .match:
                matched.append(instruction.place)
                answer = true
            case .finish:
                return instruction.place != 0
            }
            // Most questions are answered with no, and the processor goes on by that guess: a branch here is faster than
            // a selection that waits for the answer.
            if _slowPath(answer) {
                place = Int(instruction.onTrue)
            } else {
                place = Int(instruction.onFalse)
            }
        }
    }

    // MARK: Values

    /// The value of an operand, read or made once per event.
    @inline(__always)
    mutating func value(_ operand: Int, _ reader: inout Reader) -> FieldValue {
        if memory.valueStamps[operand] == memory.serial {
            return memory.values[operand]
        }
        let value = fetch(operand, &reader)
        memory.values[operand] = value
        memory.valueStamps[operand] = memory.serial
        return value
    }

    private mutating func fetch(_ operand: Int, _ reader: inout Reader) -> FieldValue {
        if tables.operands.start[operand].kind == .field {
            return reader.value(of: tables.operands.start[operand].reference)
        }
        return transform(operand, &reader)
    }

    /// All values of an operand that may have several, in `values`.
    mutating func fill(_ operand: Int, _ reader: inout Reader) -> Bool {
        if multiple.operand == operand, multiple.serial == memory.serial {
            return multiple.exists
        }
        values.removeAll()
        let exists: Bool
        if tables.operands.start[operand].kind == .field {
            exists = reader.values(of: tables.operands.start[operand].reference, into: &values)
        } else {
            exists = transformAll(operand, &reader)
        }
        multiple = (operand, memory.serial, exists)
        return exists
    }

    // MARK: Groups

    /// Whether a bit of a group is set for this event.
    @inline(__always)
    mutating func bit(_ group: Int, _ bit: Int, _ reader: inout Reader) -> Bool {
        if memory.groupStamps[group] != memory.serial {
            memory.groupStamps[group] = memory.serial
            memory.groupBits[group] = UnsafePointer(bits(group, &reader))
        }
        return memory.groupBits[group][bit >> 6] >> UInt64(bit & 63) & 1 != 0
    }

    /// Answers all tests of a group.
    private mutating func bits(_ group: Int, _ reader: inout Reader) -> UnsafePointer<UInt64> {
        // By pointer: a copy would cost more than most tests do.
        let layout = memory.groups + group
        let scratch = memory.scratch + layout.pointee.scratch
        guard layout.pointee.isMultiple else {
            let value = value(layout.pointee.operand, &reader)
            guard value.kind == .bytes else {
                return cleared(scratch, layout.pointee.wordCount)
            }
            return layout.pointee.bits(value.bytes, scratch)
        }
        _ = cleared(scratch, layout.pointee.wordCount)
        guard fill(layout.pointee.operand, &reader) else { return UnsafePointer(scratch) }
        let single = memory.singleScratch
        for index in 0..<values.count where values[index].kind == .bytes {
            let row = layout.pointee.bits(values[index].bytes, single)
            for word in 0..<layout.pointee.wordCount {
                scratch[word] |= row[word]
            }
        }
        return UnsafePointer(scratch)
    }

    private func cleared(_ words: UnsafeMutablePointer<UInt64>, _ count: Int) -> UnsafePointer<UInt64> {
        words.update(repeating: 0, count: count)
        return UnsafePointer(words)
    }
}
