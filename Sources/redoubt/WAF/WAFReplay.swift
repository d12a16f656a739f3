// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import Foundation
import Gateway
import Glibc
import WebFirewall

/// `redoubt waf replay`: what rules would have done to recorded traffic.
struct WAFReplay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Show what rules would have done to recorded traffic, by rule and by route.",
        discussion: """
            The traffic is a HAR file, as browsers save it, or NDJSON in the form that "redoubt waf eval" takes. \
            Without --rules the rule set in force is used.
            """
    )

    @Argument(help: "A .har or .ndjson file.")
    var traffic: String

    @OptionGroup var rules: RuleOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let isArchive = traffic.lowercased().hasSuffix(".har")
        guard FileManager.default.isReadableFile(atPath: traffic) else {
            throw CommandFailure.badInput("\(traffic) cannot be read")
        }
        let evaluator = try TransactionEvaluator.make(
            try rules.namedOrDefault(),
            mode: .enforce,
            patterns: rules.patterns
        )
        var report = ReplayReport()
        if isArchive {
            try replayArchive(with: evaluator, into: &report)
        } else {
            try replayLines(with: evaluator, into: &report)
        }
        switch output.format {
        case .text: StandardOutput.write(report.text)
        case .json: StandardOutput.write(report.json)
        case .ndjson: StandardOutput.write(report.ndjson)
        }
        if report.unreadable > 0 {
            throw ExitCode.badInput
        }
    }

    private func replayArchive(with evaluator: TransactionEvaluator, into report: inout ReplayReport) throws {
        var unreadable = 0
        let transactions: [RecordedTransaction]
        do {
            let bytes = Array(FileManager.default.contents(atPath: traffic) ?? Data())
            transactions = try HARReader.read(bytes) { error in
                StandardError.write("\(traffic): \(error.message)\n")
                unreadable += 1
            }
        } catch {
            throw CommandFailure.badInput("\(traffic):\(error.line):\(max(error.column, 1)): \(error.message)")
        }
        report.unreadable = unreadable
        var progress = ProgressLine()
        for transaction in transactions {
            report.add(transaction, evaluator.evaluate(transaction))
            progress.show("\(report.requests) of \(transactions.count) requests")
        }
        progress.clear()
    }

    private func replayLines(with evaluator: TransactionEvaluator, into report: inout ReplayReport) throws {
        let descriptor = open(traffic, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure.badInput("\(traffic): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let decoder = TransactionDecoder(parseRawRequest: parseRawRequest)
        var reader = LineReader(descriptor: descriptor)
        var progress = ProgressLine()
        var line = 0
        while let item = try reader.next() {
            line += 1
            guard case .line(let bytes) = item else {
                StandardError.write("\(traffic):\(line): the line is too long\n")
                report.unreadable += 1
                continue
            }
            guard !bytes.isEmpty else {
                continue
            }
            do {
                let transaction = try decoder.decode(bytes, line: line)
                report.add(transaction, evaluator.evaluate(transaction))
            } catch {
                StandardError.write("\(traffic): \(error)\n")
                report.unreadable += 1
            }
            progress.show("\(report.requests) requests")
        }
        progress.clear()
    }
}
