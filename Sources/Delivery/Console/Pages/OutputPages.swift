// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Policy

/// Where events go, and what did not arrive.
enum OutputPages {
    static let all = [overview, test, retry, drop]

    private static let overview = Route.page(
        "/outputs",
        .granted(.see),
        query: [OutputRoutes.output, Done.field] + Cursors.fields
    ) { exchange in
        let states = try await exchange.services.outputs.list()
        let (messages, next) = try await OutputRoutes.page(exchange)
        var page = ConsolePage("Outputs", .outputs)
        let bad = states.filter { $0.failure != nil || $0.lostEvents > 0 }.count
        page.lead =
            states.isEmpty
            ? "Nothing leaves Redoubt." : bad == 0 ? "All outputs work." : "\(bad) of \(states.count) need attention."
        let lists = Panel("Where events go", content: states.isEmpty ? nothing : table(states, exchange))
        let letters = Panel(
            "Dead letters",
            anchor: "dead",
            content: messages.isEmpty
                ? .empty("Nothing was given up", "Messages that no receiver takes are kept here.")
                : table(messages, Cursors(exchange).nextPage(next), exchange)
        )
        page.content = .grid([lists, letters])
        return try await page.reply(exchange)
    }

    private static let nothing = HTML.empty(
        "No output is configured",
        """
        Files of OCSF, syslog and signed webhooks are named under <code>outputs:</code> in <code>redoubt.yaml</code>. \
        <code>redoubt config check</code> says whether it is right.
        """
    )

    private static func table(_ states: [OutputState], _ exchange: Exchange) -> HTML {
        let rows = states.map { state -> [HTML] in
            [
                "<strong>\(state.name)</strong><br><small>\(state.kind) <code>\(state.target)</code></small>",
                HTML(text: state.topics.joined(separator: ", ")), "\(state.sent)", "\(state.waiting)",
                "\(state.lostEvents)",
                state.failure.map { "\(HTML.badge(state.isRunning ? "fails" : "does not run", "high")) \($0)" }
                    ?? (state.lostEvents > 0 ? .badge("lost events", "medium") : .badge("works", "good")),
                exchange.may(.administer)
                    ? Form("/outputs/\(Address.encode(state.name))/test", button: "Test")
                        .buttonHTML(exchange.token, label: "Test \(state.name)") : .empty,
            ]
        }
        return Table(
            "Outputs",
            [
                .init("Output"), .init("Events"), .number("Sent"), .number("Waiting"), .number("Lost"), .init("State"),
                .unseen("Act"),
            ],
            rows
        ).html
    }

    private static func table(_ messages: [UndeliveredMessage], _ more: String?, _ exchange: Exchange) -> HTML {
        let rows = messages.map { message -> [HTML] in
            [
                .time(message.ended, now: exchange.now),
                "\(message.output)<br><small class=\"mono\">\(message.id)</small>", HTML(text: message.topic),
                "\(message.attempts)", HTML(text: message.error), acts(message, exchange),
            ]
        }
        let table = Table(
            "Dead letters",
            [
                .tight("Given up"), .init("Message"), .tight("Tells of"), .number("Attempts"), .init("Error"),
                .unseen("Act"),
            ],
            rows,
            more: more
        ).html
        guard exchange.may(.administer) else { return table }
        let every = [("all", "true")]
        return table
            + Form(
                "/outputs/dead-letters/retry",
                hidden: every,
                button: "Send all again",
                style: "plain",
                name: "retry"
            )
            .html(exchange.token)
            + Form(
                "/outputs/dead-letters/drop",
                hidden: every,
                button: "Drop all",
                confirm: "Drop all of them for good?",
                style: "plain",
                name: "drop"
            ).html(exchange.token)
    }

    private static func acts(_ message: UndeliveredMessage, _ exchange: Exchange) -> HTML {
        guard exchange.may(.administer) else { return .empty }
        let hidden = [("id", message.id)]
        return Form("/outputs/dead-letters/retry", hidden: hidden, button: "Send again")
            .buttonHTML(exchange.token, label: "Send \(message.id) again")
            + Form("/outputs/dead-letters/drop", hidden: hidden, button: "Drop", confirm: "Drop it for good?")
            .buttonHTML(exchange.token, label: "Drop \(message.id)")
    }

    private static let test = Route.form("/outputs/{name}/test", .granted(.administer), []) { exchange in
        _ = try await exchange.services.outputs.test(exchange.parameters["name"] ?? "")
        return .redirect("/outputs?done=tested")
    }

    private static let retry = Route.form(
        "/outputs/dead-letters/retry",
        .granted(.administer),
        OutputRoutes.choice
    ) { exchange in
        _ = try await OutputRoutes.retry(exchange)
        return .redirect("/outputs?done=retried")
    }

    private static let drop = Route.form(
        "/outputs/dead-letters/drop",
        .granted(.administer),
        OutputRoutes.choice
    ) { exchange in
        _ = try await OutputRoutes.drop(exchange)
        return .redirect("/outputs?done=dropped")
    }
}

/// What Redoubt was worth, and whether its makers may know.
enum UsagePages {
    static let all = [overview, enable, disable, reset]

    private static let overview = Route.page("/usage", .granted(.see), query: [Done.field]) { exchange in
        let week = try await exchange.services.usage.report(7)
        let quarter = try await exchange.services.usage.report(90)
        let preview = String(decoding: try await exchange.services.usage.preview(), as: UTF8.self)
        var page = ConsolePage("Usage", .usage)
        page.lead = "Counted on this machine, for you. Nothing of it is sent unless you say so."
        page.content = .grid([
            Panel("What Redoubt did", content: table(week, quarter)),
            Panel("Sending", .half, content: state(week, exchange)),
            Panel(
                "What would be sent, to the letter",
                .half,
                content: """
                    <p>No names, addresses or paths; counts are rounded to powers of two.</p>\
                    <pre tabindex="0" role="region" aria-label="What would be sent">\(preview.wrapped)</pre>
                    """
            ),
        ])
        return try await page.reply(exchange)
    }

    private static func table(_ week: UsageView, _ quarter: UsageView) -> HTML {
        let before = Dictionary(quarter.counters.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
        let rows = week.counters.map { counter -> [HTML] in
            [
                HTML(text: counter.capability.replacing("_", with: " ")), HTML(text: counter.title),
                "\(counter.count)", "\(before[counter.name] ?? 0)",
            ]
        }
        return Table(
            "Usage",
            [.tight("Part"), .init("What"), .number("7 days"), .number("90 days")],
            rows
        ).html
    }

    private static func state(_ usage: UsageView, _ exchange: Exchange) -> HTML {
        let facts = HTML.facts([
            ("Reports", usage.isEnabled ? .badge("may be sent", "medium") : .badge("are not sent", "good")),
            ("To", usage.target.map { .code($0) } ?? "nowhere: no address is configured, so that nothing is sent"),
            ("Installation", .code(usage.installation)), ("Since", .time(usage.since, now: exchange.now)),
            ("Sent", usage.sent.map { .time($0, now: exchange.now) } ?? "never"),
            ("Failure", usage.failure.map { HTML(text: $0) }),
        ])
        guard exchange.may(.administer) else { return facts }
        let toggle =
            usage.isEnabled
            ? Form("/usage/disable", button: "Send no reports", name: "disable").html(exchange.token)
            : Form("/usage/enable", button: "Send a report each week", style: "plain", name: "enable")
                .html(exchange.token)
        let reset = Form(
            "/usage/reset",
            button: "Start anew",
            confirm: "Forget all that was counted?",
            style: "plain",
            hint: "Forgets what was counted, and takes another random identifier.",
            name: "reset"
        ).html(exchange.token)
        return facts + toggle + reset
    }

    private static let enable = form("/usage/enable") { try await $0.services.usage.enable(true, $1) }
    private static let disable = form("/usage/disable") { try await $0.services.usage.enable(false, $1) }
    private static let reset = form("/usage/reset") { try await $0.services.usage.reset($1) }

    private static func form(
        _ path: String,
        _ change: @escaping @Sendable (Exchange, Authorship) async throws -> Void
    ) -> Route {
        .form(path, .granted(.administer), []) { exchange in
            try await change(exchange, try OutputRoutes.author(exchange))
            return .redirect("/usage?done=usage")
        }
    }
}

extension String {
    /// JSON that may break behind each comma, for a narrow place.
    fileprivate var wrapped: String { replacing(",", with: ",\n") }
}
