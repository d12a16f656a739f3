// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch
internal import Synchronization

/// One JSON value as a flat list of where its parts lie, written in one pass and reused for the next value.
///
/// Sixteen bytes for each value and each member's name, in document order; an array's or object's entry knows the
/// entry behind its last part, so what nobody asks for is stepped over. Nothing is copied or decoded. The grammar is
/// checked in full (RFC 8259), by `redoubt_json_tape` where the processor can do that and else by ``JSONTapeBuilder``, which
/// also says what is wrong.
///
/// Nodes point to the tape without holding it, as counting references would cost more than reading does. The memory
/// of a tape is therefore never given back but used again by the next reader, and every node knows the generation that
/// it belongs to: one that outlived its value stops the program instead of reading something else.
struct JSONTape {
    /// What an entry is. A member's name comes right before its value.
    enum Kind: UInt8 {
        case null, boolFalse, boolTrue, number, string, escapedString, array, object
    }

    typealias Entry = redoubt_json_entry

    /// The most entries of one value.
    static let maximumCount = 2 << 20
    private static let usualCapacity = 1 << 12

    private(set) var entries: UnsafeMutablePointer<Entry>
    private var capacity: Int
    /// The bytes that offsets count in. They belong to somebody else, who calls ``invalidate()`` before they move.
    private(set) var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// Which value is on the tape; nodes of another one are dead.
    private(set) var generation: UInt64 = 0
    /// Entries of names that an object holds twice, as nodes came across them; the last one counts.
    private(set) var duplicates: (UInt32, UInt32) = (0, 0)
    private(set) var duplicateCount = 0
    private var names = JSONNameIndex()

    init(entries: UnsafeMutablePointer<Entry>, capacity: Int) {
        self.entries = entries
        self.capacity = capacity
    }

    /// Looks up a name in an object of ``JSONNameIndex/memberCounts`` members.
    mutating func find(_ name: UnsafeBufferPointer<UInt8>, in object: Int) -> JSONNameIndex.Answer {
        names.find(name, in: object, entries, bytes, generation: generation)
    }

    mutating func invalidate() {
        generation &+= 1
        bytes = UnsafeBufferPointer(start: nil, count: 0)
        duplicateCount = 0
    }

    mutating func noteDuplicate(_ index: Int) {
        guard duplicateCount < 2, duplicateCount == 0 || duplicates.0 != UInt32(index) else {
            return
        }
        if duplicateCount == 0 {
            duplicates.0 = UInt32(index)
        } else {
            duplicates.1 = UInt32(index)
        }
        duplicateCount += 1
    }

    /// Writes down a value.
    ///
    /// - Parameters:
    ///   - text: the value's bytes, with nothing around them.
    ///   - maximumDepth: how deep arrays and objects may nest in it.
    /// - Throws: a ``JSONError`` with an offset into `text`.
    mutating func build(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) throws(JSONError) {
        invalidate()
        if case .sound(let end) = buildFast(text, maximumDepth: maximumDepth), end == text.count {
            bytes = text
            return
        }
        let end = try buildSlowly(text, maximumDepth: maximumDepth)
        guard end == text.count else {
            throw JSONError(code: .trailingBytes, offset: end, message: "bytes behind the end of the JSON value")
        }
        bytes = text
    }

    /// Writes down the array or object that `text` begins with.
    ///
    /// - Returns: the index behind its last byte; nil where it does not end in `text` or is not sound.
    mutating func buildPrefix(of text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) -> Int? {
        invalidate()
        switch buildFast(text, maximumDepth: maximumDepth) {
        case .sound(let end):
            bytes = text
            return end
        case .unsound:
            return nil
        case .unknown:
            break
        }
        do throws(JSONError) {
            let end = try buildSlowly(text, maximumDepth: maximumDepth)
            bytes = text
            return end
        } catch {
            // The caller reads the value again when all of it is there, and gets the same error if it is one.
            return nil
        }
    }

    private enum FastAnswer {
        case sound(end: Int)
        /// Not sound, or it does not end in the text.
        case unsound
        case unknown
    }

    private mutating func buildFast(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) -> FastAnswer {
        guard let base = text.baseAddress, text.count < Int(UInt32.max) else {
            return .unknown
        }
        var end = 0
        while true {
            switch redoubt_json_tape(base, text.count, entries, capacity, max(maximumDepth, 0), &end) {
            case 0: return .sound(end: end)
            case 1 where capacity < Self.maximumCount: grow()
            case 2: return .unsound
            default: return .unknown
            }
        }
    }

    /// Doubles the room for entries, and forgets those that are there.
    private mutating func grow() {
        entries.deallocate()
        capacity *= 2
        entries = .allocate(capacity: capacity)
    }

    private mutating func buildSlowly(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) throws(JSONError) -> Int {
        var builder = JSONTapeBuilder(text, maximumDepth: maximumDepth, entries: entries, capacity: capacity)
        defer {
            entries = builder.entries
            capacity = builder.capacity
        }
        return try builder.build()
    }

    // MARK: Memory

    /// Tapes that no reader uses; there are never more than there were readers at once.
    private static let idle = Mutex<[Reference]>([])

    struct Reference: @unchecked Sendable {
        var tape: UnsafeMutablePointer<JSONTape>
    }

    /// A tape for one reader, which gives it back.
    static func take() -> UnsafeMutablePointer<JSONTape> {
        if let reference = idle.withLock({ $0.popLast() }) {
            return reference.tape
        }
        let tape = UnsafeMutablePointer<JSONTape>.allocate(capacity: 1)
        tape.initialize(to: JSONTape(entries: .allocate(capacity: usualCapacity), capacity: usualCapacity))
        return tape
    }

    static func giveBack(_ tape: UnsafeMutablePointer<JSONTape>) {
        tape.pointee.invalidate()
        if tape.pointee.capacity > 16 * usualCapacity {
            tape.pointee.entries.deallocate()
            tape.pointee.entries = .allocate(capacity: usualCapacity)
            tape.pointee.capacity = usualCapacity
        }
        let reference = Reference(tape: tape)
        idle.withLock { $0.append(reference) }
    }
}

extension redoubt_json_entry {
    init(offset: UInt32, length: UInt32, next: UInt32, kind: JSONTape.Kind) {
        self.init(offset: offset, length: length, next: next, code: kind.rawValue, has_escaped_names: 0)
    }

    /// What the entry is.
    var kind: JSONTape.Kind {
        @inline(__always) get { JSONTape.Kind(rawValue: code) ?? .null }
    }

    @inline(__always)
    func isOf(_ kind: JSONTape.Kind) -> Bool { code == kind.rawValue }
}
