// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A text for people in a system of tickets, before it is written in that system's markup.
///
/// All texts in it may be hostile: whoever writes the markup escapes them. There is no way to put markup in.
package struct TicketText: Sendable, Hashable {
    package enum Block: Sendable, Hashable {
        case heading(String)
        case paragraph(String)
        /// Names with their values.
        case facts([Fact])
        case table(head: [String], rows: [[String]])
        /// Addresses that begin with `http`; others are left out.
        case links([String])
    }

    package struct Fact: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var blocks: [Block]

    package init(_ blocks: [Block] = []) {
        self.blocks = blocks
    }

    /// The text with fewer rows in its tables, so that it is not longer than the system takes.
    ///
    /// - Parameters:
    ///   - limit: the most characters.
    ///   - length: how many it has in the system's markup.
    func fitted(to limit: Int, length: (TicketText) -> Int) -> TicketText {
        var text = self
        var dropped = 0
        while length(text) > limit, let place = text.longestTable, case .table(let head, let rows) = text.blocks[place]
        {
            dropped += rows.count - rows.count / 2
            text.blocks[place] = .table(head: head, rows: Array(rows.prefix(rows.count / 2)))
            let note = Block.paragraph("And \(dropped) more, for which there is no room here.")
            if dropped > rows.count - rows.count / 2 { text.blocks.removeLast() }
            text.blocks.append(note)
        }
        return text
    }

    /// The place of the table with the most rows; nil where none has any.
    private var longestTable: Int? {
        let tables = blocks.indices.map { place in
            if case .table(_, let rows) = blocks[place] { (place, rows.count) } else { (place, 0) }
        }
        return tables.filter { $0.1 > 0 }.max { $0.1 < $1.1 }?.0
    }

    /// A text on one line, without control characters and characters that change directions, and not too long.
    static func line(_ text: String, limit: Int = 400) -> String {
        var line = ""
        for (place, scalar) in text.unicodeScalars.enumerated() {
            if place == limit {
                line += "\u{2026}"
                break
            }
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x2028, 0x2029, 0x85: line += " "
            case 0..<0x20, 0x7F...0x9F: line += "\u{FFFD}"
            case 0x061C, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: continue
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    /// Addresses that may be shown as links: of the web, without what breaks out of a link in any of the markups.
    static func shownLinks(_ links: [String]) -> [String] {
        links.filter { link in
            (link.hasPrefix("https://") || link.hasPrefix("http://")) && link.utf8.count <= 1000
                && link.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>\"\\^`{|}[]()'*~!".utf8.contains($0) }
        }
    }
}
