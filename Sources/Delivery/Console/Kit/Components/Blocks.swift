// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A part of a page with a heading of its own.
struct Panel {
    enum Width: String {
        case full = ""
        case half, wide, third
    }

    var title: String?
    var width = Width.full
    var more: (label: String, href: String)?
    var anchor: String?
    var content: HTML

    init(
        _ title: String? = nil,
        _ width: Width = .full,
        more: (label: String, href: String)? = nil,
        anchor: String? = nil,
        content: HTML
    ) {
        self.title = title
        self.width = width
        self.more = more
        self.anchor = anchor
        self.content = content
    }

    var html: HTML {
        var fields: Templates.Fields = ["class": width.rawValue, "content": content.markup]
        if let title { fields["title"] = title }
        if let more {
            fields["moreHref"] = more.href
            fields["moreLabel"] = more.label
        }
        if let anchor { fields["id"] = anchor }
        return Templates.shared.render("panel", fields)
    }
}

extension HTML {
    /// Panels side by side where there is room.
    static func grid(_ panels: [Panel]) -> HTML {
        "<div class=\"grid\">\(panels.map(\.html).joined())</div>"
    }

    static func facts(_ facts: [(String, HTML?)]) -> HTML {
        let shown = facts.compactMap { name, value in
            value.map { ["name": name, "value": $0.markup] as Templates.Fields }
        }
        return Templates.shared.render("facts", ["facts": shown])
    }

    /// What stands where a list would be. It says what to do next.
    static func empty(_ title: String, _ text: HTML = .empty) -> HTML {
        Templates.shared.render("empty", ["title": title, "text": text.markup, "attributes": ""])
    }

    static func story(_ entries: [HTML]) -> HTML {
        Templates.shared.render("story", ["entries": entries.map(\.markup)])
    }

    static func tasks(_ tasks: [(sign: HTML, text: HTML)]) -> HTML {
        let fields = tasks.map { ["sign": $0.sign.markup, "text": $0.text.markup] }
        return Templates.shared.render("tasks", ["tasks": fields])
    }

    enum NoticeKind: String {
        case plain = ""
        case bad, ok, care
    }

    /// - Parameter isUrgent: whether screen readers interrupt for it.
    static func notice(_ kind: NoticeKind, _ text: HTML, isUrgent: Bool = false) -> HTML {
        isUrgent
            ? "<div class=\"notice \(kind.rawValue)\" role=\"alert\"><p>\(text)</p></div>"
            : "<div class=\"notice \(kind.rawValue)\" role=\"status\"><p>\(text)</p></div>"
    }

    static func disclosure(_ summary: String, _ content: HTML, isOpen: Bool = false) -> HTML {
        isOpen
            ? "<details class=\"act\" open><summary>\(summary)</summary>\(content)</details>"
            : "<details class=\"act\"><summary>\(summary)</summary>\(content)</details>"
    }
}

/// A number that a page begins with.
struct Figure {
    var name: String
    var value: String
    var note: HTML = .empty
    var href: String?

    static func row(_ figures: [Figure]) -> HTML {
        let fields = figures.map { figure -> Templates.Fields in
            var fields: Templates.Fields = ["name": figure.name, "value": figure.value]
            if !figure.note.isEmpty { fields["note"] = figure.note.markup }
            if let href = figure.href { fields["href"] = href }
            return fields
        }
        return Templates.shared.render("figures", ["figures": fields])
    }
}

/// A list with columns.
struct Table {
    struct Column {
        var label: HTML
        var style = ""

        init(_ label: String, _ style: String = "") {
            self.label = HTML(text: label)
            self.style = style
        }

        static func number(_ label: String) -> Column { Column(label, "number") }
        /// One whose cells stay on one line.
        static func tight(_ label: String) -> Column { Column(label, "tight") }
        /// One without a visible heading, for actions.
        static func unseen(_ label: String) -> Column {
            var column = Column("")
            column.label = "<span class=\"unseen\">\(label)</span>"
            return column
        }
    }

    var caption: String
    var isCaptionUnseen = true
    var columns: [Column]
    /// A cell for each column.
    var rows: [[HTML]]
    /// Where the list goes on.
    var more: String?

    init(_ caption: String, showsCaption: Bool = false, _ columns: [Column], _ rows: [[HTML]], more: String? = nil) {
        self.caption = caption
        isCaptionUnseen = !showsCaption
        self.columns = columns
        self.rows = rows
        self.more = more
    }

    var html: HTML {
        let heads = columns.map { column -> Templates.Fields in
            column.style.isEmpty
                ? ["label": column.label.markup] : ["label": column.label.markup, "class": column.style]
        }
        var fields: Templates.Fields = [
            "caption": caption, "captionUnseen": isCaptionUnseen, "columns": heads, "attributes": "",
            "rows": rows.map(row).joined().markup,
        ]
        if let more { fields["more"] = more }
        return Templates.shared.render("table", fields)
    }

    func row(_ cells: [HTML]) -> HTML {
        let cells = zip(columns, cells).map { column, cell -> HTML in
            column.style.isEmpty ? "<td>\(cell)</td>" : "<td class=\"\(column.style)\">\(cell)</td>"
        }
        return "<tr>\(cells.joined())</tr>\n"
    }
}
