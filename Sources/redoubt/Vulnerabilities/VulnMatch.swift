// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import ReportFormats
import Storage
import VulnerabilityManagement

/// `redoubt vuln match`.
struct VulnMatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "match",
        abstract: "Find the vulnerabilities of a bill of materials in the advisories on disk.",
        discussion: """
            Reads CycloneDX (JSON, XML) and SPDX (JSON, tag-value) and needs no network. Each component is looked up by its \
            package URL; what several advisories say of one vulnerability is one match, with the range and event of each \
            that makes it one. Statements of VEX feeds that say "not affected" or "fixed" are shown with their justification \
            and do not count. Finding something is no failure: the exit code is 0.

            With --project the components are kept as the project's inventory, the matches become findings of the tool \
            redoubt, and both are matched again when a feed changes.
            """
    )

    @Argument(help: ArgumentHelp("A bill of materials.", valueName: "sbom"))
    var file: String

    @Option(help: "Keep the components as the inventory of this project, and the matches as its findings.")
    var project: String?

    @Option(help: "The branch (default: that of the project's first report, else main).")
    var branch: String?

    @Option(help: "The commit that was built.")
    var commit: String?

    @Option(help: "Tells bills of materials of one project apart (default: what the document describes).")
    var artifact: String?

    @Flag(help: "It is right that there are far fewer findings than before.")
    var confirmDrop = false

    @Option(help: ArgumentHelp("Match so many times and tell how long each took.", visibility: .hidden))
    var measure: Int?

    @OptionGroup var place: AdvisoryStoreOptions
    @OptionGroup var output: FormatOptions

    func validate() throws {
        guard let project else {
            guard branch == nil, commit == nil, artifact == nil else {
                throw ValidationError("--branch, --commit and --artifact go with --project")
            }
            return
        }
        guard !project.isEmpty, project.utf8.count <= 512, !project.unicodeScalars.contains(where: { $0.value < 0x20 })
        else { throw ValidationError("the project's path has 1 to 512 bytes and no control characters") }
    }

    func run() throws {
        let document: SBOMDocument
        do {
            document = try SBOMReader().read(try FileSource(file))
        } catch let error as FileSource.Failure {
            throw CommandFailure.badInput("\(error)")
        } catch let error as ReportError {
            throw CommandFailure.badInput("\(file): \("\(error)".shownSafely)")
        }
        let store = try place.open(isMade: false)
        do {
            let start = ContinuousClock.now
            var progress = ProgressLine()
            let result = try store.match(document) { progress.show("\(file): \($0) components") }
            progress.clear()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            if let measure { try tellTimes(seconds, measure, document, store) }
            let taken = try keep(document, result, store)
            try store.close()
            MatchOutput(file: file, document: document, result: result, taken: taken, seconds: seconds)
                .write(output.format)
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("\(file) could not be matched: \(error)")
        }
    }

    /// The first time finds nothing in memory, the others do.
    private func tellTimes(
        _ first: Double,
        _ times: Int,
        _ document: SBOMDocument,
        _ store: AdvisoryStore
    ) throws(StorageError) {
        StandardError.write("first \(first) s\n")
        for _ in 1..<max(times, 2) {
            let start = ContinuousClock.now
            _ = try store.match(document)
            StandardError.write("again \((ContinuousClock.now - start) / .seconds(1)) s\n")
        }
    }

    private func keep(
        _ document: SBOMDocument,
        _ result: MatchResult,
        _ store: AdvisoryStore
    ) throws -> ImportResult? {
        guard let project else { return nil }
        let now = Int(Date().timeIntervalSince1970)
        var inventory = Inventory(document, project: project, branch: branch, artifact: artifact, now: now)
        inventory.file = file
        inventory.commit = commit
        // Where this ends half-way, the next match or feed makes findings of what is kept.
        try store.keep(document, as: inventory)
        let findings = try place.findings.open(isMade: true)
        let taken = try store.take(result, of: inventory, into: findings, isConfirmed: confirmDrop, now: now)
        try findings.close()
        return taken
    }
}
