// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Evidence
import Foundation
import Storage
import WebFirewall

/// `redoubt restore`: a data folder of a backup.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a data folder of a backup.",
        discussion: """
            Each file is compared with its hash while it is copied; the data folder is there as a whole or not at all. \
            Where something is mounted at it, as a container's volume is, what is in it is exchanged. \
            Exit code 1 means that the backup is not as it was written.
            """
    )

    @Argument(help: "The backup.")
    var path: String

    @OptionGroup var data: DataOptions

    @Flag(help: "Read what was restored from end to end: databases, evidence log, signatures.")
    var verify = false

    @Flag(help: "Only read the backup from end to end, and restore nothing.")
    var check = false

    @Flag(help: "Put a data folder that is there aside, under a name of its own.")
    var replace = false

    @OptionGroup var output: FormatOptions

    func validate() throws {
        if check, replace { throw ValidationError("--check restores nothing, so there is nothing to replace") }
    }

    func run() throws {
        var line = ProgressLine()
        defer { line.clear() }
        func show(_ done: Int, _ all: Int) -> Bool {
            line.show("\(done * 100 / max(1, all)) %")
            return true
        }
        do throws(StorageError) {
            let manifest = try BackupManifest.read(ofBackup: path)
            var report: FolderRestore.Report?
            if check {
                report = try FolderRestore.verify(path, against: manifest, progress: show)
            } else {
                let replaced = try FolderRestore.aside(data.folder, named: "\(SystemClock.time / 1_000_000_000)")
                _ = try FolderRestore.write(
                    path,
                    to: data.folder,
                    replacing: replace ? replaced : nil,
                    progress: show
                )
                if verify { report = try FolderRestore.verify(data.folder, against: manifest, progress: show) }
                if FileManager.default.fileExists(atPath: replaced) {
                    StandardError.write("what was there is now in \(replaced)\n")
                }
            }
            line.clear()
            write(manifest, report)
            if let evidence = report?.evidence, !evidence.isIntact { Foundation.exit(ExitCode.judgedBad.rawValue) }
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: StorageError) -> CommandFailure {
        switch error.code {
        case .notFound: .badInput("\(error)")
        case .corrupt:
            CommandFailure(message: "\(error)", hint: "this backup cannot be relied on", exitCode: .judgedBad)
        case .constraint:
            .couldNotRun("\(error)", hint: "--replace puts it aside; --data names another folder; --check only checks")
        case .inUse: .couldNotRun("\(error)", hint: "end the server first")
        default: .couldNotRun("nothing was restored: \(error)")
        }
    }

    private func write(_ manifest: BackupManifest, _ report: FolderRestore.Report?) {
        guard output.format == .text else {
            var json = JSONWriter()
            json.beginObject()
            json.key("restored")
            json.bool(!check)
            json.key("files")
            json.number(manifest.items.count)
            json.key("bytes")
            json.number(manifest.bytes)
            json.key("made")
            json.string(manifest.madeText)
            if let report {
                json.key("databases")
                json.number(report.databases)
                json.key("evidence_intact")
                json.bool(report.evidence?.isIntact ?? true)
                json.key("leaves")
                json.number(report.evidence?.leaves ?? 0)
            }
            json.endObject()
            json.endLine()
            return StandardOutput.write(json.bytes)
        }
        let size = "\(manifest.items.count) files, \(manifest.sizeText), of \(manifest.madeText)"
        StandardOutput.write(check ? "\(path): \(size)\n" : "\(data.folder) restored: \(size)\n")
        guard let report else { return }
        StandardOutput.write("\(report.databases) databases are whole\n")
        if let evidence = report.evidence { StandardOutput.write(evidence.text) }
    }
}
