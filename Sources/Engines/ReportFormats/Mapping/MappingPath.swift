// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Where a value is in a report that a user describes.
///
/// For JSON a part of JSONPath (RFC 9535): `$.results[*].location.lines[0]`, `['name with.dots']`, `*` for every member;
/// for XML names of elements with `/` between them, `@name` for an attribute and `.` for the text; for CSV the name of
/// a column.
struct MappingPath: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        case member(String)
        case element(Int)
        case all
    }

    /// The steps of a JSONPath.
    var steps: [Step]
    /// The path as it is written, for XML and CSV.
    var text: String

    /// - Throws: ``ReportError`` for what is no path of JSON.
    init(json text: String) throws {
        self.text = text
        steps = []
        var rest = Substring(text.dropping(prefix: "$") ?? text)
        while let first = rest.first {
            switch first {
            case ".":
                rest = rest.dropFirst()
            case "[":
                steps.append(try Self.bracket(&rest, text))
            default:
                let name = rest.prefix { $0 != "." && $0 != "[" }
                steps.append(name == "*" ? .all : .member(String(name)))
                rest = rest[name.endIndex...]
            }
        }
    }

    /// A path of XML or CSV.
    init(plain text: String) {
        self.text = text
        steps = []
    }

    private static func bracket(_ rest: inout Substring, _ text: String) throws -> Step {
        guard let end = rest.firstIndex(of: "]") else {
            throw ReportError(.unsupported, "\"\(text)\" has a bracket that is not closed")
        }
        let inner = rest[rest.index(after: rest.startIndex)..<end]
        rest = rest[rest.index(after: end)...]
        if inner == "*" {
            return .all
        }
        if let index = Int(inner), index >= 0 {
            return .element(index)
        }
        for quote in ["'", "\""] where inner.hasPrefix(quote) && inner.hasSuffix(quote) && inner.count >= 2 {
            return .member(String(inner.dropFirst().dropLast()))
        }
        throw ReportError(.unsupported, "\"[\(inner)]\" in \"\(text)\" is no index, no name in quotes and no star")
    }

    /// The names of an XML path.
    var names: [String] {
        text.split(separator: "/").map { String($0) }
    }

    // MARK: Values

    /// What stands at the path in a JSON value, at most 256 texts.
    func texts(in node: JSONNode) -> [String] {
        var nodes = [node]
        for step in steps {
            nodes = nodes.flatMap { node -> [JSONNode] in
                switch step {
                case .member(let name): [node[named: name]].filter(\.exists)
                case .element(let index): [node[index]].filter(\.exists)
                case .all: (node.elements.map { $0 } + node.members.map(\.value)).prefix(256).map { $0 }
                }
            }
        }
        return nodes.prefix(256).flatMap { $0.kind == .string ? [$0.longText].compactMap(\.self) : $0.texts }
    }

    /// What stands at the path in an XML element.
    func texts(in element: XMLElement) -> [String] {
        var elements = [element]
        for name in names where name != "." {
            if let attribute = name.dropping(prefix: "@") {
                return elements.compactMap { $0.attribute(named: attribute) }
            }
            elements = elements.flatMap { $0.all(named: name) }
        }
        return elements.prefix(256).compactMap(\.ownText)
    }
}
