// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Writes texts for Jira: in the markup of version 2 of its API, or as the document of version 3.
enum JiraText {
    // MARK: Markup

    /// The text renderer notation that version 2 takes.
    static func markup(_ text: TicketText) -> String {
        text.blocks.map { block in
            switch block {
            case .heading(let text): "h3. \(escaped(text))"
            case .paragraph(let text): escaped(text, limit: 4000)
            case .facts(let facts):
                facts.map { "* *\(escaped($0.name))*: \(escaped($0.value))" }.joined(separator: "\n")
            case .table(let head, let rows):
                ([row(head, "||")] + rows.map { row($0, "|") }).joined(separator: "\n")
            case .links(let links): TicketText.shownLinks(links).map { "* [\($0)]" }.joined(separator: "\n")
            }
        }.joined(separator: "\n\n")
    }

    private static func row(_ cells: [String], _ mark: String) -> String {
        mark + cells.map { $0.isEmpty ? " " : escaped($0) }.joined(separator: mark) + mark
    }

    /// A text on one line that is shown as it is. Markup, macros (`{html}`), mentions (`[~name]`) and images (`!url!`) begin
    /// with one of these marks; an address begins a link by its colon.
    static func escaped(_ text: String, limit: Int = 400) -> String {
        var escaped = ""
        for scalar in TicketText.line(text, limit: limit).unicodeScalars {
            switch scalar {
            case "{", "}", "[", "]", "*", "_", "-", "+", "^", "~", "?", "!", "|", "#", "(", ")", "\\", "@":
                escaped += scalar == "\\" ? "&#92;" : "\\\(scalar)"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case ":": escaped += ":\u{200B}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        // A text that begins like a heading or a quotation.
        for start in ["h1.", "h2.", "h3.", "h4.", "h5.", "h6.", "bq."] where escaped.hasPrefix(start) {
            return "\u{200B}" + escaped
        }
        return escaped
    }

    // MARK: Document

    /// The Atlassian Document Format that version 3 takes, in which texts are values and need no escapes.
    static func document(_ text: TicketText, _ json: inout JSONWriter) {
        json.beginObject()
        member("type", "doc", &json)
        json.key("version")
        json.number(1)
        json.key("content")
        json.beginArray()
        for block in text.blocks { write(block, &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ block: TicketText.Block, _ json: inout JSONWriter) {
        switch block {
        case .heading(let text):
            json.beginObject()
            member("type", "heading", &json)
            json.key("attrs")
            json.raw(Array(#"{"level":3}"#.utf8))
            content([text], &json)
            json.endObject()
        case .paragraph(let text): node("paragraph", [TicketText.line(text, limit: 4000)], &json)
        case .facts(let facts): list(facts.map { "\($0.name): \($0.value)" }, isLink: false, &json)
        case .links(let links):
            let shown = TicketText.shownLinks(links)
            if !shown.isEmpty { list(shown, isLink: true, &json) }
        case .table(let head, let rows):
            json.beginObject()
            member("type", "table", &json)
            json.key("content")
            json.beginArray()
            row(head, "tableHeader", &json)
            for cells in rows { row(cells, "tableCell", &json) }
            json.endArray()
            json.endObject()
        }
    }

    private static func row(_ cells: [String], _ type: String, _ json: inout JSONWriter) {
        json.beginObject()
        member("type", "tableRow", &json)
        json.key("content")
        json.beginArray()
        for cell in cells {
            json.beginObject()
            member("type", type, &json)
            json.key("content")
            json.beginArray()
            node("paragraph", [cell], &json)
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    private static func list(_ items: [String], isLink: Bool, _ json: inout JSONWriter) {
        json.beginObject()
        member("type", "bulletList", &json)
        json.key("content")
        json.beginArray()
        for item in items {
            json.beginObject()
            member("type", "listItem", &json)
            json.key("content")
            json.beginArray()
            node("paragraph", [item], isLink: isLink, &json)
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    private static func node(_ type: String, _ texts: [String], isLink: Bool = false, _ json: inout JSONWriter) {
        json.beginObject()
        member("type", type, &json)
        content(texts, isLink: isLink, &json)
        json.endObject()
    }

    /// Text nodes; an empty one is not allowed.
    private static func content(_ texts: [String], isLink: Bool = false, _ json: inout JSONWriter) {
        json.key("content")
        json.beginArray()
        for text in texts.map({ TicketText.line($0, limit: 4000) }) where !text.isEmpty {
            json.beginObject()
            member("type", "text", &json)
            member("text", text, &json)
            if isLink {
                json.key("marks")
                json.beginArray()
                json.beginObject()
                member("type", "link", &json)
                json.key("attrs")
                json.beginObject()
                member("href", text, &json)
                json.endObject()
                json.endObject()
                json.endArray()
            }
            json.endObject()
        }
        json.endArray()
    }

    private static func member(_ name: String, _ value: String, _ json: inout JSONWriter) {
        json.key(name)
        json.string(value)
    }
}
