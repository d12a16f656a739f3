// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Evidence
import Foundation
import Synchronization

/// `redoubt evidence bench`: what this machine and its disk make of the log.
struct EvidenceBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast leaves get to disk here.",
        discussion: """
            Writes a log of its own into a new folder below --folder, and removes it: first as many leaves as the disk \
            and one processor take, then one leaf after another, each waiting for the disk.
            """
    )

    @Option(help: "A folder on the disk to measure.")
    var folder: String

    @Option(help: "The number of leaves.")
    var leaves = 500_000

    @Option(help: "The bytes that a leaf holds.")
    var bytes = 200

    @Option(help: "How many leaves are waited for one by one.")
    var single = 200

    @OptionGroup var output: FormatOptions

    func validate() throws {
        guard leaves > 0, leaves <= 100_000_000, bytes >= 0, bytes <= 60_000, single > 0, single <= 1_000_000 else {
            throw ValidationError("--leaves and --single must be more than 0, --bytes no more than 60000")
        }
    }

    func run() async throws {
        let path = "\(folder)/redoubt-evidence-bench-\(UUID().uuidString)"
        defer {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                StandardError.write("redoubt: \(path) cannot be removed: \(error)\n")
            }
        }
        do {
            let log = try EvidenceLog(LogFolder(path), time: 0)
            let bulk = try await appendAll(to: log)
            let waits = try await appendOneByOne(to: log)
            await log.close()
            write(bulk, waits, log.statistics)
        } catch let error as EvidenceError {
            throw error.commandFailure
        }
    }

    private var leaf: EvidenceLeaf {
        let kind = EvidenceKind("bench") ?? .recovered
        return EvidenceLeaf(
            kind: kind,
            time: 1_795_273_188_452_368_991,
            content: [UInt8](repeating: 0x61, count: bytes)
        )
    }

    /// Seconds by the clock and of processor time till all leaves are on disk.
    private func appendAll(to log: EvidenceLog) async throws -> (seconds: Double, processor: Double) {
        let leaf = leaf
        let started = ContinuousClock.now
        let processor = clock()
        for _ in 0..<leaves {
            while true {
                do {
                    try log.append(leaf) { _ in }
                    break
                } catch  where error.code == .overloaded {
                    usleep(200)
                }
            }
        }
        _ = try await log.append(leaf)
        let ticks = Double(clock() - processor)
        return (Self.milliseconds(since: started) / 1000, ticks / Double(CLOCKS_PER_SEC))
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Double {
        let duration: Duration = ContinuousClock.now - start
        return Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15
    }

    /// Milliseconds that each leaf waited, sorted.
    private func appendOneByOne(to log: EvidenceLog) async throws -> [Double] {
        var waits: [Double] = []
        for _ in 0..<single {
            let started = ContinuousClock.now
            _ = try await log.append(leaf)
            waits.append(Self.milliseconds(since: started))
        }
        return waits.sorted()
    }

    private func write(
        _ bulk: (seconds: Double, processor: Double),
        _ waits: [Double],
        _ statistics: EvidenceStatistics
    ) {
        let count = Double(leaves)
        let perSecond: Double = count / bulk.seconds
        let perProcessorSecond: Double = count / max(bulk.processor, 1e-9)
        let cost: Double = bulk.processor / count * 1e6
        let groups = Double(statistics.groups)
        let median: Double = waits[waits.count / 2]
        let slowest: Double = waits[waits.count * 99 / 100]
        let figures: [(String, Double, Int)] = [
            ("leaves_per_second", perSecond, 0),
            ("leaves_per_processor_second", perProcessorSecond, 0),
            ("processor_us_per_leaf", cost, 2),
            ("groups", groups, 0),
            ("single_p50_ms", median, 2),
            ("single_p99_ms", slowest, 2),
        ]
        switch output.format {
        case .text:
            for (name, value, decimals) in figures {
                let number = String(format: "%.\(decimals)f", value)
                StandardOutput.write(name.replacing("_", with: " ") + ": " + number + "\n")
            }
        case .json, .ndjson:
            var json = JSONWriter()
            json.beginObject()
            for (name, value, decimals) in figures {
                json.key(name)
                json.number(value, decimals: decimals)
            }
            json.endObject()
            json.endLine()
            StandardOutput.write(json.bytes)
        }
    }
}
