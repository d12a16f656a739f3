// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import Policy
import Storage
import WebFirewall

/// `redoubt stand-down`: the switch for when something goes wrong.
struct StandDownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stand-down",
        abstract: "Put everything to observe and lift all blocks, at once.",
        discussion: """
            Works with the databases gone and the server hung: it leaves a file in the data folder that a gateway obeys \
            within a second. With --server it asks that server. "redoubt stand-up" ends it.
            """
    )

    @OptionGroup var reason: ReasonOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        guard server.server == nil else {
            try await server.withAPI { api in
                let change = try await api.send("POST", "/stand-down", [("reason", JSONValue(reason.because))])
                ChangeOutput.write(change, output.format)
            }
            return
        }
        let file = StandDownFile(inData: server.data.folder)
        let author = Authorship(NSUserName(), because: reason.because, at: SystemClock.time)
        do throws(StorageError) {
            try file.write(author)
        } catch {
            throw CommandFailure.couldNotRun("the switch cannot be set: \(error)")
        }
        StandardOutput.write(
            output.format == .text
                ? "stood down: gateways of \(server.data.folder) observe within a second (\(file.path))\n"
                : "{\"file\":\"\(file.path)\"}\n"
        )
    }
}

/// `redoubt stand-up`: ends a stand-down.
struct StandUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stand-up",
        abstract: "End a stand-down: modes and blocks are what was set again."
    )

    @OptionGroup var reason: ReasonOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        if server.server == nil {
            do throws(StorageError) {
                _ = try StandDownFile(inData: server.data.folder).remove()
            } catch {
                throw CommandFailure.couldNotRun("the switch cannot be taken back: \(error)")
            }
        }
        try await server.withAPI { api in
            ChangeOutput.write(
                try await api.send("POST", "/stand-up", [("reason", JSONValue(reason.because))]),
                output.format
            )
        }
    }
}
