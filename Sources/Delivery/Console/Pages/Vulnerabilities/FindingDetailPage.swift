// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import HTTPTypes
internal import ReportFormats
internal import Scoring
internal import VulnerabilityManagement

/// All that is known of one finding, why it is as urgent as it is, and why it is the same finding as before.
enum FindingDetailPage {
    static let all = [show, act]

    /// A finding by the identifier in the path.
    ///
    /// - Throws: ``Problem`` with 404 where there is none, also for one that who asks may not see.
    static func explanation(_ exchange: Exchange) async throws -> FindingExplanation {
        try await explanation(exchange, within: exchange.bounds)
    }

    private static func explanation(
        _ exchange: Exchange,
        within bounds: ProjectBounds?
    ) async throws -> FindingExplanation {
        let identifier = try exchange.identifier()
        let access = try exchange.findings
        let found = try await access.read { store in
            try store.explain(id: FindingRow.id(of: identifier), facts: access.facts)
        }
        // The identifier also holds when it was seen first: another number's would be somebody's guess.
        guard let found, found.row.identifier == identifier, bounds?.contains(found.row.project) ?? true else {
            throw Problem.notFound("finding of this identifier")
        }
        return found
    }

    static let show = Route.page("/vulnerabilities/findings/{id}", .grantedInProjects(.see), query: [Done.field]) {
        exchange in
        let finding = try await explanation(exchange)
        let attacks = try await exchange.findings.attacks(finding.row.id, 20)
        let related = try await exchange.findings.related(to: finding.row)
        let view = FindingView(finding, attacks: attacks, linksDetections: exchange.may(.see), now: exchange.now)
        let row = finding.row
        var page = ConsolePage(row.title, .vulnerabilities)
        page.trail = (
            "Findings of \(row.project)", FindingLinks.list(FilterText.all("open", FilterText.below(row.project)))
        )
        page.lead = """
            \(HTML.severity(named: row.severity)) \(HTML.state(of: row)) \(HTML.decision(row.decision)) \
            \(HTML.due(row, now: exchange.now))
            """
        var panels = [
            Panel("What it is", .wide, content: view.facts),
            Panel("Triage", .third, content: triage(finding, exchange)),
        ]
        if let said = view.description { panels.append(Panel("What the tool says", content: said)) }
        if let fix = view.fix { panels.append(Panel("How to mend it", content: fix)) }
        if let flow = view.flow { panels.append(Panel("How the data flows", content: flow)) }
        if !related.isEmpty {
            panels.append(Panel("Other tools on the same weakness", content: FindingView.sameWeakness(related)))
        }
        panels += [
            Panel("Why it is this urgent", .half, content: view.urgency),
            Panel("Attacks on it", .half, content: view.attackTimeline),
            Panel("Why it is the same finding", anchor: "history", content: view.history),
        ]
        page.content = .grid(panels)
        return try await page.reply(exchange)
    }

    // MARK: Triage

    private static func triage(_ finding: FindingExplanation, _ exchange: Exchange) -> HTML {
        let row = finding.row
        let state = HTML.facts([
            ("Assigned to", HTML(text: row.assignee ?? "nobody yet")),
            ("Owner", HTML(text: row.owner ?? "not known")),
            ("Its scanner says", row.reportedSeverity.map { HTML(text: $0) }),
            ("Rated until", row.ratedUntil.map { .time($0.nanoseconds, now: exchange.now) }),
            ("Accepted until", row.acceptedUntil.map { .time($0.nanoseconds, now: exchange.now) }),
        ])
        guard exchange.caller.principal?.may(.triage, in: row.project) == true else {
            return state + "<p class=\"quiet\">To change it you need the role of a triager.</p>"
        }
        guard exchange.services.vulnerabilities?.acts != nil else { return state }
        let form = Form(
            FindingLinks.finding(row) + "/acts",
            ActForm.fields(full: true),
            button: "Save",
            name: "act"
        ).html(exchange.token)
        return state + form
    }

    static let act = Route.form(
        "/vulnerabilities/findings/{id}/acts",
        .grantedInProjects(.triage),
        ActForm.input
    ) { exchange in
        let finding = try await explanation(exchange, within: exchange.may(.triage) ? nil : exchange.bounds)
        try exchange.principal.require(.triage, in: finding.row.project)
        let order = try ActForm.order(.these([finding.row.identifier]), exchange.body)
        _ = try await ActForm.apply(order, exchange)
        return .redirect(FindingLinks.finding(finding.row) + "?done=finding")
    }
}

/// What people fill in to change findings: the same for one and for many.
enum ActForm {
    static let dismissals = [
        "acceptable_risk", "false_positive", "mitigating_control", "used_in_tests", "not_applicable",
    ]

    static let severities = ReportedSeverity.allCases.reversed().map(\.rawValue)

    static let input = [
        InputField("act", .choice(FindingActs.Act.allCases.map(\.rawValue)), required: true, "What to do."),
        InputField("dismissal", .choice(dismissals), "Why it is dismissed."),
        InputField("assignee", .text(maximum: 128), "Whose it is; - for nobody."),
        InputField("until", .end, "Till when a risk is accepted, or a rating holds."),
        InputField("severity", .choice(severities), "As bad as this, whatever its scanner says."),
        InputField("reason", .text(maximum: 2000), "Why, in words."),
    ]

    static func fields(full: Bool) -> [Form.Field] {
        let acts = FindingActs.Act.allCases.map { (value: $0.rawValue, text: $0.label) }
        let bad = [(value: "", text: "–")] + severities.map { (value: $0, text: $0) }
        let why = [(value: "", text: "–")] + dismissals.map { (value: $0, text: HTML.words($0)) }
        return [
            .init("act", "Do", .choice(acts), value: "confirm", full: full),
            .init("dismissal", "Dismissed because", .choice(why)),
            .init("severity", "Rated as", .choice(bad)),
            .init("until", "Until", note: "such as 90d, of an accepted risk or a rating", length: 40),
            .init("assignee", "Whose", note: "- for nobody", length: 128),
            .init("reason", "Why", full ? .area : .text, full: full, length: 2000),
        ]
    }

    /// - Throws: ``Problem`` where something that the act needs is missing.
    static func order(_ choice: FindingActs.Choice, _ input: Input) throws(Problem) -> FindingActs.Order {
        guard let act = FindingActs.Act(rawValue: input.text("act")) else {
            throw .invalid("act is missing", member: "act")
        }
        var order = FindingActs.Order(choice, act, because: input["reason"] ?? "")
        switch act {
        case .dismiss:
            guard let dismissal = input["dismissal"] else {
                throw .invalid("dismissal is missing: \(dismissals.joined(separator: ", "))", member: "dismissal")
            }
            order.dismissal = dismissal
            if dismissal == "acceptable_risk" { order.until = input.end("until") }
        case .assign:
            guard let assignee = input["assignee"] else {
                throw .invalid("assignee is missing; - is for nobody", member: "assignee")
            }
            order.assignee = assignee == "-" ? nil : assignee
        case .rate:
            guard let severity = input["severity"] else {
                throw .invalid("severity is missing: how bad it is", member: "severity")
            }
            order.severity = severity
            order.until = input.end("until")
        case .comment:
            guard !order.reason.isEmpty else { throw .invalid("reason is missing: what to write", member: "reason") }
        case .confirm, .resolve, .reopen: break
        }
        return order
    }

    /// Does what was ordered, or tells what it would do.
    static func apply(
        _ order: FindingActs.Order,
        _ exchange: Exchange,
        isPreview: Bool = false
    ) async throws -> FindingActs.Outcome {
        guard let acts = try exchange.findings.acts else {
            throw Problem(.conflict, "unsupported", "Findings cannot be changed on this server.")
        }
        var order = order
        order.bounds = try exchange.triageBounds
        return try await acts.apply(order, try exchange.principal.name, exchange.now, isPreview)
    }
}
