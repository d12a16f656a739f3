// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Scoring
internal import VulnerabilityManagement

/// The panels of a dashboard. Each figure leads to the list of what it counts.
struct DashboardPanels {
    let data: DashboardPage
    let window: Int
    let now: Int64

    var dashboard: Dashboard { data.dashboard }

    /// The list of what a filter finds below this project or group.
    func list(_ filter: String) -> String {
        FindingLinks.list(FilterText.all(filter, FilterText.below(dashboard.path)))
    }

    var isEmpty: Bool { dashboard.states.isEmpty && dashboard.days.allSatisfy { $0.opened == 0 } }

    var empty: HTML {
        Panel(
            content: .empty(
                "No report was taken in yet",
                """
                Hand one in: <code>redoubt vuln import report.sarif --project shop</code>, or \
                <code>POST /api/v1/scans?project=shop</code> with a token that has the scope <code>upload</code>. Reports of \
                some forty scanners are recognised.
                """
            )
        ).html
    }

    /// The state of things in one sentence.
    var summary: HTML {
        let open = dashboard.open.total
        guard open > 0 else { return isEmpty ? .empty : "No finding is open." }
        let late = dashboard.overdue.total
        return """
            \(Count.of(open, "finding")) \(open == 1 ? "is" : "are") open\
            \(late > 0 ? ", \(Count.grouped(late)) of them past the day by which they were to be mended" : "").
            """
    }

    var html: HTML {
        let panels = [
            Panel("Open over time", .wide, content: overTime),
            Panel("What is due", .third, content: queue),
            Panel("In and out", .wide, content: flow),
            Panel("Mending", .third, content: mending),
            Panel("By age", .half, content: ages),
            Panel("By kind", .half, content: kinds),
        ]
        return grade + severities + attacked + HTML.grid(panels + tops)
    }

    // MARK: Now

    private var grade: HTML {
        let letter = dashboard.grade.letter.rawValue
        return """
            <section class="panel grade" aria-label="Grade"><b class="grade-\(letter.lowercased())">\(letter)</b>\
            <div><h2>Grade \(letter)</h2><p>\(dashboard.grade.reason)</p></div></section>
            """
    }

    private var severities: HTML {
        let (open, change) = (dashboard.open, dashboard.change)
        let shown = zip(open.all, change.all).filter { $0.0.severity != "unknown" || $0.0.count > 0 }
        return Figure.row(
            shown.map { now, before in
                Figure(
                    name: now.severity.prefix(1).uppercased() + now.severity.dropFirst(),
                    value: Count.grouped(now.count),
                    note: Self.delta(before.count),
                    href: list("open severity=\(now.severity)")
                )
            }
        ) + "<br>"
    }

    /// What changed in 30 days, by sign, word and colour.
    private static func delta(_ change: Int) -> HTML {
        if change == 0 { return "as 30 days ago" }
        return change > 0
            ? "<span class=\"worse\">\u{25B2} \(Count.grouped(change)) more</span> than 30 days ago"
            : "<span class=\"better\">\u{25BC} \(Count.grouped(-change)) fewer</span> than 30 days ago"
    }

    private var attacked: HTML {
        guard !data.attacked.isEmpty else {
            guard dashboard.attacked > 0 else { return .empty }
            return .notice(
                .plain,
                """
                No open finding was attacked in 24 hours; \
                <a href="\(list("open attacked"))">\(Count.of(dashboard.attacked, "open finding"))</a> \
                \(dashboard.attacked == 1 ? "was" : "were") before.
                """
            )
        }
        let items = data.attacked.map { row -> HTML in
            let last = row.lastAttack.map { HTML.age($0.nanoseconds, now: now) } ?? .empty
            return """
                <li>\(HTML.severity(named: row.severity)) <a href="\(FindingLinks.finding(row))">\(row.title)</a> \
                <small>in \(row.project), \(Count.of(row.attacks, "attack")), the last \(last)</small></li>
                """
        }
        return """
            <section class="notice bad" aria-labelledby="attacked"><h2 id="attacked">Attacked now</h2>\
            <ul class="plainlist">\(items.joined())</ul>\
            <p><a href="\(list("open attack<24h"))">All open findings that were attacked in 24 hours</a></p></section>
            """
    }

    private var queue: HTML {
        let order: [(FindingDecision, String)] = [
            (.threeDaysAndForensics, "decision=forensics"), (.threeDays, "decision=3d"),
            (.fourteenDays, "decision=14d"),
            (.sixtyDays, "decision=60d"), (.nextUpgrade, "decision=upgrade"), (.bySeverity, "decision=severity"),
        ]
        var rows: [[HTML]] = [
            [
                "<strong>overdue</strong>", count(dashboard.overdue.total, "overdue"),
            ],
            ["due within 7 days", count(dashboard.dueSoon, "open due>=0d due<=7d")],
        ]
        for (decision, filter) in order {
            guard let open = dashboard.decisions[decision], open > 0 else { continue }
            rows.append([.decision(decision), count(open, "open \(filter)")])
        }
        return """
            \(Table("How soon open findings are to be mended", [.init("Within"), .number("Open")], rows).html)\
            <p><small>Days are those of CISA's BOD 26-04 where a finding is a published vulnerability, else by severity.\
            </small></p>
            """
    }

    private func count(_ number: Int, _ filter: String) -> HTML {
        number == 0 ? "0" : .link(Count.grouped(number), list(filter))
    }

    private var ages: HTML {
        let filters = [
            "age<=7d", "age>7d age<=30d", "age>30d age<=60d", "age>60d age<=90d", "age>90d age<=180d", "age>180d",
        ]
        let most = dashboard.ages.map(\.open.total).max() ?? 0
        let rows = zip(dashboard.ages, filters).map { group, filter -> [HTML] in
            [
                HTML(text: group.name), SeverityBar.html(group.open, of: most),
                "<small>\(SeverityBar.words(group.open))</small>", count(group.open.total, "open " + filter),
            ]
        }
        return Table(
            "Open findings by age",
            [.tight("Since the first scan"), .unseen("Share"), .unseen("By severity"), .number("Open")],
            rows
        ).html
    }

    private var kinds: HTML {
        let kinds = dashboard.kinds.filter { $0.value.total > 0 }.sorted {
            ($0.value.total, $1.key) > ($1.value.total, $0.key)
        }
        guard !kinds.isEmpty else { return .empty("Nothing is open") }
        let most = kinds.map(\.value.total).max() ?? 0
        let rows = kinds.map { kind, counts -> [HTML] in
            [
                HTML(text: HTML.words(kind)), SeverityBar.html(counts, of: most),
                "<small>\(SeverityBar.words(counts))</small>",
                count(counts.total, "open kind=\(FilterText.value(kind))"),
            ]
        }
        return Table(
            "Open findings by kind",
            [.tight("Kind"), .unseen("Share"), .unseen("By severity"), .number("Open")],
            rows
        ).html
    }
}

// MARK: Over time

extension DashboardPanels {
    /// The days of the window alone: the store also reads those that the deltas need.
    private var days: ArraySlice<Dashboard.Day> { dashboard.days.suffix(window + 1) }

    /// From the bottom of a bar up.
    private static let order: [(name: String, count: @Sendable (SeverityCounts) -> Int)] = [
        ("unknown", { $0.unknown }), ("info", { $0.info }), ("low", { $0.low }), ("medium", { $0.medium }),
        ("high", { $0.high }), ("critical", { $0.critical }),
    ]

    /// Bars of some days each, so that there are no more than some fifty; the last one is of today.
    var overTime: HTML {
        let step = window > 120 ? 7 : window > 40 ? 2 : 1
        let all = Array(self.days)
        let shown = Array(stride(from: all.count - 1, through: 0, by: -step).map { all[$0] }.reversed())
        let series = Self.order.map { name, count in
            BarChart.Series(name: name, fill: "f-\(name)", values: shown.map { max(0, count($0.open)) })
        }
        return BarChart(
            title: "Open findings over \(window) days",
            meaning: "Open findings at the end of each day, by severity.",
            times: shown.map { ($0.day * 86_400).nanoseconds },
            series: series.filter { $0.name != "unknown" || $0.values.contains { $0 > 0 } },
            height: 300,
            isLevel: true
        ).html
    }

    /// Weeks where days would be too many.
    var flow: HTML {
        let size = window > 40 ? 7 : 1
        let days = Array(self.days)
        let groups = stride(from: 0, to: days.count, by: size).map { days[$0..<min($0 + size, days.count)] }
        func sum(_ part: ArraySlice<Dashboard.Day>, _ value: (Dashboard.Day) -> Int) -> Int {
            part.reduce(0) { $0 + value($1) }
        }
        let bars = groups.map { part in
            FlowChart.Bar(
                label: ClockTime(((part.first?.day ?? 0) * 86_400).nanoseconds).shortDate,
                above: [sum(part, \.opened), sum(part, \.reopened)],
                below: [sum(part, \.mended), sum(part, \.dismissed)]
            )
        }
        return FlowChart(
            title: "Findings that came and went over \(window) days\(size > 1 ? ", by week" : "")",
            above: [("new", "f-high"), ("reopened", "f-critical")],
            below: [("mended", "f-good"), ("dismissed", "f-info")],
            bars: bars
        ).html
    }

    var mending: HTML {
        let time = dashboard.timeToMend
        let (came, went) = self.days.reduce((0, 0)) {
            ($0.0 + $1.opened + $1.reopened, $0.1 + $1.mended + $1.dismissed)
        }
        let backlog: HTML =
            came == went
            ? "as many came as went"
            : came > went
                ? "\(Count.grouped(came - went)) more came than went"
                : "\(Count.grouped(went - came)) more went than came"
        return .facts([
            ("Half were mended within", HTML(text: Self.duration(time.median))),
            ("Nine of ten within", HTML(text: Self.duration(time.ninetieth))),
            (
                "With what is open",
                """
                \(HTML(text: Self.duration(time.survivalMedian))) and \(HTML(text: Self.duration(time.survivalNinetieth))) \
                <small>half and nine in ten of all ever found; what is open counts for its age so far</small>
                """
            ),
            ("Mended", HTML(text: "\(Count.grouped(time.count)) in \(window) days")),
            (
                "In time",
                dashboard.attainment.map {
                    "\($0 / 10).\($0 % 10)% <small>of what was mended or is overdue</small>"
                } ?? "nothing was due"
            ),
            ("Balance", backlog),
            (
                "No longer detected",
                count(dashboard.states["no_longer_detected"] ?? 0, "state=needs_triage,confirmed not detected")
            ),
            ("Dismissed", count(dashboard.states["dismissed"] ?? 0, "state=dismissed")),
            ("Resolved", count(dashboard.states["resolved"] ?? 0, "state=resolved")),
        ])
    }

    /// In the unit that tells most.
    static func duration(_ seconds: Int?) -> String {
        guard let seconds else { return "–" }
        switch seconds {
        case ..<3600: return "\(max(1, seconds / 60)) min"
        case ..<172_800: return "\(seconds / 3600) h"
        default: return Count.of(seconds / 86_400, "day")
        }
    }
}

// MARK: Most

extension DashboardPanels {
    var tops: [Panel] {
        [
            Panel(
                "Projects with most risk",
                .half,
                content: ranks(dashboard.projects, "Project", none: "No project has open findings") {
                    .link($0, FindingLinks.dashboard($0, window: window))
                }
            ),
            Panel(
                "Upgrades that mend most",
                .half,
                content: ranks(dashboard.components, "Component", none: "No finding is in a component") {
                    .link($0, list("open component=\(FilterText.value($0))"))
                }
            ),
            Panel(
                "Weaknesses",
                .half,
                content: ranks(dashboard.weaknesses, "Class", none: "No finding names its class of weakness") {
                    .link($0, list("open cwe=\($0.drop { !$0.isNumber })"))
                }
            ),
            Panel(
                "Vulnerabilities",
                .half,
                content: ranks(dashboard.vulnerabilities, "Identifier", none: "No finding is a published vulnerability")
                {
                    .link($0, FindingLinks.known($0))
                }
            ),
        ]
    }

    private func ranks(
        _ ranked: [Dashboard.Ranked],
        _ label: String,
        none: String,
        _ link: (String) -> HTML
    ) -> HTML {
        guard !ranked.isEmpty else { return .empty(none) }
        let most = ranked.map(\.open.total).max() ?? 0
        let rows = ranked.map { item -> [HTML] in
            [
                link(item.name), SeverityBar.html(item.open, of: most),
                "<small>\(SeverityBar.words(item.open))</small>", HTML(text: Count.grouped(item.risk)),
            ]
        }
        return Table(
            "\(label)s with most points of risk",
            [.init(label), .unseen("Share"), .unseen("By severity"), .number("Risk")],
            rows
        ).html
    }
}
