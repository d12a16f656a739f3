// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import DefenseModel
import SecLang
import WebFirewall

/// `redoubt waf cost`: which rules take the time.
struct WAFCost: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost",
        abstract: "Show what each rule costs on recorded traffic, dearest first.",
        discussion: """
            The traffic is a HAR file, NDJSON in the form that "redoubt waf eval" takes, or a corpus of "redoubt waf \
            bench". Without --rules the rule set in force is used. The time of a rule that is the first to look at \
            some values includes collecting, transforming and scanning them for all rules that look at them too.
            """
    )

    @Argument(help: "A .har or .ndjson file, or a .bin corpus.")
    var traffic: String

    @OptionGroup var rules: RuleOptions
    @OptionGroup var output: FormatOptions

    @Option(help: "How many rules to show; 0 for all that were reached.")
    var top = 20

    func validate() throws {
        guard top >= 0 else {
            throw ValidationError("--top must not be negative")
        }
    }

    func run() throws {
        let file = try TrafficFile(traffic)
        let evaluator = try TransactionEvaluator.make(
            try rules.namedOrDefault(),
            mode: .enforce,
            patterns: rules.patterns,
            programs: rules.programs.launcher
        )
        let costs = RuleCosts(evaluator.rules)
        evaluator.costs = costs
        let unreadable = try file.readAll { _ = evaluator.evaluate($0) }
        let report = CostReport(costs, rules: evaluator.rules, limit: top == 0 ? nil : top)
        switch output.format {
        case .text: StandardOutput.write(report.text)
        case .json: StandardOutput.write(report.json)
        case .ndjson: StandardOutput.write(report.ndjson)
        }
        if unreadable > 0 {
            throw ExitCode.badInput
        }
    }
}
