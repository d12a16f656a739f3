// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel
import Foundation

/// `redoubt decisions`: what was done, by whom, and why.
struct DecisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions",
        abstract: "List, show and take back decisions: blocks, and changes of the policy.",
        subcommands: [List.self, Show.self, Undo.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List decisions, newest first.")

        @Option(help: "How far back: 10m, 24h, 7d.")
        var since: String?

        @Option(help: "Whom it struck.")
        var subject: String?

        @Option(help: "What was done: blocked, limited, changed ...")
        var disposition: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let filter = [("since", since), ("subject", subject), ("disposition", disposition)]
                JSONListing(
                    document: try await api.get("/decisions", filter + page.query),
                    columns: [
                        .init("ID", "id"), .init("TIME", "time"), .init("WHAT", "disposition"),
                        .init("SUBJECT", "subject"),
                        .init("SCOPE", "scope"), .init("BY", "maker"), .init("MESSAGE", "message"),
                    ],
                    none: "no decisions"
                ).write(output.format)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one decision.")

        @Argument(help: "The decision's id.")
        var id: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let decision = try await api.get("/decisions/\(id.pathSegment)")
                StandardOutput.write(output.format == .text ? Array(decision.details.utf8) : decision.line)
            }
        }
    }

    struct Undo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take back what a decision has changed.")

        @Argument(help: "The decision's id.")
        var id: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let change = try await api.send(
                    "POST",
                    "/decisions/\(id.pathSegment)/undo",
                    [("reason", JSONValue(reason.because))]
                )
                ChangeOutput.write(change, output.format)
            }
        }
    }
}

extension String {
    /// As a part of a path between slashes.
    var pathSegment: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~:"))) ?? self
    }
}
