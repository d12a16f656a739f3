// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt never-block`: whom no control strikes.
struct NeverBlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "never-block",
        abstract: "List and change who is never blocked, whatever rules and limits say.",
        discussion: "What they would have been stopped for is recorded. This machine's own addresses need no entry.",
        subcommands: [List.self, Add.self, Remove.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List who is never blocked.")

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/never-block"
        static let none = "nobody is on the list; this machine's own addresses are never blocked"
        static var columns: [JSONListing.Column] {
            [
                .entity("ENTITY", "entity"), .init("KIND", "kind"), .init("BY", "maker"), .init("UNTIL", "expires"),
                .init("BECAUSE", "because"),
            ]
        }
        var query: [(String, String?)] { page.query }
    }

    struct Add: ChangingCommand {
        static let configuration = CommandConfiguration(abstract: "Put an entity on the list.")

        @Argument(help: "An address, a network such as 10.0.0.0/8, or a kind and a key such as user:alice.")
        var entity: String

        @Option(help: "Why it is never blocked: listed, console, health_check or administrator.")
        var kind: String?

        @Option(help: "When it ends: 8h, 30d, or a time such as 2027-01-31T12:00:00Z.")
        var expires: String?

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/never-block" }
        var members: [(String, JSONValue?)] {
            [("entity", JSONValue(entity)), ("kind", JSONValue(kind)), ("expires", JSONValue(expires))]
        }
    }

    struct Remove: ChangingCommand {
        static let configuration = CommandConfiguration(abstract: "Take an entity off the list.")

        @Argument(help: "The entity.")
        var entity: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/never-block/remove" }
        var members: [(String, JSONValue?)] { [("entity", JSONValue(entity))] }
    }
}
