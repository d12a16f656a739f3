// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Shows what scanners write in Markdown: headings, lists, quotes, code, emphasis and links to the web.
///
/// It follows CommonMark 0.31 (https://spec.commonmark.org/0.31.2/) where that is safe and simple. Markup in the text is shown
/// as text; images are shown by their description; lines stay lines, as much of what tools write is no Markdown at all.
/// Whatever comes in, only the elements that stand in this file come out, nested to ``deepest`` at most.
struct Markdown {
    /// How deep lists and quotes may lie in each other; what is deeper is shown as text.
    static let deepest = 6
    /// The level of the highest heading: panels of a page have 2.
    private static let firstHeading = 3

    typealias Line = ArraySlice<UInt8>

    static func html(_ text: String) -> HTML {
        let bytes = Array(text.utf8)
        var lines: [Line] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            // Long runs of blank lines say nothing, and would be looked through again and again.
            if line.isBlank, lines.suffix(2).count(where: \.isBlank) == 2 { continue }
            lines.append(line.last == 13 ? line.dropLast() : line)
        }
        return blocks(lines[...], depth: 0, isTight: false)
    }

    // MARK: Blocks

    private static func blocks(_ lines: ArraySlice<Line>, depth: Int, isTight: Bool) -> HTML {
        var html = HTML.empty
        var rest = lines
        while let line = rest.first {
            if line.isBlank {
                rest = rest.dropFirst()
            } else if let fence = Fence(line) {
                html += code(&rest, fence)
            } else if line.indent >= 4 {
                html += indentedCode(&rest)
            } else if let (level, text) = line.heading {
                let inside = Inline.html(text)
                let number = min(6, firstHeading + level - 1)
                html += "<h\(number)>\(inside)</h\(number)>"
                rest = rest.dropFirst()
            } else if line.isRule {
                html += "<hr>"
                rest = rest.dropFirst()
            } else if line.isQuote, depth < deepest {
                let inside = quote(&rest)
                html += "<blockquote>\(blocks(inside[...], depth: depth + 1, isTight: false))</blockquote>"
            } else if let marker = ListMarker(line), depth < deepest {
                html += list(&rest, marker, depth)
            } else {
                html += paragraph(&rest, isTight: isTight)
            }
        }
        return html
    }

    private static func code(_ rest: inout ArraySlice<Line>, _ fence: Fence) -> HTML {
        rest = rest.dropFirst()
        var inside: [Line] = []
        while let line = rest.first {
            rest = rest.dropFirst()
            if fence.isClosed(by: line) { break }
            inside.append(line.droppingIndent(fence.indent))
        }
        return pre(inside)
    }

    private static func indentedCode(_ rest: inout ArraySlice<Line>) -> HTML {
        var inside: [Line] = []
        while let line = rest.first, line.indent >= 4 || (line.isBlank && !rest.dropFirst().allSatisfy(\.isBlank)) {
            // A blank line belongs to it only where more of it follows.
            if line.isBlank, let next = rest.first(where: { !$0.isBlank }), next.indent < 4 { break }
            inside.append(line.droppingIndent(4))
            rest = rest.dropFirst()
        }
        return pre(inside)
    }

    private static func pre(_ lines: [Line]) -> HTML {
        let code = lines.map { HTML(text: $0.text.replacing("\t", with: "    ")) }.joined("\n")
        return "<pre tabindex=\"0\" role=\"region\" aria-label=\"Code\">\(code)</pre>"
    }

    private static func quote(_ rest: inout ArraySlice<Line>) -> [Line] {
        var inside: [Line] = []
        while let line = rest.first, line.isQuote {
            let behind = line.trimmedStart.dropFirst()
            inside.append(behind.first == UInt8(ascii: " ") ? behind.dropFirst() : behind)
            rest = rest.dropFirst()
        }
        return inside
    }

    private static func list(_ rest: inout ArraySlice<Line>, _ first: ListMarker, _ depth: Int) -> HTML {
        var items = HTML.empty
        while let line = rest.first, let marker = ListMarker(line), marker.isOrdered == first.isOrdered,
            !line.isRule, line.indent < 4
        {
            rest = rest.dropFirst()
            var inside = [marker.content]
            while let next = rest.first {
                let isBelow = next.indent >= marker.width
                if next.isBlank {
                    // What follows a blank line belongs to the item only where it is indented.
                    guard let later = rest.first(where: { !$0.isBlank }), later.indent >= marker.width else { break }
                } else if !isBelow, ListMarker(next) != nil || next.startsBlock || inside.last?.isBlank == true {
                    break
                }
                inside.append(next.droppingIndent(marker.width))
                rest = rest.dropFirst()
            }
            items += "<li>\(blocks(inside[...], depth: depth + 1, isTight: !inside.contains(where: \.isBlank)))</li>"
            // Items may have blank lines between them.
            if rest.first?.isBlank == true, let later = rest.firstIndex(where: { !$0.isBlank }),
                let marker = ListMarker(rest[later]), marker.isOrdered == first.isOrdered
            {
                rest = rest[later...]
            }
        }
        guard first.isOrdered else { return "<ul>\(items)</ul>" }
        return first.number == 1 ? "<ol>\(items)</ol>" : "<ol start=\"\(first.number)\">\(items)</ol>"
    }

    private static func paragraph(_ rest: inout ArraySlice<Line>, isTight: Bool) -> HTML {
        var text: [UInt8] = Array(rest.first?.trimmed ?? [])
        rest = rest.dropFirst()
        while let line = rest.first, !line.isBlank, !line.startsBlock {
            text.append(UInt8(ascii: "\n"))
            text += line.trimmed
            rest = rest.dropFirst()
        }
        let inside = Inline.html(text[...])
        return isTight ? inside : "<p>\(inside)</p>"
    }
}

/// The beginning of a block of code.
private struct Fence {
    let mark: UInt8
    let length: Int
    let indent: Int

    init?(_ line: Markdown.Line) {
        let text = line.trimmedStart
        indent = line.indent
        guard indent < 4, let mark = text.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else {
            return nil
        }
        self.mark = mark
        length = text.prefix { $0 == mark }.count
        guard length >= 3 else { return nil }
        // Behind backticks no backtick follows: that would be code in a line.
        if mark == UInt8(ascii: "`"), text.dropFirst(length).contains(mark) { return nil }
    }

    func isClosed(by line: Markdown.Line) -> Bool {
        let text = line.trimmed
        return line.indent < 4 && text.count >= length && text.allSatisfy { $0 == mark }
    }
}

/// The beginning of an item of a list.
private struct ListMarker {
    let isOrdered: Bool
    let number: Int
    /// How far what belongs to the item is indented.
    let width: Int
    let content: Markdown.Line

    init?(_ line: Markdown.Line) {
        let text = line.trimmedStart
        guard line.indent < 4, let first = text.first else { return nil }
        let length: Int
        if "-*+".utf8.contains(first) {
            (isOrdered, number, length) = (false, 1, 1)
        } else {
            let digits = text.prefix { $0.isDigit }
            let mark = text.dropFirst(digits.count).first
            guard (1...9).contains(digits.count), mark == UInt8(ascii: ".") || mark == UInt8(ascii: ")"),
                let value = Int(digits.text)
            else { return nil }
            (isOrdered, number, length) = (true, value, digits.count + 1)
        }
        let behind = text.dropFirst(length)
        guard behind.isEmpty || behind.first == UInt8(ascii: " ") || behind.first == 9 else { return nil }
        let spaces = behind.prefix { $0 == UInt8(ascii: " ") }.count
        // Code in an item is indented further.
        let kept = (1...4).contains(spaces) ? spaces : 1
        width = line.indent + length + kept
        content = behind.dropFirst(kept)
    }
}

extension Markdown.Line {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }

    fileprivate var isBlank: Bool { allSatisfy { $0 == 32 || $0 == 9 || $0 == 13 } }

    /// Columns before the first other character; a tab goes to the next fourth.
    fileprivate var indent: Int {
        var columns = 0
        for byte in self {
            if byte == 32 { columns += 1 } else if byte == 9 { columns += 4 - columns % 4 } else { return columns }
        }
        return columns
    }

    fileprivate func droppingIndent(_ columns: Int) -> Markdown.Line {
        var rest = self
        var dropped = 0
        while dropped < columns, let byte = rest.first, byte == 32 || byte == 9 {
            dropped += byte == 32 ? 1 : 4 - dropped % 4
            rest = rest.dropFirst()
        }
        return rest
    }

    fileprivate var trimmedStart: Markdown.Line { drop { $0 == 32 || $0 == 9 } }

    fileprivate var trimmed: Markdown.Line {
        var rest = trimmedStart
        while let last = rest.last, last == 32 || last == 9 { rest = rest.dropLast() }
        return rest
    }

    fileprivate var isQuote: Bool { indent < 4 && trimmedStart.first == UInt8(ascii: ">") }

    /// A line across the page.
    fileprivate var isRule: Bool {
        let marks = filter { $0 != 32 && $0 != 9 }
        guard indent < 4, marks.count >= 3, let mark = marks.first, "-*_".utf8.contains(mark) else { return false }
        return marks.allSatisfy { $0 == mark }
    }

    fileprivate var heading: (level: Int, text: Markdown.Line)? {
        let text = trimmedStart
        let level = text.prefix { $0 == UInt8(ascii: "#") }.count
        let behind = text.dropFirst(level)
        guard indent < 4, (1...6).contains(level), behind.isEmpty || behind.first == 32 || behind.first == 9 else {
            return nil
        }
        var inside = behind.trimmed
        let marks = inside.reversed().prefix { $0 == UInt8(ascii: "#") }.count
        if marks > 0 {
            let before = inside.dropLast(marks)
            if before.isEmpty || before.last == 32 || before.last == 9 { inside = before.trimmed }
        }
        return (level, inside)
    }

    /// Whether a paragraph ends before it.
    fileprivate var startsBlock: Bool {
        guard indent < 4 else { return false }
        if heading != nil || isQuote || isRule || Fence(self) != nil { return true }
        guard let marker = ListMarker(self) else { return false }
        // A number at the beginning of a line of a paragraph is mostly a number.
        return !marker.content.isBlank && (!marker.isOrdered || marker.number == 1)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}
