// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The state machine of ``JSONBody``: a stack of open arrays and objects, and the name that they spell.
struct JSONParser: ~Copyable {
    /// An open array or object.
    private struct Container {
        var isArray: Bool
        /// The length of the name up to here, without the element's index or the member's key.
        var pathLength: Int
        /// The index of the array's next element.
        var index = 0
    }

    /// What may come next.
    private enum Expectation {
        /// A value.
        case value
        /// A value or the end of an empty array.
        case firstElement
        /// A key or the end of an empty object.
        case firstKey
        /// A key.
        case key
        /// A comma or the end of the container.
        case separator
        /// Nothing but white space.
        case end
    }

    private var scanner: JSONScanner
    private let maxDepth: Int
    private let maxArguments: Int
    private var stack: [Container] = []
    private var path = JSONPath("json")
    private var argumentCount = 0
    /// The bytes that names may still take: names repeat their parents, which must not multiply a body.
    private var nameBudget: Int

    init(input: UnsafeBufferPointer<UInt8>, maxDepth: Int, maxArguments: Int) {
        scanner = JSONScanner(input)
        self.maxDepth = maxDepth
        self.maxArguments = maxArguments
        nameBudget = 64 * input.count + (1 << 20)
    }

    mutating func parse(
        into arena: inout ByteArena,
        argument: (_ name: ByteRange, _ value: ByteRange) -> Void
    ) throws(BodyError) {
        if scanner.hasByteOrderMark {
            throw scanner.failure("lexical error: byte order mark before the JSON text.")
        }
        var expectation = Expectation.value
        while let byte = scanner.nextSignificant() {
            switch expectation {
            case .value:
                expectation = try parseValue(byte, into: &arena, argument: argument)
            case .firstElement:
                expectation =
                    byte == UInt8(ascii: "]")
                    ? close() : try parseValue(byte, into: &arena, argument: argument)
            case .firstKey where byte == UInt8(ascii: "}"):
                expectation = close()
            case .firstKey, .key:
                try parseKey(byte)
                expectation = .value
            case .separator:
                expectation = try parseSeparator(byte)
            case .end:
                throw scanner.failure("parse error: trailing garbage")
            }
        }
        guard expectation == .end else {
            throw scanner.failure("parse error: premature EOF")
        }
    }

    // MARK: Structure

    private mutating func parseValue(
        _ byte: UInt8,
        into arena: inout ByteArena,
        argument: (_ name: ByteRange, _ value: ByteRange) -> Void
    ) throws(BodyError) -> Expectation {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            return try open(isArray: byte == UInt8(ascii: "["))
        case UInt8(ascii: "\""):
            let text = try scanner.string()
            let name = try takeName(into: &arena)
            argument(name, append(text, to: &arena))
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            let word = try scanner.word()
            let name = try takeName(into: &arena)
            argument(name, word == .null ? .empty : arena.append(scanner.bytes(word)))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let number = try scanner.number()
            let name = try takeName(into: &arena)
            argument(name, arena.append(scanner.bytes(number)))
        default:
            throw scanner.unexpectedByte()
        }
        return finishValue()
    }

    private mutating func open(isArray: Bool) throws(BodyError) -> Expectation {
        guard stack.count < maxDepth else {
            throw BodyError(.depth, "JSON depth limit exceeded", offset: scanner.index)
        }
        scanner.index += 1
        try appendIndexIfInArray()
        stack.append(Container(isArray: isArray, pathLength: path.count))
        return isArray ? .firstElement : .firstKey
    }

    private mutating func close() -> Expectation {
        scanner.index += 1
        stack.removeLast()
        return finishValue()
    }

    /// Forgets the key or index of the value that just ended.
    private mutating func finishValue() -> Expectation {
        guard let top = stack.indices.last else {
            return .end
        }
        path.cut(to: stack[top].pathLength)
        stack[top].index += 1
        return .separator
    }

    private mutating func parseSeparator(_ byte: UInt8) throws(BodyError) -> Expectation {
        guard let top = stack.last else {
            return .end
        }
        switch byte {
        case UInt8(ascii: ","):
            scanner.index += 1
            return top.isArray ? .value : .key
        case UInt8(ascii: "]") where top.isArray, UInt8(ascii: "}") where !top.isArray:
            return close()
        default:
            throw scanner.failure(
                top.isArray
                    ? "parse error: after array element, expected ',' or ']'"
                    : "parse error: after member of object, expected ',' or '}'"
            )
        }
    }

    // MARK: Names

    private mutating func parseKey(_ byte: UInt8) throws(BodyError) {
        guard byte == UInt8(ascii: "\"") else {
            throw scanner.failure("parse error: invalid object key (must be a string)")
        }
        let key = try scanner.string()
        guard let target = path.reserve(1 + key.decodedLengthBound) else {
            throw nameTooLong()
        }
        target[0] = UInt8(ascii: ".")
        path.commit(1 + scanner.decode(key, into: target + 1))
        guard scanner.nextSignificant() == BodyBytes.colon else {
            throw scanner.failure("parse error: object key and value must be separated by a colon (':')")
        }
        scanner.index += 1
    }

    private mutating func appendIndexIfInArray() throws(BodyError) {
        guard let top = stack.last, top.isArray else {
            return
        }
        guard path.appendElement(top.index) else {
            throw nameTooLong()
        }
    }

    private func nameTooLong() -> BodyError {
        BodyError(.size, "JSON argument name longer than \(JSONBody.maxNameLength) bytes", offset: scanner.index)
    }

    /// Copies the name of the scalar at hand to the arena.
    private mutating func takeName(into arena: inout ByteArena) throws(BodyError) -> ByteRange {
        guard argumentCount < maxArguments else {
            throw BodyError(.count, "More than \(maxArguments) JSON keys", offset: scanner.index)
        }
        argumentCount += 1
        try appendIndexIfInArray()
        nameBudget -= path.count
        guard nameBudget >= 0 else {
            throw BodyError(.size, "JSON argument names too long in total", offset: scanner.index)
        }
        return arena.append(path.bytes)
    }

    private func append(_ text: JSONScanner.Text, to arena: inout ByteArena) -> ByteRange {
        let target = arena.reserve(text.decodedLengthBound)
        return arena.commit(scanner.decode(text, into: target))
    }
}

/// The name of the value at hand, in memory of a fixed size.
struct JSONPath: ~Copyable {
    private static let elementPrefix: StaticString = ".array_"

    private let base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    init(_ root: StaticString) {
        base = .allocate(capacity: JSONBody.maxNameLength)
        append(root)
    }

    deinit {
        base.deallocate()
    }

    var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base, count: count)
    }

    /// Where to write `length` bytes, or nil if they do not fit; follow with ``commit(_:)``.
    func reserve(_ length: Int) -> UnsafeMutablePointer<UInt8>? {
        length <= JSONBody.maxNameLength - count ? base + count : nil
    }

    mutating func commit(_ length: Int) {
        precondition(length >= 0 && length <= JSONBody.maxNameLength - count, "commit beyond what was reserved")
        count += length
    }

    /// Forgets what stands behind a length that the path had before.
    mutating func cut(to length: Int) {
        precondition(length >= 0 && length <= count, "cut beyond the end")
        count = length
    }

    /// Appends the name of an array's element; returns false if it does not fit.
    mutating func appendElement(_ index: Int) -> Bool {
        var digits = 1
        var rest = index
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        guard reserve(Self.elementPrefix.utf8CodeUnitCount + digits) != nil else {
            return false
        }
        append(Self.elementPrefix)
        rest = index
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            base[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        commit(digits)
        return true
    }

    private mutating func append(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        guard let target = reserve(length) else {
            return
        }
        target.update(from: literal.utf8Start, count: length)
        commit(length)
    }
}
