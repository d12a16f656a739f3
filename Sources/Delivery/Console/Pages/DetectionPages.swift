// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents
internal import Policy

/// What rules complained about.
enum DetectionPages {
    static let list = Route.page(
        "/detections",
        .granted(.see),
        query: Filters.detections + Cursors.fields + [Done.field]
    ) { exchange in
        let cursors = Cursors(exchange)
        let result = try await exchange.services.insight.detections(
            try Filters.detections(exchange.query),
            after: try cursors.place(),
            limit: cursors.limit
        )
        var page = ConsolePage("Detections", .detections)
        page.lead = "What rules noticed, newest first. Alike requests of one client are one line."
        let next = cursors.nextPage(cursors.seal(result.next))
        let body: HTML =
            result.elements.isEmpty
            ? .empty(
                result.isPartial ? "Nothing in the part that was looked at" : "No detection fits",
                next.map { "<a href=\"\($0)\">Search further back</a>" }
                    ?? "Show more of them: <a href=\"/detections\">without filters</a>."
            )
            : table(result.elements, now: exchange.now, more: next)
        page.content = filters(exchange) + Panel(content: body).html
        return try await page.reply(exchange)
    }

    static func filters(_ exchange: Exchange) -> HTML {
        let query = exchange.query
        let severities =
            [("", "any")]
            + Severity.allCases.reversed().map { ($0.rawValue, "\($0.rawValue)\($0 == .critical ? "" : " and above")") }
        let outcomes =
            [("", "any"), ("would_stop", "would be stopped"), ("blocked", "blocked")]
            + DetectionOutcome.allCases.filter { ![.wouldStop, .blocked].contains($0) }.map {
                ($0.name, $0.name.replacing("_", with: " "))
            }
        var fields: [Form.Field] = [
            .init("q", "Words", value: query["q"] ?? "", length: 200),
            .init("severity", "Severity", .choice(severities), value: query["severity"] ?? ""),
            .init("outcome", "Outcome", .choice(outcomes), value: query["outcome"] ?? ""),
            .init("since", "Since", .choice(Self.stretches), value: query["since"] ?? ""),
            .init("client", "Client", value: query["client"] ?? "", length: 300),
            .init("application", "Application", value: query["application"] ?? "", length: 128),
        ]
        for name in ["rule", "kind", "route"] {
            if let value = query[name] {
                fields.append(.init(name, name.prefix(1).uppercased() + name.dropFirst(), value: value))
            }
        }
        return Form.bar("/detections", fields, name: "Filter detections", isSet: !query.isEmpty)
    }

    static let stretches: [(value: String, text: String)] = [
        ("", "ever"), ("1h", "1 hour"), ("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"),
    ]

    static let columns: [Table.Column] = [
        .tight("Time"), .tight("Severity"), .init("What"), .init("Request"), .tight("Client"), .tight("Outcome"),
    ]

    static func table(_ rows: [DetectionRow], now: Int64, more: String? = nil) -> HTML {
        Table("Detections, newest first", columns, rows.map { cells($0, now: now) }, more: more).html
    }

    static func cells(_ row: DetectionRow, now: Int64) -> [HTML] {
        let count: HTML = row.count > 1 ? " <small>\u{00D7}\u{2009}\(Count.grouped(row.count))</small>" : .empty
        let name = row.message.isEmpty ? "Rule \(row.rule)" : row.message
        return [
            .time(row.lastTime, now: now), .severity(row.severity),
            """
            <a href="\(Address.detection(row.identifier))" data-row>\(name)</a>\(count)<br>\
            <small>rule \(row.rule)\(row.target.map { " in " + $0 } ?? "")</small>
            """,
            "<span class=\"mono\">\(shortRequest(row))</span><br><small>\(row.application)</small>",
            row.client.map { .entity($0) } ?? .empty, outcome(row.outcome),
        ]
    }

    static func shortRequest(_ row: DetectionRow) -> String {
        let text = "\(row.method ?? "") \(row.path ?? row.route)"
        return text.count > 70 ? String(text.prefix(68)) + "\u{2026}" : text
    }

    static func outcome(_ outcome: DetectionOutcome) -> HTML {
        switch outcome {
        case .blocked: .disposition(.blocked)
        case .dropped: .badge("dropped", "acted")
        case .limited: .disposition(.limited)
        case .wouldStop: .disposition(.wouldBlock)
        case .excepted: .disposition(.excepted)
        case .noted: .badge("noted", "calm")
        case .allowed, .other: .badge("passed", "calm")
        }
    }

    static let show = Route.page("/detections/{id}", .granted(.see), query: [Done.field]) { exchange in
        guard let detail = try await exchange.services.insight.detection(try exchange.identifier()) else {
            throw Problem.notFound("detection of this identifier; it may be older than what is kept")
        }
        let row = detail.row
        let explanation = try await Explanation.load(row, exchange)
        var page = ConsolePage(row.message.isEmpty ? "Rule \(row.rule)" : row.message, .detections)
        page.trail = ("Detections", "/detections")
        page.lead = """
            \(HTML.severity(row.severity)) \(outcome(row.outcome)) \(HTML.time(row.lastTime, now: exchange.now)) \
            \(row.count > 1 ? "\(Count.grouped(row.count)) requests alike" : "one request")
            """
        page.content = .grid([
            Panel("Why", .wide, content: DetectionExplanation(detail, exchange).why),
            Panel("What next", .third, content: DetectionExplanation(detail, exchange).next),
            Panel("What the rule saw", content: DetectionExplanation(detail, exchange).seen(explanation)),
            Panel("The request", .half, content: DetectionExplanation(detail, exchange).request),
            Panel("All rules that matched", .half, content: DetectionExplanation(detail, exchange).rules),
        ])
        return try await page.reply(exchange)
    }
}
