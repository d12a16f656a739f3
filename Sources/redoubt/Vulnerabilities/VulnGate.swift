// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import VulnerabilityManagement

/// `redoubt vuln gate`.
struct VulnGate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Judge a branch by its open findings: exit code 1 where some of them fail it.",
        discussion: """
            The word new in the expression means that the baseline does not have the finding; code that only moved is not             new. What is dismissed on the baseline does not fail. A branch that was never scanned is an error.
            """
    )

    @Option(help: "The project.")
    var project: String

    @Option(help: "The branch (default: the project's own).")
    var branch: String?

    @Option(help: "The branch to compare with (default: the project's own).")
    var baseline: String?

    @Option(help: "What fails, such as 'new and (kev or severity>=high)'.")
    var failOn: String

    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let isPassed = try await withTriageErrors {
            let filter = try FindingFilter(parsing: failOn)
            let store = try place.open(isMade: false)
            guard let found = try store.project(project) else {
                throw CommandFailure.badInput("there is no project \(project)", hint: "redoubt vuln project list")
            }
            let result = try store.gate(
                found,
                branch: branch ?? found.branch,
                baseline: baseline ?? found.branch,
                failOn: filter,
                now: Moment.now
            )
            try store.close()
            write(result)
            return result.isPassed
        }
        if !isPassed { throw ExitCode.judgedBad }
    }

    private func write(_ result: GateResult) {
        guard output.format == .text else {
            var json = JSONWriter()
            json.beginObject()
            json.key("passed")
            json.bool(result.isPassed)
            for (name, count) in [
                ("failing", result.failCount), ("open", result.open), ("new", result.new), ("decided", result.decided),
            ] {
                json.key(name)
                json.number(count)
            }
            json.key("findings")
            json.beginArray()
            for row in result.failing { row.write(to: &json) }
            json.endArray()
            json.endObject()
            json.endLine()
            return StandardOutput.write(json.bytes)
        }
        for row in result.failing { StandardOutput.write("\(row.textLine)\n") }
        if result.failCount > result.failing.count {
            StandardOutput.write("... \(result.failCount - result.failing.count) more\n")
        }
        StandardOutput.write(
            "\(result.isPassed ? "passed" : "failed"): \(result.failCount) findings fail, of \(result.open) open and "
                + "\(result.new) new ones; \(result.decided) are dismissed on the baseline\n"
        )
    }
}
