// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import Foundation
import Matching
import Storage
import WebFirewall

/// `redoubt rehearse bench`: how fast changed rules are tried here.
struct RehearseBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast kept transactions are replayed on rules.",
        discussion: """
            Keeps the requests of a corpus, again and again, in a new folder below --folder, as a gateway would; replays all \
            of them on the rules, on all processors, from the encrypted files to the counts; and removes the folder.
            """
    )

    @Argument(help: "A corpus of requests, in binary records.")
    var corpus: String

    @OptionGroup var rules: RuleOptions

    @Option(help: "A folder on the disk to measure.")
    var folder = FileManager.default.temporaryDirectory.path

    @Option(help: "How many transactions are kept and replayed.")
    var transactions = 50_000

    @OptionGroup var output: FormatOptions

    func validate() throws {
        guard (1...10_000_000).contains(transactions) else {
            throw ValidationError("--transactions must be from 1 to 10000000")
        }
    }

    func run() async throws {
        guard let data = FileManager.default.contents(atPath: corpus) else {
            throw CommandFailure.badInput("\(corpus) cannot be read")
        }
        let records: BenchmarkCorpus
        do {
            records = try BenchmarkCorpus(Array(data))
        } catch {
            throw CommandFailure.badInput("\(corpus): \(error)")
        }
        let evaluator = try TransactionEvaluator.make(
            try rules.namedOrDefault(),
            mode: .enforce,
            patterns: rules.patterns
        )
        let path = "\(folder)/redoubt-rehearse-bench-\(UUID().uuidString)"
        defer {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                StandardError.write("redoubt: \(path) cannot be removed: \(error)\n")
            }
        }
        do {
            write(try ReplayBenchmark(records, evaluator.rules).run(folder: path, transactions: transactions))
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
    }

    private func write(_ figures: ReplayBenchmark.Figures) {
        let rows = [
            Figure("transactions", figures.replayed), Figure("stopped", figures.stopped),
            Figure("disk_bytes", figures.diskBytes, decimals: 0), Figure("processors", figures.processors),
            Figure("read_per_second", figures.readRate, decimals: 0),
            Figure("replay_per_second", figures.replayRate, decimals: 0),
        ]
        Figure.write(rows, output.format)
    }
}
