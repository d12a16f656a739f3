// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser

/// `redoubt events`: what was recorded.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "What gateways have recorded: every exchange, whatever became of it.",
        subcommands: [EventsList.self, EventsBench.self]
    )
}
