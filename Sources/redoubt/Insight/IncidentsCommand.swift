// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel

/// `redoubt incidents`: detections that belong together, and what people do about them.
struct IncidentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents",
        abstract: "List, show and work on incidents.",
        subcommands: [List.self, Show.self, Edit.self, Comment.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List incidents, the latest first.")

        @Option(help: "open, new, acknowledged, in_progress, resolved or false_positive.")
        var state: String?

        @Option(help: "The least severity: info, low, medium, high or critical.")
        var severity: Severity?

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/incidents"
        static let none = "no incidents"
        static var columns: [JSONListing.Column] {
            [
                .init("ID", "id"), .init("LAST", "last_time"), .init("SEVERITY", "severity"), .init("STATE", "state"),
                .init("ASSIGNEE", "assignee"), .init("TITLE", "title"),
            ]
        }
        var query: [(String, String?)] { [("state", state), ("severity", severity?.rawValue)] + page.query }
    }

    struct Show: ShowingCommand {
        static let configuration = CommandConfiguration(abstract: "Show one incident and what was done about it.")

        @Argument(help: "The incident's id.")
        var id: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/incidents/\(id.pathSegment)" }

        func text(_ incident: JSONValue, _ api: APIConnection) async throws -> String {
            var text = incident.details
            for act in try await api.get(path + "/acts").elements ?? [] {
                text += "\(act.text(at: "time"))  \(act.text(at: "maker").shownInTerminal): \(act.text(at: "kind")) "
                text += "\(act.text(at: "after").shownInTerminal)\n"
            }
            return text
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change the state, the assignee or the severity.")

        @Argument(help: "The incident's id.")
        var id: String

        @Option(help: "new, acknowledged, in_progress, resolved or false_positive.")
        var state: String?

        @Option(help: "Whose it is; - for nobody.")
        var assignee: String?

        @Option(help: "How bad it is.")
        var severity: Severity?

        @Option(help: "Kept with the change.")
        var comment: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let members: [(String, String?)] = [
                    ("state", state), ("assignee", assignee), ("severity", severity?.rawValue), ("comment", comment),
                ]
                let incident = try await api.send(
                    "PATCH",
                    "/incidents/\(id.pathSegment)",
                    members.map { name, text in (name, text.map { JSONValue($0) }) }
                )
                StandardOutput.write(output.format == .text ? Array(incident.details.utf8) : incident.line)
            }
        }
    }

    struct Comment: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Comment on an incident.")

        @Argument(help: "The incident's id.")
        var id: String

        @Argument(help: "The comment.")
        var text: String

        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await server.withAPI { api in
                try await api.send("POST", "/incidents/\(id.pathSegment)/comments", [("text", JSONValue(text))])
            }
        }
    }
}
