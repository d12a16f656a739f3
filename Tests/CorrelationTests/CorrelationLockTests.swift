// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc
import Testing

@testable import Correlation

@Suite struct CorrelationLockTests {
    private struct Failure: Error {}

    private let folder: String
    private var database: String { folder + "/vulnerabilities.sqlite" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-lock-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    @Test func `a second run of the same process is not let in, and one after it is`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var isInner = false
        let isOuter = try CorrelationLock.hold(besideDatabase: database) {
            isInner = try CorrelationLock.hold(besideDatabase: database) { Issue.record("both run") }
        }
        #expect(isOuter && !isInner)
        #expect(throws: Failure.self) { try CorrelationLock.hold(besideDatabase: database) { throw Failure() } }
        #expect(try CorrelationLock.hold(besideDatabase: database) {})
    }

    @Test func `another process keeps it till it ends, however it ends`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        other.arguments = ["--no-fork", database + ".correlation", "/bin/sh", "-c", "echo held; exec cat"]
        let (input, output) = (Pipe(), Pipe())
        other.standardInput = input
        other.standardOutput = output
        try other.run()
        // It answers once it has the lock.
        #expect(output.fileHandleForReading.readData(ofLength: 5) == Data("held\n".utf8))
        #expect(try !CorrelationLock.hold(besideDatabase: database) { Issue.record("both run") })
        kill(other.processIdentifier, SIGKILL)
        other.waitUntilExit()
        #expect(try CorrelationLock.hold(besideDatabase: database) {})
    }

    @Test func `a lock that cannot be made is an error, and nothing runs`() {
        #expect(throws: CorrelationError.self) {
            try CorrelationLock.hold(besideDatabase: folder + "/none/vulnerabilities.sqlite") {
                Issue.record("it runs")
            }
        }
        try? FileManager.default.removeItem(atPath: folder)
    }
}
