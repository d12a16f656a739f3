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
        subcommands: [Show.self, Set.self, Clear.self, Resume.self]
    )

    struct Show: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "Show what was set, by whom and why.")

        @Argument(help: "Only this scope.")
        var scope: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/modes"
        static let none = "nothing is set, so the configuration counts; everything starts in observe"
        static var columns: [JSONListing.Column] {
            [
                .init("SCOPE", "scope"), .init("MODE", "mode"),
                .init("CLIENTS") { $0["canary"]?.integer.map { "\($0)%" } ?? "all" },
                .init("BY", "maker"), .init("SINCE", "since"), .init("UNTIL", "expires"), .init("BECAUSE", "because"),
            ]
        }
        var query: [(String, String?)] { [("limit", "200")] }

        func chosen(of modes: JSONValue) -> JSONValue {
            guard let scope else { return modes }
            let found = (modes["items"]?.elements ?? []).filter { $0.text(at: "scope") == scope }
            return .object([JSONMember(name: Array("items".utf8), value: .array(found))])
        }
    }

    struct Set: ChangingCommand {
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

        var path: String { "/modes" }
        var members: [(String, JSONValue?)] {
            [
                ("scope", JSONValue(scope)), ("mode", JSONValue(mode.rawValue)),
                ("canary", canary.map { JSONValue.integer($0) }), ("expires", JSONValue(expires)),
            ]
        }
    }

    struct Clear: ChangingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a setting away; the next wider scope counts then."
        )

        @Argument(help: "The scope.")
        var scope: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/modes/clear" }
        var members: [(String, JSONValue?)] { [("scope", JSONValue(scope))] }
    }

    struct Resume: ChangingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a control act again that was put back to observe, as it struck too many clients."
        )

        @Argument(help: "The control: waf, blocks or limits.")
        var control: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/resume" }
        var members: [(String, JSONValue?)] { [("control", JSONValue(control))] }
    }
}
