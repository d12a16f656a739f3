// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Correlation
import DefenseModel
import Foundation
import Storage
import VulnerabilityManagement

/// `redoubt vuln routes`.
struct VulnRoutes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes",
        abstract:
            "Say which source file answers which route, so that attacks on the route count for findings in the file.",
        subcommands: [Add.self, Import.self, List.self, Remove.self, Application.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a route by hand.")

        @Argument(help: "The method, such as GET, or * for any.")
        var method: String

        @Argument(help: "The pattern of paths: /cart/{id}, /api/*.")
        var pattern: String

        @Argument(help: ArgumentHelp("Its source: src/cart.py, src/cart.py:add, src/cart.py:10.", valueName: "file"))
        var source: String

        @OptionGroup var scope: RouteScopeOptions
        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions

        func run() async throws {
            guard let named = RouteSource(parsing: source) else {
                throw CommandFailure.badInput("\(source) is no file of the repository", hint: "such as src/cart.py:add")
            }
            let route: RoutePattern
            do {
                route = try RoutePattern(parsing: "\(method) \(pattern)")
            } catch {
                throw CommandFailure.badInput("\(error)")
            }
            let line = [route.description, named.file, named.function ?? "", named.line.map(String.init) ?? ""]
            let asked = try await server.ask(place) { api in
                try await scope.send([line.joined(separator: "\t")], origin: .hand, to: api)
            }
            guard asked == nil else { return StandardOutput.write("\(route) is answered by \(source)\n") }
            var added = AttackRoute(project: 0, pattern: route, file: named.file, origin: .hand)
            added.function = named.function
            added.line = named.line
            scope.narrow(&added)
            let record = TriageRecord.route(added, isAdded: true, project: scope.project, maker: maker.maker)
            try await scope.withProject(place, record) { store, project, now in
                added.project = project.id
                try store.add([added], maker: maker.maker, now: now)
            }
            StandardOutput.write("\(route) is answered by \(source)\n".shown)
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read routes from an OpenAPI document, or from comments in a folder of source code.",
            discussion: """
                In documents x-redoubt-source names the handler (src/cart.py:10), or x-handler or \
                x-openapi-router-controller its module, which is looked for in --sources. In source code a comment at the \
                handler does: "redoubt: route GET /cart/{id}". What an earlier import of the same document or of comments \
                said is replaced.
                """
        )

        @Argument(help: ArgumentHelp("An OpenAPI document (JSON or YAML), or a folder.", valueName: "path"))
        var path: String

        @Option(help: "The folder of the repository, in which files of modules are looked for.")
        var sources: String?

        @OptionGroup var scope: RouteScopeOptions
        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw CommandFailure.badInput("\(path) is not there")
            }
            let found = try read(isFolder: isFolder.boolValue)
            guard found.routes.count <= VulnerabilityStore.mostRoutes else {
                throw CommandFailure.badInput("more than \(VulnerabilityStore.mostRoutes) routes are in \(path)")
            }
            let asked = try await server.ask(place) { api in
                let lines = found.routes.map { route in
                    [
                        route.pattern.description, route.file, route.function ?? "",
                        route.line.map(String.init) ?? "",
                    ].joined(separator: "\t")
                }
                let answer = try await scope.send(lines, origin: found.origin, source: found.source, to: api)
                tell(found)
                write(answer["routes"]?.integer ?? lines.count, found)
                return answer
            }
            guard asked == nil else { return }
            let record = TriageRecord.routes(
                found.routes,
                from: path,
                found.origin,
                project: scope.project,
                maker: maker.maker
            )
            try await scope.withProject(place, record) { store, project, now in
                var routes = found.routes
                for index in routes.indices { routes[index].project = project.id }
                try store.add(
                    routes,
                    replacing: (project.id, found.origin, found.source),
                    maker: maker.maker,
                    now: now
                )
            }
            tell(found)
            write(found.routes.count, found)
        }

        private func read(isFolder: Bool) throws -> Found {
            do {
                var found = isFolder ? try annotations() : try document()
                for index in found.routes.indices { scope.narrow(&found.routes[index]) }
                return found
            } catch let error as CorrelationError {
                throw error.commandFailure
            }
        }

        private func tell(_ found: Found) {
            for warning in found.warnings.prefix(50) { StandardError.write("redoubt: \(warning.shown)\n") }
        }

        private struct Found {
            var routes: [AttackRoute]
            var origin: AttackRoute.Origin
            var source: String
            var warnings: [String]
            var unmapped = 0
        }

        private func annotations() throws -> Found {
            let result = try RouteAnnotations(project: 0).read(folder: path)
            var found = Found(routes: result.routes, origin: .annotation, source: "", warnings: result.warnings)
            if result.isCut {
                found.warnings.append(
                    "the walk through \(path) was cut after \(result.files) files: routes may be missing"
                )
            }
            return found
        }

        private func document() throws -> Found {
            let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
            guard let size, size <= OpenAPIRoutes.longest, let data = FileManager.default.contents(atPath: path) else {
                throw CommandFailure.badInput(
                    "\(path) cannot be read, or has more than \(OpenAPIRoutes.longest >> 20) MB"
                )
            }
            var files: [String: String] = [:]
            if let sources {
                let isWhole = try RouteAnnotations.walk(sources) { file in
                    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
                    files[stem] = files[stem] ?? file
                    return files.count < 200_000
                }
                if !isWhole { StandardError.write("redoubt: \(sources) has too many files: modules may be missing\n") }
            }
            let known = files
            var reader = OpenAPIRoutes(project: 0, source: path) { module in
                known[module] ?? known["src/\(module)"] ?? known["\(module)/__init__"]
            }
            let result = try reader.read(Array(data))
            return Found(
                routes: result.routes,
                origin: .openAPI,
                source: path,
                warnings: result.warnings,
                unmapped: result.unmapped
            )
        }

        private func write(_ count: Int, _ found: Found) {
            guard output.format == .text else {
                var json = JSONWriter()
                json.beginObject()
                for (name, number) in [
                    ("routes", count), ("unmapped", found.unmapped), ("warnings", found.warnings.count),
                ] {
                    json.key(name)
                    json.number(number)
                }
                json.endObject()
                json.endLine()
                StandardOutput.write(json.bytes)
                return
            }
            let rest = found.unmapped > 0 ? ", \(found.unmapped) operations name no handler" : ""
            StandardOutput.write("\(count) routes with their files\(rest)\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show routes with their files.")

        @Option(help: "Only those of this project.")
        var project: String?

        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            let asked = try await server.ask(place, onlyNamed: true) { api in
                try await api.get("/attack-routes", [("project", project)])
            }
            if let asked { return write(asked) }
            let store = try place.open(isMade: false)
            do {
                var number: Int64?
                if let project {
                    guard let row = try store.project(project) else {
                        throw CommandFailure.badInput("there is no project \(project)")
                    }
                    number = row.id
                }
                let routes = try store.attackRoutes(of: number)
                let applications = try store.attackApplications().filter { number == nil || $0.project == number }
                write(routes, applications)
                try store.close()
            } catch let error as StorageError {
                throw CommandFailure.couldNotRun("the routes cannot be read: \(error)")
            }
        }

        /// What a server said.
        private func write(_ answer: JSONValue) {
            let routes = answer["routes"]?.elements ?? []
            switch output.format {
            case .json: StandardOutput.write(JSONValue.array(routes).line)
            case .ndjson: StandardOutput.write(routes.flatMap(\.line))
            case .text:
                var lines = (answer["applications"]?.elements ?? []).map { known in
                    "\(known.text(at: "project")) is the application \(known["application"]?.text ?? "any")"
                        + (known["host"]?.text.map { " at \($0)" } ?? "")
                }
                lines += routes.map { route in
                    let code = [
                        route.text(at: "file"), route["line"]?.integer.map(String.init), route["function"]?.text,
                    ]
                    let scope = [route["application"]?.text, route["host"]?.text].compactMap(\.self)
                    let place = code.compactMap(\.self).joined(separator: ":")
                    return
                        "  \(route.text(at: "id"))  \(route.text(at: "project"))  \(route.text(at: "route"))  \(place)  "
                        + route.text(at: "origin") + (scope.isEmpty ? "" : "  only \(scope.joined(separator: " "))")
                }
                StandardOutput.write((lines + ["\(routes.count) routes"]).joined(separator: "\n").shown + "\n")
            }
        }

        private func write(_ routes: [AttackRoute], _ applications: [AttackApplication]) {
            guard output.format == .text else {
                var json = JSONWriter()
                if output.format == .json { json.beginArray() }
                for route in routes {
                    write(route, &json)
                    if output.format == .ndjson { json.endLine() }
                }
                if output.format == .json {
                    json.endArray()
                    json.endLine()
                }
                StandardOutput.write(json.bytes)
                return
            }
            var lines = applications.map { application in
                "\(application.projectPath) is the application \(application.application ?? "any")"
                    + (application.host.map { " at \($0)" } ?? "")
            }
            lines += routes.map { route in
                let code = [route.file, route.line.map(String.init), route.function].compactMap(\.self)
                let scope = [route.application, route.host].compactMap(\.self).joined(separator: " ")
                return "  \(route.id)  \(route.projectPath)  \(route.pattern)  \(code.joined(separator: ":"))  "
                    + "\(route.origin.rawValue)\(scope.isEmpty ? "" : "  only \(scope)")"
            }
            StandardOutput.write((lines + ["\(routes.count) routes"]).joined(separator: "\n").shown + "\n")
        }

        private func write(_ route: AttackRoute, _ json: inout JSONWriter) {
            json.beginObject()
            json.key("id")
            json.number(Int(route.id))
            for (name, value) in [
                ("project", route.projectPath), ("route", route.pattern.description), ("file", route.file),
                ("function", route.function), ("application", route.application), ("host", route.host),
                ("origin", route.origin.rawValue), ("source", route.source),
            ] {
                json.key(name)
                json.stringOrNull(value)
            }
            json.key("line")
            json.numberOrNull(route.line)
            json.endObject()
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a route.")

        @Argument(help: "The route's number, as routes list shows it.")
        var id: Int64

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions

        func run() async throws {
            let asked = try await server.ask(place) { try await $0.send("DELETE", "/attack-routes/\(id)", []) }
            guard asked == nil else { return }
            let store = try place.open(isMade: false)
            do {
                guard let route = try store.attackRoute(id) else {
                    throw CommandFailure.badInput("there is no route \(id)", hint: "redoubt vuln routes list")
                }
                let record = TriageRecord.route(
                    route,
                    isAdded: false,
                    project: route.projectPath,
                    maker: maker.maker
                )
                try await TriageLedger(path: place.evidencePath).write(record)
                _ = try store.removeRoute(id)
                try store.close()
            } catch let error as StorageError {
                throw CommandFailure.couldNotRun("the route cannot be removed: \(error)")
            }
        }
    }

    struct Application: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Say which applications of the web firewall a project is; only attacks on these count for it then."
        )

        @Argument(help: "The applications' names, as redoubt detections shows them; none for any.")
        var names: [String] = []

        @OptionGroup var scope: RouteScopeOptions
        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions

        func run() async throws {
            guard scope.application == nil else {
                throw CommandFailure.badInput("name applications without --application")
            }
            let shown = names.isEmpty ? "any application" : names.joined(separator: ", ")
            let told = "\(scope.project) is \(shown)\(scope.host.map { " at \($0)" } ?? "")\n".shown
            let asked = try await server.ask(place) { api in
                let members: [(String, JSONValue?)] = [
                    ("applications", .array(names.map { JSONValue($0) })), ("host", JSONValue(scope.host)),
                ]
                return try await api.send("PUT", "/projects/\(scope.project.pathSegment)/applications", members)
            }
            guard asked == nil else { return StandardOutput.write(told) }
            var known = names.map { AttackApplication(project: 0, application: $0, host: scope.host) }
            if names.isEmpty, let host = scope.host {
                known = [AttackApplication(project: 0, application: nil, host: host)]
            }
            let record = TriageRecord.applications(known, project: scope.project, maker: maker.maker)
            try await scope.withProject(place, record) { store, project, _ in
                for index in known.indices { known[index].project = project.id }
                try store.setApplications(of: project.id, known, maker: maker.maker)
            }
            StandardOutput.write(told)
        }
    }
}

/// Whose routes they are.
struct RouteScopeOptions: ParsableArguments {
    @Option(help: "The project, such as shop/cart; it is made where there is none.")
    var project: String

    @Option(help: "Only in this application of the web firewall.")
    var application: String?

    @Option(help: "Only at this host.")
    var host: String?

    func narrow(_ route: inout AttackRoute) {
        route.application = application
        route.host = host
    }

    /// Hands routes to a server.
    ///
    /// - Parameter routes: a line for each, as the API takes them.
    func send(
        _ routes: [String],
        origin: AttackRoute.Origin,
        source: String = "",
        to api: APIConnection
    ) async throws -> JSONValue {
        try await api.send(
            "POST",
            "/attack-routes",
            [
                ("project", JSONValue(project)), ("application", JSONValue(application)), ("host", JSONValue(host)),
                ("routes", JSONValue(routes.joined(separator: "\n"))), ("origin", JSONValue(origin.rawValue)),
                ("source", source.isEmpty ? nil : JSONValue(source)),
            ]
        )
    }

    /// Writes an act into the evidence ledger and does it then. What cannot be recorded changes nothing.
    func withProject(
        _ place: FindingStoreOptions,
        _ record: TriageRecord,
        _ act: (VulnerabilityStore, ProjectRow, _ now: Int) throws -> Void
    ) async throws {
        guard !project.isEmpty, project.utf8.count <= 512, !project.unicodeScalars.contains(where: { $0.value < 0x20 })
        else { throw CommandFailure.badInput("the project's path has 1 to 512 bytes and no control characters") }
        let store = try place.open(isMade: true)
        let now = Int(Date().timeIntervalSince1970)
        do {
            try await TriageLedger(path: place.evidencePath).write(record)
            try act(store, try store.makeProject(project, now: now), now)
            try store.close()
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the routes cannot be written: \(error)")
        }
    }
}
