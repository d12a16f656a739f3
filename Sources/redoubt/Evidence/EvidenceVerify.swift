// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Evidence
import Foundation

/// `redoubt evidence verify`: whether evidence is as it was written.
struct EvidenceVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that evidence is as it was written, and name what was done to it.",
        discussion: """
            Checks the log in the data folder, or with --from a bundle or a proof. Exit code 1 means that something is \
            wrong. Keep the key (the file key.pub) and now and then a checkpoint elsewhere, and give them here: without \
            them nothing tells evidence from evidence that was written anew as a whole.
            """
    )

    @OptionGroup var options: EvidenceFolderOptions

    @Option(help: "A bundle or a proof to check in place of the log.")
    var from: String?

    @Option(help: "The log's public key as you know it: its text, or a file with it.")
    var key: String?

    @Option(name: .customLong("checkpoint"), help: "A file with checkpoints that were kept elsewhere; may be repeated.")
    var checkpoints: [String] = []

    @OptionGroup var output: FormatOptions

    func run() throws {
        let report = try withEvidenceErrors {
            let known = try checkpoints.flatMap { try SignedCheckpoint.all(in: EvidenceFile.read($0)) }
            let key = try key.map(EvidenceFile.key)
            guard let from else { return try EvidenceVerifier.verify(options.folder, key: key, known: known) }
            return try EvidenceFile.verify(from, key: key, known: known)
        }
        switch output.format {
        case .text: StandardOutput.write(report.text)
        case .json: StandardOutput.write(report.json)
        case .ndjson: StandardOutput.write(report.ndjson)
        }
        if !report.isIntact { throw ExitCode.judgedBad }
    }
}

/// Files that hold evidence outside of a log.
enum EvidenceFile {
    /// The bytes of a small file.
    static func read(_ path: String) throws -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path),
            let data = try? handle.read(upToCount: SignedNote.maximumLength + 1)
        else { throw CommandFailure.badInput("\(path) cannot be read") }
        return Array(data)
    }

    /// A key by its text, or the first line of a file.
    static func key(_ text: String) throws -> NoteKey {
        if let key = try? NoteKey(text) { return key }
        let line = try read(text).prefix { $0 != 0x0A }
        return try NoteKey(String(decoding: line, as: UTF8.self))
    }

    /// Checks a bundle, or a proof, which is told by its first line.
    static func verify(_ path: String, key: NoteKey?, known: [SignedCheckpoint]) throws -> EvidenceReport {
        guard let file = fopen(path, "re") else { throw CommandFailure.badInput("\(path) cannot be read") }
        defer { fclose(file) }
        guard let first = try line(of: file, path) else { throw CommandFailure.badInput("\(path) is empty") }
        if first.first != UInt8(ascii: "{") {
            let proof = try EvidenceProof(read(path))
            guard let key else {
                throw CommandFailure.badInput(
                    "a proof does not bring the log's key along",
                    hint: "give it with --key, from the log's file key.pub"
                )
            }
            return proof.verify(with: key)
        }
        var verifier = try BundleVerifier(firstLine: first, key: key, known: known)
        while let line = try line(of: file, path) { try verifier.add(line) }
        return verifier.finish()
    }

    private static func line(of file: UnsafeMutablePointer<FILE>, _ path: String) throws -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            let byte = getc_unlocked(file)
            if byte == EOF {
                guard ferror(file) == 0 else { throw CommandFailure.badInput("\(path) cannot be read") }
                return line.isEmpty ? nil : line
            }
            if byte == 0x0A { return line }
            guard line.count < BundleVerifier.maximumLineLength else {
                throw CommandFailure.badInput("\(path) has a line that is too long for a bundle")
            }
            line.append(UInt8(truncatingIfNeeded: byte))
        }
    }
}
