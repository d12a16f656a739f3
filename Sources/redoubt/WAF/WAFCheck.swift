// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import SecLang
import WebFirewall

/// `redoubt waf check`: parses and lints rule files.
struct WAFCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Parse rule files and report what is wrong or doubtful in them.",
        discussion: """
            Of a folder, all .conf files below it are read. Exit code 1 means that there are errors. With --backend \
            the files are compiled as one rule set, and what scans for their patterns is tested and reported; exit \
            code 1 then also means that the scanner missed something.
            """
    )

    @Argument(help: "Rule files, or folders of them.")
    var paths: [String]

    @Flag(help: "Report what scans for the patterns of these rules, and test it.")
    var backend = false

    @OptionGroup var programs: ProgramOptions
    @OptionGroup var output: FormatOptions

    private var options: CompileOptions { CompileOptions(programs: programs.launcher?.access) }

    func run() throws {
        let selection = RuleFileSelection.find(paths)
        for path in selection.unreadable {
            StandardError.write("redoubt: \(path) cannot be read\n")
        }
        guard !selection.files.isEmpty else {
            if selection.unreadable.isEmpty {
                throw CommandFailure.badInput("no rule files (.conf) in \(paths.joined(separator: ", "))")
            }
            throw ExitCode.badInput
        }
        if backend {
            try reportBackend(selection.files)
            if !selection.unreadable.isEmpty { throw ExitCode.badInput }
            return
        }
        let report = DiagnosticReport(
            checkRules(files: selection.files, options: options),
            usesColor: standardOutputShowsColor
        )
        switch output.format {
        case .text:
            StandardOutput.write(report.text)
            StandardError.write(report.summary(files: selection.files.count) + "\n")
        case .json:
            StandardOutput.write(report.json(files: selection.files.count))
        case .ndjson:
            StandardOutput.write(report.ndjson)
        }
        if !selection.unreadable.isEmpty {
            throw ExitCode.badInput
        }
        if report.errors > 0 {
            throw ExitCode.judgedBad
        }
    }

    private func reportBackend(_ files: [String]) throws {
        let rules: RuleSet
        do {
            rules = try RuleSources(files: files).compile(options: options)
        } catch {
            StandardError.write(DiagnosticReport(error.diagnostics, usesColor: false).text)
            throw ExitCode.judgedBad
        }
        let report = BackendReport(PatternCache(directory: nil).library(for: rules).library)
        switch output.format {
        case .text: StandardOutput.write(report.text)
        case .json, .ndjson: StandardOutput.write(report.json)
        }
        if !report.isSound {
            throw ExitCode.judgedBad
        }
    }
}
