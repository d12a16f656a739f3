// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt block`: who is refused, whatever the control.
struct BlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Block addresses, networks, users and sessions across all controls.",
        discussion:
            "An entity is an address, a network such as 203.0.113.0/24, or a kind and a key such as user:alice.",
        subcommands: [List.self, Add.self, Remove.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List who is blocked.")

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                JSONListing(
                    document: try await api.get("/blocks", page.query),
                    columns: [
                        .init("ENTITY", "entity"), .init("BY", "maker"), .init("SINCE", "since"),
                        .init("UNTIL", "expires"),
                        .init("BECAUSE", "because"),
                    ],
                    none: "nobody is blocked"
                ).write(output.format)
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Block an entity.")

        @Argument(help: "Whom.")
        var entity: String

        @OptionGroup var reason: ReasonOptions

        @Option(help: "When it ends: 8h, 30d, or a time such as 2027-01-31T12:00:00Z.")
        var expires: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let members: [(String, JSONValue?)] = [
                    ("entity", JSONValue(entity)), ("expires", expires.map { JSONValue($0) }),
                    ("reason", JSONValue(reason.because)),
                ]
                ChangeOutput.write(try await api.send("POST", "/blocks", members), output.format)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a block.")

        @Argument(help: "Whose.")
        var entity: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let members: [(String, JSONValue?)] = [
                    ("entity", JSONValue(entity)), ("reason", JSONValue(reason.because)),
                ]
                ChangeOutput.write(try await api.send("POST", "/blocks/remove", members), output.format)
            }
        }
    }
}
