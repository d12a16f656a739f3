// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ConsoleFixtures
import Testing

@testable import Console

/// What scanners write in Markdown, and what attackers write into it.
@Suite struct MarkdownTests {
    private static let rel = "rel=\"noopener noreferrer nofollow\" target=\"_blank\""

    @Test(arguments: [
        ("plain", "<p>plain</p>"), ("", ""), ("one\ntwo\n\nthree", "<p>one\ntwo</p><p>three</p>"),
        ("# Title #\ntext", "<h3>Title</h3><p>text</p>"), ("###### deep", "<h6>deep</h6>"),
        ("#nothing", "<p>#nothing</p>"),
        ("a **b** *c* __d__ _e_", "<p>a <strong>b</strong> <em>c</em> <strong>d</strong> <em>e</em></p>"),
        ("***both***", "<p><strong><em>both</em></strong></p>"),
        ("snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"),
        ("use `a < b` or ``x ` y``", "<p>use <code>a &lt; b</code> or <code>x ` y</code></p>"),
        ("- a\n- b\n  - c\n- d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>"),
        ("1. a\n\n   more\n2. b", "<ol><li><p>a</p><p>more</p></li><li>b</li></ol>"),
        ("> said\n> so", "<blockquote><p>said\nso</p></blockquote>"), ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("\\*no\\*", "<p>*no*</p>"), ("![a cat](https://a.example/c.png)", "<p><em>a cat</em></p>"),
    ])
    func `text, headings, lists, quotes and code are shown`(text: String, html: String) {
        #expect(Markdown.html(text).markup == html)
    }

    @Test(arguments: ["```js\nlet a = 1 < 2\n\n  b\n```\nafter", "~~~\nlet a = 1 < 2\n\n  b\n~~~\nafter"])
    func `code stays as it is`(text: String) {
        let html = Markdown.html(text).markup
        #expect(html.contains(">let a = 1 &lt; 2\n\n  b</pre><p>after</p>"))
        #expect(Markdown.html("    four *no*\n\n    more").markup.contains(">four *no*\n\nmore</pre>"))
    }

    @Test func `links lead to the web alone`() {
        #expect(
            Markdown.html("see [the *docs*](https://a.example/x?a=1&b=2 \"t\")").markup
                == "<p>see <a href=\"https://a.example/x?a=1&amp;b=2\" \(Self.rel)>the <em>docs</em></a></p>"
        )
        #expect(
            Markdown.html("<https://a.example>").markup
                == "<p><a href=\"https://a.example\" \(Self.rel)>https://a.example</a></p>"
        )
        for target in [
            "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>",
            "//evil.example",
            "/settings", "file:///etc/passwd", "https://user:pw@evil.example", "https:///x", "vbscript:x",
            "mailto:a@b.example",
            "<javascript:alert(1)>", "&#106;avascript:alert(1)",
        ] {
            #expect(!Markdown.html("[text](\(target))").markup.contains("<a "), "\(target)")
            #expect(!Markdown.html("<\(target)>").markup.contains("<a "), "\(target)")
        }
        // No link lies in a link.
        #expect(
            Markdown.html("[a [b](https://b.example)](https://a.example)").markup.split(separator: "<a ").count == 2
        )
    }

    @Test(
        arguments: Sample.hostile + [
            "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "# <svg onload=alert(1)>", "- <iframe>",
            "> <form>",
            "`<script>`", "```\n<script>\n```", "[<script>](https://a.example)", "**<b onclick=x>**", "<!-- -->",
            "&lt;script&gt;",
            "[a](https://a.example/'><script>)", "![<script>](x)", "```\" onload=\"x\ny\n```",
        ]
    )
    func `markup in a text stays text`(text: String) {
        let html = Markdown.html(text).markup
        #expect(unknownTags(html).isEmpty, "\(html)")
        #expect(!html.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0 == "\u{202E}" })
    }

    /// What stands in angle brackets and is none of ours, as ours is written.
    private func unknownTags(_ html: String) -> [String] {
        let bare: Set<String> = [
            "p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "em", "strong", "code", "pre", "a",
        ]
        return html.split(separator: "<").dropFirst(html.hasPrefix("<") ? 0 : 1).compactMap { piece in
            guard let end = piece.firstIndex(of: ">") else { return String(piece) }
            let tag = piece[..<end]
            if tag.hasPrefix("/") { return bare.contains(String(tag.dropFirst())) ? nil : String(tag) }
            if bare.subtracting(["a", "pre"]).contains(String(tag)) { return nil }
            if tag == "pre tabindex=\"0\" role=\"region\" aria-label=\"Code\"" { return nil }
            if tag.hasPrefix("ol start=\""), tag.dropFirst(10).dropLast().allSatisfy(\.isNumber) { return nil }
            if tag.hasPrefix("a href=\"http"), tag.hasSuffix(Self.rel), tag.split(separator: "\"").count == 6 {
                return nil
            }
            return String(tag)
        }
    }

    @Test func `bytes of all kinds make balanced elements of ours`() {
        var random = SeededRandom(seed: 5)
        let pieces = [
            "*", "**", "_", "`", "```", "\n", "\n\n", "[", "](", ")", "!", "<", ">", "# ", "- ", "1. ", "> ", "    ",
            "\t", "\\", "a",
            "é", "https://a.example", "javascript:x", "\"", "'", "&", "---", "~~~", "\r\n", "<script>", "\u{202E}",
            "\0", "(",
        ]
        for _ in 0..<3000 {
            let text = (0...random.below(60)).map { _ in pieces[random.below(pieces.count)] }.joined()
            let html = Markdown.html(text).markup
            #expect(unknownTags(html).isEmpty, "\(text.debugDescription)")
            for name in ["p", "ul", "ol", "li", "blockquote", "em", "strong", "code", "pre", "a"] {
                let opened = html.ranges(of: "<\(name)>").count + html.ranges(of: "<\(name) ").count
                #expect(opened == html.ranges(of: "</\(name)>").count, "\(text.debugDescription)")
            }
        }
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            "*", "[", "`", "> ", "- ", "**a ", "_a", "![", "<", "[a](", "\\", "``", "    x\n\n", "1. ", "\n", "*a **b ",
        ]
    )
    func `a text of marks alone comes to an end`(mark: String) {
        let text = String(repeating: mark, count: 20_000 / mark.utf8.count)
        #expect(unknownTags(Markdown.html(text).markup).isEmpty)
    }
}
