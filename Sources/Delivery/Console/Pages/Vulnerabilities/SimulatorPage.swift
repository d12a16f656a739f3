// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import VulnerabilityManagement

/// What a rule for a filter would change, counted over what is there; nothing is written.
enum SimulatorPage {
    /// Findings that are looked at; more are told as such.
    static let most = 10_000
    private static let pageSize = 500

    private static let verbs = [("dismiss", "dismiss"), ("confirm", "confirm"), ("resolve", "resolve")]
    private static let query = [
        FindingList.filter, InputField("act", .choice(verbs.map { $0.0 }), "What the rule would do."),
    ]

    /// What a filter finds, counted.
    struct Tally {
        var severities: [String: Int] = [:]
        var states: [String: Int] = [:]
        var projects: [String: Int] = [:]
        var count = 0
        /// How many the act would change.
        var changed = 0
        var examples: [FindingRow] = []
        var isCut = false

        mutating func add(_ row: FindingRow, changes: Bool) {
            count += 1
            states[row.stateName, default: 0] += 1
            guard changes else { return }
            changed += 1
            severities[row.severity, default: 0] += 1
            projects[row.project, default: 0] += 1
            if examples.count < 20 { examples.append(row) }
        }
    }

    static let route = Route.page("/vulnerabilities/simulator", .granted(.see), query: query) { exchange in
        let text = exchange.query["filter"]
        let act = exchange.query["act"] ?? "dismiss"
        var page = ConsolePage("Policy simulator", .vulnerabilities)
        page.trail = ("Findings", FindingLinks.list(text ?? "open"))
        page.lead = "What a rule would change in what is there now. Nothing is written."
        let bar = Form.bar(
            "/vulnerabilities/simulator",
            [
                .init(
                    "filter",
                    "For findings that fit",
                    value: text ?? "",
                    full: true,
                    length: FindingList.longestFilter
                ),
                .init("act", "A rule would", .choice(verbs.map { (value: $0.0, text: $0.1) }), value: act),
            ],
            name: "Try a rule",
            isSet: text != nil
        )
        guard let text else {
            page.content = bar + Panel(content: hint).html
            return try await page.reply(exchange)
        }
        do {
            let filter = try FindingList.filter(text)
            let now = Int(exchange.now / 1_000_000_000)
            let tally = try await exchange.findings.read { try count(filter, act, $0, now: now) }
            page.content = bar + result(tally, act, text, exchange.now)
            return try await page.reply(exchange)
        } catch let problem as Problem where problem.member == "filter" {
            page.content = .notice(.bad, "\(problem.detail)", isUrgent: true) + bar
            var reply = try await page.reply(exchange)
            reply.status = problem.status
            return reply
        }
    }

    private static let hint = HTML.empty(
        "Name the findings that a rule is for",
        """
        Such as <a href="/vulnerabilities/simulator?filter=kind%3Dsast%20path%3Atest%2F**">kind=sast path:test/**</a> or \
        <a href="/vulnerabilities/simulator?filter=severity%3C%3Dlow%20age%3E90d">severity&lt;=low age&gt;90d</a>.
        """
    )

    private static func count(
        _ filter: FindingFilter,
        _ act: String,
        _ store: VulnerabilityStore,
        now: Int
    ) throws -> Tally {
        var tally = Tally()
        var place: String?
        while true {
            let page = try store.findings(
                matching: filter,
                sortedBy: .priority,
                after: place,
                limit: pageSize,
                now: now
            )
            for row in page.rows { tally.add(row, changes: changes(row, act)) }
            guard let next = page.next else { return tally }
            guard tally.count < most else {
                tally.isCut = true
                return tally
            }
            place = next
        }
    }

    /// Whether the act makes a finding another than it is.
    private static func changes(_ row: FindingRow, _ act: String) -> Bool {
        switch act {
        case "confirm": row.stateName == "needs_triage"
        case "resolve": row.stateName == "needs_triage" || row.stateName == "confirmed"
        default: row.stateName != "dismissed"
        }
    }

    private static func result(_ tally: Tally, _ act: String, _ filter: String, _ now: Int64) -> HTML {
        let more = tally.isCut ? "at least " : ""
        let summary = Panel(
            content: """
                <p>This rule would \(act) <strong>\(more)\(Count.of(tally.changed, "finding"))</strong> of \
                \(more)<a href="\(FindingLinks.list(filter))">\(Count.grouped(tally.count))</a> that fit.</p>
                """
        ).html
        guard tally.changed > 0 else { return summary }
        let order = ["critical", "high", "medium", "low", "info", "unknown"]
        let projects = tally.projects.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(10).map(\.key)
        let panels = [
            Panel(
                "By severity",
                .third,
                content: counts("Severity", order, tally.severities) { .severity(named: $0) }
            ),
            Panel(
                "By state as it is now",
                .third,
                content: counts("State", tally.states.keys.sorted(), tally.states) { HTML(text: HTML.words($0)) }
            ),
            Panel(
                "By project",
                .third,
                content: counts("Project", projects, tally.projects) { .link($0, FindingLinks.dashboard($0)) }
            ),
            Panel("Examples, the most urgent first", content: FindingListPage.table(tally.examples, now)),
        ]
        return summary + "<br>" + HTML.grid(panels)
    }

    private static func counts(
        _ label: String,
        _ names: [String],
        _ counts: [String: Int],
        _ shown: (String) -> HTML
    ) -> HTML {
        let rows = names.filter { counts[$0, default: 0] > 0 }.map { name in
            [shown(name), HTML(text: Count.grouped(counts[name, default: 0]))]
        }
        return Table("Findings by \(label.lowercased())", [.init(label), .number("Findings")], rows).html
    }
}
