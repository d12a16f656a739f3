// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import WebFirewall

/// `redoubt usage`: what Redoubt was worth, and whether its makers may know.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Show how Redoubt was used, and let a report of it be sent or not.",
        discussion: """
            All is counted on this machine. Nothing is sent unless you enable it, and unless the configuration names an \
            address under usage.
            """,
        subcommands: [Show.self, Preview.self, Enable.self, Disable.self, Reset.self],
        defaultSubcommand: Show.self
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what was counted.")

        @Option(help: "How many days.")
        var days = 7

        @OptionGroup var server: ServerOptions
        @OptionGroup var output: FormatOptions

        func validate() throws {
            guard (1...400).contains(days) else { throw ValidationError("--days is from 1 to 400") }
        }

        func run() async throws {
            try await server.withAPI { api in
                let usage = try await api.get("/usage", [("days", "\(days)")])
                StandardOutput.write(output.format == .text ? Array(UsageCommand.text(usage).utf8) : usage.line)
            }
        }
    }

    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the exact document that would be sent.")

        @OptionGroup var server: ServerOptions

        func run() async throws {
            try await server.withAPI { api in
                StandardOutput.write(try await api.get("/usage/preview").line)
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a report be sent each week; it is recorded as evidence."
        )

        @OptionGroup var server: ServerOptions

        func run() async throws { try await UsageCommand.change("enable", server) }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let no report be sent; it is recorded as evidence.")

        @OptionGroup var server: ServerOptions

        func run() async throws { try await UsageCommand.change("disable", server) }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget what was counted, and take another identifier; it is recorded as evidence."
        )

        @OptionGroup var server: ServerOptions

        func run() async throws { try await UsageCommand.change("reset", server) }
    }

    private static func change(_ verb: String, _ server: ServerOptions) async throws {
        try await server.withAPI { api in
            StandardOutput.write(state(try await api.send("POST", "/usage/\(verb)", [])))
        }
    }

    private static func text(_ usage: JSONValue) -> String {
        var table = TextTable(["PART", "WHAT", "COUNT"])
        for counter in usage["counters"]?.elements ?? [] {
            let part = counter.text(at: "capability").replacing("_", with: " ")
            table.add([part, counter.text(at: "title"), counter.text(at: "count")])
        }
        return "\(usage.text(at: "days")) days until \(usage.text(at: "until"))\n" + table.text + state(usage)
    }

    private static func state(_ usage: JSONValue) -> String {
        let target = usage["target"]?.text
        let isEnabled = usage["enabled"]?.bool == true
        var text = "reports: "
        switch (isEnabled, target) {
        case (false, _): text += "not sent\n"
        case (true, let target?): text += "sent each week to \(target.shownInTerminal)\n"
        case (true, nil): text += "enabled, and not sent: no running server has an address for them (usage.address)\n"
        }
        text += "installation: \(usage.text(at: "installation")) (random)\n"
        if let failure = usage["failure"]?.text { text += "the last report failed: \(failure.shownInTerminal)\n" }
        return text
    }
}
