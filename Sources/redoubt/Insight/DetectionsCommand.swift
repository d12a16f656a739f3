// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel

/// `redoubt detections`: what rules found.
struct DetectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detections",
        abstract: "List and show what was found.",
        subcommands: [List.self, Show.self, DetectionsBench.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List detections, newest first.")

        @Option(name: .customLong("contains"), help: "Words of message, path, rule, kind, application or client.")
        var text: String?

        @Option(help: "How far back: 10m, 24h, 7d.")
        var since: String?

        @Option(help: "The least severity: info, low, medium, high or critical.")
        var severity: Severity?

        @Option(help: "The rule.")
        var rule: String?

        @Option(help: "The kind of attack, such as sqli.")
        var kind: String?

        @Option(help: "The client's address, or another entity.")
        var client: String?

        @Option(help: "The application.")
        var application: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/detections"
        static let none = "no detections"
        static var columns: [JSONListing.Column] {
            [
                .init("ID", "id"), .init("TIME", "last_time"), .init("SEVERITY", "severity"),
                .init("OUTCOME", "outcome"), .init("COUNT", "count"), .init("RULE", "rule"),
                .entity("CLIENT", "client"), .init("ROUTE", "route"), .init("MESSAGE", "message"),
            ]
        }
        var query: [(String, String?)] {
            [
                ("q", text), ("since", since), ("severity", severity?.rawValue), ("rule", rule), ("kind", kind),
                ("client", client), ("application", application),
            ] + page.query
        }
    }

    struct Show: ShowingCommand {
        static let configuration = CommandConfiguration(abstract: "Show one detection with its rules.")

        @Argument(help: "The detection's id.")
        var id: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/detections/\(id.pathSegment)" }

        func text(_ detection: JSONValue, _ api: APIConnection) -> String {
            let rules = detection["rules"]?.elements ?? []
            return (detection["detection"] ?? .null).details + rules.map { "\n\($0.details)" }.joined()
        }
    }
}
