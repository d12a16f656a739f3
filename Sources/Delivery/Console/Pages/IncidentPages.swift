// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents

/// What belongs together, and how far people are with it.
enum IncidentPages {
    static let all = [list, show, edit, comment]

    static let list = Route.page(
        "/incidents",
        .granted(.see),
        query: Filters.incidents + Cursors.fields + [Done.field]
    ) { exchange in
        let cursors = Cursors(exchange)
        let result = try await exchange.services.insight.incidents(
            try Filters.incidents(exchange.query),
            after: try cursors.place(),
            limit: cursors.limit
        )
        var page = ConsolePage("Incidents", .incidents)
        page.lead =
            "Detections of one client and one kind of attack, put together. What is new and grave stands for itself; the rest of a day is summed up."
        let body: HTML =
            result.elements.isEmpty
            ? .empty(
                "No incident fits",
                exchange.query["state"] == "open"
                    ? "Nobody has to look at anything. <a href=\"/incidents\">Show closed ones, too</a>."
                    : "When detections belong together, they will stand here."
            )
            : table(result.elements, now: exchange.now, more: cursors.nextPage(cursors.seal(result.next)))
        page.content = filters(exchange) + Panel(content: body).html
        return try await page.reply(exchange)
    }

    private static let states =
        [(value: "", text: "any"), (value: "open", text: "open")]
        + Incident.State.allCases.map { (value: $0.name, text: stateName($0)) }

    private static func filters(_ exchange: Exchange) -> HTML {
        let query = exchange.query
        let severities =
            [(value: "", text: "any")] + Severity.allCases.reversed().map { (value: $0.rawValue, text: $0.rawValue) }
        return Form.bar(
            "/incidents",
            [
                .init("state", "State", .choice(states), value: query["state"] ?? ""),
                .init("severity", "Severity", .choice(severities), value: query["severity"] ?? ""),
                .init("assignee", "Assigned to", value: query["assignee"] ?? "", length: 128),
                .init("client", "Client", value: query["client"] ?? "", length: 300),
                .init("since", "Since", .choice(DetectionPages.stretches), value: query["since"] ?? ""),
            ],
            name: "Filter incidents",
            isSet: !query.isEmpty
        )
    }

    static func stateName(_ state: Incident.State) -> String { state.name.replacing("_", with: " ") }

    static func state(_ state: Incident.State) -> HTML {
        switch state {
        case .new: .badge("new", "high")
        case .acknowledged: .badge("acknowledged", "medium")
        case .inProgress: .badge("in progress", "low")
        case .resolved: .badge("resolved", "good")
        case .falsePositive: .badge("false positive", "calm")
        }
    }

    static func table(_ incidents: [Incident], now: Int64, more: String? = nil) -> HTML {
        let rows = incidents.map { incident -> [HTML] in
            [
                .severity(incident.severity),
                "<a href=\"\(Address.incident(incident.identifier))\" data-row>\(incident.title)</a><br><small>\(sizes(incident))</small>",
                incident.client.map { .entity($0) } ?? "<span class=\"quiet\">several</span>",
                state(incident.state), HTML(text: incident.assignee ?? ""), .time(incident.lastTime, now: now),
            ]
        }
        return Table(
            "Incidents, the latest first",
            [
                .tight("Severity"), .init("What"), .tight("Client"), .tight("State"), .init("Whose"),
                .tight("Last seen"),
            ],
            rows,
            more: more
        ).html
    }

    private static func sizes(_ incident: Incident) -> String {
        var parts = [Count.of(incident.requests, "request")]
        if incident.stopped > 0 { parts.append("\(Count.grouped(incident.stopped)) stopped") }
        if incident.wouldStop > 0 { parts.append("\(Count.grouped(incident.wouldStop)) would be stopped") }
        if incident.passed > 0 { parts.append("\(Count.grouped(incident.passed)) succeeded") }
        return parts.joined(separator: ", ")
    }

    static let show = Route.page("/incidents/{id}", .granted(.see), query: [Done.field]) { exchange in
        let incident = try await InsightRoutes.incident(exchange)
        var filter = DetectionFilter()
        filter.incident = incident.id
        let detections = try await exchange.services.insight.detections(filter, limit: 20)
        let acts = try await exchange.services.insight.acts(ofIncident: incident.id)
        var page = ConsolePage(incident.title, .incidents)
        page.trail = ("Incidents", "/incidents?state=open")
        page.lead = "\(HTML.severity(incident.severity)) \(state(incident.state)) \(sizes(incident))"
        page.content = .grid([
            Panel("What happened", .wide, content: facts(incident, exchange.now) + shares(incident)),
            Panel("Triage", .third, content: triage(incident, exchange)),
            Panel(
                "Detections",
                content: detections.elements.isEmpty
                    ? .empty("They are older than what is kept")
                    : DetectionPages.table(detections.elements, now: exchange.now)
            ),
            Panel("Story", content: story(acts, exchange)),
        ])
        return try await page.reply(exchange)
    }

    private static func facts(_ incident: Incident, _ now: Int64) -> HTML {
        .facts([
            ("Client", incident.client.map { .entity($0) }),
            ("Kind", HTML(text: DetectionExplanation.kindName(incident.kind))),
            ("Technique", incident.technique.map { HTML(text: "\($0) (MITRE ATT&CK)") }),
            ("First seen", .time(incident.firstTime, now: now)),
            ("Last seen", .time(incident.lastTime, now: now)),
            ("Requests", HTML(text: Count.grouped(incident.requests))),
            ("Stopped", HTML(text: Count.grouped(incident.stopped))),
            ("Would be stopped", HTML(text: Count.grouped(incident.wouldStop))),
            (
                "Succeeded",
                incident.passed > 0
                    ? "<strong>\(Count.grouped(incident.passed))</strong> grave ones were answered with success: look at these first"
                    : "none of the grave ones"
            ),
            ("Assigned to", incident.assignee.map { HTML(text: $0) } ?? "nobody yet"),
        ])
    }

    private static func shares(_ incident: Incident) -> HTML {
        guard let most = incident.rules.map(\.count).max() else { return .empty }
        let rows = incident.rules.prefix(6).map { share -> [HTML] in
            [
                .link(share.name, "/rules/\(Address.encode(share.name))"), Sparkline.share(share.count, of: most),
                HTML(text: Count.grouped(share.count)),
            ]
        }
        return "<h3>Rules</h3>"
            + Table("Rules of the incident", [.init("Rule"), .unseen("Share"), .number("Requests")], rows).html
    }

    private static func triage(_ incident: Incident, _ exchange: Exchange) -> HTML {
        guard exchange.may(.triage) else {
            return "<p class=\"quiet\">To change it you need the role of a triager.</p>"
        }
        let path = Address.incident(incident.identifier)
        let states = Incident.State.allCases.map { (value: $0.name, text: stateName($0)) }
        let severities = Severity.allCases.reversed().map { (value: $0.rawValue, text: $0.rawValue) }
        let form = Form(
            path,
            [
                .init("state", "State", .choice(states), value: incident.state.name, full: true),
                .init("severity", "Severity", .choice(severities), value: incident.severity.rawValue),
                .init("assignee", "Whose", value: incident.assignee ?? "", note: "- for nobody", length: 128),
                .init("comment", "Comment", .area, full: true, length: 4000),
            ],
            hidden: [("revision", String(incident.revision))],
            button: "Save",
            name: "triage"
        ).html(exchange.token)
        let me = Form(
            path,
            hidden: [
                ("revision", String(incident.revision)), ("state", Incident.State.inProgress.name),
                ("assignee", (try? exchange.principal.name) ?? ""),
            ],
            button: "I take it",
            style: "plain"
        ).buttonHTML(exchange.token, label: "Take the incident")
        return (incident.assignee == nil ? me : .empty) + form
    }

    private static func story(_ acts: [IncidentAct], _ exchange: Exchange) -> HTML {
        let entries = acts.map { act -> HTML in
            let what: HTML =
                switch act.kind {
                case .opened: "opened it"
                case .comment: "wrote: <br>\(act.after ?? "")"
                default:
                    "changed \(act.kind.rawValue) from \(act.before ?? "nothing") to <strong>\(act.after ?? "nothing")</strong>"
                }
            return "\(HTML.time(act.time, now: exchange.now)) <strong>\(act.maker)</strong> \(what)"
        }
        return entries.isEmpty ? .empty("Nobody has done anything yet") : .story(entries)
    }

    static let edit = Route.form(
        "/incidents/{id}",
        .granted(.triage),
        InsightRoutes.edit + [InputField("revision", .integer(0...Int.max), "What the form was made from.")]
    ) { exchange in
        let incident = try await InsightRoutes.incident(exchange)
        var edit = InsightRoutes.edit(exchange.body)
        // A form sends all its fields; what is as it was is no change.
        if edit.state == incident.state { edit.state = nil }
        if edit.severity == incident.severity { edit.severity = nil }
        if edit.assignee == incident.assignee ?? "" { edit.assignee = nil }
        _ = try await exchange.services.insight.edit(
            incident: incident.id,
            edit,
            by: try exchange.principal.name,
            expecting: exchange.body.integer("revision"),
            at: exchange.now
        )
        return .redirect(Address.incident(incident.identifier) + "?done=incident")
    }

    static let comment = Route.form("/incidents/{id}/comments", .granted(.triage), InsightRoutes.comment) { exchange in
        let incident = try await InsightRoutes.incident(exchange)
        _ = try await exchange.services.insight.comment(
            onIncident: incident.id,
            exchange.body.text("text"),
            by: try exchange.principal.name,
            at: exchange.now
        )
        return .redirect(Address.incident(incident.identifier) + "?done=comment")
    }
}
