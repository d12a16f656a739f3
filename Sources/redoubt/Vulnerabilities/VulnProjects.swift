// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import Scoring
import Storage
import VulnerabilityManagement

/// `redoubt vuln project`.
struct VulnProject: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project",
        abstract: "What hangs on projects and who can reach them, which says how soon findings are due.",
        subcommands: [List.self, Set.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the projects.")

        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                if let asked = try await server.ask(place, onlyNamed: true, Self.all) { return write(asked) }
                let store = try place.open(isMade: false)
                var json = JSONWriter()
                json.beginArray()
                var projects = try store.projects()
                while let last = projects.last {
                    for project in projects { write(project, &json) }
                    projects = try store.projects(after: last.path)
                }
                json.endArray()
                json.endLine()
                if output.format != .text { StandardOutput.write(json.bytes) }
                try store.close()
            }
        }

        /// All pages.
        private static func all(_ api: APIConnection) async throws -> JSONValue {
            var all: [JSONValue] = []
            while true {
                let page = try await api.get("/projects", [("after", all.last?["path"]?.text)]).elements ?? []
                guard !page.isEmpty else { return .array(all) }
                all += page
            }
        }

        private func write(_ projects: JSONValue) {
            guard output.format == .text else { return StandardOutput.write(projects.line) }
            for project in projects.elements ?? [] {
                let (criticality, exposure) = (project["criticality"]?.text, project["exposure"]?.text)
                let line =
                    "\(project.text(at: "path"))  \(project.text(at: "branch"))  criticality "
                    + "\(criticality ?? "not set")  exposure \(exposure ?? "not set")"
                StandardOutput.write(line.shownInOneLine + "\n")
            }
        }

        private func write(_ project: ProjectRow, _ json: inout JSONWriter) {
            let criticality = project.criticality?.name
            let exposure = project.exposure?.name
            guard output.format == .text else {
                json.beginObject()
                json.key("path")
                json.string(project.path)
                json.key("branch")
                json.stringOrNull(project.branch.isEmpty ? nil : project.branch)
                json.key("criticality")
                json.stringOrNull(criticality)
                json.key("exposure")
                json.stringOrNull(exposure)
                return json.endObject()
            }
            StandardOutput.write(
                "\(project.path)  \(project.branch.isEmpty ? "not scanned yet" : project.branch)  criticality \(criticality ?? "not set")  exposure "
                    + "\(exposure ?? "not set")\n"
            )
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what hangs on a project and who can reach it; its findings are assessed again."
        )

        @Argument(help: "The project.")
        var project: String

        @Option(help: "What hangs on it: low, medium or high.")
        var criticality: String?

        @Option(help: "Who can reach it: small (few, inside), controlled, or open (the internet).")
        var exposure: String?

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: AdvisoryStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let criticality = try criticality.map {
                    try Self.value($0, "criticality", PriorityInputs.Criticality.allCases, \.name)
                }
                let exposure = try exposure.map {
                    try Self.value($0, "exposure", PriorityInputs.Exposure.allCases, \.name)
                }
                guard criticality != nil || exposure != nil else {
                    throw CommandFailure.badInput("give --criticality or --exposure")
                }
                let asked = try await server.ask(place.findings, by: maker) { api in
                    let members: [(String, JSONValue?)] = [
                        ("criticality", JSONValue(criticality?.name)), ("exposure", JSONValue(exposure?.name)),
                    ]
                    return try await api.send("PATCH", "/projects/\(project.pathSegment)", members)
                }
                if let asked { return write(asked["changed"]?.integer ?? 0) }
                let store = try place.findings.open(isMade: false)
                guard try store.project(project) != nil else {
                    throw CommandFailure.badInput("there is no project \(project)", hint: "redoubt vuln project list")
                }
                let record = store.projectRecord(
                    project,
                    criticality: criticality,
                    exposure: exposure,
                    maker: maker.maker
                )
                try await TriageLedger(path: place.findings.evidencePath).write(record)
                let facts = try place.openIfThere()
                let changed = try store.setProject(
                    project,
                    criticality: criticality,
                    exposure: exposure,
                    facts: facts,
                    now: Moment.now
                )
                try facts?.close()
                try store.close()
                write(changed ?? 0)
            }
        }

        private func write(_ count: Int) {
            StandardOutput.write(
                output.format == .text
                    ? "\(project): \(count) findings are assessed differently\n" : #"{"changed":\#(count)}"# + "\n"
            )
        }

        private static func value<Value>(
            _ text: String,
            _ what: String,
            _ values: [Value],
            _ name: (Value) -> String
        ) throws -> Value {
            guard let value = values.first(where: { name($0) == text }) else {
                throw CommandFailure.badInput(
                    "\(text) is no \(what)",
                    hint: "one of \(values.map(name).joined(separator: ", "))"
                )
            }
            return value
        }
    }
}

/// `redoubt vuln owners`.
struct VulnOwners: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "owners",
        abstract: "Who owns findings, by the CODEOWNERS file of a project.",
        subcommands: [Import.self]
    )

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Keep a project's CODEOWNERS file (GitHub or GitLab), for all findings now and to come."
        )

        @Argument(help: "The file.")
        var file: String

        @Option(help: "The project.")
        var project: String

        @OptionGroup var maker: MakerOptions
        @OptionGroup var place: FindingStoreOptions
        @OptionGroup var server: FindingServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await withTriageErrors {
                let (text, owners) = try read()
                let asked = try await server.ask(place, by: maker) { api in
                    try await api.send("PUT", "/projects/\(project.pathSegment)/owners", [("text", JSONValue(text))])
                }
                if let asked { return write(owners, changed: asked["changed"]?.integer ?? 0) }
                let store = try place.open(isMade: false)
                guard let found = try store.project(project) else {
                    throw CommandFailure.badInput("there is no project \(project)", hint: "redoubt vuln project list")
                }
                let record = store.ownersRecord(text, project: project, maker: maker.maker)
                try await TriageLedger(path: place.evidencePath).write(record)
                let changed = try store.setOwners(owners, text, project: found, maker: maker.maker, now: Moment.now)
                try store.close()
                write(owners, changed: changed)
            }
        }

        private func write(_ owners: CodeOwners, changed: Int) {
            for problem in owners.problems { StandardError.write("redoubt: \(file): \(problem)\n") }
            StandardOutput.write(
                output.format == .text
                    ? "\(project): \(owners.lineCount) lines, \(changed) findings have another owner\n"
                    : #"{"lines":\#(owners.lineCount),"changed":\#(changed),"problems":\#(owners.problems.count)}"#
                        + "\n"
            )
        }

        private func read() throws -> (String, CodeOwners) {
            guard let handle = FileHandle(forReadingAtPath: file),
                let data = try? handle.read(upToCount: CodeOwners.longest + 1),
                let text = String(data: data, encoding: .utf8)
            else { throw CommandFailure.badInput("\(file) cannot be read as a text") }
            do {
                return (text, try CodeOwners(parsing: text))
            } catch {
                throw CommandFailure.badInput("\(file): \(error)")
            }
        }
    }
}

/// `redoubt vuln fsck`.
struct VulnFsck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Count all findings again and compare that with what dashboards show; exit code 1 where it differs."
    )

    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let problems = try await withTriageErrors {
            let store = try place.open(isMade: false)
            let problems = try store.verifyRollUps()
            try store.close()
            return problems
        }
        if output.format == .text {
            for problem in problems.first { StandardOutput.write("\(problem)\n") }
            StandardOutput.write(
                problems.count == 0 ? "all counts are right\n" : "\(problems.count) counts are wrong\n"
            )
        } else {
            var json = JSONWriter()
            json.beginObject()
            json.key("wrong")
            json.number(problems.count)
            json.key("first")
            json.beginArray()
            for problem in problems.first { json.string("\(problem)") }
            json.endArray()
            json.endObject()
            json.endLine()
            StandardOutput.write(json.bytes)
        }
        if problems.count > 0 { throw ExitCode.judgedBad }
    }
}
