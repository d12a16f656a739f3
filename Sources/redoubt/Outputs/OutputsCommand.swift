// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt outputs`: where events go, and what did not arrive.
struct OutputsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outputs",
        abstract: "Show where events go, test it, and send again or drop what no receiver took.",
        discussion: "Outputs are named in the configuration file, under outputs.",
        subcommands: [List.self, Retry.self, Drop.self, Test.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the outputs of a running server, or messages that were given up."
        )

        @Flag(help: "List dead letters: messages that no receiver took, newest first.")
        var dead = false

        @Option(help: "Dead letters of this output only.")
        var output: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var format: FormatOptions

        func validate() throws {
            if output != nil, !dead { throw ValidationError("--output goes with --dead") }
        }

        func run() async throws {
            try await server.withAPI { api in
                let listing = dead ? try await deadLetters(api) : try await outputs(api)
                listing.write(format.format)
            }
        }

        private func outputs(_ api: APIConnection) async throws -> JSONListing {
            JSONListing(
                document: try await api.get("/outputs"),
                columns: [
                    .init("NAME", "name"), .init("KIND", "kind"), .init("TARGET", "target"), .init("SENT", "sent"),
                    .init("WAITING", "waiting"), .init("DEAD", "dead"), .init("LOST", "lost"),
                    .init("STATE") { $0["failure"]?.text ?? "works" },
                ],
                none: "no output runs: none is configured, or no server runs on this data folder"
            )
        }

        private func deadLetters(_ api: APIConnection) async throws -> JSONListing {
            JSONListing(
                document: try await api.get("/outputs/dead-letters", [("output", output)] + page.query),
                columns: [
                    .init("ID", "id"), .init("OUTPUT", "output"), .init("EVENTS", "events"),
                    .init("GIVEN UP", "given_up"), .init("ATTEMPTS", "attempts"), .init("ERROR", "error"),
                ],
                none: "nothing was given up"
            )
        }
    }

    /// Which messages are meant.
    struct Choice: ParsableArguments {
        @Argument(help: "The message's id, as the list of dead letters shows it.")
        var id: String?

        @Option(help: "All of this output.")
        var output: String?

        @Flag(help: "All of them.")
        var all = false

        func validate() throws {
            guard [id != nil, output != nil, all].count(where: { $0 }) == 1 else {
                throw ValidationError("name one message by its id, or all with --output NAME or --all")
            }
        }

        var members: [(String, JSONValue?)] {
            [
                ("id", id.map { JSONValue($0) }), ("output", output.map { JSONValue($0) }),
                ("all", all ? .bool(true) : nil),
            ]
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send messages again that were given up.")

        @OptionGroup var choice: Choice
        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await server.withAPI { api in
                let answer = try await api.send("POST", "/outputs/dead-letters/retry", choice.members)
                StandardOutput.write("\(answer.text(at: "count")) messages are sent again\n")
            }
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove messages for good that were given up.")

        @OptionGroup var choice: Choice
        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await server.withAPI { api in
                let answer = try await api.send("POST", "/outputs/dead-letters/drop", choice.members)
                StandardOutput.write("\(answer.text(at: "count")) messages are gone\n")
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send a test to an output of a running server, now.")

        @Argument(help: "The output's name.")
        var name: String

        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await server.withAPI { api in
                let answer = try await api.send("POST", "/outputs/\(name.pathSegment)/test", [])
                StandardOutput.write("\(name): \(answer.text(at: "result").shownInTerminal)\n")
            }
        }
    }
}
