// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import SecLang
import WebFirewall

/// `redoubt config`: the configuration file.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check the configuration file, or explain where each setting comes from.",
        subcommands: [ConfigCheck.self, ConfigExplain.self]
    )
}

/// `redoubt config check`
struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read the configuration file and the rules that it names, and report what is wrong.",
        discussion: "Without FILE the file that redoubt itself would take. Exit code 1 means that there are errors."
    )

    @Argument(help: "The configuration file.")
    var file: String?

    @OptionGroup var output: FormatOptions

    func run() throws {
        guard let path = file ?? ConfigurationSearch.find(environment: ProcessInfo.processInfo.environment) else {
            throw CommandFailure.badInput(
                "there is no configuration file",
                hint: "name one; it is looked for in \(ConfigurationSearch.description)"
            )
        }
        let diagnostics = Self.check(try ConfigurationFile(path: path))
        let report = DiagnosticReport(diagnostics, usesColor: standardOutputShowsColor)
        switch output.format {
        case .text:
            StandardOutput.write(report.text)
            StandardError.write(report.summary(files: 1) + "\n")
        case .json:
            StandardOutput.write(report.json(files: 1))
        case .ndjson:
            StandardOutput.write(report.ndjson)
        }
        if report.errors > 0 {
            throw ExitCode.judgedBad
        }
    }

    /// What is wrong with a file by itself: neither flags nor the environment count.
    static func check(_ file: ConfigurationFile) -> [Diagnostic] {
        let settings = Settings(flags: [:], environment: [:], file: file)
        let planned = GatewayPlanner.plan(settings, missingUpstream: .isTheSampleShop)
        var diagnostics = planned.problems.compactMap(\.diagnostic)
        guard let plan = planned.plan else {
            return diagnostics
        }
        var seen: Set<[String]> = []
        for application in plan.applications where !application.rules.isEmpty && seen.insert(application.rules).inserted
        {
            let options = CompileOptions(
                compatibility: plan.compatibility,
                programs: plan.allowsPrograms ? ProgramLauncher().access : nil
            )
            diagnostics += checkRules(files: application.rules, options: options)
        }
        return diagnostics
    }
}

/// `redoubt config explain`
struct ConfigExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show each setting in force and where it comes from.",
        discussion: "Takes the options of \"redoubt gateway\", to show what they change."
    )

    @OptionGroup var options: GatewayOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let settings = try options.loadSettings()
        let (plan, problems) = GatewayPlanner.plan(settings, missingUpstream: .isTheSampleShop)
        let explanation = SettingsExplanation(settings)
        switch output.format {
        case .text: StandardOutput.write(explanation.text)
        case .json, .ndjson: StandardOutput.write(explanation.json(isArray: output.format == .json))
        }
        StandardError.write(ConfigurationReport.text(problems))
        if plan == nil {
            throw CommandFailure.badInput("the settings cannot be used")
        }
    }
}
