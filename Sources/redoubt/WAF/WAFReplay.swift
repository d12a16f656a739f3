// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
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

    @Argument(help: "A .har or .ndjson file, or a .bin corpus.")
    var traffic: String

    @OptionGroup var rules: RuleOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let file = try TrafficFile(traffic)
        let evaluator = try TransactionEvaluator.make(
            try rules.namedOrDefault(),
            mode: .enforce,
            patterns: rules.patterns,
            programs: rules.programs.launcher
        )
        var report = ReplayReport()
        report.unreadable = try file.readAll { report.add($0, evaluator.evaluate($0)) }
        switch output.format {
        case .text: StandardOutput.write(report.text)
        case .json: StandardOutput.write(report.json)
        case .ndjson: StandardOutput.write(report.ndjson)
        }
        if report.unreadable > 0 {
            throw ExitCode.badInput
        }
    }
}
