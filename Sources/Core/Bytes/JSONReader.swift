// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why bytes are not JSON, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unexpectedEnd, unexpectedByte, badNumber, badEscape, controlCharacter, tooDeep, trailingBytes
        /// Only where a document is read in pieces: more than is held in memory, a member that stands twice where only
        /// the last may count, and text in an encoding that is not read.
        case tooLarge, duplicateMember, badEncoding
    }

    package var code: Code
    /// The index of the offending byte; the number of bytes where the document ends too early.
    package var offset: Int
    /// What was expected or found.
    package var message: String
    /// The line of the offending byte, from 1; nil where ``position(in:)`` has to tell it.
    package var line: Int?
    /// The value in which it is (RFC 6901), where the reader keeps track of that.
    package var pointer: String?

    package var description: String {
        let place = pointer.map { " in \($0.isEmpty ? "the document" : $0)" } ?? ""
        return "\(message)\(place) at byte \(offset)\(line.map { ", line \($0)" } ?? "")"
    }

    init(code: Code, offset: Int, message: String, line: Int? = nil, pointer: String? = nil) {
        self.code = code
        self.offset = offset
        self.message = message
        self.line = line
        self.pointer = pointer
    }

    /// A byte as messages show it.
    static func describe(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte)
            ? "\"\(String(UnicodeScalar(byte)))\"" : "byte 0x\(String(byte, radix: 16, uppercase: true))"
    }

    /// The line and column, from 1, of the error in the document it came from.
    package func position(in document: [UInt8]) -> (line: Int, column: Int) {
        let before = document.prefix(offset)
        let line = before.count { $0 == 0x0A } + 1
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return (line, before.count - start + 1)
    }
}

/// Reads one JSON document (RFC 8259), strictly, in time linear in its length.
///
/// Nothing beyond the grammar is accepted: no comments, no trailing commas, no raw control characters in strings,
/// no NaN. Bytes of strings that are not UTF-8 are kept as they are, because requests and logs hold such bytes;
/// an escaped surrogate without its partner becomes U+FFFD. Nesting is limited, so recursion is too.
package struct JSONReader {
    private let input: UnsafeBufferPointer<UInt8>
    private var index = 0
    private let maximumDepth: Int

    private init(_ input: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.input = input
        self.maximumDepth = maximumDepth
    }

    /// Reads a whole document.
    ///
    /// - Parameters:
    ///   - document: the bytes; whitespace around the value is allowed.
    ///   - maximumDepth: how deep arrays and objects may nest.
    /// - Returns: the document's value.
    /// - Throws: ``JSONError``, with the offset of the first byte that does not fit.
    package static func read(_ document: [UInt8], maximumDepth: Int = 128) throws(JSONError) -> JSONValue {
        let result = document.withUnsafeBufferPointer { input -> Result<JSONValue, JSONError> in
            var reader = JSONReader(input, maximumDepth: maximumDepth)
            do throws(JSONError) {
                return .success(try reader.document())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipWhitespace()
        guard index == input.count else {
            throw error(.trailingBytes, "bytes behind the end of the JSON value")
        }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipWhitespace()
        guard index < input.count else {
            throw error(.unexpectedEnd, "a JSON value is missing")
        }
        switch input[index] {
        case UInt8(ascii: "{"):
            return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["):
            return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""):
            return .string(try string())
        case UInt8(ascii: "t"):
            try word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        default:
            throw error(.unexpectedByte, "a JSON value cannot start with \(JSONError.describe(input[index]))")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> [JSONMember] {
        try enter(depth: depth)
        var members: [JSONMember] = []
        guard !take(UInt8(ascii: "}")) else {
            return members
        }
        repeat {
            skipWhitespace()
            guard index < input.count, input[index] == UInt8(ascii: "\"") else {
                throw unexpected("the name of a member in quotes")
            }
            let name = try string()
            guard take(UInt8(ascii: ":")) else {
                throw unexpected("\":\" behind a member's name")
            }
            members.append(JSONMember(name: name, value: try value(depth: depth)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else {
            throw unexpected("\",\" or \"}\"")
        }
        return members
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        try enter(depth: depth)
        var elements: [JSONValue] = []
        guard !take(UInt8(ascii: "]")) else {
            return elements
        }
        repeat {
            elements.append(try value(depth: depth))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else {
            throw unexpected("\",\" or \"]\"")
        }
        return elements
    }

    /// Steps over an opening bracket, unless it is one too many.
    private mutating func enter(depth: Int) throws(JSONError) {
        guard depth <= maximumDepth else {
            throw error(.tooDeep, "arrays and objects nest deeper than \(maximumDepth)")
        }
        index += 1
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard index < input.count, input[index] == word.utf8Start[offset] else {
                throw unexpected(word.description)
            }
            index += 1
        }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> [UInt8] {
        index += 1
        var text: [UInt8] = []
        var start = index
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "\"") {
                text.append(contentsOf: input[start..<index])
                index += 1
                return text
            }
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: input[start..<index])
                index += 1
                try JSONEscape.decode(input, at: &index, into: &text)
                start = index
            } else if byte < 0x20 {
                throw error(.controlCharacter, "\(JSONError.describe(byte)) inside a string must be escaped")
            } else {
                index += 1
            }
        }
        throw error(.unexpectedEnd, "a string without its closing quote")
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = index
        if input[index] == UInt8(ascii: "-") {
            index += 1
        }
        if index < input.count, input[index] == UInt8(ascii: "0") {
            index += 1
        } else {
            try digits()
        }
        var isWhole = true
        if index < input.count, input[index] == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            try digits()
        }
        if index < input.count, input[index] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            index += 1
            if index < input.count, input[index] == UInt8(ascii: "+") || input[index] == UInt8(ascii: "-") {
                index += 1
            }
            try digits()
        }
        let text = String(decoding: input[start..<index], as: UTF8.self)
        if isWhole, let value = Int(text) {
            return .integer(value)
        }
        guard let value = Double(text) else {
            throw JSONError(code: .badNumber, offset: start, message: "a number that cannot be read")
        }
        return .number(value)
    }

    /// One digit or more.
    private mutating func digits() throws(JSONError) {
        let start = index
        while index < input.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(input[index]) {
            index += 1
        }
        guard index > start else {
            throw error(.badNumber, "a digit is missing in a number")
        }
    }

    // MARK: Parts

    private mutating func skipWhitespace() {
        while index < input.count {
            switch input[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    /// Steps over whitespace and, where it comes next, this byte.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipWhitespace()
        guard index < input.count, input[index] == byte else {
            return false
        }
        index += 1
        return true
    }

    private func error(_ code: JSONError.Code, _ message: String) -> JSONError {
        JSONError(code: code, offset: index, message: message)
    }

    private func unexpected(_ wanted: String) -> JSONError {
        guard index < input.count else {
            return error(.unexpectedEnd, "the document ends where \(wanted) was expected")
        }
        return error(.unexpectedByte, "\(JSONError.describe(input[index])) where \(wanted) was expected")
    }
}
