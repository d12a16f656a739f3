// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt block`: who is refused, whatever the control.
struct BlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Block addresses, networks, users, sessions and devices across all controls.",
        discussion: """
            An entity is an address, a network such as 203.0.113.0/24, or a kind and a key such as user:alice. By what \
            the gateway tells users, sessions and devices is a setting: "identify" in the configuration. Sessions and \
            devices are kept as keyed hashes of 32 digits, which events show; session: and device: take the cookie's \
            value as well, and hash it.
            """,
        subcommands: [List.self, Add.self, Remove.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List who is blocked.")

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/blocks"
        static let none = "nobody is blocked"
        static var columns: [JSONListing.Column] {
            [
                .entity("ENTITY", "entity"), .init("BY", "maker"), .init("SINCE", "since"), .init("UNTIL", "expires"),
                .init("BECAUSE", "because"),
            ]
        }
        var query: [(String, String?)] { page.query }
    }

    struct Add: ChangingCommand {
        static let configuration = CommandConfiguration(abstract: "Block an entity.")

        @Argument(help: "Whom.")
        var entity: String

        @OptionGroup var reason: ReasonOptions

        @Option(help: "When it ends: 8h, 30d, or a time such as 2027-01-31T12:00:00Z.")
        var expires: String?

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/blocks" }
        var members: [(String, JSONValue?)] { [("entity", JSONValue(entity)), ("expires", JSONValue(expires))] }
    }

    struct Remove: ChangingCommand {
        static let configuration = CommandConfiguration(abstract: "End a block.")

        @Argument(help: "Whose.")
        var entity: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/blocks/remove" }
        var members: [(String, JSONValue?)] { [("entity", JSONValue(entity))] }
    }
}
