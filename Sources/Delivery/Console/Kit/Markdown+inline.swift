// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension Markdown {
    /// What stands in lines: code, emphasis, links and text.
    ///
    /// A mark that opens looks for what closes it in the next ``reach`` bytes, so that a text of marks alone takes no time that
    /// grows with the square of its length.
    struct Inline {
        private static let reach = 2000
        private static let deepest = 6
        private static let longestAddress = 2000

        private var rest: ArraySlice<UInt8>
        private var before: UInt8?
        private var html = HTML.empty
        private var plain: [UInt8] = []
        private let depth: Int
        private let hasLinks: Bool

        static func html(_ bytes: ArraySlice<UInt8>) -> HTML {
            html(bytes, depth: 0, hasLinks: true)
        }

        private static func html(_ bytes: ArraySlice<UInt8>, depth: Int, hasLinks: Bool) -> HTML {
            var inline = Inline(bytes, depth: depth, hasLinks: hasLinks)
            while let byte = inline.rest.first { inline.step(byte) }
            inline.flush()
            return inline.html
        }

        private init(_ bytes: ArraySlice<UInt8>, depth: Int, hasLinks: Bool) {
            rest = bytes
            self.depth = depth
            self.hasLinks = hasLinks
        }

        private mutating func step(_ byte: UInt8) {
            let isTaken =
                switch byte {
                case UInt8(ascii: "\\"): escape()
                case UInt8(ascii: "`"): code()
                case UInt8(ascii: "*"), UInt8(ascii: "_"): emphasis(byte)
                case UInt8(ascii: "!"): image()
                case UInt8(ascii: "["): link()
                case UInt8(ascii: "<"): address()
                default: false
                }
            if !isTaken { keep(1) }
        }

        // MARK: Text

        /// Takes bytes as text.
        private mutating func keep(_ count: Int) {
            plain += rest.prefix(count)
            move(count)
        }

        private mutating func move(_ count: Int) {
            guard count > 0 else { return }
            before = rest.prefix(count).last
            rest = rest.dropFirst(count)
        }

        /// Lines stay lines.
        private mutating func flush() {
            guard !plain.isEmpty else { return }
            html += Self.lines(plain[...])
            plain.removeAll(keepingCapacity: true)
        }

        private static func lines(_ bytes: ArraySlice<UInt8>) -> HTML {
            bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
                HTML(text: String(decoding: line, as: UTF8.self).replacing("\t", with: "    "))
            }.joined("\n")
        }

        private mutating func add(_ piece: HTML) {
            flush()
            html += piece
        }

        /// A mark behind a backslash is a mark and nothing else.
        private mutating func escape() -> Bool {
            guard let next = rest.dropFirst().first, Self.isMark(next) else { return false }
            move(1)
            keep(1)
            return true
        }

        private static func isMark(_ byte: UInt8) -> Bool {
            (0x21...0x2F).contains(byte) || (0x3A...0x40).contains(byte) || (0x5B...0x60).contains(byte)
                || (0x7B...0x7E).contains(byte)
        }

        // MARK: Code

        private mutating func code() -> Bool {
            let mark = UInt8(ascii: "`")
            let length = rest.prefix { $0 == mark }.count
            var search = rest.dropFirst(length).prefix(Self.reach)
            while let start = search.firstIndex(of: mark) {
                let run = search[start...].prefix { $0 == mark }
                if run.count == length {
                    var inside = rest[(rest.startIndex + length)..<start]
                    // A space on both sides is there for backticks at the ends.
                    if inside.first == 32, inside.last == 32, inside.contains(where: { $0 != 32 }) {
                        inside = inside.dropFirst().dropLast()
                    }
                    add("<code>\(Self.lines(inside))</code>")
                    move(start + length - rest.startIndex)
                    return true
                }
                search = search[run.endIndex...]
            }
            keep(length)
            return true
        }

        // MARK: Emphasis

        private mutating func emphasis(_ mark: UInt8) -> Bool {
            let run = rest.prefix { $0 == mark }.count
            let length = min(2, run)
            guard depth < Self.deepest, run <= 3, let next = rest.dropFirst(run).first, !Self.isSpace(next),
                mark == UInt8(ascii: "*") || !Self.isWord(before)
            else {
                keep(run)
                return true
            }
            let inside = rest.dropFirst(length)
            guard let end = Self.end(of: inside.prefix(Self.reach), mark, length) else {
                keep(run)
                return true
            }
            let content = Self.html(inside[..<end], depth: depth + 1, hasLinks: hasLinks)
            add(length == 2 ? "<strong>\(content)</strong>" : "<em>\(content)</em>")
            move(end + length - rest.startIndex)
            return true
        }

        /// Where a run of marks closes: not behind a space, nor with underscores inside of a word.
        private static func end(of bytes: ArraySlice<UInt8>, _ mark: UInt8, _ length: Int) -> Int? {
            var index = bytes.startIndex
            while index < bytes.endIndex {
                if bytes[index] == UInt8(ascii: "\\") {
                    index += 2
                    continue
                }
                guard bytes[index] == mark else {
                    index += 1
                    continue
                }
                let run = bytes[index...].prefix { $0 == mark }.count
                let next = bytes.dropFirst(index - bytes.startIndex + run).first
                let isClosing =
                    index > bytes.startIndex && !isSpace(bytes[index - 1])
                    && (mark == UInt8(ascii: "*") || !isWord(next))
                if isClosing, run == length || run == 3 { return index + run - length }
                index += run
            }
            return nil
        }

        private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 }

        private static func isWord(_ byte: UInt8?) -> Bool {
            guard let byte else { return false }
            return (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte >= 0x80
        }

        // MARK: Links

        /// An image is fetched by nobody: its description is text.
        private mutating func image() -> Bool {
            guard rest.dropFirst().first == UInt8(ascii: "["),
                let (text, _, length) = Self.target(rest.dropFirst().prefix(Self.reach))
            else { return false }
            add("<em>\(Self.lines(text))</em>")
            move(length + 1)
            return true
        }

        private mutating func link() -> Bool {
            guard hasLinks, depth < Self.deepest,
                let (text, address, length) = Self.target(rest.prefix(Self.reach + Self.longestAddress))
            else { return false }
            let content = Self.html(text, depth: depth + 1, hasLinks: false)
            add(OutsideLink.html(String(decoding: address, as: UTF8.self), around: content))
            move(length)
            return true
        }

        /// `[text](address "title")`.
        ///
        /// - Returns: its text, its address, and how long it is.
        private static func target(
            _ bytes: ArraySlice<UInt8>
        ) -> (text: ArraySlice<UInt8>, address: ArraySlice<UInt8>, length: Int)? {
            guard let close = closing(bytes, UInt8(ascii: "["), UInt8(ascii: "]")) else { return nil }
            let behind = bytes[(close + 1)...]
            guard behind.first == UInt8(ascii: "("),
                let end = closing(behind, UInt8(ascii: "("), UInt8(ascii: ")"))
            else { return nil }
            let inside = behind[(behind.startIndex + 1)..<end].drop { isSpace($0) }
            var address = inside.prefix { !isSpace($0) }
            if address.first == UInt8(ascii: "<"), address.last == UInt8(ascii: ">") {
                address = address.dropFirst().dropLast()
            }
            return (bytes[(bytes.startIndex + 1)..<close], address, end + 1 - bytes.startIndex)
        }

        /// Where a bracket that stands first closes.
        private static func closing(_ bytes: ArraySlice<UInt8>, _ open: UInt8, _ close: UInt8) -> Int? {
            var depth = 0
            var index = bytes.startIndex
            while index < bytes.endIndex {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\\") {
                    index += 2
                    continue
                }
                if byte == open { depth += 1 }
                if byte == close {
                    depth -= 1
                    if depth == 0 { return index }
                }
                index += 1
            }
            return nil
        }

        /// `<https://example.com>`.
        private mutating func address() -> Bool {
            let inside = rest.dropFirst().prefix(Self.longestAddress).prefix {
                $0 != UInt8(ascii: ">") && !Self.isSpace($0)
            }
            guard hasLinks, rest.dropFirst(1 + inside.count).first == UInt8(ascii: ">") else { return false }
            let text = String(decoding: inside, as: UTF8.self)
            guard OutsideLink.isSafe(text) else { return false }
            add(OutsideLink.html(text))
            move(inside.count + 2)
            return true
        }
    }
}
