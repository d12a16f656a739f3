// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import CByteSearch

/// Writes one JSON value to the memory of a ``JSONTape``, checking the grammar.
///
/// This is the way for processors that lack what `redoubt_json_tape` needs, and for values with an error in them.
///
/// A value of its own so that the loop works on local state; it owns the entries' memory while it is at work and may
/// have moved it afterwards, whether it succeeds or fails.
struct JSONTapeBuilder {
    typealias Entry = JSONTape.Entry

    private let bytes: UnsafeBufferPointer<UInt8>
    private let base: UnsafePointer<UInt8>
    private let end: Int
    private let maximumDepth: Int
    private(set) var entries: UnsafeMutablePointer<Entry>
    private(set) var capacity: Int
    private var count = 0
    /// The innermost container that is open. While one is, its entry's `next` is the one around it.
    private var container = JSONTapeBuilder.none
    private var depth = 0

    private static let none = -1

    init(
        _ bytes: UnsafeBufferPointer<UInt8>,
        maximumDepth: Int,
        entries: UnsafeMutablePointer<Entry>,
        capacity: Int
    ) {
        self.bytes = bytes
        // Of no bytes none is read, wherever they lie.
        base = bytes.baseAddress ?? UnsafePointer(UnsafeMutableRawPointer(entries).assumingMemoryBound(to: UInt8.self))
        end = bytes.count
        self.maximumDepth = maximumDepth
        self.entries = entries
        self.capacity = capacity
    }

    /// - Returns: the index behind the value.
    mutating func build() throws(JSONError) -> Int {
        var index = 0
        repeat {
            try value(&index)
        } while try advance(&index)
        return index
    }

    /// Reads a value, or no more than the opening bracket of one that is not empty, and on to its first part.
    @inline(__always)
    private mutating func value(_ index: inout Int) throws(JSONError) {
        while true {
            skipSpace(&index)
            guard index < end else {
                throw error(.unexpectedEnd, index, "a JSON value is missing")
            }
            let start = index
            let byte = base[index]
            switch byte {
            case UInt8(ascii: "\""):
                try string(&index)
                return
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = byte == UInt8(ascii: "{")
                guard depth < maximumDepth else {
                    throw error(.tooDeep, index, "arrays and objects nest too deep")
                }
                index += 1
                depth += 1
                let outer = UInt32(truncatingIfNeeded: container)
                try append(start, length: 0, next: outer, kind: isObject ? .object : .array)
                container = count - 1
                skipSpace(&index)
                // The closing bracket's code is that of the opening one and two more.
                if index < end, base[index] == byte &+ 2 {
                    return
                }
                if isObject {
                    try memberName(&index)
                }
            case UInt8(ascii: "t"):
                try word("true", &index, kind: .boolTrue)
                return
            case UInt8(ascii: "f"):
                try word("false", &index, kind: .boolFalse)
                return
            case UInt8(ascii: "n"):
                try word("null", &index, kind: .null)
                return
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                try number(&index)
                return
            default:
                let name = JSONError.describe(byte)
                throw error(.unexpectedByte, index, "a JSON value cannot start with \(name)")
            }
        }
    }

    /// Closes all that ends here, and steps over the comma before the next value.
    ///
    /// - Returns: whether there is a next value; false where the whole value is complete.
    @inline(__always)
    private mutating func advance(_ index: inout Int) throws(JSONError) -> Bool {
        while container != Self.none {
            skipSpace(&index)
            let isObject = entries[container].kind == .object
            guard index < end else {
                throw error(.unexpectedEnd, index, "the document ends inside \(isObject ? "an object" : "an array")")
            }
            let isEmpty = count == container + 1
            if !isEmpty {
                entries[container].length += 1
            }
            let byte = base[index]
            if byte == UInt8(ascii: ","), !isEmpty {
                index += 1
                if isObject {
                    skipSpace(&index)
                    try memberName(&index)
                }
                return true
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                let name = JSONError.describe(byte)
                let wanted = isObject ? "\",\" or \"}\"" : "\",\" or \"]\""
                throw error(.unexpectedByte, index, "\(name) where \(wanted) was expected")
            }
            index += 1
            depth -= 1
            let outer = entries[container].next
            entries[container].next = UInt32(truncatingIfNeeded: count)
            container = outer == .max ? Self.none : Int(outer)
        }
        return false
    }

    @inline(__always)
    private mutating func memberName(_ index: inout Int) throws(JSONError) {
        guard index < end, base[index] == UInt8(ascii: "\"") else {
            throw unexpected(index, "the name of a member in quotes")
        }
        try string(&index)
        let name = entries[count - 1]
        entries[count - 1].next = redoubt_json_name_code(base + Int(name.offset), Int(name.length))
        if name.kind == .escapedString { entries[container].has_escaped_names = 1 }
        skipSpace(&index)
        guard index < end, base[index] == UInt8(ascii: ":") else {
            throw unexpected(index, "\":\" behind a member's name")
        }
        index += 1
    }

    @inline(__always)
    private func skipSpace(_ index: inout Int) {
        // Most often there is none, or one blank.
        if index < end, base[index] > 0x20 {
            return
        }
        index += redoubt_json_space_end(base + index, end - index)
    }

    @inline(__always)
    private mutating func string(_ index: inout Int) throws(JSONError) {
        let start = index + 1
        index = start + redoubt_json_text_end(base + start, end - start)
        if index < end, base[index] == UInt8(ascii: "\"") {
            try append(start, length: index - start, next: UInt32(truncatingIfNeeded: count + 1), kind: .string)
            index += 1
            return
        }
        try escapedString(&index, from: start)
    }

    /// The rest of a string that has an escape, or an error, at `index`.
    private mutating func escapedString(_ index: inout Int, from start: Int) throws(JSONError) {
        while true {
            guard index < end else {
                throw error(.unexpectedEnd, index, "a string without its closing quote")
            }
            let byte = base[index]
            if byte == UInt8(ascii: "\"") {
                let next = UInt32(truncatingIfNeeded: count + 1)
                try append(start, length: index - start, next: next, kind: .escapedString)
                index += 1
                return
            }
            guard byte == UInt8(ascii: "\\") else {
                let name = JSONError.describe(byte)
                throw error(.controlCharacter, index, "\(name) inside a string must be escaped")
            }
            try checkEscape(&index)
            index += redoubt_json_text_end(base + index, end - index)
        }
    }

    /// Steps over an escape, whose meaning counts only where somebody asks for the text.
    @inline(__always)
    private func checkEscape(_ index: inout Int) throws(JSONError) {
        guard index + 1 < bytes.count else {
            throw error(.unexpectedEnd, index + 1, "a string ends inside an escape")
        }
        switch bytes[index + 1] {
        case UInt8(ascii: "n"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 2
        default:
            index += 1
            var ignored: [UInt8] = []
            try JSONEscape.decode(bytes, at: &index, into: &ignored)
        }
    }

    private mutating func word(_ word: StaticString, _ index: inout Int, kind: JSONTape.Kind) throws(JSONError) {
        let start = index
        for offset in 0..<word.utf8CodeUnitCount {
            guard index < end, base[index] == word.utf8Start[offset] else {
                throw unexpected(index, word.description)
            }
            index += 1
        }
        try append(start, length: index - start, next: UInt32(truncatingIfNeeded: count + 1), kind: kind)
    }

    // MARK: Numbers

    private mutating func number(_ index: inout Int) throws(JSONError) {
        let start = index
        if base[index] == UInt8(ascii: "-") {
            index += 1
        }
        if index < end, base[index] == UInt8(ascii: "0") {
            index += 1
        } else {
            try digits(&index)
        }
        if index < end, base[index] == UInt8(ascii: ".") {
            index += 1
            try digits(&index)
        }
        if index < end, base[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < end, base[index] == UInt8(ascii: "+") || base[index] == UInt8(ascii: "-") {
                index += 1
            }
            try digits(&index)
        }
        try append(start, length: index - start, next: UInt32(truncatingIfNeeded: count + 1), kind: .number)
    }

    /// One digit or more.
    @inline(__always)
    private func digits(_ index: inout Int) throws(JSONError) {
        let start = index
        while index < end, base[index] &- UInt8(ascii: "0") < 10 {
            index += 1
        }
        guard index > start else {
            throw error(.badNumber, index, "a digit is missing in a number")
        }
    }

    // MARK: Parts

    @inline(__always)
    private mutating func append(
        _ start: Int,
        length: Int,
        next: UInt32,
        kind: JSONTape.Kind
    ) throws(JSONError) {
        if count == capacity {
            try grow()
        }
        // No value is longer than 4 GiB: the window that it lies in is not.
        let offset = UInt32(truncatingIfNeeded: start)
        (entries + count).initialize(
            to: Entry(offset: offset, length: UInt32(truncatingIfNeeded: length), next: next, kind: kind)
        )
        count += 1
    }

    private mutating func grow() throws(JSONError) {
        guard capacity < JSONTape.maximumCount else {
            throw error(.tooLarge, 0, "one value has more than \(JSONTape.maximumCount) parts")
        }
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: entries, count: count)
        entries.deallocate()
        entries = larger
        capacity *= 2
    }

    private func error(_ code: JSONError.Code, _ index: Int, _ message: String) -> JSONError {
        JSONError(code: code, offset: index, message: message)
    }

    private func unexpected(_ index: Int, _ wanted: String) -> JSONError {
        guard index < bytes.count else {
            return error(.unexpectedEnd, index, "the document ends where \(wanted) was expected")
        }
        return error(.unexpectedByte, index, "\(JSONError.describe(bytes[index])) where \(wanted) was expected")
    }
}
