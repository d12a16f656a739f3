// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import EventBus
import Foundation
import Storage
import WebFirewall

/// `redoubt events list`: recorded exchanges, newest first.
struct EventsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List recorded exchanges, newest first.",
        discussion: """
            Reads the data folder; a gateway may be writing it. What is younger than two seconds may be missing. All \
            conditions have to hold.
            """
    )

    @OptionGroup var data: DataOptions

    @Option(help: "How far back: 10m, 24h, 7d.")
    var since: String?

    @Option(help: "A text that is in the event, such as a path or an incident; may be repeated.")
    var contains: [String] = []

    @Option(help: "The client's address.")
    var client: String?

    @Option(help: "The least severity: info, low, medium, high or critical.")
    var severity: Severity?

    @Option(help: "How many, 1 to 1000.")
    var limit = 50

    @Option(help: "Where an earlier answer ended, to go on from there.")
    var cursor: String?

    @OptionGroup var output: FormatOptions

    func run() async throws {
        let folder = GatewayRecording.folder(inData: data.folder)
        let page: EventPage
        do {
            let store = try EventStore(reading: folder)
            page = try await store.search(try query())
        } catch let error as StorageError {
            throw Self.failure(error, folder)
        }
        for damage in page.damage {
            StandardError.write("redoubt: \(damage.file): \(damage.message)\n")
        }
        switch output.format {
        case .text: StandardOutput.write(EventListing(page).text)
        case .json: StandardOutput.write(EventListing(page).json)
        case .ndjson: StandardOutput.write(page.hits.flatMap { $0.bytes + [0x0A] })
        }
    }

    private func query() throws -> EventQuery {
        var query = EventQuery(
            needles: contains.map { Array($0.utf8) },
            severity: severity?.recorded ?? .unknown,
            limit: limit,
            cursor: cursor
        )
        if let since {
            do {
                let nanoseconds = Int64(try Quantity.duration(since) / .nanoseconds(1))
                query.from = SystemClock.time - nanoseconds
            } catch {
                throw CommandFailure.badInput("--since \(error)")
            }
        }
        if let client {
            do {
                query.entity = EntityKey(try Entity(.address, key: client))
            } catch {
                throw CommandFailure.badInput("--client: \(error)")
            }
        }
        return query
    }

    private static func failure(_ error: StorageError, _ folder: String) -> CommandFailure {
        switch error.code {
        case .notFound:
            .badInput("\(folder): there are no events", hint: "a gateway records them; --data names its folder")
        case .badQuery, .badCursor, .corrupt, .newerSchema: .badInput("\(error)")
        default: .couldNotRun("\(error)")
        }
    }
}

extension Severity {
    /// The same as recorded events have it.
    var recorded: EventSeverity {
        switch self {
        case .info: .info
        case .low: .low
        case .medium: .medium
        case .high: .high
        case .critical: .critical
        }
    }
}
