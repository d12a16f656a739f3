// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import HTTPTypes
internal import VulnerabilityManagement

/// What is done about many findings at once: first a preview, which changes nothing, then the act.
enum BulkActPages {
    static let all = [preview, act, undo]
    static let undoPath = FindingLinks.list + "/undo"

    private static let choice = [
        InputField("finding", .list(maximum: 200), "The findings that are meant."),
        InputField("scope", .choice(["these", "all"]), "Those, or all that the filter finds."),
        FindingList.filter,
    ]

    /// Whoever did something takes it back, and administrators do.
    static func mayUndo(_ principal: Principal, _ maker: String) -> Bool {
        principal.name == maker || principal.may(.administer)
    }

    static func isOffered(_ exchange: Exchange) -> Bool {
        exchange.maySomewhere(.triage) && exchange.services.vulnerabilities?.acts != nil
    }

    /// The bar below a list.
    static func form(_ filter: String, _ found: FindingList, _ exchange: Exchange) -> HTML {
        guard isOffered(exchange), !found.rows.isEmpty else { return .empty }
        let scope = Form.Field(
            "scope",
            "With",
            .choice([("these", "the chosen ones"), ("all", "all that the filter finds")]),
            value: "these"
        )
        let fields = ([scope] + ActForm.fields(full: false)).map { $0.html(prefix: "bulk") }
        return """
            <br><section class="panel" aria-labelledby="bulk-title"><header><h2 id="bulk-title">Do it to many</h2></header>\
            <form id="bulk" method="post" action="\(FindingLinks.list)/preview">\(exchange.token.field)\
            <input type="hidden" name="filter" value="\(filter)"><div class="fields">\(fields.joined())</div>\
            <p class="send"><button type="submit">Preview</button><small>Nothing changes yet. <kbd>j</kbd> <kbd>k</kbd> go \
            through rows, <kbd>x</kbd> chooses, <kbd>c</kbd> confirms, <kbd>d</kbd> dismisses.</small></p></form></section>
            """
    }

    private static func order(_ exchange: Exchange) throws -> FindingActs.Order {
        let body = exchange.body
        if body["scope"] == "all" {
            let text = body["filter"] ?? "open"
            _ = try FindingList.filter(text, takesBareWords: true)
            return try ActForm.order(.filter(text), body)
        }
        let ids = try body.list("finding").map { text throws(Problem) -> Identifier in
            guard let id = try? Identifier(parsing: text) else {
                throw .invalid("finding: an identifier is wanted", member: "finding")
            }
            return id
        }
        guard !ids.isEmpty else { throw Problem.invalid("no finding is chosen", member: "finding") }
        return try ActForm.order(.these(ids), body)
    }

    private static let preview = Route.form(
        FindingLinks.list + "/preview",
        .grantedInProjects(.triage),
        choice + ActForm.input
    ) { exchange in
        let order = try order(exchange)
        let outcome = try await ActForm.apply(order, exchange, isPreview: true)
        let examples = try await exchange.findings.read { store in
            try outcome.examples.prefix(20).compactMap { try store.finding(id: $0)?.row }
        }
        let back = FindingLinks.list(exchange.body["filter"] ?? "open")
        var page = ConsolePage("\(order.act.label): preview", .vulnerabilities)
        page.trail = ("Findings", back)
        page.lead = """
            \(Count.of(outcome.changed, "finding")) of \(Count.grouped(outcome.matched)) would change. Nothing has changed yet.
            """
        page.content =
            Panel(content: sure(order, outcome, exchange)).html
            + (examples.isEmpty
                ? .empty
                : "<br>"
                    + Panel(
                        "What would change\(outcome.changed > examples.count ? ", the first \(examples.count)" : "")",
                        content: FindingListPage.table(examples, exchange.now)
                    ).html)
        return try await page.reply(exchange)
    }

    /// What is sent again by whoever is sure.
    private static func sure(
        _ order: FindingActs.Order,
        _ outcome: FindingActs.Outcome,
        _ exchange: Exchange
    ) -> HTML {
        let body = exchange.body
        let names = ["act", "dismissal", "assignee", "severity", "until", "reason", "scope", "filter"]
        var hidden = names.compactMap { name in body[name].map { (name, $0) } }
        if body["scope"] != "all" { hidden.append(("finding", body.list("finding").joined(separator: ","))) }
        let skipped = outcome.skipped.sorted { $0.key < $1.key }.map { why, count -> HTML in
            "<li>\(Count.of(count, "finding")): \(why)</li>"
        }
        let facts = HTML.facts([
            ("Act", HTML(text: order.act.label)),
            ("Because", order.dismissal.map { HTML(text: HTML.words($0)) }),
            ("Whose", order.act == .assign ? HTML(text: order.assignee ?? "nobody's") : nil),
            ("Rated as", order.severity.map { .severity(named: $0) }),
            ("Until", order.until.map { .time($0, now: exchange.now) }),
            ("Reason", order.reason.isEmpty ? nil : HTML(text: order.reason)),
            ("Left alone", skipped.isEmpty ? nil : "<ul class=\"plainlist\">\(skipped.joined())</ul>"),
        ])
        guard outcome.changed > 0 else { return facts + .empty("Nothing would change") }
        return facts
            + Form(
                FindingLinks.list + "/acts",
                hidden: hidden,
                button: "Do it to \(Count.of(outcome.changed, "finding"))",
                name: "sure"
            ).html(exchange.token)
    }

    private static let act = Route.form(
        FindingLinks.list + "/acts",
        .grantedInProjects(.triage),
        choice + ActForm.input
    ) { exchange in
        let outcome = try await ActForm.apply(try order(exchange), exchange)
        return .redirect(
            Address.path(
                FindingLinks.list,
                [("filter", exchange.body["filter"]), ("done", "findings"), ("batch", outcome.batch)]
            )
        )
    }

    private static let undo = Route.form(
        undoPath,
        .grantedInProjects(.triage),
        [InputField("batch", .text(maximum: 64), required: true, "What is to be taken back.")]
    ) { exchange in
        let (batch, principal) = (exchange.body.text("batch"), try exchange.principal)
        guard let acts = try exchange.findings.acts, let undo = acts.undo else {
            throw Problem(.conflict, "unsupported", "This cannot be taken back here.")
        }
        let isBound = try exchange.triageBounds != nil
        guard let maker = try await acts.maker(batch) else {
            guard !isBound else { throw TriageActions.noAct }
            throw Problem(.conflict, "conflict", "This was taken back already, or is too long ago.")
        }
        guard mayUndo(principal, maker) else {
            guard !isBound else { throw TriageActions.noAct }
            throw Problem(.forbidden, "denied", "\(maker) did this: that one or an administrator takes it back.")
        }
        try await TriageActions.requireReach(of: Int64(batch), exchange)
        _ = try await undo(batch, principal.name, exchange.now)
        return .redirect(FindingLinks.list + "?done=findings")
    }
}
