// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Foundation
import ReportFormats
import Storage
import VulnerabilityManagement

/// `redoubt vuln import`.
struct VulnImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take reports into the list of findings.",
        discussion: """
            The same report twice changes nothing. What a complete report no longer has is gone; a report that is partial, \
            failed or has far fewer findings than the one before closes nothing. JSON has one line for each file: \
            {"file": .., "new": n, "same": n, "gone": n, "reopened": n, "findings": n, "seconds": s}.
            """
    )

    @Argument(help: ArgumentHelp("Reports.", valueName: "file"))
    var files: [String]

    @Option(help: "The project that was scanned, such as shop/cart; it is made where there is none.")
    var project: String

    @Option(help: "The branch that was scanned (default: that of the project's first report, else main).")
    var branch: String?

    @Option(help: "The commit that was scanned.")
    var commit: String?

    @Option(help: "Tells scans of one tool apart that look at different parts of a project.")
    var artifact: String?

    @Flag(help: "The report covers only a part: what it does not hold is not gone.")
    var partial = false

    @Flag(help: "It is right that the report has far fewer findings than the one before.")
    var confirmDrop = false

    @OptionGroup var formats: MappingOptions
    @OptionGroup var place: AdvisoryStoreOptions
    @OptionGroup var server: FindingServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        guard !project.isEmpty, project.utf8.count <= 512, !project.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            throw CommandFailure.badInput("the project's path has 1 to 512 bytes and no control characters")
        }
        if server.remote.server != nil { return try await send() }
        let mappings = try formats.mappings(folder: try place.findings.folder)
        let store = try place.findings.open(isMade: true)
        let advisories = try place.openIfThere()
        var isBad = false
        for file in files {
            do {
                try take(file, mappings, store, advisories)
            } catch let error as FileSource.Failure {
                StandardError.write("redoubt: \(error)\n")
                isBad = true
            } catch let error as ReportError {
                StandardError.write("redoubt: \(file): \(error)\n")
                isBad = true
            } catch let error as StorageError {
                throw CommandFailure.couldNotRun("\(file) could not be taken in: \(error)")
            }
        }
        try advisories?.close()
        try store.close()
        if isBad { throw ExitCode.badInput }
    }

    /// Hands the reports to the server that is named; one that cannot be read does not keep the others back.
    private func send() async throws {
        var failure: (any Error)?
        for file in files {
            do {
                let report = try ReportFile(file)
                let start = ContinuousClock.now
                let asked = try await server.ask(place.findings, onlyNamed: true) { api in
                    try await api.upload("/scans", query, file: report)
                }
                var result = ImportResult()
                result.format = asked?["format"]?.text ?? ""
                result.findings = asked?["findings"]?.integer ?? 0
                result.new = asked?["new"]?.integer ?? 0
                result.same = asked?["same"]?.integer ?? 0
                result.gone = asked?["gone"]?.integer ?? 0
                result.reopened = asked?["reopened"]?.integer ?? 0
                result.note = asked?["note"]?.text
                write(file, result, seconds: (ContinuousClock.now - start) / .seconds(1))
            } catch let error as CommandFailure where error.exitCode == .badInput {
                StandardError.write("redoubt: \(file): \(error.message)\n")
                failure = ExitCode.badInput
            }
        }
        if let failure { throw failure }
    }

    private var query: [(String, String?)] {
        [
            ("project", project), ("branch", branch), ("commit", commit), ("artifact", artifact),
            ("partial", partial ? "true" : nil), ("confirm_drop", confirmDrop ? "true" : nil),
        ]
    }

    private func take(
        _ file: String,
        _ mappings: [ReportMapping],
        _ store: VulnerabilityStore,
        _ advisories: AdvisoryStore?
    ) throws {
        var request = ImportRequest(project: project)
        request.branch = branch
        request.commit = commit
        request.artifact = artifact
        request.isPartial = partial
        request.isConfirmed = confirmDrop
        request.file = file
        request.facts = advisories
        request.mappings = mappings
        let start = ContinuousClock.now
        var progress = ProgressLine()
        let source = try FileSource(file)
        let result = try store.importReport(source, request, now: Int(Date().timeIntervalSince1970)) { count in
            progress.show("\(file): \(count) findings")
        }
        progress.clear()
        write(file, result, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func write(_ file: String, _ result: ImportResult, seconds: Double) {
        guard output.format == .text else {
            var json = JSONWriter()
            json.beginObject()
            json.key("file")
            json.string(file)
            json.key("format")
            json.string(result.format)
            for (name, count) in [
                ("new", result.new), ("same", result.same), ("gone", result.gone), ("reopened", result.reopened),
                ("findings", result.findings),
            ] {
                json.key(name)
                json.number(count)
            }
            if result.triaged > 0 {
                json.key("triaged")
                json.number(result.triaged)
            }
            if let note = result.note {
                json.key("note")
                json.string(note)
            }
            json.key("seconds")
            json.number(seconds, decimals: 3)
            json.endObject()
            json.endLine()
            StandardOutput.write(json.bytes)
            return
        }
        StandardOutput.write(
            "\(file): \(result.findings) findings (\(result.format)): \(result.new) new, \(result.same) known, "
                + "\(result.gone) gone, \(result.reopened) reopened\n"
        )
        if result.triaged > 0 { StandardOutput.write("\(file): rules decided on \(result.triaged) findings\n") }
        if let note = result.note { StandardError.write("\(file): \(note)\n") }
    }
}
