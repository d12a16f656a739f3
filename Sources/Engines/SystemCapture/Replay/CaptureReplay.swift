// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads a capture and follows the state of the machine through it, event by event.
///
/// The caller hands in unpacked bytes, all at once or piece by piece, and asks for the next event until there is
/// none. Blocks and events are read in place: nothing is copied but what the state keeps.
///
///     replay.feed(bytes, isLast: true)
///     while case .event = try replay.next() {
///         use(replay.event)
///     }
package struct CaptureReplay: ~Copyable {
    /// What ``next()`` came to.
    package enum Step: Equatable, Sendable {
        /// ``event`` is the next event that rules see.
        case event
        /// The bytes that were handed in end within a block: hand in those from ``consumed`` on, and more.
        case needsBytes
        /// The capture ends here.
        case end
    }

    package let state: SystemState
    let schema = EventSchema.shared
    private let types: UnsafePointer<EventType>
    private let sourceTable: UnsafePointer<ParameterSource>
    var base: UnsafeRawPointer
    var position = 0
    var end = 0
    /// The place in the capture of the first byte that was handed in last.
    var baseOffset = 0
    var isLast = false
    var hasHeader = false
    /// The threads whose enter events lie in the caller's buffer.
    var listed: [UInt32] = []
    /// What remains to be done after the event that was delivered last.
    private var pending = Pending.nothing
    /// The event delivered last; before the first one an empty event, so that it can always be read.
    private let current: UnsafeMutablePointer<SystemEvent>
    private let emptyHeader: UnsafeMutableRawPointer
    private var eventNumber: UInt64 = 0
    /// Whether the section has had no event yet but records of the writer's own.
    var isBeginning = true

    /// The machine, if the capture says.
    package internal(set) var machine: MachineInfo?
    package internal(set) var interfaces: [InterfaceInfo] = []
    /// Event blocks so far, those included that rules do not see.
    package private(set) var eventBlocks = 0
    /// Event blocks of types that the schema does not know.
    package private(set) var unknownEvents = 0
    /// Blocks that were skipped because their type is not known.
    package internal(set) var unknownBlocks = 0
    package internal(set) var sections = 0

    private enum Pending {
        case nothing
        case close(Int64, thread: UInt32)
        case exit(thread: UInt32)
    }

    package init(limits: StateLimits = StateLimits()) {
        state = SystemState(limits: limits)
        // The schema is never empty: reading it checks that.
        types = schema.types.baseAddress.unsafelyUnwrapped
        sourceTable = schema.sourceTable.baseAddress.unsafelyUnwrapped
        base = UnsafeRawPointer(types)
        emptyHeader = .allocate(byteCount: 64, alignment: 8)
        emptyHeader.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
        let record = EventRecord(
            header: emptyHeader,
            lengths: emptyHeader + 26,
            type: 0,
            parameterCount: 0,
            isWide: false,
            length: 26
        )
        current = .allocate(capacity: 1)
        current.initialize(to: SystemEvent(record, kind: types, schema: schema))
    }

    deinit {
        current.deallocate()
        emptyHeader.deallocate()
    }

    /// Hands in bytes of the capture.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that follow those consumed so far. They must stay where they are until ``next()`` asks
    ///     for more or says that the capture ends.
    ///   - isLast: whether no more will follow.
    package mutating func feed(_ bytes: UnsafeRawBufferPointer, isLast: Bool) {
        baseOffset += position
        base = bytes.baseAddress ?? UnsafeRawPointer(types)
        position = 0
        end = bytes.count
        self.isLast = isLast
    }

    /// How many of the bytes that were handed in last are done with.
    package var consumed: Int { position }

    /// The place in the unpacked capture, in bytes, of the next block.
    package var offset: Int { baseOffset + position }

    /// The event that ``next()`` came to last; valid until the next call of it.
    @inline(__always)
    package var event: SystemEvent { current.pointee }

    /// Reads on to the next event that rules see.
    package mutating func next() throws(CaptureError) -> Step {
        finishPending()
        while true {
            let rest = end &- position
            guard rest >= 12 else {
                return try endOfBytes(rest)
            }
            let block = base + position
            let type = block.loadUnaligned(as: UInt32.self)
            let length = Int(block.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            guard length <= rest, length >= 12 else {
                return try incomplete(type: type, length: length)
            }
            guard block.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self) == UInt32(length) else {
                throw CaptureError(
                    .blockLength,
                    at: offset,
                    "the block of \(length) bytes has another length at its end"
                )
            }
            guard hasHeader || type == BlockType.sectionHeader else {
                throw CaptureError(.notACapture, at: offset, "a capture begins with a section header")
            }
            let isDelivered: Bool
            switch type {
            case BlockType.event, BlockType.oldEvent:
                isDelivered = try read(block, length: length, flagBytes: 0, hasCount: false)
            case BlockType.event2:
                isDelivered = try read(block, length: length, flagBytes: 0, hasCount: true)
            case BlockType.largeEvent:
                isDelivered = try read(
                    block,
                    length: length,
                    flagBytes: 0,
                    hasCount: true,
                    limit: Self.largestWideEvent
                )
            case BlockType.eventWithFlags:
                isDelivered = try read(block, length: length, flagBytes: 4, hasCount: false)
            case BlockType.event2WithFlags:
                isDelivered = try read(block, length: length, flagBytes: 4, hasCount: true)
            case BlockType.largeEventWithFlags:
                isDelivered = try read(
                    block,
                    length: length,
                    flagBytes: 4,
                    hasCount: true,
                    limit: Self.largestWideEvent
                )
            default:
                try readMetadata(block, length: length, type: type)
                isDelivered = false
            }
            position &+= length
            if isDelivered {
                return .event
            }
        }
    }

    // MARK: Events

    /// Reads one event block.
    ///
    /// - Returns: whether rules see the event.
    @inline(__always)
    private mutating func read(
        _ block: UnsafeRawPointer,
        length: Int,
        flagBytes: Int,
        hasCount: Bool,
        limit: Int = largestEvent
    ) throws(CaptureError) -> Bool {
        eventBlocks &+= 1
        guard length <= limit else {
            throw tooLarge(length, limit: limit)
        }
        let headerSize = hasCount ? 26 : 22
        let start = 10 &+ flagBytes
        guard length &- 4 >= start &+ headerSize else {
            throw CaptureError(.eventLength, at: offset, "the block is too short for an event")
        }
        let header = block + start
        let type = header.loadUnaligned(fromByteOffset: 20, as: UInt16.self)
        let size = Int(header.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        guard type < EventSchema.typeCount else {
            unknownEvents &+= 1
            return false
        }
        guard size >= headerSize, size <= length &- 4 &- start else {
            throw CaptureError(.eventLength, at: offset, "an event of \(size) bytes does not fit its block")
        }
        let kind = types + Int(type)
        var record = EventRecord(
            header: header,
            lengths: header + headerSize,
            type: type,
            parameterCount: 0,
            isWide: kind.pointee.flags.contains(.wideLengths),
            length: UInt32(truncatingIfNeeded: size)
        )
        let count =
            hasCount
            ? Int(header.loadUnaligned(fromByteOffset: 22, as: UInt32.self))
            : countParameters(of: record, kind: kind)
        guard count >= 0, count <= 255, fits(count, in: record, values: size &- headerSize) else {
            throw CaptureError(.eventLength, at: offset, "the lengths of the parameters do not fit the event")
        }
        record.parameterCount = UInt8(truncatingIfNeeded: count)
        return take(record, kind: kind, cpu: block.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
    }

    /// Whether the lengths and the values of a number of parameters lie within an event.
    @inline(__always)
    private func fits(_ count: Int, in record: EventRecord, values: Int) -> Bool {
        var rest = values &- count &* (record.isWide ? 4 : 2)
        guard rest >= 0 else {
            return false
        }
        if record.isWide {
            for index in 0..<count {
                rest &-= Int(record.lengths.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
            }
        } else {
            for index in 0..<count {
                rest &-= Int(record.lengths.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
            }
        }
        return rest >= 0
    }

    /// Finds how many parameters an event of the first layout has, which does not say: the largest number, not
    /// above that of the schema, with which lengths and values fill the event exactly.
    ///
    /// - Returns: -1 if there is none.
    @inline(__always)
    private func countParameters(of record: EventRecord, kind: UnsafePointer<EventType>) -> Int {
        // Two kinds of records of the writer's own were stored with three bytes more than they say.
        let isPadded = record.type == 280 || record.type == 286
        let total = Int(record.length) &- 22 &- (isPadded ? 3 : 0)
        var count = min(Int(kind.pointee.parameterCount), total / 2)
        guard !record.isWide, count >= 0 else {
            return record.isWide ? Int(kind.pointee.parameterCount) : -1
        }
        var sum = 0
        for index in 0..<count {
            sum &+= Int(record.lengths.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
        }
        while count >= 0 {
            if sum &+ count &* 2 == total {
                return count
            }
            count &-= 1
            if count >= 0 {
                sum &-= Int(record.lengths.loadUnaligned(fromByteOffset: count &* 2, as: UInt16.self))
            }
        }
        return -1
    }

    /// Follows an event in the state.
    ///
    /// - Returns: whether rules see the event.
    @inline(__always)
    private mutating func take(_ record: EventRecord, kind: UnsafePointer<EventType>, cpu: UInt16) -> Bool {
        let thread = findThread(of: record, kind: kind)
        let entry = thread == FlatIndex.absent ? nil : state.threads + Int(thread)
        state.currentThread = thread
        let flags = kind.pointee.flags
        if flags.contains(.hasExit) {
            if let entry {
                store(record, for: entry, thread: thread)
            }
            if flags.contains(.hidden) {
                return false
            }
        } else if flags.contains(.hidden), kind.pointee.action == .none {
            return false
        }
        // Containers and accounts that come before all else belong to the state that the capture begins with.
        let isInitial = isBeginning && kind.pointee.action.isRecord
        isBeginning = isInitial
        eventNumber &+= flags.contains(.hidden) || isInitial ? 0 : 1
        let successor = types + Int(kind.pointee.successor)
        var event = SystemEvent(record, kind: successor, schema: schema)
        event.sources = sourceTable + Int(kind.pointee.firstSource)
        event.threadNumber = thread
        event.threadEntry = entry
        event.type = kind.pointee.successor
        event.cpu = cpu
        event.number = eventNumber
        event.parameterCount = Int(successor.pointee.parameterCount)
        if record.type & 1 == 1, let entry, let enter = entry.pointee.pendingEnter {
            entry.pointee.pendingEnter = nil
            if enter.type == record.type &- 1 {
                event.enter = enter
                event.hasEnter = true
            }
        }
        if kind.pointee.action != .none {
            act(on: &event, action: kind.pointee.action)
        }
        current.pointee = event
        return !flags.contains(.hidden) && !isInitial
    }

    @inline(__always)
    private func findThread(of record: EventRecord, kind: UnsafePointer<EventType>) -> UInt32 {
        let id = record.threadID
        let thread = state.findThread(id)
        // What clone and the scheduler name may be threads that the capture does not show, and the writer's own
        // records are of no thread: those are not made up.
        if thread != FlatIndex.absent || id < 0 || !kind.pointee.flags.contains(.isOfThread) {
            return thread
        }
        return state.addUnknown(id)
    }

    /// Keeps an enter event for its exit event.
    @inline(__always)
    private mutating func store(
        _ record: EventRecord,
        for entry: UnsafeMutablePointer<ThreadEntry>,
        thread: UInt32
    ) {
        entry.pointee.pendingEnter = record
        if !entry.pointee.isListed {
            entry.pointee.isListed = true
            listed.append(thread)
        }
    }

    /// Copies the enter events that wait for their exit, before the caller's buffer changes.
    mutating func keepEnterEvents() {
        for thread in listed {
            let entry = state.threads + Int(thread)
            entry.pointee.isListed = false
            guard entry.pointee.isLive, let enter = entry.pointee.pendingEnter,
                enter.header != entry.pointee.pendingCopy.map({ UnsafeRawPointer($0) })
            else {
                continue
            }
            let size = Int(enter.length)
            if entry.pointee.pendingCapacity < size {
                entry.pointee.pendingCopy?.deallocate()
                entry.pointee.pendingCopy = .allocate(byteCount: size, alignment: 8)
                entry.pointee.pendingCapacity = Int32(truncatingIfNeeded: size)
            }
            if let copy = entry.pointee.pendingCopy {
                copy.copyMemory(from: enter.header, byteCount: size)
                entry.pointee.pendingEnter = enter.moved(to: UnsafeRawPointer(copy))
            }
        }
        listed.removeAll(keepingCapacity: true)
    }

    /// Does what had to wait until rules were done with the event before.
    @inline(__always)
    private mutating func finishPending() {
        switch pending {
        case .nothing:
            return
        case .close(let number, let thread):
            state.removeDescriptor(number, of: thread)
        case .exit(let thread):
            state.removeExited(thread)
        }
        pending = .nothing
    }

    /// Notes what is to be done when the event is done with.
    mutating func finishLater(close number: Int64, thread: UInt32) {
        pending = .close(number, thread: thread)
    }

    mutating func finishLater(exit thread: UInt32) {
        pending = .exit(thread: thread)
    }
}
