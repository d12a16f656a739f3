// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents
internal import Policy

/// What is protected: how far each application may be defended, and what more would mean.
enum ApplicationPages {
    static let all = [list, show]

    static func address(_ name: String) -> String { "/applications/\(Address.encode(name))" }

    static let list = Route.page("/applications", .granted(.see), query: [Done.field]) { exchange in
        let policy = exchange.services.policy.document()
        let facts = try await exchange.services.insight.applications()
        let states = exchange.services.applications().map { ApplicationState($0, in: policy, at: exchange.now) }
        var page = ConsolePage("Applications", .applications)
        page.lead =
            "Everything begins with <em>observe</em>. Rehearse first, then enforce: for a share of clients or for all."
        let rows = states.map { state -> [HTML] in
            let seen = facts.first { $0.name == state.application.name }
            return [
                "<a href=\"\(address(state.application.name))\" data-row>\(state.application.name)</a><br><small>\(state.application.upstream)</small>",
                .mode(state.mode, canary: state.canary),
                state.origin.map { .code($0) } ?? "<span class=\"quiet\">nothing set</span>",
                HTML(text: state.application.ruleSet ?? "none"),
                HTML(text: Count.grouped(seen?.exchanges ?? 0)),
                seen.map { HTML.time($0.lastSeen, now: exchange.now) } ?? "<span class=\"quiet\">never</span>",
            ]
        }
        page.actions = .button("Jobs", "/jobs")
        page.content =
            Panel(
                content: rows.isEmpty
                    ? .empty("Nothing is protected yet", "Begin with <code>redoubt up http://127.0.0.1:8080</code>")
                    : Table(
                        "Applications",
                        [
                            .init("Application"), .tight("Mode"), .init("Set by"), .init("Rules"), .number("Requests"),
                            .tight("Last seen"),
                        ],
                        rows
                    ).html
            ).html + narrower(policy, exchange)
        return try await page.reply(exchange)
    }

    /// The settings that are narrower than an application.
    private static func narrower(_ policy: PolicyDocument, _ exchange: Exchange) -> HTML {
        guard !policy.modes.isEmpty else { return .empty }
        let rows = policy.sortedModes.map { setting -> [HTML] in
            [
                .code(setting.scope.description), .mode(setting.mode, canary: setting.canary),
                "\(setting.by.maker): \(setting.by.reason)", .time(setting.by.time, now: exchange.now),
                setting.expires.map { .time($0, now: exchange.now) } ?? "for good",
                clear(setting, exchange),
            ]
        }
        let table = Table(
            "All settings of modes",
            [.init("Scope"), .tight("Mode"), .init("Who and why"), .tight("Since"), .tight("Until"), .unseen("Act")],
            rows
        ).html
        return "<br>" + Panel("All settings; the narrowest wins", content: table).html
    }

    private static func clear(_ setting: ModeSetting, _ exchange: Exchange) -> HTML {
        guard exchange.may(.administer) else { return .empty }
        return Form(
            "/modes/clear",
            hidden: [
                ("scope", setting.scope.description), ("reason", "taken away in the console"),
                ("back", "/applications"),
            ],
            button: "Clear",
            confirm: "Take the setting of \(setting.scope) away? The next wider scope counts then."
        ).buttonHTML(exchange.token, label: "Clear \(setting.scope)")
    }

    static let show = Route.page(
        "/applications/{name}",
        .granted(.see),
        query: [InputField("since", .start, "From when on to rehearse."), Done.field]
    ) { exchange in
        let name = exchange.parameters["name"] ?? ""
        guard let application = exchange.services.applications().first(where: { $0.name == name }) else {
            throw Problem.notFound("application of this name")
        }
        let state = ApplicationState(application, in: exchange.services.policy.document(), at: exchange.now)
        let since = exchange.query.start("since") ?? exchange.now - 7 * Times.day
        let rehearsal = try await exchange.services.numbers.rehearsal(
            state.scope,
            since: exchange.query.start("since"),
            until: exchange.now
        )
        let series = try await exchange.services.insight.detectionSeries(
            SeriesFilter(since: since, until: exchange.now, application: name)
        )
        var page = ConsolePage(name, .applications)
        page.trail = ("Applications", "/applications")
        page.lead =
            "\(HTML.mode(state.mode, canary: state.canary)) \(state.origin.map { "set by " + $0 } ?? "nothing is set, so it is observed")"
        page.content = .grid([
            Panel("Rehearsal", .wide, content: Rehearsal(rehearsal, state, exchange).summary),
            Panel("Mode", .third, content: modeForm(state, exchange)),
            Panel(
                "What would be stopped, those that look benign first",
                content: Rehearsal(rehearsal, state, exchange).groups + TrialForms(state, exchange).suggest
            ),
            Panel("Proposals", .half, anchor: "proposals", content: TrialForms(state, exchange).proposals),
            Panel("Try changed rules", .half, anchor: "try", content: TrialForms(state, exchange).comparison),
            Panel("Detections", content: SeriesChart.detections(series, title: "Detections of \(name)")),
            Panel("By route", .half, content: Rehearsal(rehearsal, state, exchange).routes),
            Panel("By client", .half, content: Rehearsal(rehearsal, state, exchange).clients),
            Panel("About it", .half, content: about(state)),
        ])
        return try await page.reply(exchange)
    }

    private static func about(_ state: ApplicationState) -> HTML {
        .facts([
            ("Goes to", .code(state.application.upstream)),
            (
                "Asked for as",
                state.application.hosts.isEmpty
                    ? "any name" : HTML(text: state.application.hosts.joined(separator: ", "))
            ),
            ("Rules", HTML(text: state.application.ruleSet ?? "none")),
            ("Scope", .code(state.scope.description)),
        ])
    }

    private static func modeForm(_ state: ApplicationState, _ exchange: Exchange) -> HTML {
        var html = HTML.empty
        if let setting = state.setting {
            html +=
                "<p>\(setting.by.maker) set it \(HTML.age(setting.by.time, now: exchange.now)): \(setting.by.reason)</p>"
        }
        guard exchange.may(.administer) else {
            return html + "<p class=\"quiet\">To change it you need the role of an administrator.</p>"
        }
        return html
            + Form(
                "/modes",
                [
                    .init(
                        "mode",
                        "Mode",
                        .choice([
                            ("observe", "observe: record only"), ("enforce", "enforce: stop attacks"),
                            ("off", "off: do not look"),
                        ]),
                        value: state.mode.rawValue,
                        full: true
                    ),
                    .init("canary", "For % of clients", .number, note: "empty: all", length: 2),
                    .init(
                        "expires",
                        "Until",
                        .choice([
                            ("", "for good"), ("1h", "1 hour"), ("8h", "8 hours"), ("24h", "24 hours"),
                            ("7d", "7 days"),
                        ])
                    ),
                    .init("reason", "Why", .area, required: true, full: true, length: 500),
                ],
                hidden: [("scope", state.scope.description), ("back", address(state.application.name))],
                button: "Set the mode",
                confirm: "Change the mode of \(state.application.name)?",
                hint: "Recorded as evidence, can be taken back.",
                name: "mode"
            ).html(exchange.token)
    }
}

/// What enforce would have done, from what was recorded.
struct Rehearsal {
    private let counts: RehearsalCounts
    private let state: ApplicationState
    private let exchange: Exchange

    init(_ counts: RehearsalCounts, _ state: ApplicationState, _ exchange: Exchange) {
        self.counts = counts
        self.state = state
        self.exchange = exchange
    }

    var summary: HTML {
        guard counts.requests > 0 else {
            return .empty("Nothing to rehearse yet", "No request of this application was recorded since then.")
        }
        let share = Count.percent(counts.wouldStop, of: counts.requests)
        let sentence: HTML = """
            <p><em>enforce</em> would have stopped <strong>\(Count.grouped(counts.wouldStop))</strong> of \
            \(Count.of(counts.requests, "request")) (\(share)) since \(HTML.time(counts.from, now: exchange.now)). \
            \(counts.stopped > 0 ? "\(Count.grouped(counts.stopped)) were stopped already." : "")</p>
            """
        let names = ["no answer", "1xx", "2xx success", "3xx redirect", "4xx refused", "5xx failed"]
        let rows = counts.byStatusClass.enumerated().filter { $0.element > 0 && $0.offset < names.count }.map {
            place,
            count -> [HTML] in
            [HTML(text: names[place]), Sparkline.share(count, of: counts.wouldStop), HTML(text: Count.grouped(count))]
        }
        let statuses =
            rows.isEmpty
            ? HTML.empty
            : "<h3>How the application answered them</h3>"
                + Table("By status", [.init("Status"), .unseen("Share"), .number("Requests")], rows).html
        let form = Form.bar(
            ApplicationPages.address(state.application.name),
            [
                .init(
                    "since",
                    "Since",
                    .choice(DetectionPages.stretches.filter { !$0.value.isEmpty }),
                    value: exchange.query["since"] ?? "7d"
                )
            ],
            name: "Stretch of the rehearsal",
            isSet: false
        )
        return form + sentence + statuses
    }

    var groups: HTML {
        guard !counts.groups.isEmpty else {
            return .empty(
                "Nothing would have been stopped",
                "That is the moment to enforce, for a share of clients first."
            )
        }
        let rows = counts.groups.prefix(25).map { group -> [HTML] in
            [
                "<a href=\"/rules/\(Address.encode(group.rule))\">\(group.rule)</a><br><small>\(group.message ?? "")</small>",
                "<a class=\"mono\" href=\"\(detections(group))\">\(group.route)</a>",
                HTML(text: Count.grouped(group.wouldStop)),
                HTML(text: "\(group.clients)"),
                HTML(text: Count.percent(group.succeeded, of: group.wouldStop + group.stopped)),
                likeness(group.benignLikeness),
            ]
        }
        return Table(
            "Rules and routes",
            [
                .init("Rule"), .init("Route"), .number("Would stop"), .number("Clients"), .number("Succeeded"),
                .tight("Looks"),
            ],
            Array(rows)
        ).html
    }

    private func detections(_ group: RehearsalCounts.Group) -> String {
        Address.path(
            "/detections",
            [
                ("rule", group.rule), ("route", group.route), ("application", group.application),
                ("outcome", "would_stop"),
            ]
        )
    }

    private func likeness(_ value: Double) -> HTML {
        switch value {
        case 0.66...: .badge("like people at work", "medium")
        case 0.33..<0.66: .badge("unclear", "calm")
        default: .badge("like an attack", "critical")
        }
    }

    var routes: HTML {
        parts(counts.byRoute, "Route", others: counts.otherRoutes) { "<span class=\"mono\">\($0.name)</span>" }
    }

    var clients: HTML {
        parts(counts.byClient, "Client", others: counts.otherClients) { part in
            (try? Entity(parsing: part.name)).map { HTML.entity($0) } ?? HTML(text: part.name)
        }
    }

    private func parts(
        _ parts: [RehearsalCounts.Part],
        _ name: String,
        others: Int,
        _ label: (RehearsalCounts.Part) -> HTML
    ) -> HTML {
        guard !parts.isEmpty else { return .empty("None") }
        let rows = parts.prefix(12).map { part -> [HTML] in
            [
                label(part), HTML(text: Count.grouped(part.wouldStop)),
                HTML(text: part.requests.map { Count.grouped($0) } ?? ""),
            ]
        }
        let more: HTML = others > 0 ? "<p class=\"quiet\">and \(Count.grouped(others)) in others</p>" : .empty
        return Table("\(name)s", [.init(name), .number("Would stop"), .number("Of requests")], Array(rows)).html + more
    }
}
