// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents

/// The transaction inspector: a kept transaction, masked. Each look at it is recorded as evidence.
enum TransactionPage {
    static let all = [show]

    static func address(_ transaction: String) -> String { "/transactions/\(Address.encode(transaction))" }

    private static let show = Route.page("/transactions/{transaction}", .granted(.triage), query: [Done.field]) {
        exchange in
        let found = try await Explanation.look(exchange)
        let sample = found.sample
        var page = ConsolePage("Request of transaction \(sample.transaction)", .detections)
        page.trail = ("The transaction", "/events/\(Address.encode(sample.transaction))")
        page.lead =
            "What people typed is masked: of words only the length is left, but for those that attacks are made of. This look is recorded as evidence."
        page.content = .grid([
            Panel(
                "Request",
                .wide,
                content: "<p class=\"mono\">\(sample.method) \(sample.path) \(found.version)</p>"
                    + fields(found.headers, "Header fields", "There are none")
            ),
            Panel("Facts", .third, content: facts(sample, found, exchange)),
            Panel("Query", .half, content: fields(found.query, "Values of the query", "There is no query")),
            Panel("Body", .half, content: body(found)),
            Panel(
                "What rules say of it today",
                content: ExplanationView.matches(found.matches, more: found.moreMatches)
            ),
        ])
        return try await page.reply(exchange)
    }

    private static func facts(_ sample: TransactionSample, _ found: ExplainedTransaction, _ exchange: Exchange) -> HTML
    {
        .facts([
            ("Time", .time(sample.time, now: exchange.now)),
            ("Client", (try? Entity(parsing: sample.client)).map { .entity($0) } ?? HTML(text: sample.client)),
            ("Application", sample.application.map { .link($0, ApplicationPages.address($0)) }),
            ("Answered", sample.status == 0 ? "nothing" : "\(sample.status)"),
            (
                "Today",
                found.endedBy.map { "rule <a href=\"/rules/\(Address.encode($0))\">\($0)</a> would stop it" }
                    ?? "it would pass"
            ),
        ])
    }

    private static func fields(_ fields: [ExplainedTransaction.Field], _ caption: String, _ none: String) -> HTML {
        guard !fields.isEmpty else { return .empty(none) }
        let rows = fields.map { field -> [HTML] in [.code(field.name), ExplanationView.text(field.value)] }
        return Table(caption, [.init("Name"), .init("Value, masked")], rows).html
    }

    private static func body(_ found: ExplainedTransaction) -> HTML {
        guard found.bodyLength > 0 else { return .empty("There is no body") }
        let length: HTML = "<p class=\"quiet\">\(Count.bytes(found.bodyLength)) are kept.</p>"
        if let text = found.bodyText {
            return length
                + "<pre tabindex=\"0\" role=\"region\" aria-label=\"Body, masked\">\(ExplanationView.text(text))</pre>"
        }
        return length + fields(found.body, "Values of the body", "It has no values")
    }
}

/// What rules matched, with the bytes.
enum ExplanationView {
    /// A masked text with what matched highlighted.
    static func text(_ text: ShownText) -> HTML {
        let pieces = text.pieces.map { piece -> HTML in
            piece.isMarked ? "<mark>\(piece.text)</mark>" : HTML(text: piece.text)
        }
        return "<code>\(pieces.joined())\(text.isCut ? "\u{2026}" : "")</code>"
    }

    /// One match in full.
    static func match(_ match: ExplainedTransaction.Match) -> HTML {
        .facts([
            ("Looked at", .code(match.target)),
            (
                "Saw",
                text(match.value) + " <small>decoded; what matched is marked, what was typed is masked</small>"
            ),
            (
                "After",
                match.transformations.isEmpty
                    ? "no transformation"
                    : match.transformations.map { .code("t:\($0)") }.joined(" \u{2192} ")
            ),
            ("Matches when", .code(match.condition)),
            ("Stands in", "<code>\(match.file)</code> line \(match.line)"),
        ])
    }

    static func matches(_ matches: [ExplainedTransaction.Match], more: Int) -> HTML {
        guard !matches.isEmpty else { return .empty("No rule matches in it today") }
        let rows = matches.map { match -> [HTML] in
            [
                "<a href=\"/rules/\(Address.encode(match.rule))\">\(match.rule)</a>\(match.decides ? HTML(text: " ") + HTML.badge("stops it", "would") : .empty)",
                "\(match.message)<br><code>\(match.target)</code>", text(match.value),
                HTML(text: match.transformations.map { "t:\($0)" }.joined(separator: " ")),
            ]
        }
        let rest: HTML = more > 0 ? "<p class=\"quiet\">and \(more) more</p>" : .empty
        return Table(
            "Rules that match today",
            [.tight("Rule"), .init("What"), .init("Saw, masked"), .init("After")],
            rows
        ).html + rest
    }
}
