// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import Foundation
import Matching
import WebFirewall

/// `redoubt waf bench`: measures what a transaction costs.
struct WAFBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the time per transaction, by class of traffic.",
        discussion: """
            One thread goes through the corpus in order, again and again, until the time is up; the first 50 \
            records warm up. Each transaction is timed from its creation to its end, all five phases with a 2 KB \
            page as the response.
            """
    )

    @Argument(help: "A corpus of requests, in binary records.")
    var corpus: String

    @OptionGroup var rules: RuleOptions
    @OptionGroup var output: FormatOptions

    @Option(help: "What scans for patterns: Hyperscan, or the portable scanner that needs no library.")
    var scanner: ScanBackend.Choice = .automatic

    @Option(help: "How long to measure.")
    var seconds: Double = 10

    func validate() throws {
        guard !rules.files.isEmpty else {
            throw ValidationError("--rules FILE is missing: a measurement names what it measures")
        }
        guard seconds > 0, seconds <= 86_400 else {
            throw ValidationError("--seconds must be more than 0")
        }
    }

    func run() throws {
        guard let data = FileManager.default.contents(atPath: corpus) else {
            throw CommandFailure.badInput("\(corpus) cannot be read")
        }
        let records: BenchmarkCorpus
        do {
            records = try BenchmarkCorpus(Array(data))
        } catch {
            throw CommandFailure.badInput("\(corpus): \(error)")
        }
        guard !records.records.isEmpty else {
            throw CommandFailure.badInput("\(corpus) holds no records")
        }
        let clock = ContinuousClock()
        func milliseconds(_ duration: Duration) -> Double {
            Double(duration / .milliseconds(1))
        }
        func load() throws -> TransactionEvaluator {
            try TransactionEvaluator.make(
                rules.named,
                mode: .enforce,
                patterns: rules.patterns(scanner),
                programs: rules.programs.launcher
            )
        }
        let start = clock.now
        let evaluator = try load()
        let loading = clock.now - start
        let reloading = try clock.measure { _ = try load() }
        var run = BenchmarkRun(records, seconds: seconds) { transaction in
            evaluator.judge(transaction).isDenied
        }
        run.loadMilliseconds = milliseconds(loading)
        run.reloadMilliseconds = milliseconds(reloading)
        switch output.format {
        case .text: StandardOutput.write(run.text)
        case .json, .ndjson: StandardOutput.write(run.json)
        }
    }
}
