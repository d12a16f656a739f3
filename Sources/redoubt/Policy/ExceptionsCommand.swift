// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt exceptions`: what rules find and what passes all the same.
struct ExceptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exceptions",
        abstract: "Let what rules find by mistake pass, as narrowly as it can be said.",
        subcommands: [List.self, Add.self, Remove.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List exceptions, newest first.")

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                JSONListing(
                    document: try await api.get("/exceptions", page.query),
                    columns: [
                        .init("ID", "id"), .init("RULES", "rules"), .init("TARGET", "target"), .init("PLACE", "place"),
                        .init("CLIENT", "client"), .init("OWNER", "owner"), .init("UNTIL", "expires"),
                        .init("BECAUSE", "because"),
                    ],
                    none: "there are no exceptions"
                ).write(output.format)
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add an exception.")

        @Option(help: "The rules: 942100, 942100-942190, or tag:attack-sqli.")
        var rules: String

        @Option(
            help:
                "The part of the request that rules do not look at: ARGS:comment. Without it they are left out altogether."
        )
        var target: String?

        @Option(help: "Where: app:shop, or \"app:shop/route:POST /comments\". Without it, everywhere.")
        var place: String?

        @Option(help: "For whom: an address, a network or another entity. Without it, for everybody.")
        var client: String?

        @Option(help: "Who answers for it (default: you).")
        var owner: String?

        @Option(help: "When it ends: 8h, 30d, or a time such as 2027-01-31T12:00:00Z.")
        var expires: String?

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let members: [(String, String?)] = [
                    ("rules", rules), ("target", target), ("place", place), ("client", client), ("owner", owner),
                    ("expires", expires), ("reason", reason.because),
                ]
                let change = try await api.send(
                    "POST",
                    "/exceptions",
                    members.map { name, text in (name, text.map { JSONValue($0) }) }
                )
                ChangeOutput.write(change, output.format)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End an exception.")

        @Argument(help: "The exception's id.")
        var id: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let members: [(String, JSONValue?)] = [("id", JSONValue(id)), ("reason", JSONValue(reason.because))]
                ChangeOutput.write(try await api.send("POST", "/exceptions/remove", members), output.format)
            }
        }
    }
}
