// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Writes texts in the Markdown of GitLab and GitHub.
enum MarkdownText {
    /// The text as it is sent: with a marker before it, and not longer than the system takes.
    static func write(_ text: TicketText, after marker: CommentMarker? = nil, limit: Int) -> String {
        let start = marker.map { $0.text + "\n" } ?? ""
        let room = limit - start.unicodeScalars.count
        return start + write(text.fitted(to: room) { write($0).unicodeScalars.count })
    }

    static func write(_ text: TicketText) -> String {
        text.blocks.map(write).joined(separator: "\n\n")
    }

    private static func write(_ block: TicketText.Block) -> String {
        switch block {
        case .heading(let text): "### \(escaped(text))"
        case .paragraph(let text): escaped(text, limit: 4000)
        case .facts(let facts):
            facts.map { "- **\(escaped($0.name))**: \(escaped($0.value))" }.joined(separator: "\n")
        case .table(let head, let rows):
            ([row(head), "|" + head.map { _ in " --- |" }.joined()] + rows.map(row)).joined(separator: "\n")
        case .links(let links):
            TicketText.shownLinks(links).map { "- <\($0)>" }.joined(separator: "\n")
        }
    }

    private static func row(_ cells: [String]) -> String {
        "| " + cells.map { escaped($0) }.joined(separator: " | ") + " |"
    }

    /// A text on one line that is shown as it is: no markup, no HTML, no links, no commands, nobody mentioned, and no other
    /// ticket referred to.
    ///
    /// A backslash takes the meaning from punctuation (CommonMark, section 2.4). Mentions and references are looked for in
    /// the text that is left, so that a character without width goes behind their marks, and into what would be a link.
    static func escaped(_ text: String, limit: Int = 400) -> String {
        var escaped = ""
        for scalar in TicketText.line(text, limit: limit).unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "@", "#", "!", "~", "%", "$", ":": escaped += "\\\(scalar)\u{200B}"
            case "\\", "`", "*", "_", "{", "}", "[", "]", "(", ")", "+", "-", ".", "|", "/", "=", "^", "\"", "'":
                escaped += "\\\(scalar)"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
