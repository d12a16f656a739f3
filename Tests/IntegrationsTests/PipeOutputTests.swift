// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import EventBus
import Glibc
import Storage
import Testing

@testable import Integrations

/// Files that are pipes, whose readers take what they like.
@Suite(.timeLimit(.minutes(20))) struct PipeOutputTests {
    private let folder: TestFolder
    private let path: String

    init() throws {
        // As the program does; else a pipe without a reader would end the tests.
        signal(SIGPIPE, SIG_IGN)
        folder = try TestFolder()
        path = folder.path + "/pipe"
        try #require(mkfifo(path, 0o600) == 0)
    }

    private func output() -> FileOutput {
        FileOutput(FileSettings(path: path), OutputSelection([.activity]), freeSpace: { _ in .fine })
    }

    /// A batch of lines that differ, each of some 300 bytes and twice so many.
    private func batch(_ numbers: Range<Int>, padding: Int) -> EventBatch {
        var batch = EventBatch(origin: EventOrigin(source: 1, epoch: 1))
        for number in numbers { batch.append(Samples.exchange(number, padding: padding), Samples.facts()) }
        return batch
    }

    private func lines(_ batch: EventBatch) -> [String] {
        (0..<batch.count).map { String(decoding: batch.event(at: $0), as: UTF8.self) }
    }

    /// Pipes hold 64 KiB; what does not fit is lost line by line, whether lines are short, or longer than a pipe takes at
    /// once, so that one of them is cut.
    @Test(arguments: [0, 500, 3000, 10_000])
    func `a reader gets whole lines, however slowly it reads`(padding: Int) async throws {
        let reader = try PipeReader(path)
        let output = output()
        let first = batch(0..<200, padding: padding)
        await output.take(first)
        var text = reader.read()
        #expect(!text.isEmpty)
        let second = batch(200..<203, padding: padding)
        await output.take(second)
        text += reader.read()
        await output.close(within: .seconds(5))
        text += reader.read()
        let sent = text.split(separator: "\n", omittingEmptySubsequences: false)
        // All ends with a line feed, and there is nothing else than what was sent.
        #expect(sent.last == "")
        let known = Set(lines(first) + lines(second))
        #expect(sent.dropLast().allSatisfy { known.contains(String($0)) })
        #expect(Set(lines(second)).isSubset(of: Set(sent.map { String($0) })) || padding >= 3000)
        let statistics = output.statistics
        #expect(statistics.sent == sent.count - 1 && statistics.waiting == 0)
        #expect(statistics.sent + statistics.lostEvents == 203)
        #expect(padding == 0 || statistics.lostEvents > 0)
    }

    @Test func `a line that was begun is ended once the reader goes on, and none before it`() async throws {
        let reader = try PipeReader(path)
        let output = output()
        // One line that is longer than the pipe.
        let long = batch(0..<1, padding: 45_000)
        try #require(long.bytes.count > 70_000)
        await output.take(long)
        #expect(output.statistics.waiting == 1 && output.statistics.lostEvents == 0 && output.statistics.sent == 0)
        await output.reload()
        let short = batch(1..<2, padding: 0)
        let lost = Task { await output.take(short) }
        await lost.value
        #expect(output.statistics.lost == [.failed: 1] && output.statistics.waiting == 1)
        var text = reader.read()
        await output.take(short)
        text += reader.read()
        #expect(text.split(separator: "\n").map { String($0) } == lines(long) + lines(short))
        #expect(output.statistics.sent == 2 && output.statistics.waiting == 0 && output.statistics.lastFailure == nil)
        await output.close(within: .seconds(5))
    }

    @Test func `a line that has no end is counted when the reader goes away`() async throws {
        let reader = try PipeReader(path)
        let output = output()
        await output.take(batch(0..<1, padding: 45_000))
        #expect(output.statistics.waiting == 1)
        reader.close()
        await output.take(batch(1..<3, padding: 0))
        #expect(output.statistics.lost == [.failed: 3] && output.statistics.waiting == 0)
        let next = try PipeReader(path)
        let last = batch(3..<4, padding: 0)
        await output.take(last)
        #expect(next.read().split(separator: "\n").map { String($0) } == lines(last))
        await output.close(within: .seconds(5))
    }

    @Test func `a line that has no end is counted at the end`() async throws {
        let reader = try PipeReader(path)
        let output = output()
        await output.take(batch(0..<1, padding: 45_000))
        await output.close(within: .seconds(5))
        #expect(output.statistics.lost == [.ended: 1] && output.statistics.waiting == 0)
        reader.close()
    }
}

/// Reads from a named pipe when it is told to.
private final class PipeReader {
    private var descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(descriptor >= 0)
    }

    /// What is there now.
    func read() -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[..<count]
        }
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    deinit { close() }
}
