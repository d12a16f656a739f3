// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt entities`: whom detections concern.
struct EntitiesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entities",
        abstract: "List and show whom detections concern: addresses, services, users.",
        subcommands: [List.self, Show.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List entities, the last seen first.")

        @Option(help: "The kind: address, service, user ...")
        var kind: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/entities"
        static let none = "no entities"
        static var columns: [JSONListing.Column] {
            [
                .entity("ENTITY", "entity"), .init("WORST", "worst"), .init("DETECTIONS", "detections"),
                .init("STOPPED", "stopped"), .init("FIRST SEEN", "first_seen"), .init("LAST SEEN", "last_seen"),
            ]
        }
        var query: [(String, String?)] { [("kind", kind)] + page.query }
    }

    struct Show: ShowingCommand {
        static let configuration = CommandConfiguration(abstract: "Show one entity.")

        @Argument(help: "The entity: 203.0.113.7, user:alice.")
        var entity: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/entities/\(entity.pathSegment)" }
    }
}
