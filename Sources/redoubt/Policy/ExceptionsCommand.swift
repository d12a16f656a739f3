// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt exceptions`: what rules find and what passes all the same.
struct ExceptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exceptions",
        abstract: "Let what rules find by mistake pass, as narrowly as it can be said.",
        subcommands: [List.self, Add.self, Remove.self, ExceptionsSuggest.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List exceptions, newest first.")

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/exceptions"
        static let none = "there are no exceptions"
        static var columns: [JSONListing.Column] {
            [
                .init("ID", "id"), .init("RULES", "rules"), .init("TARGET", "target"), .init("PLACE", "place"),
                .init("TYPE", "content_type"), .entity("CLIENT", "client"), .init("OWNER", "owner"),
                .init("UNTIL", "expires"), .init("BECAUSE", "because"),
            ]
        }
        var query: [(String, String?)] { page.query }
    }

    struct Add: ChangingCommand {
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

        @Option(help: "Only of bodies of this type: text/csv. Without it, of all.")
        var contentType: String?

        @Option(help: "For whom: an address, a network or another entity. Without it, for everybody.")
        var client: String?

        @Option(help: "Who answers for it (default: you).")
        var owner: String?

        @Option(help: "When it ends: 8h, 30d, or a time such as 2027-01-31T12:00:00Z.")
        var expires: String?

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/exceptions" }
        var members: [(String, JSONValue?)] {
            [
                ("rules", JSONValue(rules)), ("target", JSONValue(target)), ("place", JSONValue(place)),
                ("content_type", JSONValue(contentType)), ("client", JSONValue(client)), ("owner", JSONValue(owner)),
                ("expires", JSONValue(expires)),
            ]
        }
    }

    struct Remove: ChangingCommand {
        static let configuration = CommandConfiguration(abstract: "End an exception.")

        @Argument(help: "The exception's id.")
        var id: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/exceptions/remove" }
        var members: [(String, JSONValue?)] { [("id", JSONValue(id))] }
    }
}
