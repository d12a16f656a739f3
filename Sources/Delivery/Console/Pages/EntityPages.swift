// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents
internal import Policy

/// Clients and others that detections concern.
enum EntityPages {
    static let all = [list, show]

    static let list = Route.page("/entities", .granted(.see), query: Filters.entities + Cursors.fields + [Done.field]) {
        exchange in
        let cursors = Cursors(exchange)
        let result = try await exchange.services.insight.entities(
            Filters.entities(exchange.query),
            after: try cursors.place(),
            limit: cursors.limit
        )
        var page = ConsolePage("Entities", .entities)
        page.lead = "Who detections concern, the last seen first."
        let kinds = [(value: "", text: "any")] + Entity.Kind.allCases.map { (value: $0.rawValue, text: $0.rawValue) }
        let severities =
            [(value: "", text: "any")] + Severity.allCases.reversed().map { (value: $0.rawValue, text: $0.rawValue) }
        let bar = Form.bar(
            "/entities",
            [
                .init("kind", "Kind", .choice(kinds), value: exchange.query["kind"] ?? ""),
                .init("severity", "Worst", .choice(severities), value: exchange.query["severity"] ?? ""),
                .init("since", "Seen since", .choice(DetectionPages.stretches), value: exchange.query["since"] ?? ""),
            ],
            name: "Filter entities",
            isSet: !exchange.query.isEmpty
        )
        let policy = exchange.services.policy.document()
        let rows = result.elements.map { row -> [HTML] in
            [
                "<a class=\"mono\" href=\"\(Address.entity(row.entity))\" data-row>\(row.entity.key)</a> <small>\(row.entity.kind.rawValue)</small>",
                .severity(row.worst), HTML(text: Count.grouped(row.detections)),
                HTML(text: Count.grouped(row.wouldStop)),
                HTML(text: Count.grouped(row.stopped)),
                policy.blocks[row.entity] == nil ? .empty : .badge("blocked", "acted"),
                .time(row.lastSeen, now: exchange.now),
            ]
        }
        let table = Table(
            "Entities, the last seen first",
            [
                .init("Entity"), .tight("Worst"), .number("Requests"), .number("Would be stopped"), .number("Stopped"),
                .tight("Block"), .tight("Last seen"),
            ],
            rows,
            more: cursors.nextPage(cursors.seal(result.next))
        ).html
        let empty = HTML.empty("No entity fits", "An entity stands here once a detection concerns it.")
        page.content = bar + Panel(content: rows.isEmpty ? empty : table).html
        return try await page.reply(exchange)
    }

    static let show = Route.page("/entities/{entity}", .granted(.see), query: [Done.field]) { exchange in
        let entity = try Entity(parsing: exchange.parameters["entity"] ?? "")
        let insight = exchange.services.insight
        var detections = DetectionFilter()
        detections.client = entity
        var incidents = IncidentFilter()
        incidents.client = entity
        var decisions = DecisionFilter()
        decisions.subject = entity
        let row = try await insight.entity(entity)
        let found = try await insight.detections(detections, limit: 15)
        let cases = try await insight.incidents(incidents, limit: 10)
        let decided = try await insight.decisions(decisions, limit: 10)
        var page = ConsolePage(entity.key, .entities)
        page.trail = ("Entities", "/entities")
        let block = exchange.services.policy.document().blocks[entity]
        page.lead = "\(entity.kind.rawValue) \(block == nil ? HTML.empty : HTML.badge("blocked", "acted"))"
        let all = Address.path("/detections", [("client", entity.description)])
        page.content =
            figures(row, exchange)
            + .grid([
                Panel(
                    "Incidents",
                    .wide,
                    content: cases.elements.isEmpty
                        ? .empty("None") : IncidentPages.table(cases.elements, now: exchange.now)
                ),
                Panel("Act", .third, content: act(entity, block, exchange)),
                Panel(
                    "Detections",
                    more: ("All", all),
                    content: found.elements.isEmpty
                        ? .empty("None that is still kept") : DetectionPages.table(found.elements, now: exchange.now)
                ),
                Panel("Decisions", content: DecisionPages.table(decided.elements, exchange)),
            ])
        return try await page.reply(exchange)
    }

    private static func figures(_ row: EntityRow?, _ exchange: Exchange) -> HTML {
        guard let row else { return .notice(.plain, "No detection concerns it, or none that is still kept.") }
        return Figure.row([
            Figure(name: "Requests with detections", value: Count.grouped(row.detections)),
            Figure(name: "Would be stopped", value: Count.grouped(row.wouldStop)),
            Figure(name: "Stopped", value: Count.grouped(row.stopped)),
            Figure(name: "Worst", value: row.worst.rawValue),
            Figure(
                name: "First seen",
                value: ClockTime(row.firstSeen).shortDate,
                note: .age(row.firstSeen, now: exchange.now)
            ),
            Figure(
                name: "Last seen",
                value: ClockTime(row.lastSeen).hourAndMinute,
                note: .age(row.lastSeen, now: exchange.now)
            ),
        ]) + "<br>"
    }

    private static func act(_ entity: Entity, _ block: EntityBlock?, _ exchange: Exchange) -> HTML {
        let back = ("back", Address.entity(entity))
        let events = Address.path("/events", [("entity", entity.description), ("since", "24h")])
        let link: HTML = "<p><a href=\"\(events)\">All its requests of 24 hours</a></p>"
        guard exchange.may(.respond) else {
            return "<p class=\"quiet\">To act you need the role of a responder.</p>" + link
        }
        if let block {
            let end = block.expires.map { HTML.time($0, now: exchange.now) } ?? "for good"
            return """
                <p>Blocked by \(block.by.maker), until \(end): \(block.by.reason)</p>
                """
                    + Form(
                        "/blocks/remove",
                        [.init("reason", "Why it may come back", required: true, full: true, length: 500)],
                        hidden: [("entity", entity.description), back],
                        button: "Unblock"
                    ).html(exchange.token) + link
        }
        return Form(
            "/blocks",
            [
                .init("expires", "Until", .choice(DetectionExplanation.blockEnds), value: "24h", full: true),
                .init("reason", "Why", .area, required: true, full: true, length: 500),
            ],
            hidden: [("entity", entity.description), back],
            button: "Block",
            confirm: "Block \(entity) for all applications?",
            style: "danger"
        ).html(exchange.token) + link
    }
}
