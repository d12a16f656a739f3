// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import HTTPTypes
internal import VulnerabilityManagement

/// The part of the API about projects: what hangs on them, whose they are, and which code answers which route.
enum ProjectRoutes {
    static let all: [Route] = projects + routes

    private static let pageLimit = 200

    private static let projects: [Route] = [
        .operation(
            .get,
            "/projects",
            .grantedInProjects(.see),
            id: "listProjects",
            "Projects by path, 200 at a time.",
            tag: "Projects",
            query: [InputField("after", .text(maximum: 512), "The path that the last page ended with.")],
            answers: .list(.shape("Project"))
        ) { exchange in
            let after = exchange.query["after"] ?? ""
            let bounds = try exchange.bounds
            let rows = try await exchange.findings.read {
                try $0.projects(after: after, limit: pageLimit, within: bounds)
            }
            return .json(.array(rows.map(ProjectShapes.project.json)))
        },
        .operation(
            .patch,
            "/projects/{project}",
            .granted(.administer),
            id: "setProject",
            "Says what hangs on a project and who can reach it; its findings are assessed again.",
            tag: "Projects",
            body: ProjectActions.settings,
            answers: .shape("ChangedFindings")
        ) { exchange in .json(TriageShapes.changed(try await ProjectActions.set(exchange))) },
        setOwners,
        .operation(
            .put,
            "/projects/{project}/applications",
            .granted(.triage),
            id: "setProjectApplications",
            "Says which applications of the web firewall a project is; only attacks on these count for it then.",
            tag: "Projects",
            body: ProjectActions.applications,
            answers: nil
        ) { exchange in
            try await ProjectActions.setApplications(exchange)
            return Reply(.noContent)
        },
    ]

    private static let setOwners: Route = {
        var route = Route.operation(
            .put,
            "/projects/{project}/owners",
            .granted(.triage),
            id: "setProjectOwners",
            "Keeps a project's CODEOWNERS file, for all findings now and to come.",
            tag: "Projects",
            body: ProjectActions.owners,
            answers: .shape("OwnersSet")
        ) { exchange in
            let (owners, changed) = try await ProjectActions.setOwners(exchange)
            return .json(
                .object([
                    "lines": .integer(owners.lineCount), "changed": .integer(changed),
                    "problems": .array(owners.problems.prefix(100).map { .text("\($0)") }),
                ])
            )
        }
        route.maximumBody = 8 << 20
        return route
    }()

    private static let routes: [Route] = [
        .operation(
            .get,
            "/attack-routes",
            .granted(.see),
            id: "listAttackRoutes",
            "Which source file answers which route, and which applications projects are.",
            tag: "Projects",
            query: [InputField("project", .text(maximum: 512), "Only those of this project.")],
            answers: .shape("AttackRouteList")
        ) { exchange in
            let path = exchange.query["project"]
            let (routes, applications) = try await exchange.findings.read { store in
                var number: Int64?
                if let path {
                    guard let row = try store.project(path) else { throw Problem.notFound("project of this path") }
                    number = row.id
                }
                let applications = try store.attackApplications().filter { number == nil || $0.project == number }
                return (try store.attackRoutes(of: number), applications)
            }
            return .json(
                .object([
                    "routes": .array(routes.map(ProjectShapes.route.json)),
                    "applications": .array(applications.map(ProjectShapes.application.json)),
                ])
            )
        },
        addRoutes,
        .operation(
            .delete,
            "/attack-routes/{route}",
            .granted(.triage),
            id: "removeAttackRoute",
            "Removes a route.",
            tag: "Projects",
            answers: nil
        ) { exchange in
            try await ProjectActions.removeRoute(exchange)
            return Reply(.noContent)
        },
    ]

    private static let addRoutes: Route = {
        var route = Route.operation(
            .post,
            "/attack-routes",
            .granted(.triage),
            id: "addAttackRoutes",
            "Takes routes in with the code that answers them.",
            tag: "Projects",
            body: ProjectActions.routes,
            answers: .shape("AttackRouteCount"),
            status: 201
        ) { exchange in
            .json(.object(["routes": .integer(try await ProjectActions.addRoutes(exchange))]), .created)
        }
        route.maximumBody = 8 << 20
        return route
    }()
}

enum ProjectShapes {
    static let project = Shape<ProjectRow>(
        name: "Project",
        members: [
            .always("path", .text()) { .text($0.path) },
            .always("branch", .text(), "The branch whose findings are the project's.") { .text($0.branch) },
            .sometimes("criticality", .text(), "What hangs on it.") { $0.criticality.map { .text($0.name) } },
            .sometimes("exposure", .text(), "Who can reach it.") { $0.exposure.map { .text($0.name) } },
        ]
    )

    static let route = Shape<AttackRoute>(
        name: "AttackRoute",
        members: [
            .always("id", .integer, "Its number.") { .integer(Int($0.id)) },
            .always("project", .text()) { .text($0.projectPath) },
            .always("route", .text(), "Its method and pattern.") { .text($0.pattern.description) },
            .always("file", .text()) { .text($0.file) },
            .sometimes("function", .text()) { $0.function.map { .text($0) } },
            .sometimes("line", .integer) { $0.line.map { .integer($0) } },
            .sometimes("application", .text()) { $0.application.map { .text($0) } },
            .sometimes("host", .text()) { $0.host.map { .text($0) } },
            .always("origin", .choice(AttackRoute.Origin.allCases.map(\.rawValue))) { .text($0.origin.rawValue) },
            .always("source", .text(), "The document that says so; may be empty.") { .text($0.source) },
        ]
    )

    static let application = Shape<AttackApplication>(
        name: "ProjectApplication",
        members: [
            .always("project", .text()) { .text($0.projectPath) },
            .sometimes("application", .text()) { $0.application.map { .text($0) } },
            .sometimes("host", .text()) { $0.host.map { .text($0) } },
        ]
    )

    static let all: [DescribedShape] = [
        project.described, route.described, application.described,
        object(
            "OwnersSet",
            ["lines": Schema.integer.json, "changed": Schema.integer.json, "problems": Schema.list(.text()).json]
        ),
        object(
            "AttackRouteList",
            [
                "routes": Schema.list(.shape("AttackRoute")).json,
                "applications": Schema.list(.shape("ProjectApplication")).json,
            ]
        ),
        object("AttackRouteCount", ["routes": Schema.integer.json]),
    ]

    private static func object(_ name: String, _ members: KeyValuePairs<String, JSONValue>) -> DescribedShape {
        DescribedShape(
            name: name,
            json: .object([
                "type": "object", "required": .array(members.map { .text($0.key) }),
                "properties": .object(members.map { JSONMember(name: Array($0.key.utf8), value: $0.value) }),
            ])
        )
    }
}
