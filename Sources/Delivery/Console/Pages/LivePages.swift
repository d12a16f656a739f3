// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import EventBus
internal import HTTPTypes
internal import Incidents
internal import Storage

/// What happens now, and single events.
struct LivePages {
    let events: EventRoutes

    var all: [Route] { [live, rows, search, show] }

    /// The newest detections; with scripts, new ones come by themselves.
    private var live: Route {
        .page("/live", .granted(.see), query: [Done.field]) { exchange in
            let newest = try await exchange.services.insight.detections(DetectionFilter(), limit: 40)
            var page = ConsolePage("Live", .live)
            page.lead =
                "Detections as they happen. <span data-feed-state role=\"status\">Load the page again to see what is new.</span>"
            page.actions = "<button class=\"plain\" type=\"button\" data-feed-pause hidden>Pause</button>"
            let table = DetectionPages.table(newest.elements, now: exchange.now)
            let empty: HTML =
                newest.elements.isEmpty
                ? "<div data-feed-empty>\(HTML.empty("Quiet so far", "Requests that rules complain about show up here at once."))</div>"
                : .empty
            page.content = Panel(content: empty + "<div data-feed=\"/live/rows\">\(table)</div>").html
            return try await page.reply(exchange)
        }
    }

    /// Rows for the page above, as server-sent events.
    private var rows: Route {
        Route(.get, "/live/rows", .granted(.see), .plain) { exchange in
            let watch = exchange.services.insight.live.watch()
            let services = exchange.services
            return try LiveFeed.reply(events.meters) { put in
                while let (new, _) = await watch.next() {
                    let rows = new.compactMap { event -> HTML? in
                        guard case .detection(let row) = event else { return nil }
                        let table = Table("", DetectionPages.columns, [])
                        let html = table.row(DetectionPages.cells(row, now: services.clock()))
                        return HTML(trusted: html.markup.replacing("<tr>", with: "<tr class=\"new\">"))
                    }
                    if !rows.isEmpty { put(LiveFeed.event("rows", rows.reversed().joined())) }
                    // No screen shows more than a few times in a second.
                    try await Task.sleep(for: .milliseconds(250))
                }
            }
        }
    }

    /// All that was recorded, also what no rule complained about.
    private var search: Route {
        .page("/events", .granted(.see), query: EventRoutes.fields) { exchange in
            let result = try await events.search(exchange)
            var page = ConsolePage("Events", .live)
            page.trail = ("Live", "/live")
            page.lead = "All exchanges as they were recorded, newest first."
            let query = exchange.query
            let bar = Form.bar(
                "/events",
                [
                    .init("q", "Text", value: query["q"] ?? "", length: 200),
                    .init("entity", "Entity", value: query["entity"] ?? "", length: 300),
                    .init(
                        "since",
                        "Since",
                        .choice(DetectionPages.stretches.filter { !$0.value.isEmpty }),
                        value: query["since"] ?? "24h"
                    ),
                ],
                name: "Search events",
                isSet: !query.isEmpty
            )
            let rows = result.page.hits.map { EventRow(bytes: $0.bytes, time: $0.facts.time).cells(now: exchange.now) }
            let next = result.next.map {
                Address.path("/events", [("q", query["q"]), ("entity", query["entity"]), ("cursor", $0)])
            }
            let table = Table("Events, newest first", EventRow.columns, rows, more: next).html
            let damage: HTML =
                result.page.progress.damagedBlocks > 0
                ? .notice(.bad, "\(result.page.progress.damagedBlocks) blocks of events could not be read.") : .empty
            page.content =
                bar + damage + Panel(content: rows.isEmpty ? .empty("No event fits", "Look further back.") : table).html
            return try await page.reply(exchange)
        }
    }

    private var show: Route {
        .page("/events/{transaction}", .granted(.see), query: [Done.field]) { exchange in
            let bytes = try await events.one(exchange)
            let event = EventRow(bytes: bytes, time: exchange.now)
            let rows = try await exchange.services.insight.detections(
                ofTransaction: exchange.parameters["transaction"] ?? ""
            )
            var page = ConsolePage("Transaction \(exchange.parameters["transaction"] ?? "")", .live)
            page.trail = ("Live", "/live")
            page.lead = "One exchange, as it was recorded."
            page.content = .grid([
                Panel("The exchange", .half, content: event.facts(now: exchange.now)),
                Panel(
                    "Detections",
                    .half,
                    content: rows.isEmpty
                        ? .empty("No rule complained, or it is part of a line that stands for many")
                        : DetectionPages.table(rows, now: exchange.now)
                ),
                Panel(
                    "As recorded (OCSF)",
                    content:
                        "<pre tabindex=\"0\" role=\"region\" aria-label=\"The event as JSON\">\(event.indented)</pre>"
                ),
            ])
            return try await page.reply(exchange)
        }
    }
}

/// An HTTP activity as pages show it.
struct EventRow {
    private let json: JSONValue?
    private let time: Int64

    init(bytes: [UInt8], time: Int64) {
        json = try? JSONReader.read(bytes, maximumDepth: 32)
        self.time = (json?["time"]?.integer).map { Int64($0) * 1_000_000 } ?? time
    }

    static let columns: [Table.Column] = [
        .tight("Time"), .tight("Client"), .init("Request"), .number("Status"), .tight("Outcome"), .tight("Transaction"),
    ]

    private var method: String {
        json?["http_request"]?["http_method"]?.text ?? json?["unmapped"]?["http_method"]?.text ?? ""
    }
    private var path: String { json?["http_request"]?["url"]?["path"]?.text ?? "" }
    private var status: Int { json?["http_response"]?["code"]?.integer ?? 0 }
    private var client: Entity? { json?["src_endpoint"]?["ip"]?.text.flatMap { IPAddress($0) }.map { Entity($0) } }
    private var transaction: String? { json?["metadata"]?["uid"]?.text }
    private var outcome: HTML {
        DetectionPages.outcome(DetectionOutcome(code: UInt8(clamping: json?["disposition_id"]?.integer ?? 0)))
    }

    func cells(now: Int64) -> [HTML] {
        [
            .time(time, now: now), client.map { .entity($0) } ?? .empty,
            "<span class=\"mono\">\(method) \(path.count > 90 ? String(path.prefix(88)) + "\u{2026}" : path)</span>",
            status == 0 ? "none" : "\(status)", outcome,
            transaction.map { "<a class=\"mono\" href=\"/events/\(Address.encode($0))\" data-row>\($0)</a>" } ?? .empty,
        ]
    }

    func facts(now: Int64) -> HTML {
        let request = json?["http_request"]
        return .facts([
            ("Time", .time(time, now: now)), ("Asked", .code("\(method) \(path)")),
            ("Host", request?["url"]?["hostname"]?.text.map { HTML(text: $0) }),
            ("Client", client.map { .entity($0) }),
            ("Program", request?["user_agent"]?.text.map { HTML(text: $0) }),
            ("Content", request?["http_headers"]?.elements?.first?["value"]?.text.map { HTML(text: $0) }),
            ("Application", json?["app_name"]?.text.map { HTML(text: $0) }),
            ("Answered", status == 0 ? "nothing" : "\(status)"), ("Outcome", outcome),
            ("Refused by the gateway", json?["unmapped"]?["refusal"]?.text.map { HTML(text: $0) }),
            ("Scope", json?["unmapped"]?["scope"]?.text.map { .code($0) }),
        ])
    }

    var indented: HTML {
        guard let json else { return "not readable" }
        var text = ""
        Self.write(json, depth: 0, &text)
        return HTML(trusted: text)
    }

    /// Writes JSON with a line for each member. The depth was bounded when it was read.
    private static func write(_ value: JSONValue, depth: Int, _ text: inout String) {
        let indent = String(repeating: "  ", count: depth + 1)
        let end = "\n" + String(repeating: "  ", count: depth)
        switch value {
        case .object(let members) where !members.isEmpty:
            text += "{"
            for (index, member) in members.enumerated() {
                text += (index > 0 ? ",\n" : "\n") + indent + scalar(.string(member.name)) + ": "
                write(member.value, depth: depth + 1, &text)
            }
            text += end + "}"
        case .array(let elements) where !elements.isEmpty:
            text += "["
            for (index, element) in elements.enumerated() {
                text += (index > 0 ? ",\n" : "\n") + indent
                write(element, depth: depth + 1, &text)
            }
            text += end + "]"
        default: text += scalar(value)
        }
    }

    private static func scalar(_ value: JSONValue) -> String {
        HTML.escape(String(decoding: value.encoded, as: UTF8.self))
    }
}
