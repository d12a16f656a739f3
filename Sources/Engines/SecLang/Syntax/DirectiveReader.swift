// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A directive as it stands in a file: its name and its arguments, quotes and escapes removed.
struct RawDirective {
    var name: Argument
    var arguments: [Argument]
    var line: LogicalLine

    /// One word of a directive.
    struct Argument {
        /// The word without quotes, `\\` and `\"` collapsed.
        var bytes: [UInt8]
        /// Where it starts in the logical line, behind an opening quote.
        var start: Int
        var isQuoted: Bool

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// The place of a byte of an argument.
    func location(of argument: Argument, offset: Int = 0) -> SourceLocation {
        // The argument's bytes are its source without the backslashes that were collapsed: walk the source again.
        var raw = argument.start
        var remaining = offset
        while remaining > 0, raw < line.bytes.count {
            if line.bytes[raw] == UInt8(ascii: "\\"), raw + 1 < line.bytes.count,
                DirectiveReader.isEscapable(line.bytes[raw + 1])
            {
                raw += 1
            }
            raw += 1
            remaining -= 1
        }
        return line.location(at: raw)
    }

    /// The place of the directive's name.
    var location: SourceLocation { location(of: name) }
}

/// Physical lines joined by trailing backslashes.
struct LogicalLine {
    var file: String
    var bytes: [UInt8]
    /// Where each physical line starts in `bytes`, with its number.
    var segments: [(start: Int, line: Int)]

    func location(at offset: Int) -> SourceLocation {
        let segment = segments.last { $0.start <= offset } ?? segments.first ?? (start: 0, line: 1)
        return SourceLocation(file: file, line: segment.line, column: offset - segment.start + 1)
    }
}

/// Splits a rule file into directives the way Apache's configuration reader does, which SecLang comes from.
///
/// A backslash at a line's end joins it with the next line; a comment may be continued like any other line. Within
/// an argument, quoted or not, `\\` stands for `\` and a backslash before the quote for the quote.
struct DirectiveReader {
    private let file: String
    private let bytes: [UInt8]
    private var position = 0
    private var lineNumber = 0

    init(file: String, bytes: [UInt8]) {
        self.file = file
        // A byte order mark is no part of the first directive.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        self.bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes
    }

    static func isEscapable(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"")
    }

    /// The next directive, or nil at the end of the file.
    mutating func next() throws(SecLangError) -> RawDirective? {
        while let line = nextLogicalLine() {
            if let directive = try Self.split(line) {
                return directive
            }
        }
        return nil
    }

    private mutating func nextLogicalLine() -> LogicalLine? {
        guard position < bytes.count else {
            return nil
        }
        var line = LogicalLine(file: file, bytes: [], segments: [])
        while position < bytes.count {
            lineNumber += 1
            line.segments.append((start: line.bytes.count, line: lineNumber))
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var contentEnd = end
            if contentEnd > position, bytes[contentEnd - 1] == UInt8(ascii: "\r") {
                contentEnd -= 1
            }
            let isContinued = contentEnd > position && bytes[contentEnd - 1] == UInt8(ascii: "\\")
            line.bytes.append(contentsOf: bytes[position..<(isContinued ? contentEnd - 1 : contentEnd)])
            position = min(end + 1, bytes.count)
            if !isContinued || end == bytes.count {
                break
            }
        }
        return line
    }

    private static func split(_ line: LogicalLine) throws(SecLangError) -> RawDirective? {
        var cursor = 0
        skipBlanks(line.bytes, &cursor)
        guard cursor < line.bytes.count, line.bytes[cursor] != UInt8(ascii: "#") else {
            return nil
        }
        var words: [RawDirective.Argument] = []
        while cursor < line.bytes.count {
            words.append(try word(line, &cursor))
            skipBlanks(line.bytes, &cursor)
        }
        return RawDirective(name: words[0], arguments: Array(words.dropFirst()), line: line)
    }

    private static func word(_ line: LogicalLine, _ cursor: inout Int) throws(SecLangError) -> RawDirective.Argument {
        let opening = line.bytes[cursor]
        let quote: UInt8? = opening == UInt8(ascii: "\"") || opening == UInt8(ascii: "'") ? opening : nil
        if quote != nil {
            cursor += 1
        }
        let start = cursor
        var bytes: [UInt8] = []
        while cursor < line.bytes.count {
            let byte = line.bytes[cursor]
            if let quote {
                if byte == quote {
                    cursor += 1
                    return RawDirective.Argument(bytes: bytes, start: start, isQuoted: true)
                }
            } else if isBlank(byte) {
                break
            }
            if byte == UInt8(ascii: "\\"), cursor + 1 < line.bytes.count,
                line.bytes[cursor + 1] == UInt8(ascii: "\\") || line.bytes[cursor + 1] == quote
            {
                cursor += 1
            }
            bytes.append(line.bytes[cursor])
            cursor += 1
        }
        if quote != nil {
            throw SecLangError(diagnostics: [
                Diagnostic(
                    severity: .error,
                    location: line.location(at: start - 1),
                    message: "this quoted argument has no closing quote",
                    hint: "close the quote on this line, or end the line with a backslash to continue it"
                )
            ])
        }
        return RawDirective.Argument(bytes: bytes, start: start, isQuoted: false)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func skipBlanks(_ bytes: [UInt8], _ cursor: inout Int) {
        while cursor < bytes.count, isBlank(bytes[cursor]) {
            cursor += 1
        }
    }
}
