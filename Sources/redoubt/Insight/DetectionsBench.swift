// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Incidents

/// `redoubt detections bench`: what this machine and its disk make of detections.
struct DetectionsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure keeping detections and asking for them here.",
        discussion: "Keeps made-up detections of the last seven days and asks for them as pages and commands do."
    )

    @Option(help: "The number of detections that become rows.")
    var rows = 100_000

    @Option(help: "The number of exchanges without a detection, and of detections that are folded into a row.")
    var exchanges = 100_000

    @OptionGroup var place: MeasurementOptions

    func validate() throws {
        guard (1...100_000_000).contains(rows), (1...100_000_000).contains(exchanges) else {
            throw ValidationError("--rows and --exchanges must be from 1 to 100000000")
        }
    }

    func run() async throws {
        try await place.measure { folder in
            let path = folder + "/insight.sqlite"
            let figures = try await DetectionBenchmark.run(path: path, rows: rows, exchanges: exchanges)
            return [
                Figure("rows", figures.rows),
                Figure("lost_rows", figures.lostRows),
                Figure("row_ns", figures.rowNanoseconds, decimals: 0),
                Figure("row_elapsed_ns", figures.rowElapsedNanoseconds, decimals: 0),
                Figure("folded_ns", figures.foldedNanoseconds, decimals: 0),
                Figure("exchange_ns", figures.exchangeNanoseconds, decimals: 0),
                Figure("row_bytes", figures.bytesPerRow, decimals: 0),
            ] + figures.questions.map { Figure("\($0.name)_ms", $0.seconds * 1e3, decimals: 2) }
        }
    }
}
