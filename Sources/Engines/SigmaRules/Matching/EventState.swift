// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A value of the event at hand. It points into the event, or into the room for texts that had escapes.
struct EventValue: BitwiseCopyable {
    var start: UnsafePointer<UInt8>
    var count: Int32
    /// One of ``EntryKind``'s constants.
    var kind: UInt8
    /// The next value of the same slot; -1 for none.
    var next: Int32

    var text: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: Int(count)) }

    /// Whether there is a text to compare: not for `null`, arrays and objects.
    @inline(__always)
    var hasText: Bool { kind &- EntryKind.falseValue <= EntryKind.escapedString &- EntryKind.falseValue }
}

/// ``JSONTapeEntry``'s kinds as numbers that are known here: stored constants of another module are read by a call.
enum EntryKind {
    static var null: UInt8 { 0 }
    static var falseValue: UInt8 { 1 }
    static var number: UInt8 { 3 }
    static var escapedString: UInt8 { 5 }
    static var array: UInt8 { 6 }
    static var object: UInt8 { 7 }
}

/// The event at hand, and the tables that reading it needs.
///
/// A value behind a pointer: members of a class would be checked for exclusive access at each use.
struct EventState {
    let fields: FieldTrie
    let slots: UnsafePointer<SlotProgram>
    let slotCount: Int
    let texts: UnsafePointer<UInt8>
    let bits: PredicateBits
    var entries: UnsafePointer<JSONTapeEntry>
    var event: UnsafePointer<UInt8>
    /// The first and the last value of each slot; -1 for none.
    let firstValue: UnsafeMutablePointer<Int32>
    let lastValue: UnsafeMutablePointer<Int32>
    var values: UnsafeMutablePointer<EventValue>
    var valueCount: Int32 = 0
    var valueCapacity = 256
    var unescaped: UnsafeMutablePointer<UInt8>
    var unescapedCapacity = 4096
    var unescapedCount = 0
    var droppedValues = 0
    /// What an event without bytes points to.
    private let nothing: UnsafeMutablePointer<UInt8>

    /// Values of one event that are kept for its fields; what an array has more is passed over and counted.
    private static let mostValues = 1 << 16

    init(_ program: SigmaProgram) {
        fields = program.fields
        slots = program.slots
        slotCount = program.slotCount
        texts = program.casedTexts
        bits = PredicateBits(words: Self.table(program.literalWords, 0))
        nothing = Self.table(16, 0)
        entries = UnsafeRawPointer(nothing).assumingMemoryBound(to: JSONTapeEntry.self)
        event = UnsafePointer(nothing)
        firstValue = Self.table(program.slotCount, -1)
        lastValue = Self.table(program.slotCount, -1)
        values = .allocate(capacity: valueCapacity)
        unescaped = .allocate(capacity: unescapedCapacity)
    }

    static func table<Element>(_ count: Int, _ value: Element) -> UnsafeMutablePointer<Element> {
        let table = UnsafeMutablePointer<Element>.allocate(capacity: max(1, count))
        table.initialize(repeating: value, count: max(1, count))
        return table
    }

    func deallocate() {
        bits.words.deallocate()
        nothing.deallocate()
        firstValue.deallocate()
        lastValue.deallocate()
        values.deallocate()
        unescaped.deallocate()
    }

    /// Forgets the last event.
    @inline(__always)
    mutating func clear(literalWords: Int) {
        for slot in 0..<slotCount { firstValue[slot] = -1 }
        for word in 0..<literalWords { bits.words[word] = 0 }
        valueCount = 0
        unescapedCount = 0
    }

    /// Makes room for all texts of an event without their escapes.
    @inline(__always)
    mutating func reserveUnescaped(for bytes: Int) {
        guard unescapedCapacity < 2 * bytes + 1024 else { return }
        unescaped.deallocate()
        unescapedCapacity = 2 * bytes + 1024
        unescaped = .allocate(capacity: unescapedCapacity)
    }

    // MARK: Fields

    mutating func readObject(_ index: Int, node: UInt32) {
        let end = Int(entries[index].next)
        let hasEscapes = entries[index].hasEscapedNames != 0
        var place = index + 1
        while place < end {
            let name = entries[place]
            if hasEscapes, name.kind == EntryKind.escapedString {
                readEscapedMember(place, node: node)
            } else if let member = fields.member(event + Int(name.offset), name.length, code: name.next, node: node) {
                readValue(place &+ 1, member)
            }
            place = Int(entries[place &+ 1].next)
        }
    }

    /// A member whose name has escapes; rare, so it may take longer.
    @inline(never)
    private mutating func readEscapedMember(_ place: Int, node: UInt32) {
        let name = entries[place]
        let text = UnsafeBufferPointer(start: event + Int(name.offset), count: Int(name.length))
        guard let plain = unescape(text), let start = plain.baseAddress else { return }
        let code = JSONEventTape.nameCode(plain)
        guard let member = fields.member(start, UInt32(plain.count), code: code, node: node) else { return }
        readValue(place + 1, member)
    }

    @inline(__always)
    private mutating func readValue(_ index: Int, _ member: UnsafePointer<FieldTrie.Member>) {
        let kind = entries[index].kind
        if kind >= EntryKind.array {
            readContainer(index, member)
        } else {
            append(value(at: index), to: member)
        }
    }

    @inline(__always)
    private mutating func append(_ value: EventValue, to member: UnsafePointer<FieldTrie.Member>) {
        var place = Int(member.pointee.firstSlot)
        let last = Int(member.pointee.lastSlot)
        while place < last {
            append(value, to: Int(fields.slots[place]))
            place &+= 1
        }
    }

    /// An object is a value, and may hold fields. Each element of an array is a value of the field; an array without
    /// any is one itself.
    @inline(never)
    private mutating func readContainer(_ index: Int, _ member: UnsafePointer<FieldTrie.Member>) {
        let end = Int(entries[index].next)
        if entries[index].kind == EntryKind.object {
            append(value(at: index), to: member)
            if member.pointee.child != 0 { readObject(index, node: member.pointee.child) }
            return
        }
        if index + 1 == end { append(value(at: index), to: member) }
        var element = index + 1
        while element < end {
            if entries[element].kind >= EntryKind.array {
                readContainer(element, member)
            } else {
                append(value(at: element), to: member)
            }
            element = Int(entries[element].next)
        }
    }

    // MARK: Keywords

    /// Reads all values of an event, as keywords may stand in any of them.
    mutating func readKeywords() {
        let end = Int(entries[0].next)
        // Every entry in an object's range is a name or a value at some depth; names come right before their values.
        var containers: [(end: Int, isObject: Bool)] = [(end, true)]
        var place = 1
        while place < end {
            while let last = containers.last, place >= last.end { containers.removeLast() }
            if containers.last?.isObject == true { place += 1 }
            let entry = entries[place]
            if entry.kind >= EntryKind.array {
                containers.append((Int(entry.next), entry.kind == EntryKind.object))
            } else {
                append(value(at: place), to: 0)
            }
            place += 1
        }
    }

    // MARK: Values

    @inline(__always)
    private mutating func value(at index: Int) -> EventValue {
        let entry = entries[index]
        if entry.kind == EntryKind.escapedString || entry.kind == EntryKind.number { return changedValue(entry) }
        return EventValue(
            start: event + Int(entry.offset),
            count: entry.kind >= EntryKind.array ? 0 : Int32(bitPattern: entry.length),
            kind: entry.kind,
            next: -1
        )
    }

    /// A text without its escapes, or a number in its shortest form.
    @inline(never)
    private mutating func changedValue(_ entry: JSONTapeEntry) -> EventValue {
        let text = UnsafeBufferPointer(start: event + Int(entry.offset), count: Int(entry.length))
        var value = EventValue(
            start: event + Int(entry.offset),
            count: Int32(bitPattern: entry.length),
            kind: entry.kind,
            next: -1
        )
        if entry.kind == EntryKind.escapedString {
            if let plain = unescape(text), let start = plain.baseAddress {
                value.start = start
                value.count = Int32(plain.count)
            }
        } else if NumberText.mayBeLonger(text), let number = Double(String(decoding: text, as: UTF8.self)) {
            let shortest = NumberText.shortest(number, writtenAs: Array(text))
            if unescapedCount + shortest.count <= unescapedCapacity {
                value.start = UnsafePointer(unescaped + unescapedCount)
                value.count = Int32(shortest.count)
                for byte in shortest {
                    unescaped[unescapedCount] = byte
                    unescapedCount += 1
                }
            }
        }
        return value
    }

    /// - Returns: nil where the room is used up; texts of fields and keywords together may take more than the event.
    private mutating func unescape(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        guard unescapedCount + text.count <= unescapedCapacity else { return nil }
        let start = unescaped + unescapedCount
        let count = JSONEventTape.unescape(text, into: start)
        unescapedCount += count
        return UnsafeBufferPointer(start: UnsafePointer(start), count: count)
    }

    @inline(__always)
    private mutating func append(_ value: EventValue, to slot: Int) {
        if Int(valueCount) == valueCapacity, !growValues() { return }
        let index = valueCount
        values[Int(index)] = value
        valueCount = index &+ 1
        if firstValue[slot] < 0 {
            firstValue[slot] = index
        } else {
            values[Int(lastValue[slot])].next = index
        }
        lastValue[slot] = index
        let program = slots + slot
        if program.pointee.hasLiterals, value.hasText {
            program.pointee.scan(value.start, Int(value.count), texts, bits)
        }
    }

    @inline(never)
    private mutating func growValues() -> Bool {
        guard valueCapacity < Self.mostValues else {
            droppedValues += 1
            return false
        }
        let larger = UnsafeMutablePointer<EventValue>.allocate(capacity: 2 * valueCapacity)
        larger.update(from: values, count: valueCapacity)
        values.deallocate()
        values = larger
        valueCapacity *= 2
        return true
    }
}
