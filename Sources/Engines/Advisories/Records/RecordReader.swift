// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// A value inside a record together with where it lies, so that an error can name the place as a JSON pointer.
///
/// A member that is missing or null reads as nil; one of another kind than asked for is an error.
struct RecordReader {
    let value: JSONValue
    /// The way from the record's root: names and indexes.
    private let path: [Step]

    private enum Step {
        case name(String)
        case index(Int)
    }

    init(_ value: JSONValue) {
        self.value = value
        path = []
    }

    private init(_ value: JSONValue, path: [Step]) {
        self.value = value
        self.path = path
    }

    /// The JSON pointer (RFC 6901) of the value.
    var pointer: String {
        path.map { step in
            switch step {
            case .index(let index):
                return "/\(index)"
            case .name(let name):
                var text = "/"
                for character in name {
                    text += character == "~" ? "~0" : character == "/" ? "~1" : String(character)
                }
                return text
            }
        }.joined()
    }

    func error(_ message: String, code: AdvisoryError.Code = .badRecord) -> AdvisoryError {
        AdvisoryError(code, pointer.isEmpty ? message : "\(pointer): \(message)")
    }

    /// A member of an object; nil where it is missing or null.
    func member(_ name: String) -> RecordReader? {
        guard let member = value[name], !member.isNull else {
            return nil
        }
        return RecordReader(member, path: path + [.name(name)])
    }

    /// The text of a member; nil where it is missing.
    func text(_ name: String) throws(AdvisoryError) -> String? {
        guard let member = member(name) else {
            return nil
        }
        return try member.text()
    }

    /// The text of the first of these members that is there.
    func firstText(_ names: String...) throws(AdvisoryError) -> String? {
        for name in names {
            if let text = try text(name) {
                return text
            }
        }
        return nil
    }

    /// The text of a member that must be there.
    func requiredText(_ name: String) throws(AdvisoryError) -> String {
        guard let text = try text(name) else {
            throw error("\"\(name)\" is missing")
        }
        return text
    }

    /// This value as text.
    func text() throws(AdvisoryError) -> String {
        guard let text = value.text else {
            throw error("a string was expected, not \(value.kind)")
        }
        return text
    }

    /// The elements of a member that is an array; none where it is missing.
    func elements(_ name: String) throws(AdvisoryError) -> [RecordReader] {
        guard let member = member(name) else {
            return []
        }
        return try member.elements()
    }

    /// The elements of this array.
    func elements() throws(AdvisoryError) -> [RecordReader] {
        guard let elements = value.elements else {
            throw error("an array was expected, not \(value.kind)")
        }
        return elements.enumerated().map { RecordReader($1, path: path + [.index($0)]) }
    }

    /// The texts of a member that is an array of strings; none where it is missing.
    func texts(_ name: String) throws(AdvisoryError) -> [String] {
        var texts: [String] = []
        for element in try elements(name) {
            texts.append(try element.text())
        }
        return texts
    }

    /// The members of this object with readers of their values.
    func members() throws(AdvisoryError) -> [(name: String, value: RecordReader)] {
        guard let members = value.members else {
            throw error("an object was expected, not \(value.kind)")
        }
        return members.map { member in
            let name = String(decoding: member.name, as: UTF8.self)
            return (name, RecordReader(member.value, path: path + [.name(name)]))
        }
    }

    func requireObject() throws(AdvisoryError) {
        guard value.members != nil else {
            throw error("an object was expected, not \(value.kind)")
        }
    }
}
