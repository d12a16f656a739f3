// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt jobs`: what takes its time on a server.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "List jobs of a server, look at one, cancel it.",
        discussion: "What came of a job is kept for an hour.",
        subcommands: [List.self, Show.self, Cancel.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List jobs, newest first.")

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                JSONListing(
                    document: try await api.get("/jobs", page.query),
                    columns: [
                        .init("ID", "id"), .init("KIND", "kind"), .init("SUBJECT", "subject"), .init("STATE", "state"),
                        .init("DONE") { "\(Int(($0["progress"]?.double ?? 0) * 100))%" }, .init("BY", "owner"),
                        .init("ASKED FOR", "made"),
                    ],
                    none: "there are no jobs"
                ).write(output.format)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a job and what it found.")

        @Argument(help: "The job's id.")
        var id: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let job = try await api.get("/jobs/\(id)")
                StandardOutput.write(output.format == .text ? Array(job.details.utf8) : job.line)
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cancel a job that is under way, or forget one that is over."
        )

        @Argument(help: "The job's id.")
        var id: String

        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await server.withAPI { api in
                try await api.send("DELETE", "/jobs/\(id)", [])
                StandardOutput.write("cancelled\n")
            }
        }
    }
}
