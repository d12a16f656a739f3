// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// How much of a JSON document is held in memory at once.
package struct JSONLimits: Sendable {
    /// How deep arrays and objects may nest.
    package var depth: Int
    /// The most bytes of one string.
    package var stringBytes: Int
    /// The most bytes of one value that is read as a whole.
    package var valueBytes: Int
    /// The bytes that are read at once.
    package var windowBytes: Int

    package init(
        depth: Int = 128,
        stringBytes: Int = 16 << 20,
        valueBytes: Int = 24 << 20,
        windowBytes: Int = 256 << 10
    ) {
        self.depth = depth
        self.stringBytes = stringBytes
        self.valueBytes = valueBytes
        self.windowBytes = windowBytes
    }
}

/// Reads JSON documents of any size (RFC 8259) from pieces of bytes, holding no more than one value of them.
///
/// The caller walks the outer arrays and objects with ``forEachElement(_:)`` and ``forEachMember(_:)``, reads the
/// values that it wants with ``read()`` and leaves the rest, which is stepped over 64 bytes at a time: of that, only
/// strings and brackets are looked at. Several documents may follow each other, with white space, line feeds or record
/// separators (RFC 7464) between them. Errors carry the offset, the line and the JSON pointer of the value.
///
/// ```swift
/// let reader = JSONPullReader(source)
/// guard try reader.nextDocument() else { return }
/// try reader.forEachMember { name in
///     guard name == "results" else { return }
///     try reader.forEachElement { _ in
///         let result = try reader.read()
///         handle(result["id"].string)
///     }
/// }
/// ```
package final class JSONPullReader {
    let window: ByteWindow
    let limits: JSONLimits
    private let tape = JSONTape.take()
    /// The names and indexes of the containers that are being walked.
    @exclusivity(unchecked) private(set) package var place = JSONPlace()
    /// Whether the next value has not been read or stepped over.
    /// The pointers of the arrays that are being walked, each made when it is first asked for.
    @exclusivity(unchecked) private var arrayPointers: [String?] = []
    @exclusivity(unchecked) private var isValuePending = false
    @exclusivity(unchecked) private var isLeaving = false
    private var hasDocument = false
    /// Duplicate names in what was read, most of them once; at most 100.
    package private(set) var warnings: [JSONWarning] = []
    /// How often members stand in the document whose container is walked, where it is more than once: all but the last
    /// are stepped over.
    @exclusivity(unchecked) private var superseded: [String: Int] = [:]
    /// Where large arrays and objects end that were gone through before, by where they begin: once they have been looked
    /// at, they are stepped over without looking.
    @exclusivity(unchecked) private var ends: [Int: (offset: Int, line: Int)] = [:]
    private static let rememberedBytes = 64 << 10
    private static let rememberedCount = 4096

    package init(_ source: any ByteSource, limits: JSONLimits = JSONLimits()) {
        // A value of the largest size, its quotes and the piece behind it have to fit.
        let capacity = limits.valueBytes + 2 * limits.windowBytes
        window = ByteWindow(source, capacity: limits.windowBytes, maximumCapacity: capacity)
        self.limits = limits
    }

    deinit {
        JSONTape.giveBack(tape)
    }

    /// Goes back to the beginning.
    ///
    /// - Parameter superseded: members that stand in their object more than once, by their pointer, with how often.
    package func rewind(superseded: [String: Int] = [:]) throws {
        try window.rewind()
        place = JSONPlace()
        arrayPointers = []
        isValuePending = false
        isLeaving = false
        hasDocument = false
        self.superseded = superseded
        tape.pointee.invalidate()
    }

    /// The JSON pointer of the value that is being read.
    package var pointer: String { place.pointer }

    /// The array whose element is being read, by its JSON pointer, and the index in it; nil outside of arrays.
    ///
    /// The pointer's text is made once for all elements.
    package var elementPlace: (array: String, index: Int)? {
        guard case .element(let index)? = place.steps.last, let last = arrayPointers.indices.last else {
            return nil
        }
        if let pointer = arrayPointers[last] {
            return (pointer, index)
        }
        let pointer = JSONPlace(Array(place.steps.dropLast())).pointer
        arrayPointers[last] = pointer
        return (pointer, index)
    }

    /// The line of the next byte, from 1.
    package var line: Int { window.line(of: window.position) }

    // MARK: Documents

    /// Goes to the next document; what is left of the one before is stepped over.
    ///
    /// - Returns: whether there is one.
    package func nextDocument() throws -> Bool {
        if isValuePending {
            try skip()
        }
        endValue()
        while let byte = try nextByte() {
            guard byte == 0x1E else {
                isValuePending = true
                hasDocument = true
                return true
            }
            window.position += 1
        }
        return false
    }

    /// Makes sure that nothing but white space stands behind the document.
    package func end() throws {
        if isValuePending {
            try skip()
        }
        endValue()
        if try nextByte() != nil {
            throw error(.trailingBytes, at: window.position, "bytes behind the end of the document")
        }
    }

    // MARK: Walking

    /// What the next value is.
    package func kind() throws -> JSONKind {
        guard let byte = try nextByte() else {
            throw error(.unexpectedEnd, at: window.position, "a JSON value is missing")
        }
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default:
            let name = JSONError.describe(byte)
            throw error(.unexpectedByte, at: window.position, "a JSON value cannot start with \(name)")
        }
    }

    /// Walks the elements of an array; `body` reads the next value or leaves it.
    ///
    /// - Returns: false, with the value stepped over, where it is no array.
    @discardableResult
    package func forEachElement(_ body: (_ index: Int) throws -> Void) throws -> Bool {
        guard let start = try enter(.array) else {
            return false
        }
        arrayPointers.append(nil)
        defer { arrayPointers.removeLast() }
        var index = 0
        while try !takes(UInt8(ascii: "]"), isFirst: index == 0) {
            place.steps.append(.element(index))
            isValuePending = true
            try body(index)
            try finishValue()
            place.steps.removeLast()
            index += 1
            if isLeaving {
                try leave()
                remember(start)
                return true
            }
        }
        isValuePending = false
        return true
    }

    /// Walks the members of an object; `body` reads the value or leaves it.
    ///
    /// - Returns: false, with the value stepped over, where it is no object.
    @discardableResult
    package func forEachMember(_ body: (_ name: String) throws -> Void) throws -> Bool {
        guard let start = try enter(.object) else {
            return false
        }
        var isFirst = true
        while try !takes(UInt8(ascii: "}"), isFirst: isFirst) {
            isFirst = false
            place.steps.append(.member(try memberName()))
            isValuePending = true
            if !isSuperseded(), case .member(let name)? = place.steps.last {
                try body(name)
            }
            try finishValue()
            place.steps.removeLast()
            if isLeaving {
                try leave()
                remember(start)
                return true
            }
        }
        isValuePending = false
        return true
    }

    /// Ends the innermost walk after the current part; the other parts are stepped over.
    package func leaveContainer() {
        isLeaving = true
    }

    private func leave() throws {
        isLeaving = false
        try skipNested()
        isValuePending = false
    }

    private func finishValue() throws {
        if isValuePending {
            try skip()
        } else {
            endValue()
        }
    }

    /// Whether the current member comes again in its object.
    private func isSuperseded() -> Bool {
        guard !superseded.isEmpty, let left = superseded[pointer], left > 1 else {
            return false
        }
        superseded[pointer] = left - 1
        warn(.init(pointer: pointer, message: "the member stands \(left) times in its object; the last one counts"))
        return true
    }

    /// Steps over an opening bracket.
    ///
    /// - Returns: where it stands in the text; nil where it is another value, which is stepped over.
    private func enter(_ wanted: JSONKind) throws -> Int? {
        beginValue()
        let kind = try kind()
        guard kind == wanted else {
            if kind != .null {
                warn(.init(pointer: pointer, message: "\(kind.name) where \(wanted.name) was expected"))
            }
            try skip()
            return nil
        }
        guard place.steps.count < limits.depth else {
            throw tooDeep(at: window.position)
        }
        window.position += 1
        return window.offset(of: window.position - 1)
    }

    /// Steps over the comma before the next part, or over the closing bracket.
    private func takes(_ closing: UInt8, isFirst: Bool) throws -> Bool {
        guard let byte = try nextByte() else {
            throw error(.unexpectedEnd, at: window.position, "the document ends inside an array or object")
        }
        if byte == closing {
            window.position += 1
            return true
        }
        guard !isFirst else {
            return false
        }
        guard byte == UInt8(ascii: ",") else {
            let name = "\(JSONError.describe(byte)) where \",\" or \(JSONError.describe(closing)) was expected"
            throw error(.unexpectedByte, at: window.position, name)
        }
        window.position += 1
        return false
    }

    private func memberName() throws -> String {
        guard let byte = try nextByte() else {
            throw error(.unexpectedEnd, at: window.position, "the document ends inside an object")
        }
        guard byte == UInt8(ascii: "\"") else {
            let name = JSONError.describe(byte)
            throw error(.unexpectedByte, at: window.position, "\(name) where the name of a member was expected")
        }
        let name = try read().string ?? ""
        guard try nextByte() == UInt8(ascii: ":") else {
            throw error(.unexpectedByte, at: window.position, "\":\" is missing behind a member's name")
        }
        window.position += 1
        return name
    }

    // MARK: Values

    /// Reads the next value as a whole.
    ///
    /// - Returns: a node that is good until the reader goes on.
    package func read() throws -> JSONNode {
        beginValue()
        let kind = try kind()
        // Most values are in the window as a whole, and need not be looked at twice.
        if kind == .object || kind == .array,
            let count = tape.pointee.buildPrefix(of: window.rest, maximumDepth: limits.depth - place.steps.count),
            count <= limits.valueBytes
        {
            window.position += count
            isValuePending = false
            return JSONNode(tape: tape, index: 0)
        }
        window.hold()
        defer { window.release() }
        try findEnd()
        let start = window.held ?? 0
        do throws(JSONError) {
            try tape.pointee.build(
                window.bytes(start..<window.position),
                maximumDepth: limits.depth - place.steps.count
            )
        } catch {
            throw place(error, from: start)
        }
        isValuePending = false
        return JSONNode(tape: tape, index: 0)
    }

    /// Steps over the next value.
    package func skip() throws {
        beginValue()
        let kind = try kind()
        isValuePending = false
        guard kind == .array || kind == .object else {
            return try findEnd()
        }
        let start = window.offset(of: window.position)
        if !ends.isEmpty, let end = ends[start] {
            try window.skip(to: end.offset, line: end.line)
        } else {
            try findEnd()
            remember(start)
        }
    }

    /// Notes the end of an array or object that was stepped over, where it is worth it.
    private func remember(_ start: Int) {
        let end = window.offset(of: window.position)
        if end - start >= Self.rememberedBytes, ends.count < Self.rememberedCount {
            ends[start] = (end, window.line(of: window.position))
        }
    }

    private func beginValue() {
        endValue()
    }

    /// Ends the life of the nodes of the last value.
    private func endValue() {
        if tape.pointee.duplicateCount > 0 {
            warnOfDuplicates()
        }
        tape.pointee.invalidate()
    }

    /// Tells of the names that stand twice in what was read.
    private func warnOfDuplicates() {
        let entries = [tape.pointee.duplicates.0, tape.pointee.duplicates.1].prefix(tape.pointee.duplicateCount)
        for entry in entries {
            let name = JSONNode(tape: tape, index: Int(entry)).string ?? ""
            let message = "\"\(name)\" stands twice in an object; the last one counts"
            warn(.init(pointer: pointer, message: message))
        }
    }

    private func warn(_ warning: JSONWarning) {
        if warnings.count < 100 {
            warnings.append(warning)
        }
    }
}

/// Something odd about a document that did not stop its reading.
package struct JSONWarning: Sendable, Equatable {
    /// The value that it is about (RFC 6901).
    package var pointer: String
    package var message: String
}
