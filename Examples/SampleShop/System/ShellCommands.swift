// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import NIOPosix

/// Runs command lines through `/bin/sh`, within bounds.
///
/// A command gets some time (then it and its children are killed), an almost empty environment, and 64 KiB of
/// output; four run at a time.
struct ShellCommands: Sendable {
    /// What a command wrote, both streams together, and whether its time was up.
    struct Output: Sendable {
        var text: String
        var timedOut: Bool
    }

    private static let outputLimit = 64 * 1024
    /// Reading a pipe blocks, so it is done on threads of their own; their number bounds the running commands.
    private let threads: NIOThreadPool
    private let limit: Duration

    /// - Parameter limit: the time that a command gets.
    init(limit: Duration) {
        self.limit = limit
        threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
    }

    /// Runs a command line and waits for its end.
    /// - Throws: what `Process` throws when the shell cannot be started.
    func run(_ line: String) async throws -> Output {
        try await threads.runIfActive { try Self.runBlocking(line, limit) }
    }

    private static func runBlocking(_ line: String, _ limit: Duration) throws -> Output {
        let process = Process()
        // `timeout` puts the command into a process group of its own and kills all of that group.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["--kill-after=1", "\(limit / .seconds(1))", "/bin/sh", "-c", line]
        process.environment = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        try pipe.fileHandleForWriting.close()
        let bytes = read(pipe.fileHandleForReading.fileDescriptor, till: .now + limit + .seconds(1))
        // Whoever still writes gets SIGPIPE and ends.
        try pipe.fileHandleForReading.close()
        process.waitUntilExit()
        return Output(text: String(decoding: bytes, as: UTF8.self), timedOut: process.terminationStatus == 124)
    }

    /// Reads until the end, the limit, or the deadline, which is after the command's time is up.
    private static func read(_ descriptor: Int32, till deadline: ContinuousClock.Instant) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < outputLimit {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { break }
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&event, 1, Int32(left / .milliseconds(1)) + 1) > 0 else { break }
            let count = chunk.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk.prefix(count))
        }
        return bytes
    }
}
