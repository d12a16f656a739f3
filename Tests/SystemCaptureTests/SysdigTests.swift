// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import SystemCapture
import TestSupport
import Testing

/// Debian's sysdig as a peer.
enum Sysdig {
    private static let path = "/usr/bin/sysdig"

    static let isAvailable: Bool = {
        guard CaptureFiles.isAvailable else {
            return false
        }
        guard FileManager.default.isExecutableFile(atPath: path) else {
            print("NOT RUN: comparison with sysdig: it is not installed (apt-get install sysdig)")
            return false
        }
        return true
    }()

    /// The exit events of a capture: time, thread and type, one a line.
    static func exitEvents(_ capture: URL) throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-r", capture.path, "-p", "%evt.rawtime %thread.tid %evt.type", "evt.dir=<"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

@Suite("sysdig sees the same events", .enabled(if: Sysdig.isAvailable))
struct SysdigTests {
    /// sysdig 0.29.3 refuses the capture with options in its section header.
    private static let names = CaptureFiles.names.filter { $0 != "curl_google_comments" }

    private func ours(_ bytes: [UInt8]) -> [String] {
        ReplayResult(bytes).events.filter { !$0.isEnter }.map { "\($0.time) \($0.thread) \($0.name)" }
    }

    @Test(arguments: names)
    func `exit events are the same`(name: String) throws {
        let theirs = try Sysdig.exitEvents(TestData.url("\(CaptureFiles.folder)/\(name).scap"))
        #expect(ours(try CaptureFiles.bytes(name)) == theirs)
    }

    @Test(arguments: names.filter { $0 != "empty" })
    func `sysdig reads what was written`(name: String) throws {
        let bytes = try CaptureFiles.bytes(name)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-\(name)-\(UUID()).scap")
        defer {
            try? FileManager.default.removeItem(at: file)
        }
        try Data(try CaptureWriterTests.rewrite(bytes, from: 1)).write(to: file)
        #expect(try Sysdig.exitEvents(file) == ours(bytes))
    }
}
