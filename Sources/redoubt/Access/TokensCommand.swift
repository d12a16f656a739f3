// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt tokens`: what programs use the API with.
struct TokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "List, make and revoke tokens of the API.",
        subcommands: [List.self, Add.self, Revoke.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens.")

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/tokens"
        static let none = "there are no tokens"
        static var columns: [JSONListing.Column] {
            [
                .init("ID", "id"), .init("NAME", "name"), .init("SCOPES", "scopes"), .init("PROJECT", "project"),
                .init("EXPIRES", "expires"),
                .init("LAST USED", "last_used"), .init("REVOKED", "revoked"),
            ]
        }
        var query: [(String, String?)] { [] }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token; it is shown once.")

        @Argument(help: "What it is for.")
        var name: String

        @Option(
            name: [.customLong("scope"), .customLong("permission")],
            help: "see, triage, respond, administer, audit or upload; may be repeated."
        )
        var scopes: [String] = ["see"]

        @Option(help: "The project or group for which alone it is good, such as shop/cart; of see, triage and upload.")
        var project: String?

        @Option(help: "The user in whose name it acts.")
        var owner: String?

        @Option(help: "When it ends, such as 90d.")
        var expires: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                var members: [(String, JSONValue?)] = [
                    ("name", JSONValue(name)), ("scopes", .array(scopes.map { JSONValue($0) })),
                    ("project", JSONValue(project)), ("expires", expires.map { JSONValue($0) }),
                ]
                if let owner { members.append(("owner", JSONValue(try await api.userID(owner)))) }
                let token = try await api.send("POST", "/tokens", members)
                StandardOutput.write(
                    output.format == .text ? Array("\(token.text(at: "token").shownInTerminal)\n".utf8) : token.line
                )
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a token.")

        @Argument(help: "The token's id, as the list shows it.")
        var id: String

        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await server.withAPI { api in
                try await api.send("DELETE", "/tokens/\(id.pathSegment)", [])
            }
        }
    }
}
