// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads `multipart/form-data` (RFC 7578) piece by piece; memory is bounded by one piece and the heads of parts.
struct MultipartReader {
    enum Event {
        /// A part begins.
        case part(name: String, file: String?)
        case data(ArraySlice<UInt8>)
        /// The part is over.
        case end
    }

    private enum State {
        /// Before the first boundary, or behind one: what follows it on its line.
        case preamble, boundary
        case head
        case body
        case epilogue
    }

    /// With the line feed before it, which belongs to the boundary.
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// What came and is not told yet. A boundary at the very beginning has no line feed before it.
    private var waiting: [UInt8] = [13, 10]
    private var parts = 0

    private static let longestHead = 8 << 10
    private static let mostParts = 100

    /// - Parameter type: the field `Content-Type`.
    /// - Throws: ``Problem`` where it names no boundary.
    init(contentType type: String) throws(Problem) {
        guard let boundary = Self.parameter("boundary", of: type), (1...70).contains(boundary.utf8.count) else {
            throw .badRequest("multipart/form-data has a boundary of 1 to 70 bytes")
        }
        delimiter = [13, 10, 45, 45] + Array(boundary.utf8)
    }

    /// Whether the closing boundary was there.
    var isComplete: Bool { if case .epilogue = state { true } else { false } }

    /// Tells what a piece holds.
    ///
    /// - Throws: ``Problem`` for what is no such body, and what the body throws.
    mutating func feed(_ bytes: [UInt8], _ body: (Event) throws -> Void) throws {
        waiting += bytes
        while try step(body) {}
    }

    /// - Returns: whether there may be more to tell.
    private mutating func step(_ body: (Event) throws -> Void) throws -> Bool {
        switch state {
        case .preamble, .body:
            let isBody = if case .body = state { true } else { false }
            guard let place = Self.find(delimiter, in: waiting) else {
                // The boundary may have begun at the end.
                let sure = waiting.count - delimiter.count + 1
                guard sure > 0 else { return false }
                if isBody { try body(.data(waiting[..<sure])) }
                waiting.removeFirst(sure)
                return false
            }
            if isBody {
                if place > 0 { try body(.data(waiting[..<place])) }
                try body(.end)
            }
            waiting.removeFirst(place + delimiter.count)
            state = .boundary
            return true
        case .boundary: return try endOfBoundary()
        case .head: return try head(body)
        case .epilogue:
            waiting.removeAll()
            return false
        }
    }

    private mutating func endOfBoundary() throws(Problem) -> Bool {
        guard waiting.count >= 2 else { return false }
        if waiting[0] == 45, waiting[1] == 45 {
            state = .epilogue
            return true
        }
        guard let end = Self.find([13, 10], in: waiting) else {
            guard waiting.count < 256 else { throw Self.broken }
            return false
        }
        guard waiting[..<end].allSatisfy({ $0 == 32 || $0 == 9 }) else { throw Self.broken }
        waiting.removeFirst(end)
        state = .head
        return true
    }

    private mutating func head(_ body: (Event) throws -> Void) throws -> Bool {
        guard let end = Self.find([13, 10, 13, 10], in: waiting) else {
            guard waiting.count <= Self.longestHead else { throw Self.broken }
            return false
        }
        parts += 1
        guard parts <= Self.mostParts else { throw Problem.badRequest("more than \(Self.mostParts) parts") }
        guard let text = String(validating: waiting[..<end], as: UTF8.self) else { throw Self.broken }
        var disposition: String?
        for line in text.split(separator: "\r\n") {
            let halves = line.split(separator: ":", maxSplits: 1)
            if halves.count == 2, halves[0].lowercased() == "content-disposition" { disposition = String(halves[1]) }
        }
        guard let disposition, let name = Self.parameter("name", of: disposition), name.utf8.count <= 100 else {
            throw Problem.badRequest("a part of the form has no name")
        }
        waiting.removeFirst(end + 4)
        // The empty value's boundary follows at once, and wants its line feed.
        state = .body
        try body(.part(name: name, file: Self.parameter("filename", of: disposition)))
        return true
    }

    private static let broken = Problem.badRequest("this is no multipart/form-data")

    /// A parameter of a field's value, quoted or not (RFC 9110 section 5.6.6).
    static func parameter(_ name: String, of field: String) -> String? {
        var rest = Substring(field)
        while let semicolon = Self.semicolon(in: rest) {
            rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let found = rest[..<equals].lowercased()
            let value = rest[rest.index(after: equals)...]
            guard found == name else { continue }
            guard value.first == "\"" else { return String(value.prefix { $0 != ";" && $0 != " " }) }
            var text = ""
            var isEscaped = false
            for character in value.dropFirst() {
                if isEscaped {
                    text.append(character)
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    return text
                } else {
                    text.append(character)
                }
            }
            return nil
        }
        return nil
    }

    /// The next one outside of quotes.
    private static func semicolon(in text: Substring) -> Substring.Index? {
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ";", !isQuoted {
                return index
            }
        }
        return nil
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        var start = 0
        let last = bytes.count - needle.count
        while start <= last, let place = bytes[start...last].firstIndex(of: first) {
            if bytes[place..<place + needle.count].elementsEqual(needle) { return place }
            start = place + 1
        }
        return nil
    }
}
