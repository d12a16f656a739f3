// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The functions and types that enclose each line of a file, as far as braces or indentation show them.
///
/// This is no parser: strings and comments are skipped, names are read from the line that opens a block. A scope that is
/// missed or misnamed makes evidence weaker, never wrong, as long as the same code gives the same name. One pass over the
/// file.
package struct EnclosingScopes: Sendable {
    /// For each line, the names from the outermost in, joined by dots; empty at the top.
    package let names: [String]

    package init(_ source: [UInt8], language: SourceLanguage) {
        let lines = source.split(separator: 0x0A, omittingEmptySubsequences: false)
        names =
            language.isIndented
            ? EnclosingScopes.byIndentation(lines, language) : EnclosingScopes.byBraces(lines, language)
    }

    /// The scope of a line, counted from 1; empty for lines that do not exist.
    package func scope(ofLine line: Int) -> String {
        names.indices.contains(line - 1) ? names[line - 1] : ""
    }

    private static let deepest = 64

    private static func byIndentation(_ lines: [ArraySlice<UInt8>], _ language: SourceLanguage) -> [String] {
        var open: [(indentation: Int, path: String)] = []
        return lines.map { line in
            let indentation = line.prefix { $0 == 0x20 || $0 == 0x09 }.reduce(0) { $0 + ($1 == 0x09 ? 8 : 1) }
            let code = line.drop { $0 == 0x20 || $0 == 0x09 }
            // Blank lines and comments belong to what surrounds them.
            guard let first = code.first, first != UInt8(ascii: "#"), first != 0x0D else {
                return open.last?.path ?? ""
            }
            let isEnd = language == .ruby && code.starts(with: "end".utf8)
            while let last = open.last, isEnd ? last.indentation > indentation : last.indentation >= indentation {
                open.removeLast()
            }
            guard let name = ScopeNames.name(in: code, language), open.count < deepest else {
                return open.last?.path ?? ""
            }
            open.append((indentation, joined(open.last?.path, name)))
            return open.last?.path ?? ""
        }
    }

    private static func joined(_ path: String?, _ name: String) -> String {
        guard let path, !path.isEmpty else { return name }
        return "\(path).\(name)"
    }

    private static func byBraces(_ lines: [ArraySlice<UInt8>], _ language: SourceLanguage) -> [String] {
        var state = BraceState()
        return lines.map { line in
            let code = line.drop { $0 == 0x20 || $0 == 0x09 }
            if !state.isInComment, let name = ScopeNames.name(in: code, language) { state.expected = name }
            let before = state.open.last ?? ""
            var deepestPath = before
            for place in line.indices {
                state.take(line[place], next: place + 1 < line.endIndex ? line[place + 1] : 0)
                if let path = state.open.last, path.utf8.count > deepestPath.utf8.count { deepestPath = path }
            }
            state.endLine()
            return deepestPath
        }
    }

    /// Which blocks are open, and whether a comment or a string is.
    private struct BraceState {
        /// One entry for each open brace: the path of scopes there.
        var open: [String] = []
        /// Braces beyond the deepest that is followed.
        private var ignored = 0
        /// The name of a scope whose brace has not come yet.
        var expected: String?
        private(set) var isInComment = false
        private var isInLineComment = false
        private var quote: UInt8 = 0
        private var isEscaped = false
        private var last: UInt8 = 0

        mutating func take(_ byte: UInt8, next: UInt8) {
            defer { last = byte }
            if isInComment {
                if last == UInt8(ascii: "*"), byte == UInt8(ascii: "/") { isInComment = false }
                return
            }
            guard !isInLineComment else { return }
            if quote != 0 { return takeQuoted(byte) }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "`"): quote = byte
            case UInt8(ascii: "'"): quote = byte
            case UInt8(ascii: "/") where next == UInt8(ascii: "/"): isInLineComment = true
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"): isInComment = true
            case UInt8(ascii: "{"): enter()
            case UInt8(ascii: "}"): leave()
            case UInt8(ascii: ";"): expected = nil
            default: break
            }
        }

        private mutating func takeQuoted(_ byte: UInt8) {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == quote {
                quote = 0
            }
        }

        private mutating func enter() {
            guard open.count < deepest else {
                ignored += 1
                return
            }
            let path = open.last ?? ""
            open.append(expected.map { joined(path, $0) } ?? path)
            expected = nil
        }

        private mutating func leave() {
            if ignored > 0 {
                ignored -= 1
            } else if !open.isEmpty {
                open.removeLast()
            }
        }

        /// Ends what cannot go on in the next line: a comment, and a string but in back quotes.
        mutating func endLine() {
            isInLineComment = false
            isEscaped = false
            if quote != UInt8(ascii: "`") { quote = 0 }
            last = 0
        }
    }
}
