// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt rehearse`: what enforce would have stopped.
struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Tell what enforce would have stopped, from what was recorded.",
        discussion: """
            What looks benign stands first: look at it before you enforce. With --rules, the transactions that were kept whole \
            are replayed on rules as they would be.
            """,
        subcommands: [Run.self, RehearseBench.self],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Tell what enforce, or changed rules, would have stopped."
        )

        @Argument(help: "The scope: waf, waf/app:shop.")
        var scope: String

        @Option(help: "How far back: 24h, 7d.")
        var since = "7d"

        @Option(help: "A file of rules in place of those in force; may be repeated, the order counts.")
        var rules: [String] = []

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func run() async throws {
            guard rules.isEmpty else {
                try await ChangedRules(scope: scope, since: since, files: rules).run(server, output.format)
                return
            }
            try await RecordedRehearsalText(scope: scope, since: since).run(server, output.format)
        }
    }
}

/// What enforce would have done to what was recorded.
private struct RecordedRehearsalText {
    let scope: String
    let since: String

    func run(_ server: ServerOptions, _ format: OutputFormat) async throws {
        try await server.withAPI(.reading) { api in
            let result = try await api.get("/rehearsal", [("scope", scope), ("since", since)])
            StandardOutput.write(format == .text ? Array(text(result).utf8) : result.line)
        }
    }

    private func text(_ result: JSONValue) -> String {
        let stop = result.text(at: "would_stop")
        var text = "enforce would have stopped \(stop) of \(result.text(at: "requests")) requests in the last \(since)"
        text += "; \(result.text(at: "stopped")) were stopped\n"
        for (title, member) in [("BY RULE", "by_rule"), ("BY ROUTE", "by_route"), ("BY CLIENT", "by_client")] {
            let parts = result[member]?.elements ?? []
            guard !parts.isEmpty else { continue }
            text += "\n\(title)\n"
            for part in parts.prefix(10) {
                let count = part.text(at: "would_stop").isEmpty ? part.text(at: "count") : part.text(at: "would_stop")
                text +=
                    "  \(String(repeating: " ", count: max(0, 8 - count.count)))\(count)  \(part.text(at: "name").shownInTerminal)\n"
            }
        }
        return text
    }
}
