// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel
import Foundation
import Gateway
import WebFirewall

/// `redoubt waf test`: runs a rule set's regression tests.
struct WAFTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the regression tests of a rule set (the YAML schema of go-ftw).",
        discussion: """
            Without --target the tests run in this process; without --rules with the rule set in force, in \
            detection only, at paranoia level 4. With --target and --error-log they go over the wire; the server \
            under test needs this rule before its rule set:
              \(WireTarget.markerRule)
            --print-rules writes the rules of a run in this process with that rule in front, for such a server; \
            script/test-wire does all of it.
            Exit code 1 means that a test failed.
            """
    )

    @Argument(help: "Folders or files of tests.")
    var paths: [String] = []

    @OptionGroup var rules: RuleOptions
    @OptionGroup var output: FormatOptions

    @Option(help: "A file of go-ftw platform overrides; an entry with \"ignore: true\" and a reason skips a test.")
    var overrides: String?

    @Option(help: "Run only tests whose id begins with this; may be repeated.")
    var filter: [String] = []

    @Option(help: "Run over the wire, against this http:// URL.")
    var target: String?

    @Option(help: "The error log of the server under test.")
    var errorLog: String?

    @Flag(help: "Write the rules for a server under test to standard output, and run nothing.")
    var printRules = false

    func validate() throws {
        guard printRules || !paths.isEmpty else {
            throw ValidationError("name folders or files of tests")
        }
        guard (target == nil) == (errorLog == nil) else {
            throw ValidationError("--target and --error-log belong together")
        }
    }

    func run() throws {
        guard !printRules else {
            let sources = try rules.namedOrDefault(OfflineConfiguration.regressionDirectives)
            let includes = sources.files.map { "Include \($0)" }
            let lines = [WireTarget.markerRule] + includes + sources.texts.map(\.text)
            StandardOutput.write(lines.joined(separator: "\n") + "\n")
            return
        }
        let files = try readTests()
        let overrides = try readOverrides()
        let report: RegressionReport
        if let target, let errorLog {
            do {
                report = try run(files, on: try WireTarget(target: target, errorLog: errorLog), overrides)
            } catch let error as WireTarget.Unusable {
                throw CommandFailure.couldNotRun(error.description)
            }
        } else {
            let sources = try rules.namedOrDefault(OfflineConfiguration.regressionDirectives)
            let evaluator = try TransactionEvaluator.make(
                sources,
                mode: .enforce,
                patterns: rules.patterns,
                programs: rules.programs.launcher
            )
            let target = InProcessTarget(parseRawRequest: parseRawRequest, evaluate: evaluator.evaluate)
            report = try run(files, on: target, overrides)
        }
        switch output.format {
        case .text: StandardOutput.write(report.text)
        case .json: StandardOutput.write(report.json)
        case .ndjson: break
        }
        if report.count(.failed) > 0 {
            throw ExitCode.judgedBad
        }
    }

    private func readTests() throws -> [RegressionFile] {
        var files: [RegressionFile] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw CommandFailure.badInput("\(path) does not exist")
            }
            let names = isFolder.boolValue ? RuleFileSelection.files(below: path, suffixes: [".yaml", ".yml"]) : [path]
            do {
                files += try names.map { try RegressionFileReader.read(path: $0) }
            } catch let error as RegressionFileError {
                throw CommandFailure.badInput(error.description)
            }
        }
        guard !files.isEmpty else {
            throw CommandFailure.badInput("no test files (.yaml) in \(paths.joined(separator: ", "))")
        }
        return files
    }

    private func readOverrides() throws -> RegressionOverrides {
        guard let overrides else {
            return RegressionOverrides()
        }
        do {
            return try RegressionOverrides.read(path: overrides)
        } catch let error as RegressionFileError {
            throw CommandFailure.badInput(error.description)
        }
    }

    private func run(
        _ files: [RegressionFile],
        on target: some RegressionTarget,
        _ overrides: RegressionOverrides
    ) throws -> RegressionReport {
        var runner = RegressionRunner(target: target, overrides: overrides)
        var report = RegressionReport()
        var progress = ProgressLine()
        let total = files.reduce(0) { $0 + $1.tests.count }
        for file in files {
            for test in file.tests where isSelected(test) {
                let result = try runner.run(test, in: file)
                report.add(result)
                if output.format == .ndjson {
                    var json = JSONWriter()
                    result.write(to: &json)
                    json.endLine()
                    StandardOutput.write(json.bytes)
                }
                progress.show("\(report.results.count) of \(total): \(report.count(.failed)) failed, now \(test.id)")
            }
        }
        progress.clear()
        guard !report.results.isEmpty else {
            throw CommandFailure.badInput("no test's id begins with \(filter.joined(separator: " or "))")
        }
        return report
    }

    private func isSelected(_ test: RegressionTest) -> Bool {
        filter.isEmpty || filter.contains { test.id.hasPrefix($0) }
    }
}
