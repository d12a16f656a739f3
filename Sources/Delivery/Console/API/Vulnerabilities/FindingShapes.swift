// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import ReportFormats
internal import Scoring
internal import VulnerabilityManagement

/// The objects of the API about findings.
enum FindingShapes {
    static let states = Schema.choice(["needs_triage", "confirmed", "dismissed", "resolved"])
    static let severities = Schema.choice(ReportedSeverity.allCases.reversed().map(\.rawValue))

    static let finding = Shape<FindingRow>(
        name: "Finding",
        members: [
            .always("id", .identifier) { .text("\($0.identifier)") },
            .always("kind", .text(), "Such as sast, dependency or secret.") { .text($0.kind) },
            .always("severity", severities) { .text($0.severity) },
            .always("state", states) { .text($0.stateName) },
            .sometimes("reason", .text(), "Why it was dismissed.") { $0.reasonName.map { .text($0) } },
            .always("detected", .boolean, "Whether the newest scan of its scope found it.") { .bool($0.isDetected) },
            .always("title", .text()) { .text($0.title) },
            .always("rule", .text()) { .text($0.rule) },
            .always("tool", .text()) { .text($0.tool) },
            .always("project", .text()) { .text($0.project) },
            .always("branch", .text()) { .text($0.branch) },
            .sometimes("path", .text()) { $0.path.map { .text($0) } },
            .sometimes("line", .integer) { $0.line.map { .integer($0) } },
            .sometimes("component", .text()) { $0.component.map { .text($0) } },
            .sometimes("version", .text()) { $0.version.map { .text($0) } },
            .sometimes("fix", .text(), "The first version without it, as the tool says.") { $0.fix.map { .text($0) } },
            .sometimes("vulnerability", .text(), "Such as CVE-2021-44228.") { $0.vulnerability.map { .text($0) } },
            .sometimes("cwe", .integer, "The number of the class of weakness.") { $0.cwe.map { .integer($0) } },
            .always("priority", .integer, "0 to 1000; orders what has the same decision.") { .integer($0.priority) },
            .always("decision", .text(), "How soon it is to be mended.") { .text($0.decision.name) },
            .sometimes("due", .time) { $0.due.map { .time($0.nanoseconds) } },
            .always("first_seen", .time) { .time($0.firstSeen.nanoseconds) },
            .always("last_seen", .time) { .time($0.lastSeen.nanoseconds) },
            .sometimes("owner", .text(), "Who owns the code.") { $0.owner.map { .text($0) } },
            .sometimes("assignee", .text()) { $0.assignee.map { .text($0) } },
            .always("attacks", .integer, "Attacks on it that were seen here.") { .integer($0.attacks) },
            .sometimes("last_attack", .time) { $0.lastAttack.map { .time($0.nanoseconds) } },
            .sometimes("reported_severity", severities, "What its scanner says, where somebody rated it.") {
                $0.reportedSeverity.map { .text($0) }
            },
            .sometimes("rated_until", .time, "Till when that rating holds.") {
                $0.ratedUntil.map { .time($0.nanoseconds) }
            },
            .sometimes("accepted_until", .time) { $0.acceptedUntil.map { .time($0.nanoseconds) } },
        ]
    )

    static let detail = Shape<(finding: FindingExplanation, related: [SameWeakness])>(
        name: "FindingDetail",
        members: [
            .always("finding", .shape("Finding")) { finding.json($0.finding.row) },
            .always("detail", .anything, "What the tool said beyond that; secrets are masked.") {
                // An explanation is made of what can be read; one that cannot is an error before this.
                (try? JSONReader.read($0.finding.detail)) ?? .object([])
            },
            .sometimes("because", .text(), "The row of the table that decides, or why there is none.") {
                $0.finding.assessment.map { .text($0.reason) }
            },
            .sometimes("factors", .list(.text()), "What the priority is made of, with sources.") {
                $0.finding.assessment.map { .array($0.priority.factors.map { .text($0.description) }) }
            },
            .always("same_weakness", .list(.shape("SameWeakness")), "What other tools tell of it.") {
                .array($0.related.map(sameWeakness.json))
            },
        ]
    )

    static let sameWeakness = Shape<SameWeakness>(
        name: "SameWeakness",
        members: [
            .always("finding", .shape("Finding")) { finding.json($0.finding) },
            .always("because", .text(), "By what they are the same.") { .text($0.because) },
        ]
    )

    static let event = Shape<FindingEventRow>(
        name: "FindingEvent",
        members: [
            .always("time", .time) { .time($0.time.nanoseconds) },
            .always("kind", .text(), "Such as changed, reopened or dismissed.") { .text($0.kind) },
            .always("maker", .text()) { .text($0.maker) },
            .sometimes("scan", .integer, "The number of the scan that did it.") { $0.scan.map { .integer(Int($0)) } },
            .sometimes("detail", .text(), "Why; of a rescan, by which rung it is the same finding.") {
                $0.detail.map { .text($0) }
            },
        ]
    )

    static let known = Shape<(name: String, found: AffectedFindings)>(
        name: "KnownVulnerability",
        members: [
            .always("id", .text()) { .text($0.name) },
            .always("count", .integer, "All findings of it.") { .integer($0.found.count) },
            .always("findings", .list(.shape("Finding")), "The first 200, open ones first.") {
                .array($0.found.findings.map(finding.json))
            },
            .always("upgrades", .list(.shape("Upgrade")), "What would mend the open ones.") { known in
                let open = known.found.findings.filter { $0.isOpen }
                return .array(KnownVulnerabilityPage.upgrades(of: open).map { upgrade.json($0) })
            },
        ]
    )

    static let upgrade = Shape<(upgrade: KnownVulnerabilityPage.Upgrade, findings: Int, projects: [String])>(
        name: "Upgrade",
        members: [
            .always("component", .text()) { .text($0.upgrade.component) },
            .always("from", .text()) { .text($0.upgrade.version) },
            .sometimes("to", .text()) { $0.upgrade.fix.map { .text($0) } },
            .always("findings", .integer, "How many it mends.") { .integer($0.findings) },
            .always("projects", .list(.text())) { .array($0.projects.map { .text($0) }) },
        ]
    )

    static let all: [DescribedShape] = [
        finding.described, detail.described, sameWeakness.described, event.described, known.described,
        upgrade.described,
        .page(of: "Finding"),
    ]
}
