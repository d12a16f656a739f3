// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
package import SecLang

/// Shows what is wrong with rule files: a line per fault, the line of the file with a caret below, the hint.
package struct DiagnosticReport {
    private let diagnostics: [Diagnostic]
    private let usesColor: Bool

    /// - Parameters:
    ///   - diagnostics: in the order to be shown.
    ///   - usesColor: whether the reader is a terminal that shows colours.
    package init(_ diagnostics: [Diagnostic], usesColor: Bool = false) {
        self.diagnostics = diagnostics
        self.usesColor = usesColor
    }

    package var errors: Int { diagnostics.count { $0.severity == .error } }
    package var warnings: Int { diagnostics.count { $0.severity == .warning } }

    /// `3 files checked: 1 error, 2 warnings`
    package func summary(files: Int) -> String {
        func plural(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
        return "\(plural(files, "file")) checked: \(plural(errors, "error")), \(plural(warnings, "warning"))"
    }

    /// All diagnostics for a terminal or a file.
    package var text: String {
        var lines: [String: [Substring]] = [:]
        var text = ""
        for diagnostic in diagnostics {
            let source = lines[diagnostic.location.file] ?? Self.lines(of: diagnostic.location.file)
            lines[diagnostic.location.file] = source
            text += render(diagnostic, source: source)
        }
        return text
    }

    private func render(_ diagnostic: Diagnostic, source: [Substring]) -> String {
        let isError = diagnostic.severity == .error
        let place = "\(diagnostic.location.file):\(diagnostic.location.line):\(diagnostic.location.column)"
        let severity = paint(isError ? "error" : "warning", isError ? "31;1" : "33;1")
        var text = "\(paint(place, "1")): \(severity): \(SafeText.escaped(diagnostic.message))\n"
        if diagnostic.location.line >= 1, diagnostic.location.line <= source.count {
            text += excerpt(source[diagnostic.location.line - 1], column: diagnostic.location.column)
        }
        if let hint = diagnostic.hint {
            text += "  \(paint("hint", "36;1")): \(SafeText.escaped(hint))\n"
        }
        return text
    }

    /// The line with a caret below the column; of a long line the part around it.
    private func excerpt(_ line: Substring, column: Int) -> String {
        let bytes = Array(line.utf8)
        let offset = min(max(column - 1, 0), bytes.count)
        let start = offset > 90 ? offset - 60 : 0
        let end = min(bytes.count, start + 120)
        let before = shown(bytes[start..<min(offset, end)])
        let after = shown(bytes[min(offset, end)..<end])
        let lead = start > 0 ? "..." : ""
        let tail = end < bytes.count ? "..." : ""
        let caret = String(repeating: " ", count: lead.count + before.count) + paint("^", "32;1")
        return "  \(lead)\(before)\(after)\(tail)\n  \(caret)\n"
    }

    private func shown(_ bytes: ArraySlice<UInt8>) -> String {
        SafeText.escaped(String(decoding: bytes, as: UTF8.self).replacing("\t", with: " "))
    }

    private func paint(_ text: String, _ code: String) -> String {
        usesColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private static func lines(of file: String) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: file) else {
            return []
        }
        return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// All diagnostics as one JSON object with the counts.
    package func json(files: Int) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in [("files", files), ("errors", errors), ("warnings", warnings)] {
            json.key(name)
            json.number(value)
        }
        json.key("diagnostics")
        json.beginArray()
        for diagnostic in diagnostics {
            Self.write(diagnostic, to: &json)
        }
        json.endArray()
        json.endObject()
        json.endLine()
        return json.bytes
    }

    /// One JSON object per diagnostic and line.
    package var ndjson: [UInt8] {
        var json = JSONWriter()
        for diagnostic in diagnostics {
            Self.write(diagnostic, to: &json)
            json.endLine()
        }
        return json.bytes
    }

    private static func write(_ diagnostic: Diagnostic, to json: inout JSONWriter) {
        json.beginObject()
        json.key("file")
        json.string(diagnostic.location.file)
        json.key("line")
        json.number(diagnostic.location.line)
        json.key("column")
        json.number(diagnostic.location.column)
        json.key("severity")
        json.string(diagnostic.severity == .error ? "error" : "warning")
        json.key("message")
        json.string(diagnostic.message)
        json.key("hint")
        json.stringOrNull(diagnostic.hint)
        json.endObject()
    }
}
