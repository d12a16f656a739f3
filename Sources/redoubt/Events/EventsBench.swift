// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Storage

/// `redoubt events bench`: what this machine and its disk make of the event store.
struct EventsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure recording and searching here.",
        discussion: "Records made-up exchanges of the last seven days and searches them."
    )

    @Option(help: "The number of events.")
    var events = 1_000_000

    @OptionGroup var place: MeasurementOptions

    func validate() throws {
        guard (1...100_000_000).contains(events) else {
            throw ValidationError("--events must be from 1 to 100000000")
        }
    }

    func run() async throws {
        try await place.measure { folder in
            let figures = try await EventStoreBenchmark.run(folder: folder + "/events", events: events)
            return [
                Figure("events", figures.events),
                Figure("lost_events", figures.lostEvents),
                Figure("line_bytes", figures.bytesPerEvent, decimals: 1),
                Figure("disk_bytes", figures.diskBytesPerEvent, decimals: 1),
                Figure("produce_ns", figures.produceNanoseconds, decimals: 0),
                Figure("record_ns", figures.recordNanoseconds, decimals: 0),
                Figure("miss_seconds", figures.missSeconds, decimals: 3),
                Figure("miss_cores", figures.missCores, decimals: 2),
                Figure("first_page_seconds", figures.firstPageSeconds, decimals: 3),
                Figure("first_page_hits", figures.firstPageHits),
                Figure("entity_seconds", figures.entitySeconds, decimals: 3),
            ]
        }
    }
}
