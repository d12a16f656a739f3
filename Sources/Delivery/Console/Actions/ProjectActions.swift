// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import HTTPTypes
internal import Scoring
internal import VulnerabilityManagement

/// What hangs on projects, whose their code is, and which code answers which route.
enum ProjectActions {
    // MARK: Settings

    static let settings = [
        InputField(
            "criticality",
            .choice(PriorityInputs.Criticality.allCases.map(\.name)),
            "What hangs on it."
        ),
        InputField("exposure", .choice(PriorityInputs.Exposure.allCases.map(\.name)), "Who can reach it."),
    ]

    /// - Returns: how many findings are assessed differently.
    static func set(_ exchange: Exchange) async throws -> Int {
        let (input, access, now) = (exchange.body, try exchange.findings, exchange.seconds)
        let criticality = PriorityInputs.Criticality.allCases.first { $0.name == input["criticality"] }
        let exposure = PriorityInputs.Exposure.allCases.first { $0.name == input["exposure"] }
        guard criticality != nil || exposure != nil else { throw Problem.invalid("give criticality or exposure") }
        let project = try await named(exchange)
        let record = access.store.projectRecord(
            project.path,
            criticality: criticality,
            exposure: exposure,
            maker: try exchange.principal.name
        )
        try await exchange.record(record)
        let changed = try await access.read {
            try $0.setProject(
                project.path,
                criticality: criticality,
                exposure: exposure,
                facts: access.facts,
                now: now
            )
        }
        return changed ?? 0
    }

    /// The project that the path names.
    static func named(_ exchange: Exchange) async throws -> ProjectRow {
        let path = exchange.parameters["project"] ?? ""
        let found = try await exchange.findings.read { try $0.project(path) }
        guard let found else { throw Problem.notFound("project \(path.prefix(100))") }
        return found
    }

    // MARK: Owners

    static let owners = [
        InputField("text", .text(maximum: CodeOwners.longest), required: true, "The CODEOWNERS file, as it stands.")
    ]

    static func setOwners(_ exchange: Exchange) async throws -> (owners: CodeOwners, changed: Int) {
        let (text, access, now) = (exchange.body.text("text"), try exchange.findings, exchange.seconds)
        let maker = try exchange.principal.name
        let owners: CodeOwners
        do {
            owners = try CodeOwners(parsing: text)
        } catch {
            throw Problem.invalid("text: \(error)", member: "text")
        }
        let project = try await named(exchange)
        try await exchange.record(access.store.ownersRecord(text, project: project.path, maker: maker))
        let changed = try await access.read { try $0.setOwners(owners, text, project: project, maker: maker, now: now) }
        return (owners, changed)
    }

    // MARK: Routes

    private static let scope = [
        InputField("project", .text(maximum: 512), required: true, "The project; it is made where there is none."),
        InputField("application", .text(maximum: 256), "Only in this application of the web firewall."),
        InputField("host", .text(maximum: 256), "Only at this host."),
    ]

    static let routes =
        scope + [
            InputField(
                "routes",
                .text(maximum: 7 << 20),
                required: true,
                "A line for each: its method and pattern, a tab, its file, a tab, its function or nothing, a tab, the line "
                    + "where it begins or nothing."
            ),
            InputField("origin", .choice(["hand", "openapi", "annotation"]), "How they became known; by hand."),
            InputField(
                "source",
                .text(maximum: 1024),
                "The document that says so; what it said before is replaced, as comments in code are."
            ),
        ]

    /// Takes routes in.
    ///
    /// - Returns: how many.
    static func addRoutes(_ exchange: Exchange) async throws -> Int {
        let (input, access, now) = (exchange.body, try exchange.findings, exchange.seconds)
        let maker = try exchange.principal.name
        let path = try ScanActions.project(input["project"], member: "project")
        let origin = input["origin"].flatMap { AttackRoute.Origin(rawValue: $0) } ?? .hand
        let source = input["source"] ?? ""
        let found = try lines(input.text("routes")).map { line -> AttackRoute in
            var route = AttackRoute(project: 0, pattern: line.pattern, file: line.file, origin: origin)
            route.function = line.function
            route.line = line.line
            route.source = source
            route.application = input["application"]
            route.host = input["host"]
            return route
        }
        let record =
            if origin == .hand, found.count == 1 {
                TriageRecord.route(found[0], isAdded: true, project: path, maker: maker)
            } else {
                TriageRecord.routes(found, from: source, origin, project: path, maker: maker)
            }
        try await exchange.record(record)
        return try await access.read { store in
            let project = try store.makeProject(path, now: now)
            var routes = found
            for index in routes.indices { routes[index].project = project.id }
            try store.add(
                routes,
                replacing: origin == .hand ? nil : (project: project.id, origin: origin, source: source),
                maker: maker,
                now: now
            )
            return routes.count
        }
    }

    private struct Line {
        var pattern: RoutePattern
        var file: String
        var function: String?
        var line: Int?
    }

    private static func lines(_ text: String) throws(Problem) -> [Line] {
        var lines: [Line] = []
        for (number, line) in text.split(separator: "\n").enumerated() {
            guard lines.count < VulnerabilityStore.mostRoutes else {
                throw .invalid("routes: more than \(VulnerabilityStore.mostRoutes)", member: "routes")
            }
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
            let place = "routes, line \(number + 1)"
            guard (2...4).contains(cells.count), isFile(cells[1]) else {
                throw .invalid("\(place): a route, a tab and a file of the repository are wanted", member: "routes")
            }
            let pattern: RoutePattern
            do {
                pattern = try RoutePattern(parsing: cells[0])
            } catch {
                throw .invalid("\(place): \(error)", member: "routes")
            }
            var parsed = Line(pattern: pattern, file: cells[1])
            if cells.count > 2, !cells[2].isEmpty { parsed.function = cells[2] }
            if cells.count > 3, !cells[3].isEmpty {
                guard let begin = Int(cells[3]), begin > 0 else {
                    throw .invalid("\(place): \(cells[3].prefix(20)) is no line", member: "routes")
                }
                parsed.line = begin
            }
            lines.append(parsed)
        }
        return lines
    }

    /// Whether a text is a path inside of a repository.
    private static func isFile(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return (1...4096).contains(text.utf8.count) && !text.hasPrefix("/") && !parts.contains("..")
            && !text.unicodeScalars.contains { $0.value < 0x20 }
    }

    static func removeRoute(_ exchange: Exchange) async throws {
        let (access, maker) = (try exchange.findings, try exchange.principal.name)
        let number = Int64(exchange.parameters["route"] ?? "") ?? 0
        let known = try await access.read { try $0.attackRoute(number) }
        guard let known else { throw Problem.notFound("route of this number") }
        try await exchange.record(TriageRecord.route(known, isAdded: false, project: known.projectPath, maker: maker))
        _ = try await access.read { try $0.removeRoute(number) }
    }

    static let applications = [
        InputField("applications", .list(maximum: 100), "Their names, as detections have them; none for any."),
        InputField("host", .text(maximum: 256), "Only at this host."),
    ]

    /// Says which applications a project is.
    static func setApplications(_ exchange: Exchange) async throws {
        let (input, access, now) = (exchange.body, try exchange.findings, exchange.seconds)
        let maker = try exchange.principal.name
        let path = try ScanActions.project(exchange.parameters["project"], member: "project")
        let (names, host) = (input.list("applications"), input["host"])
        var said = names.map { AttackApplication(project: 0, application: $0, host: host) }
        if names.isEmpty, let host { said = [AttackApplication(project: 0, application: nil, host: host)] }
        let applications = said
        try await exchange.record(TriageRecord.applications(applications, project: path, maker: maker))
        try await access.read { store in
            let project = try store.makeProject(path, now: now).id
            var known = applications
            for index in known.indices { known[index].project = project }
            try store.setApplications(of: project, known, maker: maker)
        }
    }
}
