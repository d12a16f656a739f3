// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Yams

/// The text of a rules file, and where its lines begin.
final class RuleText: Sendable {
    let name: String
    let bytes: [UInt8]
    private let lineStarts: [Int]

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    }

    /// The place of a mark, whose line and column count from 1 and in characters.
    func position(_ mark: Mark?) -> TextPosition {
        guard let mark, mark.line >= 1 else { return TextPosition() }
        let line = min(mark.line - 1, lineStarts.count - 1)
        let column = max(mark.column - 1, 0)
        return TextPosition(line: line, column: column, offset: min(lineStarts[line] + column, bytes.count))
    }

    /// The line of a place, with a caret below the place.
    func snippet(_ position: TextPosition) -> String {
        Self.snippet(of: bytes, position)
    }

    /// The most bytes of a line that are shown.
    private static let longestSnippet = 160

    static func snippet(of text: [UInt8], _ position: TextPosition) -> String {
        let offset = min(position.offset, text.count)
        var start = offset
        while start > 0, text[start - 1] != UInt8(ascii: "\n") {
            start -= 1
        }
        var end = offset
        while end < text.count, text[end] != UInt8(ascii: "\n") {
            end += 1
        }
        if end - start > longestSnippet {
            start = max(start, offset - longestSnippet / 2)
            end = min(end, start + longestSnippet)
        }
        let caret = String(repeating: " ", count: max(0, offset - start)) + "^"
        return String(decoding: text[start..<end], as: UTF8.self) + "\n" + caret + "\n"
    }
}

/// The items that surround what is being read, from the file inwards.
struct LoadContext {
    let text: RuleText
    private(set) var locations: [LoadLocation]
    /// The text that the innermost place is one in, where that is not the file.
    private var expression: (text: [UInt8], position: TextPosition)?

    init(text: RuleText) {
        self.text = text
        locations = [LoadLocation(type: .content, name: "", source: text.name, line: 0, column: 0, offset: 0)]
    }

    /// One item further in.
    func inner(_ type: LoadItemType, _ name: String = "", _ mark: Mark?) -> LoadContext {
        inner(type, name, at: text.position(mark))
    }

    func inner(_ type: LoadItemType, _ name: String, at position: TextPosition) -> LoadContext {
        var inner = self
        inner.locations.append(
            LoadLocation(
                type: type,
                name: name,
                source: text.name,
                line: position.line,
                column: position.column,
                offset: position.offset
            )
        )
        return inner
    }

    /// A place in a condition or an output, whose lists may have been put in: lines and columns are those of the text
    /// as it was compiled, behind the beginning of the value in the file.
    func inner(_ type: LoadItemType, _ text: [UInt8], _ position: TextPosition) -> LoadContext {
        var inner = self
        let outer = locations.last
        let beginning = String(decoding: text.prefix(20), as: UTF8.self)
        inner.locations.append(
            LoadLocation(
                type: type,
                name: "",
                source: text.count > 20 ? "\"\(beginning)...\"" : "\"\(beginning)\"",
                line: (outer?.line ?? 0) + position.line,
                column: (position.line == 0 ? outer?.column ?? 0 : 0) + position.column,
                offset: (outer?.offset ?? 0) + position.offset
            )
        )
        inner.expression = (text, position)
        return inner
    }

    func issue(_ code: LoadCode, _ message: String) -> LoadIssue {
        let snippet: String
        if let expression {
            snippet = RuleText.snippet(of: expression.text, expression.position)
        } else if let last = locations.last {
            snippet = text.snippet(TextPosition(line: last.line, column: last.column, offset: last.offset))
        } else {
            snippet = ""
        }
        return LoadIssue(code: code, message: message, locations: locations, snippet: snippet)
    }
}
