// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

/// A part of a JSON value that a ``JSONPullReader`` has read, looked at in place: nothing is decoded before it is
/// asked for.
///
/// A part that is not there is a node too, of kind ``JSONKind/missing``, so that a path of names reads without
/// unwrapping at each step. Where an object has a name twice the last one counts.
///
/// A node is good until its reader goes on; using it later is a programmer's error and stops the program.
package struct JSONNode {
    let pointer: UnsafeMutablePointer<JSONTape>
    private let index: Int
    private let generation: UInt64

    private static let missing = -1

    init(tape: UnsafeMutablePointer<JSONTape>, index: Int) {
        pointer = tape
        self.index = index
        generation = tape.pointee.generation
    }

    private init(_ other: JSONNode, index: Int) {
        pointer = other.pointer
        self.index = index
        generation = other.generation
    }

    var entry: JSONTape.Entry? {
        guard index >= 0 else {
            return nil
        }
        precondition(generation == pointer.pointee.generation, "a JSON node is used after its reader went on")
        return pointer.pointee.entries[index]
    }

    /// What the value is.
    package var kind: JSONKind {
        switch entry?.kind {
        case nil: .missing
        case .null: .null
        case .boolTrue, .boolFalse: .bool
        case .number: .number
        case .string, .escapedString: .string
        case .array: .array
        case .object: .object
        }
    }

    package var exists: Bool { index >= 0 }

    /// Neither missing nor null.
    package var hasValue: Bool { kind != .missing && kind != .null }

    /// The number of an array's elements or an object's members; 0 for others.
    package var count: Int {
        guard let entry, entry.kind == .array || entry.kind == .object else {
            return 0
        }
        return Int(entry.length)
    }

    // MARK: Parts

    /// A member of an object.
    package subscript(name: StaticString) -> JSONNode {
        member(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// A member of an object whose name the program does not know beforehand.
    package subscript(named name: String) -> JSONNode {
        var name = name
        return name.withUTF8 { member($0) }
    }

    /// An element of an array.
    package subscript(element: Int) -> JSONNode {
        var elements = elements
        for _ in 0..<max(element, 0) {
            guard elements.next() != nil else {
                break
            }
        }
        return elements.next() ?? JSONNode(self, index: Self.missing)
    }

    /// A member of an object, by the bytes of its name.
    package func member(_ name: UnsafeBufferPointer<UInt8>) -> JSONNode {
        guard index >= 0 else {
            return self
        }
        let tape = pointer
        precondition(generation == tape.pointee.generation, "a JSON node is used after its reader went on")
        let entry = tape.pointee.entries[index]
        guard entry.isOf(.object), let bytes = tape.pointee.bytes.baseAddress else {
            return JSONNode(self, index: Self.missing)
        }
        guard let text = name.baseAddress else {
            return memberInTurn(name, entry)
        }
        if JSONNameIndex.memberCounts.contains(Int(entry.length)) {
            switch tape.pointee.find(name, in: index) {
            case .found(let place, let isRepeated):
                if isRepeated {
                    tape.pointee.noteDuplicate(place)
                }
                return JSONNode(self, index: place + 1)
            case .missing:
                return JSONNode(self, index: Self.missing)
            case .unknown:
                return memberInTurn(name, entry)
            }
        }
        guard entry.has_escaped_names == 0 else {
            return memberInTurn(name, entry)
        }
        var isRepeated: Int32 = 0
        let place = redoubt_json_member(
            tape.pointee.entries,
            UInt32(truncatingIfNeeded: index),
            bytes,
            text,
            name.count,
            &isRepeated
        )
        guard isRepeated == 0 else {
            return memberInTurn(name, entry)
        }
        return JSONNode(self, index: place > 0 ? Int(place) + 1 : Self.missing)
    }

    /// A member, found by looking at one after the other.
    private func memberInTurn(_ name: UnsafeBufferPointer<UInt8>, _ entry: JSONTape.Entry) -> JSONNode {
        let entries = pointer.pointee.entries
        let bytes = pointer.pointee.bytes
        let end = Int(entry.next)
        var found = Self.missing
        var next = index + 1
        while next < end {
            if nameEquals(entries[next], name, in: bytes) {
                if found != Self.missing {
                    pointer.pointee.noteDuplicate(next)
                }
                found = next + 1
            }
            next = Int(entries[next + 1].next)
        }
        return JSONNode(self, index: found)
    }

    @inline(__always)
    private func nameEquals(
        _ entry: JSONTape.Entry,
        _ name: UnsafeBufferPointer<UInt8>,
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if entry.kind == .string {
            guard Int(entry.length) == name.count else {
                return false
            }
            guard let own = bytes.baseAddress, let other = name.baseAddress else {
                return entry.length == 0 && name.isEmpty
            }
            return memcmp(own + Int(entry.offset), other, name.count) == 0
        }
        return decoded(entry).elementsEqual(name)
    }

    /// The elements of an array; none for other values.
    package var elements: Elements {
        guard let entry, entry.kind == .array else {
            return Elements(node: self, place: 0, end: 0)
        }
        return Elements(node: self, place: index + 1, end: Int(entry.next))
    }

    /// The members of an object in their order; none for other values.
    package var members: Members {
        guard let entry, entry.kind == .object else {
            return Members(node: self, place: 0, end: 0)
        }
        return Members(node: self, place: index + 1, end: Int(entry.next))
    }

    /// The elements of an array, one after the other.
    package struct Elements: Sequence, IteratorProtocol {
        fileprivate let node: JSONNode
        fileprivate var place: Int
        fileprivate let end: Int

        package mutating func next() -> JSONNode? {
            guard place < end else {
                return nil
            }
            let element = JSONNode(node, index: place)
            place = element.end
            return element
        }
    }

    /// The members of an object, one after the other.
    package struct Members: Sequence, IteratorProtocol {
        fileprivate let node: JSONNode
        fileprivate var place: Int
        fileprivate let end: Int

        package mutating func next() -> (name: String, value: JSONNode)? {
            guard place < end else {
                return nil
            }
            let name = JSONNode(node, index: place)
            let value = JSONNode(node, index: place + 1)
            place = value.end
            return (name.string ?? "", value)
        }
    }

    /// Calls `body` with the members of an object in their order, their names as nodes, until it says false.
    package func forEachMember(_ body: (_ name: JSONNode, _ value: JSONNode) -> Bool) {
        guard let entry, entry.isOf(.object) else {
            return
        }
        var place = index + 1
        while place < Int(entry.next) {
            let value = JSONNode(self, index: place + 1)
            guard body(JSONNode(self, index: place), value) else {
                return
            }
            place = value.end
        }
    }

    private var end: Int {
        entry.map { Int($0.next) } ?? 0
    }

    // MARK: Values

    /// The text of a string, with U+FFFD for what is not UTF-8 and without U+0000, which stores and terminals cannot
    /// hold; nil for other values.
    package var string: String? { string(limit: .max) }

    /// The text of a string, cut behind the last whole character within so many bytes.
    package func string(limit: Int) -> String? {
        guard let entry else {
            return nil
        }
        switch entry.kind {
        case .string:
            let text = UnsafeBufferPointer(rebasing: pointer.pointee.bytes[bounds(entry)])
            return String(decoding: UTF8Part.prefix(of: text, limit: limit), as: UTF8.self)
        case .escapedString:
            guard limit < Int(entry.length) else {
                return JSONEscape.decodedString(UnsafeBufferPointer(rebasing: pointer.pointee.bytes[bounds(entry)]))
            }
            return decoded(entry).withUnsafeBufferPointer { text in
                String(decoding: UTF8Part.prefix(of: text, limit: limit), as: UTF8.self)
            }
        default:
            return nil
        }
    }

    /// The text of a string without white space at both ends, cut like ``string(limit:)``; nil where nothing is left.
    package func trimmedString(limit: Int) -> String? {
        guard let entry else {
            return nil
        }
        if entry.isOf(.string) {
            return Self.trimmed(UnsafeBufferPointer(rebasing: pointer.pointee.bytes[bounds(entry)]), limit: limit)
        }
        guard entry.isOf(.escapedString) else {
            return nil
        }
        return decoded(entry).withUnsafeBufferPointer { Self.trimmed($0, limit: limit) }
    }

    private static func trimmed(_ text: UnsafeBufferPointer<UInt8>, limit: Int) -> String? {
        var start = 0
        var end = text.count
        while start < end, text[start] <= 0x20 {
            start += 1
        }
        while start < end, text[end - 1] <= 0x20 {
            end -= 1
        }
        guard start < end else {
            return nil
        }
        let part = UnsafeBufferPointer(rebasing: text[start..<end])
        return String(decoding: UTF8Part.prefix(of: part, limit: limit), as: UTF8.self)
    }

    /// The bytes of a string with its escapes decoded; nil for other values.
    package var bytes: [UInt8]? {
        guard let entry, entry.kind == .string || entry.kind == .escapedString else {
            return nil
        }
        return entry.kind == .string ? Array(pointer.pointee.bytes[bounds(entry)]) : decoded(entry)
    }

    /// Whether both are strings that are written alike.
    package func isWritten(like other: JSONNode) -> Bool {
        guard let entry, let otherEntry = other.entry, entry.isOf(.string) || entry.isOf(.escapedString),
            entry.code == otherEntry.code, entry.length == otherEntry.length
        else {
            return false
        }
        guard let own = pointer.pointee.bytes.baseAddress, let others = other.pointer.pointee.bytes.baseAddress else {
            return entry.length == 0
        }
        return memcmp(own + Int(entry.offset), others + Int(otherEntry.offset), Int(entry.length)) == 0
    }

    /// Whether this is a string of exactly this text.
    package func equals(_ text: StaticString) -> Bool {
        guard let entry, entry.kind == .string || entry.kind == .escapedString else {
            return false
        }
        return nameEquals(
            entry,
            UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount),
            in: pointer.pointee.bytes
        )
    }

    /// A string's text, or a number or a boolean as it is written; nil for other values.
    package var scalarText: String? {
        guard let entry else {
            return nil
        }
        switch entry.kind {
        case .string, .escapedString: return string
        case .number, .boolTrue, .boolFalse:
            return String(decoding: pointer.pointee.bytes[bounds(entry)], as: UTF8.self)
        default: return nil
        }
    }

    /// A boolean; nil for other values.
    package var bool: Bool? {
        switch entry?.kind {
        case .boolTrue: true
        case .boolFalse: false
        default: nil
        }
    }

    /// The bytes as they stand in the document.
    package var raw: UnsafeBufferPointer<UInt8> {
        guard let entry else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        return UnsafeBufferPointer(rebasing: pointer.pointee.bytes[rawBounds(entry)])
    }

    func bounds(_ entry: JSONTape.Entry) -> Range<Int> {
        Int(entry.offset)..<(Int(entry.offset) + Int(entry.length))
    }

    private func rawBounds(_ entry: JSONTape.Entry) -> Range<Int> {
        switch entry.kind {
        case .string, .escapedString:
            return (Int(entry.offset) - 1)..<(Int(entry.offset) + Int(entry.length) + 1)
        case .array, .object:
            // The closing bracket comes behind the last part and white space.
            var end = Int(entry.offset) + 1
            if Int(entry.next) > index + 1 {
                // A member's value comes behind its name.
                let step = entry.kind == .object ? 1 : 0
                var last = index + 1 + step
                while Int(pointer.pointee.entries[last].next) < Int(entry.next) {
                    last = Int(pointer.pointee.entries[last].next) + step
                }
                end = rawBounds(of: last).upperBound
            }
            let closing = entry.kind == .array ? UInt8(ascii: "]") : UInt8(ascii: "}")
            while end < pointer.pointee.bytes.count, pointer.pointee.bytes[end] != closing {
                end += 1
            }
            return Int(entry.offset)..<min(end + 1, pointer.pointee.bytes.count)
        default:
            return bounds(entry)
        }
    }

    private func rawBounds(of index: Int) -> Range<Int> {
        JSONNode(self, index: index).entry.map { JSONNode(self, index: index).rawBounds($0) } ?? 0..<0
    }

    private func decoded(_ entry: JSONTape.Entry) -> [UInt8] {
        JSONEscape.decode(UnsafeBufferPointer(rebasing: pointer.pointee.bytes[bounds(entry)]))
    }
}
