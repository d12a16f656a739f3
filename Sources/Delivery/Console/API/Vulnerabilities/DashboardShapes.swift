// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import Scoring
internal import VulnerabilityManagement

/// The objects of the API about dashboards and scans.
enum DashboardShapes {
    static let counts = Shape<SeverityCounts>(
        name: "SeverityCounts",
        members: [
            .always("critical", .integer) { .integer($0.critical) }, .always("high", .integer) { .integer($0.high) },
            .always("medium", .integer) { .integer($0.medium) }, .always("low", .integer) { .integer($0.low) },
            .always("info", .integer) { .integer($0.info) }, .always("unknown", .integer) { .integer($0.unknown) },
        ]
    )

    static let ranked = Shape<Dashboard.Ranked>(
        name: "RankedItem",
        members: [
            .always("name", .text()) { .text($0.name) },
            .always("open", .shape("SeverityCounts")) { counts.json($0.open) },
            .always("risk", .integer, "10, 5, 3 and 1 points from critical to low, 5 for unknown.") {
                .integer($0.risk)
            },
        ]
    )

    static let day = Shape<Dashboard.Day>(
        name: "DashboardDay",
        members: [
            .always("day", .time, "Its beginning.") { .time(($0.day * 86_400).nanoseconds) },
            .always("open", .shape("SeverityCounts"), "At its end.") { counts.json($0.open) },
            .always("opened", .integer) { .integer($0.opened) },
            .always("reopened", .integer) { .integer($0.reopened) },
            .always("mended", .integer) { .integer($0.mended) },
            .always("dismissed", .integer) { .integer($0.dismissed) },
        ]
    )

    static let dashboard = Shape<DashboardPage>(
        name: "VulnerabilityDashboard",
        members: [
            .always("path", .text(), "Of the project or group; empty for everything.") { .text($0.dashboard.path) },
            .always("grade", .choice(Grade.Letter.allCases.map(\.rawValue))) {
                .text($0.dashboard.grade.letter.rawValue)
            },
            .always("reason", .text(), "Of the grade.") { .text($0.dashboard.grade.reason) },
            .always("open", .shape("SeverityCounts")) { counts.json($0.dashboard.open) },
            .always("change", .shape("SeverityCounts"), "What is open, less what was open 30 days ago.") {
                counts.json($0.dashboard.change)
            },
            .always("states", .anything, "How many there are, by state.") { page in
                .object(page.dashboard.states.sorted { $0.key < $1.key }.map { member($0.key, .integer($0.value)) })
            },
            .always("kinds", .anything, "What is open, by kind.") { page in
                .object(page.dashboard.kinds.sorted { $0.key < $1.key }.map { member($0.key, counts.json($0.value)) })
            },
            .always("ages", .anything, "What is open, by days since the first scan.") { page in
                .object(page.dashboard.ages.map { member($0.name, counts.json($0.open)) })
            },
            .always("decisions", .anything, "What is open, by how soon it is to be mended.") { page in
                .object(
                    FindingDecision.allCases.reversed().map {
                        member($0.name, .integer(page.dashboard.decisions[$0] ?? 0))
                    }
                )
            },
            .always("overdue", .shape("SeverityCounts")) { counts.json($0.dashboard.overdue) },
            .always("due_soon", .integer, "Due within 7 days.") { .integer($0.dashboard.dueSoon) },
            .always("attacked", .integer, "Open, and attacked here at any time.") { .integer($0.dashboard.attacked) },
            .always("attacked_now", .list(.shape("Finding")), "Open, and attacked in 24 hours; the first of them.") {
                .array($0.attacked.map(FindingShapes.finding.json))
            },
            .always("projects", .list(.shape("RankedItem"))) { .array($0.dashboard.projects.map(ranked.json)) },
            .always("components", .list(.shape("RankedItem"))) { .array($0.dashboard.components.map(ranked.json)) },
            .always("weaknesses", .list(.shape("RankedItem"))) { .array($0.dashboard.weaknesses.map(ranked.json)) },
            .always("vulnerabilities", .list(.shape("RankedItem"))) {
                .array($0.dashboard.vulnerabilities.map(ranked.json))
            },
            .always("days", .list(.shape("DashboardDay")), "Oldest first.") {
                .array($0.dashboard.days.map(day.json))
            },
            .always("mended", .integer, "In the window.") { .integer($0.dashboard.timeToMend.count) },
            .sometimes("median_seconds_to_mend", .integer) { $0.dashboard.timeToMend.median.map { .integer($0) } },
            .sometimes("ninetieth_seconds_to_mend", .integer) {
                $0.dashboard.timeToMend.ninetieth.map { .integer($0) }
            },
            .sometimes(
                "survival_median_seconds",
                .integer,
                "Half of all ever found is mended within it; what is open counts for its age so far (Kaplan-Meier)."
            ) { $0.dashboard.timeToMend.survivalMedian.map { .integer($0) } },
            .sometimes("survival_ninetieth_seconds", .integer, "The same for nine in ten.") {
                $0.dashboard.timeToMend.survivalNinetieth.map { .integer($0) }
            },
            .sometimes("attainment", .number, "The share of what was due that was mended in time, 0 to 1.") {
                $0.dashboard.attainment.map { .number(Double($0) / 1000) }
            },
        ]
    )

    private static func member(_ name: String, _ value: JSONValue) -> JSONMember {
        JSONMember(name: Array(name.utf8), value: value)
    }

    static let scan = Shape<ScanRow>(
        name: "Scan",
        members: [
            .always("id", .integer) { .integer(Int($0.id)) },
            .always("project", .text()) { .text($0.project) },
            .always("branch", .text()) { .text($0.branch) },
            .always("tool", .text()) { .text($0.tool) },
            .sometimes("tool_version", .text()) { $0.toolVersion.map { .text($0) } },
            .always("format", .text()) { .text($0.format) },
            .always("artifact", .text(), "What tells scans of the tool apart; may be empty.") { .text($0.artifact) },
            .sometimes("file", .text()) { $0.file.map { .text($0) } },
            .sometimes("commit", .text()) { $0.commit.map { .text($0) } },
            .always("maker", .text(), "Who handed it in.") { .text($0.maker) },
            .always("finished", .time) { .time($0.finished.nanoseconds) },
            .always("imported", .time) { .time($0.imported.nanoseconds) },
            .always("verdict", .text(), "full, additive, unchanged or outdated: what it could change.") {
                .text($0.verdict)
            },
            .always("findings", .integer) { .integer($0.findings) }, .always("new", .integer) { .integer($0.new) },
            .always("same", .integer) { .integer($0.same) }, .always("gone", .integer) { .integer($0.gone) },
            .always("reopened", .integer) { .integer($0.reopened) },
        ]
    )

    static let change = Shape<(row: FindingRow, why: String?)>(
        name: "ScanChange",
        members: [
            .always("finding", .shape("Finding")) { FindingShapes.finding.json($0.row) },
            .sometimes("why", .text()) { $0.why.map { .text($0) } },
        ]
    )

    static let diff = Shape<ScanDiff>(
        name: "ScanDiff",
        members: [
            .always("scan", .shape("Scan")) { scan.json($0.scan) },
            .always("new", .list(.shape("ScanChange")), "The first 200 of each change.") {
                .array($0.new.findings.map(change.json))
            },
            .always("gone", .list(.shape("ScanChange"))) { .array($0.gone.findings.map(change.json)) },
            .always("resolved", .list(.shape("ScanChange"))) { .array($0.resolved.findings.map(change.json)) },
            .always("reopened", .list(.shape("ScanChange"))) { .array($0.reopened.findings.map(change.json)) },
            .always("changed", .list(.shape("ScanChange"))) { .array($0.changed.findings.map(change.json)) },
        ]
    )

    static let result = Shape<ImportResult>(
        name: "ImportResult",
        members: [
            .always("scan", .integer, "Its number.") { .integer(Int($0.scan)) },
            .always("format", .text(), "What the report was recognised as.") { .text($0.format) },
            .always("findings", .integer) { .integer($0.findings) }, .always("new", .integer) { .integer($0.new) },
            .always("same", .integer) { .integer($0.same) }, .always("gone", .integer) { .integer($0.gone) },
            .always("reopened", .integer) { .integer($0.reopened) },
            .sometimes("note", .text(), "Why nothing was taken as gone, or nothing was taken at all.") {
                $0.note.map { .text($0) }
            },
        ]
    )

    static let all: [DescribedShape] = [
        counts.described, ranked.described, day.described, dashboard.described, scan.described, change.described,
        diff.described, result.described, .page(of: "Scan"),
    ]
}
