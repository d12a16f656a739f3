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
            Keeps the requests of a corpus, again and again, in a new folder below --folder, as a gateway would; finds out on \
            all processors, from the encrypted files to the counts, what changed rules would make of them, once by \
            evaluating only those that the change can touch and once by evaluating all; and removes the folder.

            Without --change it is what false positives lead to: a rule of the Core Rule Set is removed, another leaves out a \
            parameter, a third is new.
            """
    )

    @Argument(help: "A corpus of requests, in binary records.")
    var corpus: String

    @OptionGroup var rules: RuleOptions

    @Option(help: ArgumentHelp("A file of directives that are read behind the rules.", valueName: "file"))
    var change: String?

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
        let sources = try rules.namedOrDefault()
        var changed = sources
        if let change {
            changed.files.append(change)
        } else {
            changed.texts.append(.init(name: "change", text: Self.usualChange))
        }
        let benchmark = ReplayBenchmark(
            records,
            try TransactionEvaluator.make(sources, mode: .enforce, patterns: rules.patterns).rules,
            changed: try TransactionEvaluator.make(changed, mode: .enforce, patterns: rules.patterns).rules
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
            write(try benchmark.run(folder: path, transactions: transactions))
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
    }

    private static let usualChange = #"""
        SecRuleRemoveById 920350
        SecRuleUpdateTargetById 942100 "!ARGS:comment"
        SecRule REQUEST_HEADERS:User-Agent "@rx ^made-up-scanner" "id:1000000,phase:1,deny,status:403,log"

        """#

    private func write(_ figures: ReplayBenchmark.Figures) {
        let rows = [
            Figure("transactions", figures.replayed), Figure("stopped", figures.stopped),
            Figure("disk_bytes", figures.diskBytes, decimals: 0), Figure("processors", figures.processors),
            Figure("read_per_second", figures.readRate, decimals: 0),
            Figure("untouched", figures.untouched),
            Figure("change_per_second", figures.changeRate, decimals: 0),
            Figure("replay_per_second", figures.replayRate, decimals: 0),
        ]
        Figure.write(rows, output.format)
    }
}
