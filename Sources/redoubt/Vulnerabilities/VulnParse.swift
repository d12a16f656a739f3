// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import ReportFormats
import VulnerabilityManagement

/// `redoubt vuln parse`.
struct VulnParse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Read reports of any known format, and write what is in them.",
        discussion: """
            The format is found by content. JSON has one line for each file: {"format": .., "scan": {..}, \
            "findings": [..]}. Secrets are masked. A file that cannot be read is told in one line; the others are read \
            all the same, and the exit code is 2.
            """
    )

    @Argument(help: ArgumentHelp("Reports.", valueName: "file"))
    var files: [String]

    @OptionGroup var formats: MappingOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let reader = ReportReader(mappings: try formats.mappings(folder: nil))
        var isBad = false
        for file in files {
            do {
                try parse(file, reader)
            } catch let error as FileSource.Failure {
                StandardError.write("redoubt: \(error)\n")
                isBad = true
            } catch let error as ReportError {
                StandardError.write("redoubt: \(file): \(error)\n")
                isBad = true
            }
        }
        if isBad { throw ExitCode.badInput }
    }

    private func parse(_ file: String, _ reader: ReportReader) throws {
        let source = try FileSource(file)
        guard output.format == .text else {
            try ReportLine(reader).write(source) { StandardOutput.write($0) }
            return
        }
        var counts: [ReportedSeverity: Int] = [:]
        let summary = try reader.read(source) { counts[$0.severity, default: 0] += 1 }
        let severities = ReportedSeverity.allCases.reversed().compactMap { severity in
            counts[severity].map { "\($0) \(severity.rawValue)" }
        }
        let tool = [summary.scan.tool, summary.scan.version].compactMap(\.self).joined(separator: " ")
        var text = "\(file): \(summary.format?.name ?? "an empty report")"
        if !tool.isEmpty { text += " of \(tool)" }
        text += ", \(summary.findingCount) findings"
        if !severities.isEmpty { text += " (\(severities.joined(separator: ", ")))" }
        if summary.scan.componentCount > 0 { text += ", \(summary.scan.componentCount) components" }
        if !summary.scan.isComplete { text += ", not complete" }
        StandardOutput.write(text + "\n")
        for problem in summary.scan.problems {
            StandardError.write(
                "\(file): \(problem.level.rawValue): \(problem.message) (\(problem.place.description))\n"
            )
        }
    }
}
