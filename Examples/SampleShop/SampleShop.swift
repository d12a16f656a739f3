// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// A small web shop that is vulnerable on purpose: something to attack from the first minute.
///
/// It listens on loopback only, because it runs what a visitor sends it: SQL and shell commands.
@main
struct SampleShop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample-shop",
        abstract: "A small web shop that is vulnerable on purpose; it listens on this machine only.",
        discussion: """
            Prints "listening on http://localhost:PORT" on the standard output once it accepts connections. Orders,
            reviews and uploads live in memory and in a temporary folder, which is deleted when the shop ends.
            """
    )

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port: UInt16 = 8081

    @Option(help: "The address to listen on: localhost, 127.0.0.1 or ::1.")
    var host: String = "localhost"

    @Option(help: "A further name that browsers may call the shop by, beside localhost. May be repeated.")
    var allowHost: [String] = []

    @Flag(help: "End when the standard input does, so that the shop never outlives the program that started it.")
    var untilStdinCloses = false

    func validate() throws {
        guard Self.loopback[host] != nil else {
            throw ValidationError(
                "--host \(host): the shop runs what visitors send it, so it listens on localhost, 127.0.0.1 or ::1 only."
            )
        }
    }

    func run() async throws {
        guard let address = Self.loopback[host] else { throw ExitCode.validationFailure }
        // Writing to a client or a parent that has gone away is an error to handle, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        Catalogue.limitMemory()
        let folder = try ShopFolder.makeTemporary()
        defer { folder.delete() }
        let shop = try Shop(folder: folder, hosts: LocalHosts(additional: allowHost))

        var logger = Logger(label: "sample-shop")
        logger.logLevel = .error
        let application = Application(
            router: shop.makeRouter(),
            server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: .init(
                address: .hostname(address, port: Int(port)),
                serverName: "sample-shop",
                availableConnectionsDelegate: MaximumAvailableConnections(256)
            ),
            onServerRunning: { [untilStdinCloses] channel in
                let port = channel.localAddress?.port ?? 0
                FileHandle.standardOutput.write(Data("listening on http://localhost:\(port)\n".utf8))
                // Not before: until here a signal would end the process at once, and its folder would stay.
                if untilStdinCloses { Self.endWithStandardInput() }
            },
            logger: logger
        )
        do {
            try await application.runService()
        } catch {
            try await shop.close()
            throw error
        }
        try await shop.close()
    }

    /// The names of this machine's loopback interface, each with the address to bind.
    private static let loopback = ["localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"]

    /// Asks the process to shut down in order as soon as the standard input is at its end.
    private static func endWithStandardInput() {
        Thread.detachNewThread {
            while let data = try? FileHandle.standardInput.read(upToCount: 4096), !data.isEmpty {}
            kill(getpid(), SIGTERM)
        }
    }
}
