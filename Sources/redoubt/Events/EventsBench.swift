// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import Storage

/// `redoubt events bench`: what this machine and its disk make of the event store.
struct EventsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure recording and searching here.",
        discussion: "Records made-up exchanges into a new folder below --folder, searches them, and removes it."
    )

    @Option(help: "A folder on the disk to measure.")
    var folder: String

    @Option(help: "The number of events.")
    var events = 1_000_000

    @OptionGroup var output: FormatOptions

    func validate() throws {
        guard (1...100_000_000).contains(events) else {
            throw ValidationError("--events must be from 1 to 100000000")
        }
    }

    func run() async throws {
        let path = "\(folder)/redoubt-events-bench-\(UUID().uuidString)"
        defer {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                StandardError.write("redoubt: \(path) cannot be removed: \(error)\n")
            }
        }
        do {
            write(try await EventStoreBenchmark.run(folder: path, events: events))
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
    }

    private func write(_ figures: EventStoreBenchmark.Figures) {
        let rows: [(name: String, value: Double, decimals: Int)] = [
            ("events", Double(figures.events), 0),
            ("lost_events", Double(figures.lostEvents), 0),
            ("line_bytes", figures.bytesPerEvent, 1),
            ("disk_bytes", figures.diskBytesPerEvent, 1),
            ("produce_ns", figures.produceNanoseconds, 0),
            ("record_ns", figures.recordNanoseconds, 0),
            ("miss_seconds", figures.missSeconds, 3),
            ("miss_cores", figures.missCores, 2),
            ("first_page_seconds", figures.firstPageSeconds, 3),
            ("first_page_hits", Double(figures.firstPageHits), 0),
            ("entity_seconds", figures.entitySeconds, 3),
        ]
        guard output.format == .text else {
            var json = JSONWriter()
            json.beginObject()
            for row in rows {
                json.key(row.name)
                json.number(row.value, decimals: row.decimals)
            }
            json.endObject()
            json.endLine()
            StandardOutput.write(json.bytes)
            return
        }
        for row in rows {
            let value = String(format: "%.\(row.decimals)f", row.value)
            StandardOutput.write("\(row.name)  \(value)\n")
        }
    }
}
