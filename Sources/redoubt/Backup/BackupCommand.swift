// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel
import Foundation
import Storage
import WebFirewall

/// `redoubt backup`: a copy of the data folder, while the server runs or not.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the data folder, while a server uses it or not.",
        discussion: """
            PATH is a new folder. It has events, detections, incidents, decisions, the policy, users and the evidence log \
            with its private key: keep it as safe as the data folder. Payloads that are kept for replay never leave the \
            data folder. The backup is recorded as evidence before it is made.
            """
    )

    @Argument(help: "The folder to make.")
    var path: String

    @OptionGroup var data: DataOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let folder = data.folder
        guard FileManager.default.fileExists(atPath: folder) else {
            throw CommandFailure.couldNotRun("there is no data folder at \(folder)", hint: "name it with --data")
        }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure.badInput("\(path) is there already", hint: "a backup is a new folder each time")
        }
        try await record()
        var line = ProgressLine()
        defer { line.clear() }
        let manifest: BackupManifest
        do throws(StorageError) {
            manifest = try FolderBackup.write(
                folder,
                to: path,
                program: Redoubt.configuration.version,
                time: SystemClock.time
            ) { done, all in
                line.show("\(done * 100 / max(1, all)) %")
                return true
            }
        } catch {
            throw CommandFailure.couldNotRun("no backup was made: \(error)")
        }
        line.clear()
        write(manifest)
    }

    /// What leaves the data folder is recorded first.
    private func record() async throws {
        let server = try ServerOptions.parse(data.data.map { ["--data", $0] } ?? [])
        try await server.withAPI { api in
            _ = try await api.send("POST", "/exports", [("what", .string(Array("backup".utf8)))])
        }
    }

    private func write(_ manifest: BackupManifest) {
        guard output.format == .text else { return StandardOutput.write(manifest.line(at: path)) }
        StandardOutput.write("\(path): \(manifest.items.count) files, \(manifest.sizeText)\n")
        for (name, reason) in manifest.leftOut.sorted(by: { $0.key < $1.key }) {
            StandardOutput.write("left out: \(name), as \(reason)\n")
        }
        StandardOutput.write("check it any time: redoubt restore \(path) --check\n")
    }
}

extension BackupManifest {
    /// When it was made, as RFC 3339 has it.
    var madeText: String { Date(timeIntervalSince1970: Double(made) / 1e9).formatted(.iso8601) }

    var sizeText: String {
        bytes < 1_000_000
            ? String(format: "%.1f kB", Double(bytes) / 1e3) : String(format: "%.1f MB", Double(bytes) / 1e6)
    }

    /// What was copied, as a line of JSON.
    func line(at path: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("path")
        json.string(path)
        json.key("made")
        json.string(madeText)
        json.key("files")
        json.number(items.count)
        json.key("bytes")
        json.number(bytes)
        json.key("left_out")
        json.beginArray()
        for name in leftOut.keys.sorted() { json.string(name) }
        json.endArray()
        json.endObject()
        json.endLine()
        return json.bytes
    }
}
