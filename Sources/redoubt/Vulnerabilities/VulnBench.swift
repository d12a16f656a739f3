// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import VulnerabilityManagement

/// `redoubt vuln bench`: what this machine and its disk make of many findings.
struct VulnBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
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
