// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Reads one format's JSON: walks the report and hands on each finding as soon as it is read.
protocol JSONReport {
    /// - Parameters:
    ///   - json: the report; the parser may go back to its beginning.
    ///   - format: which of its formats the parser has before it.
    ///   - output: takes the findings.
    static func parse(_ json: JSONPullReader, as format: ReportFormat, to output: ReportOutput) throws
}

extension JSONPullReader {
    /// Walks the documents that follow each other.
    func forEachDocument(_ body: () throws -> Void) throws {
        while try nextDocument() {
            try body()
        }
    }

    /// Walks the report as a list of objects, which tools write as one array, as one object or as one object per line.
    func forEachItem(_ body: () throws -> Void) throws {
        try forEachDocument { try forEachPart(body) }
    }

    /// Walks nested arrays, as pages of an API come when they are put together, down to what is no array.
    private func forEachPart(_ body: () throws -> Void) throws {
        if try kind() == .array {
            try forEachElement { _ in try forEachPart(body) }
        } else {
            try body()
        }
    }

    /// Walks the elements of an array that stands as a member of an object, and gives the object's other members.
    func forEachElement(of name: String, _ body: () throws -> Void, other: (String) throws -> Void = { _ in }) throws {
        try forEachMember { member in
            if member == name {
                try forEachElement { _ in try body() }
            } else {
                try other(member)
            }
        }
    }

    /// Where the current value stands.
    var origin: ReportPlace {
        elementPlace.map { .element(of: $0.array, at: $0.index) } ?? .pointer(pointer)
    }
}

extension JSONNode {
    /// A text of ordinary length, without white space around it; nil where there is none.
    var text: String? { trimmedString(limit: 64 << 10) }

    /// A text that may be long.
    var longText: String? { string(limit: (1 << 20) + 4)?.nonEmpty }

    /// A text, number or boolean as text.
    var anyText: String? {
        kind == .string ? text : kind == .number || kind == .bool ? scalarText : nil
    }

    /// The texts of an array, or of one text alone.
    var texts: [String] {
        guard kind != .missing else { return [] }
        var texts: [String] = []
        texts.reserveCapacity(min(count, 256))
        forEachText { texts.append($0) }
        return texts
    }

    /// Calls `body` with each text of an array, or with one text alone; at most 256.
    func forEachText(_ body: (String) -> Void) {
        guard kind == .array else {
            if let text = anyText { body(text) }
            return
        }
        var left = 256
        for element in elements {
            guard left > 0 else { return }
            left -= 1
            if let text = element.anyText { body(text) }
        }
    }

    /// What is made of each element of an array; those of which nothing is made are left out.
    ///
    /// Room is made at once for as many as there are.
    ///
    /// - Parameter limit: how many elements are looked at.
    @inline(__always)
    func values<Value>(limit: Int = .max, _ make: (JSONNode) throws -> Value?) rethrows -> [Value] {
        guard kind == .array, count > 0 else { return [] }
        var values: [Value] = []
        values.reserveCapacity(min(count, limit, 256))
        var left = limit
        for element in elements {
            guard left > 0 else { break }
            left -= 1
            if let value = try make(element) { values.append(value) }
        }
        return values
    }

    /// The texts of an array, or the parts of one text.
    func texts(separatedBy separators: ASCIISet) -> [String] {
        kind == .array ? texts : text?.parts(separatedBy: separators) ?? []
    }

    /// A line or column from 1; nil for 0 and less, by which tools say that they do not know.
    var position: Int? {
        integer.flatMap { $0 > 0 ? $0 : nil }
    }
}
