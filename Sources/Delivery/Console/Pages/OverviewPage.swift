// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Incidents
internal import Policy
internal import Scoring
internal import VulnerabilityManagement

/// The first page: what happened, what needs you, what is protected, what is blind.
enum OverviewPage {
    static let route = Route.page("/", .grantedInProjects(.see), query: [Done.field]) { exchange in
        // All of this is of everything. Who is bound to projects begins with their findings.
        guard exchange.may(.see) else { return .redirect(FindingLinks.home) }
        let data = try await Data(exchange)
        var page = ConsolePage("Overview", .overview)
        page.lead = data.summary
        page.content =
            data.figures + data.findings + "<div class=\"grid\">"
            + Panel(
                "What happened in the last 24 hours",
                .wide,
                more: ("All detections", "/detections"),
                content: data.chart
            ).html
            + Panel("What needs you", .third, more: ("Incidents", "/incidents?state=open"), content: data.tasks).html
            + Panel("What is protected", .half, more: ("Applications", "/applications"), content: data.applications)
            .html
            + Panel("What is blind", .half, more: ("Health", "/health"), content: data.blind).html
            + Panel("Rules that hit most", .half, more: ("Rules", "/rules"), content: data.topRules).html
            + Panel("Clients that were noticed most", .half, more: ("Entities", "/entities"), content: data.topClients)
            .html
            + "</div>"
        return try await page.reply(exchange)
    }

    struct Data {
        let exchange: Exchange
        private let day: RecentNumbers.Day
        let incidents: [Incident]
        let open: [Severity: Int]
        let states: [ApplicationState]
        let health: [HealthCheck]
        let policy: PolicyDocument
        /// Of findings of scanners; nil where none are kept.
        let vulnerabilities: DashboardPage?

        var series: Series<DetectionCounts> { day.series }
        var traffic: Series<TrafficCounts> { day.traffic }
        var rules: TopList { day.rules }
        var clients: TopList { day.clients }

        init(_ exchange: Exchange) async throws {
            self.exchange = exchange
            let insight = exchange.services.insight
            let policy = exchange.services.policy.document()
            self.policy = policy
            states = exchange.services.applications().map { ApplicationState($0, in: policy, at: exchange.now) }
            day = try await exchange.services.numbers.day(until: exchange.now)
            incidents = try await insight.incidents(.open, limit: 5).elements
            open = try await insight.openIncidentCounts()
            health = await exchange.services.health()
            let now = Int(exchange.now / 1_000_000_000)
            vulnerabilities = try await exchange.services.vulnerabilities?.read { store in
                try store.dashboardPage(of: "", now: now, window: 30, attackedSince: now - 86_400, limit: 1)
            }
        }
    }
}

extension OverviewPage.Data {
    private var requests: Int { traffic.points.reduce(0) { $0 + $1.total } }
    private var stopped: Int { traffic.points.reduce(0) { $0 + $1.stopped } }
    private var wouldStop: Int { traffic.points.reduce(0) { $0 + $1.wouldStop } }
    private var detections: Int { series.points.reduce(0) { $0 + $1.total } }
    private var openCount: Int { open.values.reduce(0, +) }

    /// The state of things in one sentence.
    var summary: HTML {
        let enforced = states.filter { $0.mode == .enforce }.count
        let worst = health.contains { $0.state == .failed }
        let state: HTML =
            worst
            ? "Something does not work, see what is blind. "
            : openCount > 0
                ? "\(Count.of(openCount, "incident")) \(openCount == 1 ? "is" : "are") open. " : "All is calm. "
        let modes: HTML =
            enforced == 0
            ? "Everything is observed: nothing is stopped yet."
            : "\(Count.of(enforced, "application")) of \(states.count) \(enforced == 1 ? "is" : "are") enforced."
        return state + modes
    }

    var figures: HTML {
        let worst = Severity.allCases.last { (open[$0] ?? 0) > 0 }
        return Figure.row([
            Figure(
                name: "Requests",
                value: Count.grouped(requests),
                note: Sparkline.html(
                    Buckets.condense(traffic.points.map(\.total), to: 48),
                    meaning: "Requests over 24 hours"
                )
            ),
            Figure(
                name: "With detections",
                value: Count.grouped(detections),
                note: HTML(text: Count.percent(detections, of: requests) + " of all"),
                href: "/detections?since=24h"
            ),
            Figure(
                name: "Would be stopped",
                value: Count.grouped(wouldStop),
                note: "by enforce",
                href: "/detections?since=24h&outcome=would_stop"
            ),
            Figure(
                name: "Stopped",
                value: Count.grouped(stopped),
                note: HTML(text: Count.percent(stopped, of: requests) + " of all"),
                href: "/detections?since=24h&outcome=blocked"
            ),
            Figure(
                name: "Open incidents",
                value: Count.grouped(openCount),
                note: worst.map { "worst: " + HTML.severity($0) } ?? "none",
                href: "/incidents?state=open"
            ),
        ]) + "<br>"
    }

    /// How findings of scanners stand, in one line; nothing where no report was ever taken in.
    var findings: HTML {
        guard let page = vulnerabilities, !page.dashboard.states.isEmpty else { return .empty }
        let dashboard = page.dashboard
        var attacked = HTML.empty
        if let row = page.attacked.first {
            attacked = """
                 <strong class="worse">Attacked in 24 hours:</strong> <a href="\(FindingLinks.finding(row))">\(row.title)</a>.
                """
        }
        let kind: HTML.NoticeKind = attacked.isEmpty ? (dashboard.grade.letter > .c ? .care : .ok) : .bad
        return .notice(
            kind,
            """
            <a href="\(FindingLinks.home)"><strong>Vulnerabilities: grade \(dashboard.grade.letter.rawValue)</strong></a>, \
            \(dashboard.grade.reason). \(Count.grouped(dashboard.overdue.total)) overdue.\(attacked)
            """
        )
    }

    var chart: HTML {
        guard detections > 0 else {
            return .empty(
                requests == 0 ? "Nothing was recorded yet" : "No rule has complained",
                requests == 0
                    ? "Send requests through a gateway: <code>redoubt up http://127.0.0.1:8080</code>"
                    : "\(Count.of(requests, "request")) passed and none looked like an attack."
            )
        }
        return SeriesChart.detections(series, title: "Detections over 24 hours", height: 300)
    }

    var tasks: HTML {
        var tasks: [(HTML, HTML)] = incidents.map { incident in
            (
                .severity(incident.severity),
                """
                <a href="\(Address.incident(incident.identifier))">\(incident.title)</a><br>\
                <small>\(Count.of(incident.requests, "request")), \(HTML.age(incident.lastTime, now: exchange.now))\
                \(incident.assignee.map { ", " + $0 } ?? ", nobody's yet")</small>
                """
            )
        }
        for (control, author) in policy.stoodBack {
            tasks.append(
                (
                    .badge("guard", "high"),
                    "\(control) was put to observe: \(author.reason). <a href=\"/decisions#all\">Look</a>"
                )
            )
        }
        let ended = policy.exceptions.values.filter { ($0.expires ?? .max) <= exchange.now }.count
        if ended > 0 {
            tasks.append(
                (
                    .badge("tidy", "calm"),
                    "<a href=\"/decisions#exceptions\">\(Count.of(ended, "exception"))</a> ended and can go"
                )
            )
        }
        let ready = states.filter { $0.mode == .observe }
        if tasks.isEmpty, let state = ready.first, requests > 0 {
            tasks.append(
                (
                    .badge("next", "low"),
                    """
                    Rehearse <a href="\(ApplicationPages.address(state.application.name))">\(state.application.name)</a>: \
                    see what <em>enforce</em> would have stopped
                    """
                )
            )
        }
        guard !tasks.isEmpty else {
            return .empty("Nothing needs you", "No incident is open and nothing asks for a decision.")
        }
        return .tasks(tasks.map { (sign: $0.0, text: $0.1) })
    }

    var applications: HTML {
        guard !states.isEmpty else {
            return .empty("Nothing is protected yet", "Begin with <code>redoubt up http://127.0.0.1:8080</code>")
        }
        let rows = states.prefix(8).map { state -> [HTML] in
            [
                .link(state.application.name, ApplicationPages.address(state.application.name)),
                .mode(state.mode, canary: state.canary), HTML(text: state.application.ruleSet ?? "no rules"),
            ]
        }
        return Table("What is protected", [.init("Application"), .tight("Mode"), .init("Rules")], Array(rows)).html
    }

    var blind: HTML {
        let bad = health.filter { $0.state != .fine }
        guard !bad.isEmpty else {
            return .empty("Nothing that we know of", "All \(health.count) checks are fine.")
        }
        return .tasks(
            bad.prefix(6).map { check in
                (
                    sign: HealthPage.sign(check.state),
                    text: "<strong>\(check.name)</strong><br><small>\(check.detail)</small>"
                )
            }
        )
    }

    var topRules: HTML {
        TopTable.html(rules, "Rules", empty: "No rule has hit in 24 hours") { entry in
            "<a href=\"/rules/\(Address.encode(entry.name))\">\(entry.name)</a> <small>\(entry.note ?? "")</small>"
        }
    }

    var topClients: HTML {
        TopTable.html(clients, "Clients", empty: "No client was noticed in 24 hours") { entry in
            (try? Entity(parsing: entry.name)).map { HTML.entity($0) } ?? HTML(text: entry.name)
        }
    }
}

/// A list of what there was most of.
enum TopTable {
    static func html(_ list: TopList, _ name: String, empty: String, _ label: (TopEntry) -> HTML) -> HTML {
        guard !list.entries.isEmpty else { return .empty(empty) }
        let most = list.entries.map(\.count).max() ?? 0
        let rows = list.entries.map { entry -> [HTML] in
            [label(entry), Sparkline.share(entry.count, of: most), HTML(text: Count.grouped(entry.count))]
        }
        return Table(name, [.init(String(name.dropLast())), .unseen("Share"), .number("Requests")], rows).html
    }
}

/// Charts of what insight counts.
enum SeriesChart {
    static func detections(_ series: Series<DetectionCounts>, title: String, height: Int = 150) -> HTML {
        let (times, groups) = Buckets.group(series)
        return BarChart(
            title: title,
            meaning: "Requests with detections by time and severity.",
            times: times,
            series: Severity.allCases.map { severity in
                BarChart.Series(
                    name: severity.rawValue,
                    fill: "f-\(severity.rawValue)",
                    values: groups.map { group in group.reduce(0) { $0 + $1[severity] } }
                )
            },
            height: height
        ).html
    }
}

/// Puts steps of time together, so that a chart has as many bars as fit.
enum Buckets {
    static let bars = 96

    static func group<Count>(_ series: Series<Count>) -> (times: [Int64], groups: [ArraySlice<Count>]) {
        let size = max(1, (series.points.count + bars - 1) / bars)
        let starts = stride(from: 0, to: series.points.count, by: size)
        return (
            starts.map { series.time(ofStep: $0) },
            starts.map { series.points[$0..<min($0 + size, series.points.count)] }
        )
    }

    static func condense(_ values: [Int], to count: Int) -> [Int] {
        let size = max(1, (values.count + count - 1) / count)
        return stride(from: 0, to: values.count, by: size).map {
            values[$0..<min($0 + size, values.count)].reduce(0, +)
        }
    }
}
