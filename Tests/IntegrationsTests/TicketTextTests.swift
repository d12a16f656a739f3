// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import Testing

@testable import Integrations

/// What reports say is shown in tickets, and does nothing there.
@Suite struct TicketTextTests {
    private static let hostile = [
        "/close", "/assign @root", "@admin look", "closes #12", "![x](https://evil.example/p.png)",
        "[a](javascript:alert(1))",
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a | b | c", "`code` ```",
        "https://evil.example/x",
        "{html}<b>{html}", "[~admin]", "!https://evil.example/p.png!", "h1. big", "line\n/close\n# big", "--> <!--",
        "a\u{202E}b",
        "\u{1B}[31m", "!12 ~label %milestone $3 &4", "\\", "**bold** _it_ ~~x~~", "{color:red}x{color}", "||a||",
    ]

    @Test(arguments: hostile)
    func `Markdown shows it and does nothing else`(text: String) {
        let written = MarkdownText.write(TicketText([.paragraph(text)]))
        #expect(!written.contains("\n") && !written.contains("<") && !written.hasPrefix("/"))
        var isEscaped = false
        for (place, scalar) in written.unicodeScalars.enumerated() {
            // Each mark that means something has a backslash before it, or is part of an entity.
            if !isEscaped, "`*_{}[]()!|@#~$".unicodeScalars.contains(scalar) {
                Issue.record("\(scalar) at \(place) of \(written)")
            }
            isEscaped = scalar == "\\" && !isEscaped
        }
        for mark in ["@a", "@r", "#1", "://", "!1", "~l", "%m", "$3"] { #expect(!written.contains(mark)) }
    }

    @Test(arguments: hostile)
    func `Jira's markup shows it and does nothing else`(text: String) {
        let written = JiraText.markup(TicketText([.paragraph(text)]))
        #expect(!written.contains("\n") && !written.contains("<") && !written.hasPrefix("h1."))
        var isEscaped = false
        for scalar in written.unicodeScalars {
            if !isEscaped, "{}[]*_!|~^".unicodeScalars.contains(scalar) { Issue.record("\(scalar) of \(written)") }
            isEscaped = scalar == "\\" && !isEscaped
        }
        #expect(!written.contains("://"))
    }

    @Test func `a table keeps its columns, whatever is in its cells`() {
        let text = TicketText([.table(head: ["A", "B"], rows: [["a|b\nc", "\\"], ["", "|"]])])
        let lines = MarkdownText.write(text).split(separator: "\n")
        #expect(lines.count == 4)
        for line in lines {
            var bars = 0
            var isEscaped = false
            for character in line {
                if character == "|", !isEscaped { bars += 1 }
                isEscaped = character == "\\" && !isEscaped
            }
            #expect(bars == 3, "\(line)")
        }
        #expect(JiraText.markup(text).split(separator: "\n").count == 3)
    }

    @Test func `links that could break out of their place are left out`() {
        let links = [
            "https://example.com/a?b=1", "javascript:alert(1)", "https://e.com/)](x", "https://e.com/\">",
            "http://e.com/a b",
            "https://e.com/|x", "ftp://e.com",
        ]
        #expect(TicketText.shownLinks(links) == ["https://example.com/a?b=1"])
    }

    @Test(arguments: hostile)
    func `a document of Jira's cloud holds it as text`(text: String) throws {
        var json = JSONWriter()
        JiraText.document(TicketText([.heading("x"), .paragraph(text), .facts([TicketText.Fact("a", text)])]), &json)
        let document = try JSONReader.read(json.bytes)
        #expect(document["type"]?.text == "doc" && document["version"]?.integer == 1)
        let node = document["content"]?.elements?[1]["content"]?.elements?.first
        #expect(node?["type"]?.text == "text" && node?["text"]?.text == TicketText.line(text))
    }

    // MARK: What is said

    private static func finding(_ number: Int, severity: String = "high") -> TicketSubject {
        TicketSubject(
            id: "id-\(number)",
            title: "finding \(number)",
            severity: severity,
            kind: "sast",
            rule: "sqli",
            place: "a.py:\(number)",
            isOpen: true
        )
    }

    @Test func `a comment has 25 rows at most, the new ones first, and counts the others`() {
        var delta = MergeRequestDelta(project: "shop", branch: "fix", baseline: "main")
        delta.new = (0..<20).map { Self.finding($0) }
        delta.newCount = 20
        delta.fixed = (0..<25).map { Self.finding($0 + 100) }
        delta.fixedCount = 40
        let rows = delta.text.blocks.flatMap { block in
            if case .table(_, let rows) = block { rows } else { [[String]]() }
        }
        #expect(rows.count == 25)
        #expect(delta.markdown.contains("And 35 more that are fixed") && delta.markdown.contains("20 new, 40 fixed"))
        let none = MergeRequestDelta(project: "shop", branch: "fix", baseline: "main")
        #expect(none.markdown.contains("0 new, 0 fixed") && none.text.blocks.count == 2)
    }

    @Test func `a table that is too long for the system loses rows, and says so`() {
        let long = String(repeating: "*", count: 400)
        let rows = (0..<25).map { ["\($0)", long, long, long, long] }
        let text = TicketText([
            .heading("findings"), .table(head: ["a", "b", "c", "d", "e"], rows: rows), .paragraph("end"),
        ])
        #expect(MarkdownText.write(text).unicodeScalars.count > 65_536)
        let written = MarkdownText.write(text, after: CommentMarker(project: "shop"), limit: 65_536)
        #expect(written.unicodeScalars.count <= 65_536 && written.hasPrefix("<!-- redoubt"))
        #expect(written.contains("And 13 more, for which there is no room here\\.") && written.contains("\nend"))
        let small = MarkdownText.write(text, limit: 1000)
        #expect(small.contains("And 25 more, for which") && small.components(separatedBy: "And ").count == 2)
        let jira = text.fitted(to: 32_767) { JiraText.markup($0).unicodeScalars.count }
        #expect(JiraText.markup(jira).unicodeScalars.count <= 32_767)
    }

    @Test func `a ticket of a component lists its findings and what mends them`() {
        var findings = (0..<30).map { Self.finding($0) }
        findings[3].remedy = "Update to 2.0."
        let draft = TicketTemplate.draft(findings, component: "certifi", project: "shop")
        #expect(draft.title == "[high] 30 findings in certifi")
        let text = MarkdownText.write(draft.text)
        #expect(text.contains("And 5 more") && text.contains("Update to 2\\.0"))
        let single = TicketTemplate.draft([findings[3]], component: nil, project: "shop")
        #expect(single.title == "[high] finding 3" && MarkdownText.write(single.text).contains("id\\-3"))
    }
}
