// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import VulnerabilityManagement

/// The reports that were taken in, and what each changed.
enum ScanPages {
    static let all = [list, show]

    static let query = [InputField("project", .text(maximum: 512), "The path of a project; all where it is left out.")]

    /// A page of scans.
    static func scans(_ exchange: Exchange) async throws -> (scans: [ScanRow], next: String?) {
        let cursors = Cursors(exchange)
        let project = exchange.query["project"]
        let (last, limit, bounds) = (try cursors.number(), cursors.limit, try exchange.bounds)
        let scans = try await exchange.findings.read { store in
            try store.scans(of: project, before: last, limit: limit + 1, within: bounds)
        }
        guard let scans else { throw Problem.notFound("project of this path") }
        let shown = Array(scans.prefix(limit))
        return (shown, scans.count > limit ? shown.last.map { cursors.seal(number: $0.id) } : nil)
    }

    static func diff(_ exchange: Exchange, limit: Int = 50) async throws -> ScanDiff {
        guard let id = Int64(exchange.parameters["scan"] ?? "") else { throw Problem.notFound("scan of this number") }
        let diff = try await exchange.findings.read { try $0.diff(ofScan: id, limit: limit) }
        guard let diff, try exchange.bounds?.contains(diff.scan.project) ?? true else {
            throw Problem.notFound("scan of this number")
        }
        return diff
    }

    static let list = Route.page("/vulnerabilities/scans", .grantedInProjects(.see), query: query + Cursors.fields) {
        exchange in
        let (scans, next) = try await scans(exchange)
        let project = exchange.query["project"]
        var page = ConsolePage("Scans", .vulnerabilities)
        page.trail = (project ?? "Vulnerabilities", FindingLinks.dashboard(project ?? ""))
        page.lead = "Each report that was handed in, and what it changed in the list of findings."
        let bar = Form.bar(
            "/vulnerabilities/scans",
            [.init("project", "Project", value: project ?? "", length: 512)],
            name: "Filter scans",
            isSet: project != nil
        )
        page.content =
            bar
            + Panel(
                content: scans.isEmpty
                    ? .empty("No report was taken in yet")
                    : table(scans, exchange.now, more: Cursors(exchange).nextPage(next))
            ).html
        return try await page.reply(exchange)
    }

    private static func table(_ scans: [ScanRow], _ now: Int64, more: String?) -> HTML {
        let rows = scans.map { scan -> [HTML] in
            [
                "<a href=\"\(FindingLinks.scan(scan.id))\" data-row>\(String(scan.id))</a>",
                .time(scan.imported.nanoseconds, now: now), .link(scan.project, FindingLinks.scans(of: scan.project)),
                HTML(text: scan.branch), "\(scan.tool)\(scan.artifact.isEmpty ? "" : ", \(scan.artifact)")",
                verdict(scan), HTML(text: Count.grouped(scan.findings)), plus(scan.new),
                HTML(text: Count.grouped(scan.gone)),
                plus(scan.reopened),
            ]
        }
        return Table(
            "Scans, the newest first",
            [
                .number("Scan"), .tight("Taken in"), .init("Project"), .tight("Branch"), .init("Tool"),
                .tight("Verdict"),
                .number("Findings"), .number("New"), .number("Gone"), .number("Reopened"),
            ],
            rows,
            more: more
        ).html
    }

    private static func plus(_ count: Int) -> HTML {
        count == 0 ? "0" : "<strong>\(Count.grouped(count))</strong>"
    }

    private static func verdict(_ scan: ScanRow) -> HTML {
        switch scan.verdict {
        case "full": .badge("complete", "good")
        case "unchanged": .badge("unchanged", "calm")
        case "additive": .badge("closes nothing", "medium")
        case "outdated": .badge("outdated", "high")
        default: .badge(scan.verdict, "calm")
        }
    }

    private static func meaning(_ scan: ScanRow) -> String {
        switch scan.verdict {
        case "full": "It covers all of its scope: what it does not hold is gone."
        case "unchanged": "It says the same as the scan before."
        case "additive": "It is partial, or has far fewer findings than the scan before: nothing is gone because of it."
        case "outdated": "A newer scan was taken in before, so it changed nothing that was known."
        default: ""
        }
    }

    static let show = Route.page("/vulnerabilities/scans/{scan}", .grantedInProjects(.see)) { exchange in
        let diff = try await diff(exchange)
        let scan = diff.scan
        var page = ConsolePage("Scan \(scan.id)", .vulnerabilities)
        page.trail = ("Scans of \(scan.project)", FindingLinks.scans(of: scan.project))
        page.lead = "\(verdict(scan)) \(meaning(scan))"
        let figures = Figure.row([
            Figure(name: "Findings", value: Count.grouped(scan.findings)),
            Figure(name: "New", value: Count.grouped(scan.new)),
            Figure(name: "Known", value: Count.grouped(scan.same)),
            Figure(name: "Gone", value: Count.grouped(scan.gone)),
            Figure(name: "Reopened", value: Count.grouped(scan.reopened)),
        ])
        let changes = [
            group("New", diff.new), group("Reopened", diff.reopened), group("No longer found", diff.gone),
            group("Resolved", diff.resolved), group("The same, elsewhere or in other words", diff.changed),
        ]
        let panels = [Panel("The scan", content: facts(scan, exchange.now))] + changes.compactMap { $0 }
        page.content = figures + "<br>" + HTML.grid(panels)
        return try await page.reply(exchange)
    }

    private static func facts(_ scan: ScanRow, _ now: Int64) -> HTML {
        .facts([
            (
                "Project",
                "<a href=\"\(FindingLinks.dashboard(scan.project))\">\(scan.project)</a>, branch \(scan.branch)"
            ),
            ("Tool", "\(scan.tool) \(scan.toolVersion ?? "") <small>(\(scan.format))</small>"),
            ("Looked at", scan.artifact.isEmpty ? nil : .code(scan.artifact)),
            ("Commit", scan.commit.map { .code($0) }),
            ("File", scan.file.map { .code($0) }),
            ("Scan ended", .time(scan.finished.nanoseconds, now: now)),
            ("Taken in", "\(HTML.time(scan.imported.nanoseconds, now: now)) from \(scan.maker)"),
        ])
    }

    private static func group(_ title: String, _ group: ScanDiff.Group) -> Panel? {
        guard group.count > 0 else { return nil }
        let rows = group.findings.map { row, why -> [HTML] in
            [
                .severity(named: row.severity),
                """
                <a href="\(FindingLinks.finding(row))" data-row>\(row.title)</a><br>\
                <small>\(HTML.place(row))\(why.map { " – \($0)" } ?? "")</small>
                """,
                .state(of: row),
            ]
        }
        let cut = group.count > rows.count ? "\(title), the first \(rows.count)" : title
        return Panel(
            "\(title): \(Count.grouped(group.count))",
            content: Table(cut, [.tight("Severity"), .init("Finding", "main"), .tight("State")], rows).html
        )
    }
}
