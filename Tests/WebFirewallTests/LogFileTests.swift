// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Synchronization
import Testing

@testable import WebFirewall

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let time = Atomic<UInt64>(1_700_000_000_000_000_000)

    var now: UInt64 {
        get { time.load(ordering: .relaxed) }
        set { time.store(newValue, ordering: .relaxed) }
    }
}

/// Keeps the messages that a log file reports.
private final class Reports: Sendable {
    private let kept = Mutex<[String]>([])

    var messages: [String] { kept.withLock { $0 } }

    func add(_ message: String) {
        kept.withLock { $0.append(message) }
    }
}

struct LogFileTests {
    private let folder: TemporaryFolder
    private let path: String
    private let reports = Reports()

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/logs/a.log"
        try FileManager.default.createDirectory(atPath: folder.path + "/logs", withIntermediateDirectories: true)
    }

    private func open(rotateAtBytes: Int = 1_000) throws -> LogFile {
        let reports = reports
        let options = LogFile.Options(rotateAtBytes: rotateAtBytes, keepRotated: 2) { reports.add($0) }
        return try LogFile(path: path, options: options)
    }

    private func content(_ name: String) -> String? {
        try? String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    }

    @Test func `renames a file that has grown and keeps some`() throws {
        let file = try open(rotateAtBytes: 4)
        for text in ["aaa\n", "bbb\n", "ccc\n", "ddd\n"] {
            file.write(Array(text.utf8), lines: 1)
        }
        #expect(content("logs/a.log") == "ddd\n")
        #expect(content("logs/a.log.1") == "ccc\n")
        #expect(content("logs/a.log.2") == "bbb\n")
        #expect(content("logs/a.log.3") == nil)
        #expect(file.failedReopens == 0)
    }

    @Test func `opens its path anew when asked`() throws {
        let file = try open()
        file.write(Array("old\n".utf8), lines: 1)
        try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/moved.log")
        file.reopen()
        file.write(Array("new\n".utf8), lines: 1)
        #expect(content("moved.log") == "old\n")
        #expect(content("logs/a.log") == "new\n")
    }

    @Test func `tells where its path cannot be opened anew, and goes on`() throws {
        let file = try open()
        // A folder in the place of the file stops everybody, root too.
        try FileManager.default.moveItem(atPath: path, toPath: folder.path + "/moved.log")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        file.reopen()
        file.write(Array("kept\n".utf8), lines: 1)
        #expect(file.failedReopens == 1)
        #expect(file.droppedLines == 0)
        #expect(reports.messages.count == 1)
        #expect(reports.messages.first?.contains(path) == true)
        #expect(content("moved.log") == "kept\n")
    }

    @Test func `does not push kept files out while it cannot open a new one`() throws {
        let file = try open(rotateAtBytes: 4)
        for text in ["aaa\n", "bbb\n"] {
            file.write(Array(text.utf8), lines: 1)
        }
        try FileManager.default.removeItem(atPath: folder.path + "/logs/a.log")
        try FileManager.default.removeItem(atPath: folder.path + "/logs/a.log.1")
        // The path's folder is gone, so nothing can be opened there.
        try FileManager.default.moveItem(atPath: folder.path + "/logs", toPath: folder.path + "/away")
        file.write(Array("ccc\n".utf8), lines: 1)
        #expect(file.failedReopens == 1)
        file.reopen()
        #expect(file.failedReopens == 2)
        #expect(file.droppedLines == 0)
    }

    @Test func `never renames what is no plain file`() throws {
        let device = LogFile.Options(rotateAtBytes: 1, keepRotated: 1)
        let link = folder.path + "/null.log"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
        let file = try LogFile(path: link, options: device)
        file.write(Array("aaa\n".utf8), lines: 1)
        file.write(Array("bbb\n".utf8), lines: 1)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/dev/null")
    }
}
