// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// The shape of a JSON report: the members of its outer objects, the first elements of its arrays, short texts.
///
/// One pass over the whole document, most of it stepped over, so that a member at its end counts as much as one at its
/// beginning. The outline's size is bounded whatever the document's is.
struct JSONOutline {
    var kind: JSONKind
    /// The text of a string, a number or a boolean, its first 200 bytes.
    var text: String?
    var members: [(name: String, value: JSONOutline)] = []
    /// The first two.
    var elements: [JSONOutline] = []

    private static let depth = 5
    private static let memberCount = 96
    private static let documentCount = 3

    init(_ kind: JSONKind) {
        self.kind = kind
    }

    /// What stands in a document: its outlines, pointers of members that stand twice, and the error that ended it.
    struct Reading {
        /// The first three documents of those that follow each other.
        var documents: [JSONOutline] = []
        /// How often a member of an outer object stands in it, where that is more than once.
        var duplicates: [String: Int] = [:]
        var error: JSONError?
    }

    /// Goes through all documents from the beginning.
    static func read(_ reader: JSONPullReader) throws -> Reading {
        var reading = Reading()
        do {
            try reader.rewind()
            while reading.documents.count < documentCount, try reader.nextDocument() {
                // What is known of a document that breaks off still tells what it was meant to be.
                reading.documents.append(JSONOutline(.missing))
                let last = reading.documents.count - 1
                try reading.documents[last].read(reader, depth: 0, duplicates: &reading.duplicates)
            }
        } catch let error as JSONError {
            reading.error = error
        }
        reading.duplicates = reading.duplicates.filter { $0.value > 1 }
        return reading
    }

    private mutating func read(_ reader: JSONPullReader, depth: Int, duplicates: inout [String: Int]) throws {
        kind = try reader.kind()
        switch kind {
        case .object where depth < Self.depth:
            try readMembers(reader, depth: depth, duplicates: &duplicates)
        case .array where depth < Self.depth:
            try readElements(reader, depth: depth, duplicates: &duplicates)
        case .object, .array:
            try reader.skip()
        default:
            let value = try reader.read()
            text = value.string(limit: 200) ?? value.scalarText?.prefix(bytes: 200)
        }
    }

    private mutating func readMembers(_ reader: JSONPullReader, depth: Int, duplicates: inout [String: Int]) throws {
        var count = 0
        try reader.forEachMember { name in
            count += 1
            guard count <= Self.memberCount else {
                // Of the outermost object, every name counts; of the others, these are enough.
                if depth > 0 { reader.leaveContainer() }
                return
            }
            if depth < 3, members.contains(where: { $0.name == name }) {
                duplicates[reader.pointer, default: 1] += 1
            }
            members.append((name, JSONOutline(.missing)))
            let last = members.count - 1
            try members[last].value.read(reader, depth: depth + 1, duplicates: &duplicates)
        }
    }

    private mutating func readElements(_ reader: JSONPullReader, depth: Int, duplicates: inout [String: Int]) throws {
        try reader.forEachElement { index in
            elements.append(JSONOutline(.missing))
            try elements[index].read(reader, depth: depth + 1, duplicates: &duplicates)
            if index == 1 {
                reader.leaveContainer()
            }
        }
    }

    // MARK: Looking at it

    /// The last member with a name.
    subscript(name: String) -> JSONOutline? {
        members.last { $0.name == name }?.value
    }

    func has(_ names: String...) -> Bool {
        names.allSatisfy { self[$0] != nil }
    }

    /// Whether a member is there and of this kind, or null.
    func has(_ name: String, _ kind: JSONKind) -> Bool {
        self[name].map { $0.kind == kind || $0.kind == .null } ?? false
    }

    var isObject: Bool { kind == .object }
    var isArray: Bool { kind == .array }
    /// An array's first element; the object itself otherwise.
    var item: JSONOutline? { isArray ? elements.first : self }
}
