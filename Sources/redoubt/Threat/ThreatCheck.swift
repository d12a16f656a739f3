// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import FalcoRules
import SigmaRules
import ThreatDetection

/// `redoubt threat check`.
struct ThreatCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check rule files; exit code 1 where one of them does not load.",
        discussion: """
            Files of Falco rules are loaded one on top of the other, in the order given. As JSON the result has the form of \
            Falco's own validation, so that what reads that can read this.
            """
    )

    @Argument(help: "Files of Falco rules, or folders of them.")
    var files: [String] = []

    @Option(parsing: .upToNextOption, help: "Files of Sigma rules, or folders of them.")
    var sigma: [String] = []

    @OptionGroup var output: FormatOptions

    func validate() throws {
        if files.isEmpty == sigma.isEmpty {
            throw ValidationError("give files of Falco rules, or --sigma and files of Sigma rules")
        }
    }

    func run() throws {
        var isGood = true
        try withThreatErrors {
            isGood = sigma.isEmpty ? try checkFalco() : try checkSigma()
        }
        if !isGood { throw ExitCode.judgedBad }
    }

    private func checkFalco() throws -> Bool {
        let rules = try FalcoRuleFiles(files)
        guard output.format == .text else {
            StandardOutput.write(LoadResult.json(rules.results) + [UInt8(ascii: "\n")])
            return rules.isSuccessful
        }
        for result in rules.results {
            StandardOutput.write("\(result.name): \(result.isSuccessful ? "good" : "does not load")\n")
            for (word, issues) in [("error", result.errors), ("warning", result.warnings)] {
                for issue in issues { StandardOutput.write(Self.text(word, issue)) }
            }
        }
        if rules.isSuccessful {
            let enabled = rules.loader.rules.filter(\.isEnabled).count
            StandardOutput.write("\(rules.loader.rules.count) rules, \(enabled) of them enabled\n")
        }
        return rules.isSuccessful
    }

    private static func text(_ word: String, _ issue: LoadIssue) -> String {
        let item = issue.locations.last { !$0.name.isEmpty }
        let place = item.map { " in \($0.type.rawValue) \"\($0.name)\", line \($0.line + 1)" } ?? ""
        return "  \(word) \(issue.code.rawValue)\(place): \(issue.message)\n"
    }

    private func checkSigma() throws -> Bool {
        let rules = try SigmaRuleFiles(sigma)
        guard output.format == .text else {
            StandardOutput.write(Self.json(rules) + [UInt8(ascii: "\n")])
            return rules.errors.isEmpty
        }
        for diagnostic in rules.diagnostics { StandardOutput.write("\(diagnostic)\n") }
        StandardOutput.write(
            "\(rules.set.rules.count) rules of \(rules.files.count) files, \(rules.errors.count) documents do not load\n"
        )
        return rules.errors.isEmpty
    }

    /// The same form as for Falco's rules, a result for each file.
    private static func json(_ rules: SigmaRuleFiles) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("sigma_load_results")
        json.beginArray()
        let byFile = Dictionary(grouping: rules.diagnostics, by: \.file)
        for file in rules.files {
            let own = byFile[file] ?? []
            json.beginObject()
            json.key("name")
            json.string(file)
            json.key("successful")
            json.bool(!own.contains { $0.severity == .error })
            for (key, severity) in [("errors", SigmaDiagnostic.Severity.error), ("warnings", .warning)] {
                json.key(key)
                json.beginArray()
                for diagnostic in own where diagnostic.severity == severity { write(diagnostic, to: &json) }
                json.endArray()
            }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    private static func write(_ diagnostic: SigmaDiagnostic, to json: inout JSONWriter) {
        json.beginObject()
        json.key("code")
        json.string(diagnostic.code.rawValue)
        json.key("message")
        json.string(diagnostic.message)
        json.key("line")
        json.number(diagnostic.line)
        json.key("column")
        json.number(diagnostic.column)
        json.key("rule")
        json.stringOrNull(diagnostic.rule)
        json.endObject()
    }
}
