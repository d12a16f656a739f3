// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc

/// Runs a tool of the system without a shell between.
enum SystemTool {
    struct Result {
        /// The exit status; negative for a signal.
        var status: Int32
        /// What it wrote, as far as that was kept.
        var output: [UInt8]
        var errors: [UInt8]
        /// Whether it was stopped because it wrote more than allowed.
        var isOverLimit: Bool

        /// The last lines of its error output, for messages.
        var errorText: String {
            let text = SafeText.escaped(String(decoding: errors.suffix(400), as: UTF8.self))
            return text.isEmpty ? "status \(status)" : text
        }
    }

    /// Where tools are looked for; not in `PATH`, which whoever calls us controls.
    private static let folders = ["/usr/bin", "/bin", "/usr/local/bin"]

    /// The path of a tool; nil where it is not installed.
    static func path(of tool: String) -> String? {
        folders.map { "\($0)/\(tool)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a tool to its end and gathers what it writes.
    ///
    /// - Parameters:
    ///   - tool: its name.
    ///   - arguments: handed over as they are.
    ///   - outputLimit: a tool that writes more bytes than this is stopped.
    ///   - keepsOutput: whether the output is returned, or only counted.
    ///   - fileSizeLimit: the largest file in bytes that the tool may write.
    /// - Returns: how it ended and what it wrote.
    /// - Throws: ``RuleSetStoreError`` where the tool is not installed or cannot be started.
    static func run(
        _ tool: String,
        _ arguments: [String],
        outputLimit: Int,
        keepsOutput: Bool = true,
        fileSizeLimit: Int? = nil
    ) throws(RuleSetStoreError) -> Result {
        guard let path = path(of: tool) else {
            throw RuleSetStoreError(.missingTool, "\(tool) is not installed", hint: "apt-get install \(tool)")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        if let fileSizeLimit, let limiter = Self.path(of: "prlimit") {
            process.executableURL = URL(fileURLWithPath: limiter)
            process.arguments = ["--fsize=\(fileSizeLimit)", path] + arguments
        }
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": NSHomeDirectory()]
        let errorFile = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-\(UUID().uuidString)")
        guard
            FileManager.default.createFile(
                atPath: errorFile.path,
                contents: nil,
                attributes: [.posixPermissions: 0o600]
            )
        else {
            throw RuleSetStoreError(.fileSystem, "\(errorFile.path) cannot be written")
        }
        defer { try? FileManager.default.removeItem(at: errorFile) }
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: errorFile.path) ?? FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw RuleSetStoreError(.missingTool, "\(tool) cannot be started: \(error)")
        }
        var result = Result(status: 0, output: [], errors: [], isOverLimit: false)
        var count = 0
        while let data = try? output.fileHandleForReading.read(upToCount: 64 * 1024), !data.isEmpty {
            count += data.count
            if count > outputLimit {
                result.isOverLimit = true
                process.terminate()
                break
            }
            if keepsOutput {
                result.output += data
            }
        }
        try? output.fileHandleForReading.close()
        process.waitUntilExit()
        result.status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        result.errors = Array(FileManager.default.contents(atPath: errorFile.path) ?? Data())
        return result
    }
}
