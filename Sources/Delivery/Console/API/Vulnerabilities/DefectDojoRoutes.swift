// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import HTTPTypes
internal import ReportFormats
internal import Scoring
internal import VulnerabilityManagement

/// The two operations of DefectDojo's API v2 that pipelines use, so that their lines work with another address and token.
///
/// A product is a project, a test title tells scans of one tool apart. `scan_type` is answered as it was sent, and the format
/// is recognised from the report. Fields that mean nothing here are left alone.
enum DefectDojoRoutes {
    static let all: [Route] = [
        route("/api/v2/import-scan", "importScan", "Takes a report in as DefectDojo's import-scan.", closes: false),
        route(
            "/api/v2/reimport-scan",
            "reimportScan",
            "Takes a report in as DefectDojo's reimport-scan.",
            closes: true
        ),
    ]

    static let shapes = [
        DescribedShape(
            name: "DojoImport",
            json: .object([
                "type": "object", "required": .array(["test", "test_id", "scan_type", "statistics"].map { .text($0) }),
                "additionalProperties": .bool(true),
            ])
        )
    ]

    private static let minimumSeverities = ["Info", "Low", "Medium", "High", "Critical"]

    private static let fields = [
        InputField("scan_type", .text(maximum: 200), required: true, "Kept; the format is recognised from the report."),
        InputField("product_name", .text(maximum: 512), "The project."),
        InputField("engagement_name", .text(maximum: 512), "Kept in the answer."),
        InputField("test_title", .text(maximum: 512), "Tells scans of one tool apart."),
        InputField("service", .text(maximum: 512), "The same where there is no title."),
        InputField("branch_tag", .text(maximum: 256), "The branch."),
        InputField("commit_hash", .text(maximum: 128), "The commit."),
        InputField("close_old_findings", .text(maximum: 8), "Whether what the report does not hold is gone."),
        InputField("minimum_severity", .choice(minimumSeverities), "What is below it is left out."),
    ]

    private static func route(_ path: String, _ id: String, _ summary: String, closes: Bool) -> Route {
        let operation = Operation(
            id: id,
            summary: summary,
            tag: "DefectDojo",
            answers: [
                Operation.Answer(
                    status: 201,
                    about: "What was taken in.",
                    type: "application/json",
                    schema: .shape("DojoImport")
                )
            ] + UploadTerms.refusals
        )
        var route = Route(.post, path, .grantedInProjects(.upload), .operation(operation), body: fields) { exchange in
            try await take(exchange, closes: closes)
        }
        route.upload = UploadTerms(ignoresUnknownFields: true, takesTokenScheme: true)
        route.deadline = FindingRoutes.importDeadline
        return route
    }

    private static func take(_ exchange: Exchange, closes: Bool) async throws -> Reply {
        let form = exchange.body
        var request = ImportRequest(project: try ScanActions.project(form["product_name"], member: "product_name"))
        request.branch = form["branch_tag"]
        request.commit = form["commit_hash"]
        request.artifact = form["test_title"] ?? form["service"]
        request.isPartial = !isTrue(form["close_old_findings"], otherwise: closes)
        request.minimumSeverity = form["minimum_severity"].flatMap { ReportedSeverity(rawValue: $0.lowercased()) }
        let now = Int(exchange.now / 1_000_000_000)
        let path = request.project
        let before = try await exchange.findings.read { try $0.dashboard(of: path, now: now, window: 1)?.open }
        let result = try await ScanActions.take(request, exchange)
        let (after, project) = try await exchange.findings.read { store in
            (try store.dashboard(of: path, now: now, window: 1)?.open, try store.project(path)?.id)
        }
        var members = ["engagement_name", "test_title", "branch_tag", "commit_hash"].map { name in
            member(name, form[name].map { JSONValue.text($0) } ?? .null)
        }
        members += [
            member("scan_type", .text(form.text("scan_type"))), member("product_name", .text(path)),
            member("minimum_severity", .text(form["minimum_severity"] ?? "Info")),
            member("close_old_findings", .bool(!request.isPartial)),
        ]
        for name in ["test", "test_id"] { members.append(member(name, .integer(Int(result.scan)))) }
        for name in ["engagement_id", "product_id"] { members.append(member(name, .integer(Int(project ?? 0)))) }
        let delta = [("created", result.new), ("closed", result.gone), ("reactivated", result.reopened)]
        // Whoever may only hand reports in learns what this one changed, and nothing of the others.
        let sees = try exchange.principal.may(.see, in: path)
        let statistics = [
            member("before", statistics(sees ? before ?? SeverityCounts() : SeverityCounts())),
            member("delta", .object(delta.map { member($0.0, .object(["total": total($0.1)])) })),
            member("after", statistics(sees ? after ?? SeverityCounts() : SeverityCounts())),
        ]
        members.append(member("statistics", .object(statistics)))
        if let note = result.note { members.append(member("note", .text(note))) }
        return .json(.object(members), .created)
    }

    private static func member(_ name: String, _ value: JSONValue) -> JSONMember {
        JSONMember(name: Array(name.utf8), value: value)
    }

    /// As Django reads flags.
    private static func isTrue(_ text: String?, otherwise: Bool) -> Bool {
        switch text?.lowercased() {
        case "true", "1", "on", "yes", "t", "y": true
        case "false", "0", "off", "no", "f", "n": false
        default: otherwise
        }
    }

    private static func total(_ count: Int) -> JSONValue { .object(["total": .integer(count)]) }

    /// Open findings of the project, by severity.
    private static func statistics(_ counts: SeverityCounts) -> JSONValue {
        let severities = counts.all.filter { $0.severity != "unknown" }.reversed().map { severity, count in
            member(severity, active(count))
        }
        return .object(severities + [member("total", active(counts.total))])
    }

    private static func active(_ count: Int) -> JSONValue {
        .object(["active": .integer(count), "total": .integer(count)])
    }
}
