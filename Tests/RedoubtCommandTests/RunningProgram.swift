// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc
import Testing

/// A program that runs, with everything it has written so far.
final class RunningProgram {
    let process = Process()
    private let output: URL

    init(_ arguments: [String], in folder: URL, environment: [String: String] = [:]) throws {
        output = folder.appendingPathComponent("output-\(UUID().uuidString)")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        process.executableURL = CommandTests.program
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("REDOUBT_") }
        // One Redoubt writes a data folder at a time.
        inherited["REDOUBT_DATA"] = folder.appendingPathComponent("data").path
        inherited.merge(environment) { $1 }
        process.environment = inherited
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    deinit {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
        }
    }

    var text: String {
        (try? String(contentsOf: output, encoding: .utf8)) ?? ""
    }

    /// Waits till a text is written.
    func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for _ in 0..<600 {
            if self.text.contains(text) {
                return
            }
            if !process.isRunning, !self.text.contains(text) {
                break
            }
            usleep(50_000)
        }
        try #require(self.text.contains(text), "\(self.text)", sourceLocation: sourceLocation)
    }

    /// The port that it says it listens on.
    func port() throws -> Int {
        try expect("address")
        try expect("log  ")
        let after = try #require(text.range(of: "http://localhost:")).upperBound
        return try #require(Int(text[after...].prefix { $0.isNumber }))
    }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    func status() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Runs a command to its end.
    ///
    /// - Returns: its status, and all that it wrote.
    static func run(_ arguments: [String], in folder: URL) throws -> (status: Int32, text: String) {
        let program = try RunningProgram(arguments, in: folder)
        let status = program.status()
        return (status, program.text)
    }
}
