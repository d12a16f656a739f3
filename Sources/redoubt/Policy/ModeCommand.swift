// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel

/// `redoubt mode`: how far controls may go.
struct ModeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mode",
        abstract: "Show and set modes: off, observe, enforce, for everything or for a part of it.",
        discussion: """
            A scope is a control and what it is narrowed to: waf, waf/app:shop, "waf/app:shop/route:POST /login", \
            waf/rule:942100, blocks, limits. The narrowest setting wins. Where nothing is set the configuration counts.
            """,
        subcommands: [Show.self, Set.self, Clear.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what was set, by whom and why.")

        @Argument(help: "Only this scope.")
        var scope: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                var modes = try await api.get("/modes", [("limit", "200")])
                if let scope {
                    let found = (modes["items"]?.elements ?? []).filter { $0.text(at: "scope") == scope }
                    modes = .object([JSONMember(name: Array("items".utf8), value: .array(found))])
                }
                JSONListing(
                    document: modes,
                    columns: [
                        .init("SCOPE", "scope"), .init("MODE", "mode"),
                        .init("CLIENTS") { $0["canary"]?.integer.map { "\($0)%" } ?? "all" },
                        .init("BY", "maker"), .init("SINCE", "since"), .init("UNTIL", "expires"),
                        .init("BECAUSE", "because"),
                    ],
                    none: "nothing is set, so the configuration counts; everything starts in observe"
                ).write(output.format)
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set the mode of a scope.")

        @Argument(help: "What it is about: waf, waf/app:shop, waf/rule:942100.")
        var scope: String

        @Argument(help: "off, observe or enforce.")
        var mode: Mode

        @OptionGroup var reason: ReasonOptions

        @Option(help: "The share of clients in percent, 1 to 99, for which enforce holds; others are observed.")
        var canary: Int?

        @Option(help: "When it ends: 8h, 30d, or a time such as 2027-01-31T12:00:00Z.")
        var expires: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                ChangeOutput.write(
                    try await api.send(
                        "POST",
                        "/modes",
                        [
                            ("scope", JSONValue(scope)), ("mode", JSONValue(mode.rawValue)),
                            ("canary", canary.map { JSONValue.integer($0) }),
                            ("expires", expires.map { JSONValue($0) }), ("reason", JSONValue(reason.because)),
                        ]
                    ),
                    output.format
                )
            }
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a setting away; the next wider scope counts then."
        )

        @Argument(help: "The scope.")
        var scope: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            try await server.withAPI { api in
                let members: [(String, JSONValue?)] = [
                    ("scope", JSONValue(scope)), ("reason", JSONValue(reason.because)),
                ]
                ChangeOutput.write(try await api.send("POST", "/modes/clear", members), output.format)
            }
        }
    }
}
