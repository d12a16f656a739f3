// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The memory of a ``RuleMatcher``: answers, values and scratch space.
struct MatcherMemory: ~Copyable {
    /// How many processes' answers are kept at most; a power of two. More processes only cost asking again.
    static let maximumProcessRows = 256
    /// The most memory of answers about processes; where rules ask very much, fewer processes are remembered.
    static let maximumRowBytes = 16 << 20
    /// The most bytes of a transformed value.
    static let transformSize = 16 << 10

    /// Numbers events; 31 bits, so that an answer and its event fit in 32.
    private(set) var serial: UInt32 = 0
    let eventStates: UnsafeMutablePointer<UInt32>
    let values: UnsafeMutablePointer<FieldValue>
    let valueStamps: UnsafeMutablePointer<UInt32>
    let groupStamps: UnsafeMutablePointer<UInt32>
    let groupBits: UnsafeMutablePointer<UnsafePointer<UInt64>>
    let groups: UnsafePointer<RuntimeGroup>
    let scratch: UnsafeMutablePointer<UInt64>
    let singleScratch: UnsafeMutablePointer<UInt64>
    /// The answers about the process of this event: 0 unknown, 1 no, 2 yes.
    private(set) var processRow: UnsafeMutablePointer<UInt8>
    /// Where transformed values are made.
    var transformed: [UnsafeMutableRawBufferPointer?]
    var composing: [UInt8] = []

    private let rows: UnsafeMutablePointer<UInt8>
    private let rowStamps: UnsafeMutablePointer<UInt64>
    private let rowSize: Int
    private let rowCount: Int
    private let stateCount: Int
    private let operandCount: Int
    private let groupCount: Int

    init(_ program: RuleProgram) {
        stateCount = program.tables.eventSlots
        operandCount = program.tables.operands.count
        groupCount = program.groups.count
        rowSize = program.tables.processSlots
        var rowCount = Self.maximumProcessRows
        while rowCount > 1, rowCount * rowSize > Self.maximumRowBytes {
            rowCount /= 2
        }
        self.rowCount = rowCount
        eventStates = Self.zeros(stateCount)
        valueStamps = Self.zeros(operandCount)
        groupStamps = Self.zeros(groupCount)
        values = .allocate(capacity: max(operandCount, 1))
        values.initialize(repeating: .absent, count: max(operandCount, 1))
        scratch = Self.zeros(program.tables.scratchWords)
        singleScratch = Self.zeros(program.groups.reduce(1) { max($0, $1.wordCount) })
        groupBits = .allocate(capacity: max(groupCount, 1))
        groupBits.initialize(repeating: UnsafePointer(scratch), count: max(groupCount, 1))
        let groups = UnsafeMutablePointer<RuntimeGroup>.allocate(capacity: max(groupCount, 1))
        for (place, group) in program.groups.enumerated() {
            (groups + place).initialize(
                to: RuntimeGroup(group, isMultiple: program.tables.operands[group.operand].isMultiple)
            )
        }
        self.groups = UnsafePointer(groups)
        // One row more: that of events whose process nobody knows.
        rows = Self.zeros((rowCount + 1) * rowSize)
        rowStamps = Self.zeros(rowCount)
        processRow = rows
        transformed = [UnsafeMutableRawBufferPointer?](repeating: nil, count: operandCount)
    }

    deinit {
        eventStates.deallocate()
        valueStamps.deallocate()
        groupStamps.deallocate()
        values.deallocate()
        scratch.deallocate()
        singleScratch.deallocate()
        groupBits.deallocate()
        groups.deallocate()
        rows.deallocate()
        rowStamps.deallocate()
        for memory in transformed {
            memory?.deallocate()
        }
    }

    private static func zeros<Number: FixedWidthInteger>(_ count: Int) -> UnsafeMutablePointer<Number> {
        let memory = UnsafeMutablePointer<Number>.allocate(capacity: max(count, 1))
        memory.initialize(repeating: 0, count: max(count, 1))
        return memory
    }

    /// Goes on to the next event.
    mutating func begin(processStamp: UInt64) {
        serial += 1
        if serial == 1 << 31 {
            forgetSerials()
        }
        guard rowSize > 0 else { return }
        guard processStamp != 0 else {
            processRow = rows + rowCount * rowSize
            processRow.update(repeating: 0, count: rowSize)
            return
        }
        let place = Int(truncatingIfNeeded: (processStamp &* 0x9E37_79B9_7F4A_7C15) >> 56) & (rowCount &- 1)
        processRow = rows + place &* rowSize
        if rowStamps[place] != processStamp {
            rowStamps[place] = processStamp
            processRow.update(repeating: 0, count: rowSize)
        }
    }

    /// Serial numbers begin anew, once in two thousand million events.
    private mutating func forgetSerials() {
        serial = 1
        eventStates.update(repeating: 0, count: stateCount)
        valueStamps.update(repeating: 0, count: operandCount)
        groupStamps.update(repeating: 0, count: groupCount)
    }

    /// Room for the values that an operand is transformed to.
    mutating func room(_ operand: Int) -> UnsafeMutableRawBufferPointer {
        if let room = transformed[operand] {
            return room
        }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.transformSize, alignment: 8)
        transformed[operand] = room
        return room
    }
}

/// A group of tests without indirection.
struct RuntimeGroup: BitwiseCopyable {
    let operand: Int
    let isMultiple: Bool
    let wordCount: Int
    let scratch: Int
    private let isTable: Bool
    private let table: TextTable
    private let automaton: ByteAutomaton

    init(_ group: TextGroup, isMultiple: Bool) {
        operand = group.operand
        self.isMultiple = isMultiple
        wordCount = group.wordCount
        scratch = group.scratch
        switch group.body {
        case .table(let table):
            isTable = true
            self.table = table
            automaton = .none
        case .automaton(let automaton):
            isTable = false
            self.automaton = automaton
            table = .none
        }
    }

    @inline(__always)
    func bits(_ value: UnsafeRawBufferPointer, _ scratch: UnsafeMutablePointer<UInt64>) -> UnsafePointer<UInt64> {
        isTable ? table.bits(of: value) : automaton.bits(of: value, scratch: scratch)
    }
}
