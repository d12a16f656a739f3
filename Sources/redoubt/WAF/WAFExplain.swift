// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import SecLang
import WebFirewall

/// `redoubt waf explain`: a rule in words.
struct WAFExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Put a rule into words: where it is, what it looks at, its score, how to exclude it.",
        discussion: "Without --rules the rule set in force is used."
    )

    @Argument(help: "The rule's id, such as 942100.")
    var ruleID: Int

    @OptionGroup var rules: RuleOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let sources = try rules.namedOrDefault()
        let description: RuleDescription
        do {
            description = try describeRule(
                id: ruleID,
                rules: sources,
                options: CompileOptions(programs: rules.programs.launcher?.access)
            )
        } catch let error as SecLangError {
            StandardError.write(DiagnosticReport(error.diagnostics).text)
            throw CommandFailure.badInput("the rules do not load", hint: "check them with \"redoubt waf check FILE\"")
        } catch {
            throw CommandFailure.badInput("\(error)")
        }
        let explanation = RuleExplanation(description)
        switch output.format {
        case .text: StandardOutput.write(explanation.text)
        case .json, .ndjson: StandardOutput.write(explanation.json)
        }
    }
}
