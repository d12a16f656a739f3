// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Foundation
import Glibc
import Storage
import VulnerabilityManagement

/// `redoubt vuln export`.
struct VulnExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the findings of a project as a document that others read.",
        discussion: """
            csv, json and jsonl hold every finding; sarif those that are not resolved, dismissed ones as suppressed; \
            openvex and cyclonedx-vex say of each vulnerability in a component whether it is affected; cyclonedx-vdr \
            describes those that are open; html is a page that prints well. What a format has no place for is left out \
            and counted on standard error.
            """
    )

    @Option(help: "The project.")
    var project: String

    @Option(help: "The branch (default: the project's own).")
    var branch: String?

    @Option(help: "The format: \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: ExportFormat

    @Option(help: "Which findings, such as 'severity>=high kind=sast' (default: all of the branch).")
    var filter: String?

    @Option(help: "The file to write, which is replaced as a whole (default: standard output).")
    var output: String?

    @Option(help: "Who answers for what a VEX document says.")
    var author = "Redoubt"

    @OptionGroup var place: FindingStoreOptions

    func run() throws {
        let chosen = try chosen()
        let store = try place.open(isMade: false)
        do {
            guard let found = try store.project(project) else {
                throw CommandFailure.badInput("there is no project \(project)")
            }
            let now = Int(Date().timeIntervalSince1970)
            var request = ExportRequest(
                format,
                project: found,
                time: now,
                documentID: UUID().uuidString.lowercased(),
                version: Redoubt.configuration.version
            )
            request.branch = branch
            request.author = author
            if let chosen { request.matches = { chosen.matches($0, now: now) } }
            let result = try output.map { try Self.write(store, request, to: $0) } ?? Self.write(store, request)
            tell(result)
            try store.close()
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the findings cannot be read: \(error)")
        }
    }

    private func chosen() throws -> FindingFilter? {
        do throws(FindingFilterError) {
            return try filter.map { text throws(FindingFilterError) in try FindingFilter(parsing: text) }
        } catch {
            throw CommandFailure.badInput("the filter cannot be read: \(error)")
        }
    }

    private func tell(_ result: ExportResult) {
        if result.leftOut > 0 {
            StandardError.write(
                "\(result.leftOut) findings are not in it: \(format.rawValue) has no place for them, or says them once\n"
            )
        }
        if result.written == 0, format == .openvex {
            StandardError.write("redoubt: OpenVEX wants a statement at least, and there is none\n")
        }
    }

    private static func write(_ store: VulnerabilityStore, _ request: ExportRequest) throws -> ExportResult {
        try store.export(request) { bytes in
            StandardOutput.write(bytes)
            return true
        }
    }

    /// Writes beside the file and puts it in place at the end, so that nobody reads a half of it.
    private static func write(
        _ store: VulnerabilityStore,
        _ request: ExportRequest,
        to path: String
    ) throws -> ExportResult {
        let part = "\(path).part-\(getpid())"
        let descriptor = Glibc.open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure.couldNotRun("\(part) cannot be made: \(String(cString: strerror(errno)))")
        }
        defer { unlink(part) }
        let file = ExportFile(descriptor)
        let result = try store.export(request) { file.write($0) }
        guard result.isComplete, file.end(), rename(part, path) == 0 else {
            throw CommandFailure.couldNotRun("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        return result
    }
}

/// A file that is being written.
private final class ExportFile {
    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// - Returns: whether all of it is written; `errno` says why not.
    func write(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// - Returns: whether it is on disk.
    func end() -> Bool {
        fsync(descriptor) == 0 && Glibc.close(descriptor) == 0
    }
}

extension ExportFormat: ExpressibleByArgument {}
