// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel
import Foundation

/// `redoubt decisions`: what was done, by whom, and why.
struct DecisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions",
        abstract: "List, show and take back decisions: blocks, and changes of the policy.",
        subcommands: [List.self, Show.self, Undo.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List decisions, newest first.")

        @Option(help: "How far back: 10m, 24h, 7d.")
        var since: String?

        @Option(help: "Whom it struck.")
        var subject: String?

        @Option(help: "What was done: blocked, limited, changed ...")
        var disposition: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/decisions"
        static let none = "no decisions"
        static var columns: [JSONListing.Column] {
            [
                .init("ID", "id"), .init("TIME", "time"), .init("WHAT", "disposition"), .entity("SUBJECT", "subject"),
                .init("SCOPE", "scope"), .init("BY", "maker"), .init("MESSAGE", "message"),
            ]
        }
        var query: [(String, String?)] {
            [("since", since), ("subject", subject), ("disposition", disposition)] + page.query
        }
    }

    struct Show: ShowingCommand {
        static let configuration = CommandConfiguration(abstract: "Show one decision.")

        @Argument(help: "The decision's id.")
        var id: String

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/decisions/\(id.pathSegment)" }
    }

    struct Undo: ChangingCommand {
        static let configuration = CommandConfiguration(abstract: "Take back what a decision has changed.")

        @Argument(help: "The decision's id.")
        var id: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/decisions/\(id.pathSegment)/undo" }
    }
}

extension String {
    /// As a part of a path between slashes.
    var pathSegment: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~:"))) ?? self
    }
}
