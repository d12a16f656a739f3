// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import HTTPTypes
internal import VulnerabilityManagement

/// The part of the API about findings, dashboards and scans.
enum FindingRoutes {
    static let all: [Route] = findings + [dashboard, known] + scans

    /// How long a report may take to be taken in: a million findings take about a minute.
    static let importDeadline: Duration = .seconds(900)

    private static let findings: [Route] = [
        .operation(
            .get,
            "/findings",
            .grantedInProjects(.see),
            id: "listFindings",
            "Findings that a filter chooses.",
            tag: "Findings",
            query: FindingList.query + Cursors.fields,
            answers: .shape("FindingPage")
        ) { exchange in
            let list = try await FindingList(exchange)
            return .json(FindingShapes.finding.page(list.rows, next: list.next))
        },
        .operation(
            .get,
            "/findings/{id}",
            .grantedInProjects(.see),
            id: "showFinding",
            "One finding with what its tool said, and why it is as urgent as it is.",
            tag: "Findings",
            answers: .shape("FindingDetail")
        ) { exchange in
            let finding = try await FindingDetailPage.explanation(exchange)
            let related = try await exchange.findings.related(to: finding.row)
            return .json(FindingShapes.detail.json((finding, related)))
        },
        .operation(
            .get,
            "/findings/{id}/events",
            .grantedInProjects(.see),
            id: "listFindingEvents",
            "What became of a finding since its first scan, oldest first.",
            tag: "Findings",
            answers: .list(.shape("FindingEvent"))
        ) { exchange in
            .json(.array(try await FindingDetailPage.explanation(exchange).events.map(FindingShapes.event.json)))
        },
    ]

    private static let dashboard = Route.operation(
        .get,
        "/dashboards/vulnerabilities",
        .grantedInProjects(.see),
        id: "showVulnerabilityDashboard",
        "How all projects, a group or a project stand.",
        tag: "Findings",
        query: VulnerabilityPage.query,
        answers: .shape("VulnerabilityDashboard")
    ) { exchange in
        .json(DashboardShapes.dashboard.json(try await VulnerabilityPage.read(exchange).data))
    }

    private static let known = Route.operation(
        .get,
        "/vulnerabilities/{vulnerability}",
        .grantedInProjects(.see),
        id: "showVulnerability",
        "Whom a published vulnerability affects, and what mends it.",
        tag: "Findings",
        answers: .shape("KnownVulnerability")
    ) { exchange in
        .json(FindingShapes.known.json(try await KnownVulnerabilityPage.affected(exchange)))
    }

    private static let scans: [Route] = [
        .operation(
            .get,
            "/scans",
            .grantedInProjects(.see),
            id: "listScans",
            "Scans, the newest first.",
            tag: "Scans",
            query: ScanPages.query + Cursors.fields,
            answers: .shape("ScanPage")
        ) { exchange in
            let (scans, next) = try await ScanPages.scans(exchange)
            return .json(DashboardShapes.scan.page(scans, next: next))
        },
        .operation(
            .get,
            "/scans/{scan}",
            .grantedInProjects(.see),
            id: "showScan",
            "A scan and what it changed.",
            tag: "Scans",
            answers: .shape("ScanDiff")
        ) { exchange in
            .json(DashboardShapes.diff.json(try await ScanPages.diff(exchange, limit: 200)))
        },
        takeScan,
    ]

    private static let takeScan: Route = {
        var route = Route.operation(
            .post,
            "/scans",
            .grantedInProjects(.upload),
            id: "takeScan",
            "Takes a report in; its format is recognised. The same report twice changes nothing.",
            tag: "Scans",
            query: ScanActions.fields,
            body: ScanActions.fields,
            answers: .shape("ImportResult"),
            status: 201,
            refusals: UploadTerms.refusals
        ) { exchange in
            .json(DashboardShapes.result.json(try await ScanActions.take(exchange)), .created)
        }
        route.upload = UploadTerms()
        route.deadline = importDeadline
        return route
    }()
}
