// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why the argument of an operator, or a file that it names, cannot be used.
package struct MalformedArgument: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was expected and what was found, in one line without a location.
    package let message: String
    /// Where in the argument or in the file's text, in bytes from its start.
    package let offset: Int

    package init(_ message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    package var description: String { message }

    /// The line and the column of ``offset`` in a file's text, both from 1.
    package func position(in text: [UInt8]) -> (line: Int, column: Int) {
        let before = text.prefix(offset)
        let line = before.count { $0 == ASCII.lineFeed } + 1
        let lineStart = before.lastIndex(of: ASCII.lineFeed).map { $0 + 1 } ?? 0
        return (line, before.count - lineStart + 1)
    }
}

extension ArraySlice<UInt8> {
    /// The slice without white space around it; its indices stay those of the whole.
    var trimmed: ArraySlice<UInt8> {
        guard let first = firstIndex(where: { !ASCII.isSpace($0) }),
            let last = lastIndex(where: { !ASCII.isSpace($0) })
        else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }

    /// The bytes as text for a message.
    var text: String { String(decoding: self, as: UTF8.self) }
}
