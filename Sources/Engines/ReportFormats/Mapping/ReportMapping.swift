// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Bytes

/// A format that a user describes in a few lines, without code.
///
/// ```yaml
/// name: acme
/// encoding: json
/// match: { has: [acmeVersion, issues] }
/// findings: $.issues[*]
/// kind: sast
/// tool: Acme
/// fields:
///   title: message
///   severity: { path: level, values: { P1: critical, P2: high }, default: medium }
///   file: where.file
///   line: where.line
///   identifiers:
///     - { type: rule, path: check }
///     - { type: cwe, path: "weaknesses[*]" }
/// ```
///
/// Decoded from a tree that the caller has read from YAML or JSON.
package struct ReportMapping: Sendable {
    package var name: String
    package var encoding: ReportEncoding
    /// Members of the document, attributes or columns that a report of this format has.
    var has: [String]
    /// The name of an XML document's outermost element.
    var root: String?
    var findings: MappingPath
    var kind: FindingKind
    var tool: String?
    var fields: [Field: Value]
    var identifiers: [Identifier]

    /// What a path can give a value to.
    enum Field: String, CaseIterable {
        case title, description, severity, confidence
        case file, line, column, scope, method, snippet
        case endLine = "end_line"
        case url, parameter, host, port, image, resource
        case httpMethod = "http_method"
        case purl, component, version, ecosystem, manifest
        case cvss, score, fix, signature, link, tag
        case fixedVersion = "fixed_version"
        case secret, suppression
    }

    /// Where a value comes from and how it is read.
    struct Value: Sendable {
        var path: MappingPath
        /// Words of the tool and what they mean here, in lower case.
        var values: [String: String] = [:]
        var fallback: String?
    }

    /// Where identifiers of one type come from.
    struct Identifier: Sendable {
        var type: String
        var path: MappingPath
    }

    /// Reads a mapping.
    ///
    /// - Throws: ``ReportError``, with the pointer of what is wrong in the mapping.
    package init(_ tree: JSONValue) throws {
        let known = ["name", "encoding", "match", "findings", "kind", "tool", "fields"]
        try Self.check(tree, known, at: "")
        name = try Self.text(tree, "name")
        guard let encoding = ReportEncoding(rawValue: tree["encoding"]?.text ?? "json"), encoding != .tagValue else {
            throw Self.error("the encoding is json, xml or csv", at: "/encoding")
        }
        self.encoding = encoding
        let match = tree["match"] ?? .object([])
        try Self.check(match, ["has", "root"], at: "/match")
        has = (match["has"]?.elements ?? []).compactMap(\.text)
        root = match["root"]?.text
        guard !has.isEmpty || root != nil else {
            throw Self.error("what tells a report of this format: has, or root for XML", at: "/match")
        }
        let path = encoding == .csv ? "" : try Self.text(tree, "findings")
        findings = try Self.path(path, encoding, at: "/findings")
        guard let kind = FindingKind(rawValue: tree["kind"]?.text ?? "other") else {
            let kinds = FindingKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.error("the kind is one of \(kinds)", at: "/kind")
        }
        self.kind = kind
        tool = tree["tool"]?.text
        (fields, identifiers) = try Self.fields(tree["fields"] ?? .object([]), encoding)
        guard fields[.title] != nil || !identifiers.isEmpty else {
            throw Self.error("a title or an identifier is needed", at: "/fields")
        }
    }

    private static func fields(
        _ tree: JSONValue,
        _ encoding: ReportEncoding
    ) throws -> ([Field: Value], [Identifier]) {
        try check(tree, Field.allCases.map(\.rawValue) + ["identifiers"], at: "/fields")
        var fields: [Field: Value] = [:]
        var identifiers: [Identifier] = []
        for member in tree.members ?? [] {
            let name = String(decoding: member.name, as: UTF8.self)
            if name == "identifiers" {
                identifiers = try (member.value.elements ?? []).enumerated().map { index, entry in
                    let place = "/fields/identifiers/\(index)"
                    try check(entry, ["type", "path"], at: place)
                    let path = try path(try text(entry, "path", at: place), encoding, at: place)
                    return Identifier(type: try text(entry, "type", at: place), path: path)
                }
            } else if let field = Field(rawValue: name) {
                fields[field] = try value(member.value, encoding, at: "/fields/\(name)")
            }
        }
        return (fields, identifiers)
    }

    private static func value(_ tree: JSONValue, _ encoding: ReportEncoding, at place: String) throws -> Value {
        if let text = tree.text {
            return Value(path: try path(text, encoding, at: place))
        }
        try check(tree, ["path", "values", "default"], at: place)
        var value = Value(path: try path(try text(tree, "path", at: place), encoding, at: place))
        for member in tree["values"]?.members ?? [] {
            value.values[String(decoding: member.name, as: UTF8.self).lowercased()] = member.value.text
        }
        value.fallback = tree["default"]?.text
        return value
    }

    private static func path(_ text: String, _ encoding: ReportEncoding, at place: String) throws -> MappingPath {
        guard encoding == .json else {
            return MappingPath(plain: text)
        }
        do {
            return try MappingPath(json: text)
        } catch let problem as ReportError {
            throw error(problem.message, at: place)
        }
    }

    private static func text(_ tree: JSONValue, _ name: String, at place: String = "") throws -> String {
        guard let text = tree[name]?.text, !text.isEmpty else {
            throw error("\"\(name)\" is missing", at: place)
        }
        return text
    }

    /// Refuses members that a mapping does not have, with the nearest name that it has.
    private static func check(_ tree: JSONValue, _ known: [String], at place: String) throws {
        guard let members = tree.members else {
            throw error("\(tree.kind) where an object was expected", at: place)
        }
        for member in members {
            let name = String(decoding: member.name, as: UTF8.self)
            guard !known.contains(name) else {
                continue
            }
            let hint = NearestName.hint(for: name, among: known).map { "; \($0)" } ?? ""
            throw error("\"\(name)\" is not known\(hint)", at: place)
        }
    }

    private static func error(_ message: String, at place: String) -> ReportError {
        ReportError(.unsupported, "in the mapping: \(message)", at: .pointer(place))
    }
}
