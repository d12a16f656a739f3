// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Evidence
import Foundation

/// `redoubt evidence export`: leaves and what proves them, in one file.
struct EvidenceExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write leaves, what proves them, and the checkpoint that signs them as one file.",
        discussion: """
            Without --first and --until all signed leaves are written. The bundle is a file of JSON lines; check it with \
            "redoubt evidence verify --from FILE", or by yourself as docs/evidence.md says.
            """
    )

    @OptionGroup var options: EvidenceFolderOptions

    @Option(help: "The number of the first leaf, from 0.")
    var first: Int?

    @Option(help: "The number behind the last leaf.")
    var until: Int?

    @Option(name: [.short, .long], help: "The file to write; standard output otherwise.")
    var output: String?

    func run() throws {
        try withEvidenceErrors {
            let archive = try EvidenceArchive(options.folder)
            let (first, until) = (first ?? 0, until ?? archive.count)
            guard first >= 0, first <= until else {
                throw CommandFailure.badInput("there are no leaves from \(first) to \(until)")
            }
            guard let output else {
                try EvidenceBundle.export(archive, range: first..<until) { piece throws(EvidenceError) in
                    StandardOutput.write(piece)
                }
                return
            }
            try export(archive, first..<until, to: output)
        }
    }

    private func export(_ archive: EvidenceArchive, _ range: Range<Int>, to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: path)
        else { throw CommandFailure.couldNotRun("\(path) cannot be written") }
        try EvidenceBundle.export(archive, range: range) { piece throws(EvidenceError) in
            do {
                try file.write(contentsOf: piece)
            } catch {
                throw EvidenceError(.storage, "cannot be written: \(error)", file: path)
            }
        }
        do {
            try file.close()
        } catch {
            throw CommandFailure.couldNotRun("\(path) cannot be written: \(error)")
        }
    }
}
