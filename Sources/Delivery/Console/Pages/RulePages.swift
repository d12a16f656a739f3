// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents
internal import Policy

/// The rules, how often they hit, and their texts.
enum RulePages {
    static let all = [list, show]

    private static let query = [
        InputField("q", .text(maximum: 100), "Words of the identifier, the message or a tag."),
        InputField("since", .start, "From when on hits are counted."),
    ]

    static let list = Route.page("/rules", .granted(.see), query: query + Cursors.fields + [Done.field]) { exchange in
        let words = (exchange.query["q"] ?? "").lowercased().split(separator: " ").map(String.init)
        let loaded = exchange.services.rules.all()
        let states = words.isEmpty ? try await RuleHits.load(exchange) : try await found(words, loaded, exchange)
        let (part, next) = try Cursors(exchange).page(of: states)
        var page = ConsolePage("Rules", .rules)
        page.lead =
            "\(Count.of(loaded.count, "rule")) \(loaded.count == 1 ? "is" : "are") loaded. Those that hit stand first."
        let most = states.map(\.hits).max() ?? 0
        let rows = part.map { state -> [HTML] in
            [
                "<a href=\"/rules/\(Address.encode(state.id))\" data-row>\(state.id)</a>",
                HTML(text: state.message ?? state.rule?.message ?? ""), Sparkline.share(state.hits, of: most),
                HTML(text: Count.grouped(state.hits)), HTML(text: Count.grouped(state.wouldStop)),
                HTML(text: Count.grouped(state.stopped)),
            ]
        }
        let bar = Form.bar(
            "/rules",
            [
                .init("q", "Words", value: exchange.query["q"] ?? "", length: 100),
                .init(
                    "since",
                    "Hits since",
                    .choice(DetectionPages.stretches.filter { !$0.value.isEmpty }),
                    value: exchange.query["since"] ?? "7d"
                ),
            ],
            name: "Search rules",
            isSet: !words.isEmpty
        )
        let table = Table(
            "Rules",
            [
                .tight("Rule"), .init("What it looks for"), .unseen("Share"), .number("Hits"), .number("Would stop"),
                .number("Stopped"),
            ],
            rows,
            more: Cursors(exchange).nextPage(next)
        ).html
        let empty = HTML.empty(
            words.isEmpty ? "No rule has hit yet" : "No rule has these words",
            words.isEmpty ? "Search for one to see its text." : "<a href=\"/rules\">Show those that hit</a>"
        )
        page.content = bar + Panel(content: rows.isEmpty ? empty : table).html
        return try await page.reply(exchange)
    }

    private static func found(
        _ words: [String],
        _ rules: [CatalogueRule],
        _ exchange: Exchange
    ) async throws -> [RuleState] {
        let hits = Dictionary(try await RuleHits.load(exchange).map { ($0.id, $0) }) { first, _ in first }
        return rules.filter { rule in
            let text = "\(rule.id) \(rule.message) \(rule.tags.joined(separator: " "))".lowercased()
            return words.allSatisfy { text.contains($0) }
        }
        .map { rule in
            hits["\(rule.id)"]
                ?? RuleState(id: "\(rule.id)", message: rule.message, hits: 0, wouldStop: 0, stopped: 0, rule: rule)
        }
        .sorted { $0.hits > $1.hits }
    }

    static let show = Route.page("/rules/{id}", .granted(.see), query: [query[1], Done.field]) { exchange in
        let state = try await RuleHits.one(exchange)
        var filter = DetectionFilter()
        filter.rule = state.id
        let detections = try await exchange.services.insight.detections(filter, limit: 15)
        let since = exchange.now - 7 * Times.day
        let series = try await exchange.services.insight.detectionSeries(
            SeriesFilter(since: since, until: exchange.now, rule: state.id)
        )
        var page = ConsolePage("Rule \(state.id)", .rules)
        page.trail = ("Rules", "/rules")
        page.lead = HTML(text: state.message ?? "This rule is not loaded, or has no message.")
        let text: HTML =
            state.rule.map { rule in
                """
                <p><code>\(rule.file)</code> line \(rule.line)</p>\
                <pre tabindex="0" role="region" aria-label="Text of the rule">\(String(rule.text.prefix(20_000)))</pre>\
                <p>\(rule.tags.prefix(40).map { HTML.badge($0) }.joined(" "))</p>
                """
            } ?? .empty("It is not loaded", "It was when it hit, or it belongs to another control.")
        page.content =
            Figure.row([
                Figure(name: "Hits in 7 days", value: Count.grouped(state.hits)),
                Figure(name: "Would be stopped", value: Count.grouped(state.wouldStop)),
                Figure(name: "Stopped", value: Count.grouped(state.stopped)),
            ]) + "<br>"
            + .grid([
                Panel(
                    "Hits over 7 days",
                    .wide,
                    content: SeriesChart.detections(series, title: "Hits of rule \(state.id)")
                ),
                Panel("Act", .third, content: act(state, exchange)),
                Panel("Text", content: text),
                Panel(
                    "Newest detections",
                    more: ("All", Address.path("/detections", [("rule", state.id)])),
                    content: detections.elements.isEmpty
                        ? .empty("None that is still kept")
                        : DetectionPages.table(detections.elements, now: exchange.now)
                ),
            ])
        return try await page.reply(exchange)
    }

    private static func act(_ state: RuleState, _ exchange: Exchange) -> HTML {
        let policy = exchange.services.policy.document()
        let count = policy.exceptions.values.filter { $0.rules.description == state.id }.count
        let known: HTML =
            count > 0 ? "<p><a href=\"/decisions#exceptions\">\(Count.of(count, "exception"))</a> for it</p>" : .empty
        guard exchange.may(.respond) else {
            return known + "<p class=\"quiet\">To act you need the role of a responder.</p>"
        }
        return known
            + HTML.disclosure(
                "Add an exception",
                ExceptionForm.html(exchange, rules: state.id, back: "/rules/\(Address.encode(state.id))")
            )
    }
}

/// A form for an exception that is not about one detection.
enum ExceptionForm {
    static func html(_ exchange: Exchange, rules: String, back: String) -> HTML {
        Form(
            "/exceptions",
            [
                .init("rules", "Rules", value: rules, note: "942100, 942100-942190, tag:NAME", required: true),
                .init("target", "Only in", note: "such as ARGS:comment"),
                .init("place", "Only at", note: "such as app:shop/route:POST /comments", full: true, length: 1200),
                .init("client", "Only for", note: "an address, a network, user:alice", length: 300),
                .init("expires", "Until", .choice(DetectionExplanation.ends), value: "30d"),
                .init("reason", "Why", .area, required: true, full: true, length: 500),
            ],
            hidden: [("back", back)],
            button: "Add the exception",
            name: "exception"
        ).html(exchange.token)
    }
}
