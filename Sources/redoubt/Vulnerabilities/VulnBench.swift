// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import VulnerabilityManagement

/// `redoubt vuln bench`: measurements on made-up data.
struct VulnBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the engines, or taking in and reading many findings.",
        subcommands: [VulnBenchStore.self, VulnBenchEngines.self],
        defaultSubcommand: VulnBenchStore.self
    )
}

/// `redoubt vuln bench store`: what this machine and its disk make of many findings.
struct VulnBenchStore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Measure taking in the reports of many projects, and reading their dashboards.",
        discussion:
            "Takes in made-up reports of the last year, changed ones, and the same again; then asks as pages do."
    )

    @Option(help: "Findings of all projects together, in their first reports.")
    var findings = 1_000_000

    @Option(help: "The number of projects.")
    var projects = 500

    @Option(help: "How often each question is asked.")
    var requests = 500

    @OptionGroup var place: MeasurementOptions

    func validate() throws {
        guard (1...100_000_000).contains(findings), (1...100_000).contains(projects), projects <= findings,
            (1...1_000_000).contains(requests)
        else {
            throw ValidationError("--findings, --projects and --requests are numbers above 0, with a finding a project")
        }
    }

    func run() async throws {
        try await place.measure { folder in
            var line = ProgressLine()
            let figures = try FindingBenchmark.run(
                path: folder + "/vulnerabilities.sqlite",
                findings: findings,
                projects: projects,
                requests: requests,
                now: Int(Date().timeIntervalSince1970)
            ) { line.show($0) }
            line.clear()
            func rate(_ seconds: Double) -> Double { seconds > 0 ? Double(figures.findings) / seconds : 0 }
            return [
                Figure("findings", figures.findings),
                Figure("projects", figures.projects),
                Figure("first_import_per_second", rate(figures.firstImport), decimals: 0),
                Figure("changed_import_per_second", rate(figures.changedImport), decimals: 0),
                Figure("unchanged_import_per_second", rate(figures.unchangedImport), decimals: 0),
                Figure("finding_bytes", Double(figures.bytes) / Double(figures.findings), decimals: 0),
            ]
                + figures.questions.flatMap {
                    [
                        Figure("\($0.name)_p50_ms", $0.median * 1e3, decimals: 2),
                        Figure("\($0.name)_p99_ms", $0.high * 1e3, decimals: 2),
                    ]
                }
        }
    }
}

/// `redoubt vuln bench engines`: what one small question takes.
struct VulnBenchEngines: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engines",
        abstract: "Measure comparing versions, scoring CVSS vectors, reading package URLs and pairing findings.",
        discussion: """
            Made-up lines, the same from the same seed. For each engine the median and the least of the rounds, in \
            nanoseconds of processor time for one operation, with the goal where there is one.
            """
    )

    @Option(help: "The lines of each small engine.")
    var lines = 20_000

    @Option(help: "How many findings are paired with the same in another order.")
    var findings = 500_000

    @Option(help: "How often each is measured.")
    var rounds = 5

    @Option(help: "The seed of the lines.")
    var seed: UInt64 = 7

    @OptionGroup var output: FormatOptions

    func validate() throws {
        guard (1...10_000_000).contains(lines), (1...10_000_000).contains(findings), (1...1000).contains(rounds) else {
            throw ValidationError("--lines and --findings are numbers from 1 to 10,000,000, --rounds from 1 to 1,000")
        }
    }

    func run() throws {
        var progress = ProgressLine()
        let figures: [EngineBenchmark.Figure]
        do {
            figures = try EngineBenchmark.run(lines: lines, findings: findings, rounds: rounds, seed: seed) {
                progress.show($0)
            }
        } catch {
            throw CommandFailure.couldNotRun("the engines cannot be measured: \(error)")
        }
        progress.clear()
        if output.format == .text { writeText(figures) } else { writeJSON(figures) }
    }

    private func writeJSON(_ figures: [EngineBenchmark.Figure]) {
        var json = JSONWriter()
        json.beginObject()
        for figure in figures {
            json.key(figure.name)
            json.beginObject()
            json.key("operations")
            json.number(figure.operations)
            json.key("median_ns")
            json.number(figure.median, decimals: 1)
            json.key("least_ns")
            json.number(figure.least, decimals: 1)
            json.key("goal_ns")
            if let goal = figure.goal { json.number(goal, decimals: 0) } else { json.null() }
            json.endObject()
        }
        json.endObject()
        json.endLine()
        StandardOutput.write(json.bytes)
    }

    private func writeText(_ figures: [EngineBenchmark.Figure]) {
        for figure in figures {
            let times = "\(String(format: "%.0f", figure.median)) ns, least \(String(format: "%.0f", figure.least))"
            let goal = figure.goal.map { figure.median < $0 ? ", goal \(Int($0)): met" : ", goal \(Int($0)): missed" }
            StandardOutput.write("\(figure.name)  \(times)\(goal ?? "")\n")
        }
    }
}
