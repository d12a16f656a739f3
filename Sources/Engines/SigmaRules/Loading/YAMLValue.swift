// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Yams

/// A part of a YAML document that knows where it stands.
struct YAMLValue {
    /// What a scalar means by the core schema of YAML 1.2.2, section 10.3.
    enum Scalar {
        case null
        case bool(Bool)
        /// With the text as it is written.
        case number(Double, String)
        case text(String)
    }

    let node: Node
    let source: YAMLSource

    var line: Int { (node.mark?.line ?? 0) + source.linesBefore }
    var column: Int { node.mark?.column ?? 0 }

    var isMapping: Bool { node.mapping != nil }
    var isNull: Bool {
        guard let scalar else { return false }
        if case .null = scalar { return true }
        return false
    }

    /// The members in their order; nil where it is no mapping.
    var members: [(name: YAMLValue, value: YAMLValue)]? {
        node.mapping?.map { (YAMLValue(node: $0.key, source: source), YAMLValue(node: $0.value, source: source)) }
    }

    /// The elements; nil where it is no sequence.
    var elements: [YAMLValue]? {
        node.sequence?.map { YAMLValue(node: $0, source: source) }
    }

    /// The elements, or the value itself where it is no sequence.
    var list: [YAMLValue] { elements ?? [self] }

    subscript(name: String) -> YAMLValue? {
        node.mapping?.first { $0.key.scalar?.string == name }.map { YAMLValue(node: $0.value, source: source) }
    }

    /// The text of a scalar as it is written; nil for other values.
    var text: String? { node.scalar?.string }

    /// The meaning of a scalar; nil for other values.
    var scalar: Scalar? {
        guard let scalar = node.scalar else { return nil }
        let text = scalar.string
        guard scalar.style == .plain || scalar.style == .any else { return .text(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return Self.number(text).map { .number($0, text) } ?? .text(text)
        }
    }

    private static func number(_ text: String) -> Double? {
        if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16).map { Double($0) } }
        if text.hasPrefix("0o") { return UInt64(text.dropFirst(2), radix: 8).map { Double($0) } }
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard text.utf8.count - digits.count <= 1, let first = digits.first,
            first == UInt8(ascii: ".") || first.isDigit,
            digits.allSatisfy({ $0.isDigit || ".eE+-".utf8.contains($0) }), let value = Double(text), value.isFinite
        else {
            return nil
        }
        return value
    }

    func error(_ code: SigmaDiagnostic.Code, _ message: String) -> SigmaDiagnostic {
        source.diagnostic(.error, code, line: line, column: column, message)
    }

    func warning(_ code: SigmaDiagnostic.Code, _ message: String) -> SigmaDiagnostic {
        source.diagnostic(.warning, code, line: line, column: column, message)
    }

    /// What kind of value it is, for messages.
    var kindName: String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        default: isNull ? "nothing" : "\"\(Self.quotable(text ?? ""))\""
        }
    }

    /// The beginning of a text, as messages quote it.
    static func quotable(_ text: String) -> String {
        let shown = text.prefix(60).map { $0.isNewline ? " " : $0 }
        return String(shown) + (text.count > 60 ? "..." : "")
    }
}

/// The document that a value is part of.
struct YAMLSource {
    var file: String
    var linesBefore: Int

    func diagnostic(
        _ severity: SigmaDiagnostic.Severity,
        _ code: SigmaDiagnostic.Code,
        line: Int,
        column: Int,
        _ message: String
    ) -> SigmaDiagnostic {
        SigmaDiagnostic(severity, code, file: file, line: line, column: column, message)
    }
}

extension UInt8 {
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
}
