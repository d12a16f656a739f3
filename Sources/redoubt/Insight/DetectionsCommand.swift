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

    struct List: AsyncParsableCommand {
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

        func run() async throws {
            try await server.withAPI { api in
                let filter = [
                    ("q", text), ("since", since), ("severity", severity?.rawValue), ("rule", rule), ("kind", kind),
                    ("client", client), ("application", application),
                ]
                JSONListing(
                    document: try await api.get("/detections", filter + page.query),
                    columns: [
                        .init("ID", "id"), .init("TIME", "last_time"), .init("SEVERITY", "severity"),
                        .init("OUTCOME", "outcome"), .init("COUNT", "count"), .init("RULE", "rule"),
                        .init("CLIENT", "client"),
                        .init("ROUTE", "route"), .init("MESSAGE", "message"),
                    ],
                    none: "no detections"
                ).write(output.format)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one detection with its rules.")

        @Argument(help: "The detection's id.")
        var id: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let detection = try await api.get("/detections/\(id.pathSegment)")
                guard output.format == .text else {
                    StandardOutput.write(detection.line)
                    return
                }
                var text = (detection["detection"] ?? .null).details
                for rule in detection["rules"]?.elements ?? [] {
                    text += "\n\(rule.details)"
                }
                StandardOutput.write(text)
            }
        }
    }
}
