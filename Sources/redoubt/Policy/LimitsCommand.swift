// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt limits`: how much is too much.
struct LimitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Limit how often an address, a session or everybody may ask.",
        discussion: """
            A limit is observed first, like all else: "redoubt mode set limits enforce", or limits/rule:NAME for one of \
            them, makes it refuse with 429.
            """,
        subcommands: [List.self, Set.self, Remove.self]
    )

    struct List: ListingCommand {
        static let configuration = CommandConfiguration(abstract: "List limits.")

        @OptionGroup var page: PageOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        static let path = "/limits"
        static let none = "there are no limits"
        static var columns: [JSONListing.Column] {
            [
                .init("NAME", "name"), .init("PLACE", "place"), .init("PER", "key"),
                .init("RATE") { "\($0.text(at: "count"))/\($0.text(at: "seconds"))s" },
                .init("BURST", "burst"), .init("BY", "maker"), .init("UNTIL", "expires"), .init("BECAUSE", "because"),
            ]
        }
        var query: [(String, String?)] { page.query }
    }

    struct Set: ChangingCommand {
        static let configuration = CommandConfiguration(abstract: "Set a limit; one of the same name is replaced.")

        @Argument(help: "The limit's name, such as login.")
        var name: String

        @Argument(help: "How many in which time: 10/1m, 100/1s, 1000/1h.")
        var rate: LimitRate

        @Option(help: "Whose requests count together: address, session or route.")
        var per = "address"

        @Option(help: "Where: app:shop, or \"app:shop/route:POST /login\". Without it, everywhere.")
        var place: String?

        @Option(help: "How many may come at once after a pause (default: as many as the rate says).")
        var burst: Int?

        @Option(help: "When it ends: 8h, 30d, or a time such as 2027-01-31T12:00:00Z.")
        var expires: String?

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/limits" }
        var members: [(String, JSONValue?)] {
            [
                ("name", JSONValue(name)), ("place", JSONValue(place)), ("key", JSONValue(per)),
                ("count", .integer(rate.count)), ("seconds", .integer(rate.seconds)),
                ("burst", burst.map { JSONValue.integer($0) }), ("expires", JSONValue(expires)),
            ]
        }
    }

    struct Remove: ChangingCommand {
        static let configuration = CommandConfiguration(abstract: "End a limit.")

        @Argument(help: "The limit's name.")
        var name: String

        @OptionGroup var reason: ReasonOptions
        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        var path: String { "/limits/remove" }
        var members: [(String, JSONValue?)] { [("name", JSONValue(name))] }
    }
}

/// A number of requests in a time, as `10/1m`.
struct LimitRate: ExpressibleByArgument {
    var count: Int
    var seconds: Int

    init?(argument: String) {
        let parts = argument.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let count = Int(parts[0]), let time = try? Quantity.duration(String(parts[1])),
            time >= .seconds(1)
        else { return nil }
        self.count = count
        seconds = Int(time.components.seconds)
    }
}
