// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import Evidence

/// What a log makes of a folder that a crash, or a disk, has left behind.
@Suite struct RecoveryTests {
    private let leaves = "leaves/00000000000000000000"

    @Test func `cuts off a leaf that nobody was promised, at any length`() async throws {
        let record = Fixture.record(Fixture.leaf(50))
        for length in [1, 4, 12, 13, 14, record.count - 1] {
            let fixture = try await Fixture.log(of: 50)
            let size = try fixture.read(leaves).count
            try fixture.change(leaves) { $0 += record.prefix(length) }
            let log = try fixture.open()
            #expect(log.recovery?.byteCount == length)
            #expect(log.recovery?.offset == size)
            #expect(log.recovery?.index == 50)
            #expect(try fixture.read("torn") == Array(record.prefix(length)))
            #expect(try await log.append(Fixture.leaf(51)).index == 51)
            await log.close()
            #expect(try fixture.verify().isIntact)
            let told = try EvidenceLeaf(bytes: EvidenceArchive(fixture.folder).prove(50).leaf)
            #expect(told.kind == .recovered)
            #expect(told.content == Array(#"{"cut_bytes":\#(length),"at_leaf":50}"#.utf8))
        }
    }

    @Test func `cuts off leaves that a lost power supply left in pieces`() async throws {
        let fixture = try await Fixture.log(of: 50)
        var torn = Fixture.record(Fixture.leaf(51, padding: 300))
        for place in 100..<200 { torn[place] = 0 }
        try fixture.change(leaves) { bytes in
            bytes += Fixture.record(Fixture.leaf(50)) + torn + Fixture.record(Fixture.leaf(52))
            bytes += [UInt8](repeating: 0, count: 4096)
        }
        let log = try fixture.open()
        #expect(log.initialCount == 51)
        #expect(log.recovery?.index == 51)
        await log.close()
        #expect(try fixture.verify().isIntact)
    }

    @Test func `keeps whole leaves whose hashes were not written yet`() async throws {
        let fixture = try await Fixture.log(of: 600)
        try fixture.change("checkpoints") { $0 = [] }
        for length in [0, 31, 32 * 300, 32 * 599 + 5] {
            try fixture.change("hashes/0") { $0 = Array($0.prefix(length)) }
            let log = try fixture.open()
            #expect(log.initialCount == 600)
            #expect(log.recovery == nil)
            await log.close()
            #expect(try fixture.verify().isIntact)
        }
    }

    @Test func `makes lost or wrong hashes again from the leaves`() async throws {
        let fixture = try await Fixture.log(of: 1000, checkpoints: [900], segmentBytes: 4096)
        let original = try fixture.read("hashes/0")
        let upper = try fixture.read("hashes/1")
        try FileManager.default.removeItem(at: fixture.file("hashes"))
        await (try fixture.open()).close()
        #expect(try fixture.read("hashes/0") == original)
        #expect(try fixture.read("hashes/1") == upper)
        try fixture.change("hashes/1") { $0[40] ^= 1 }
        await (try fixture.open()).close()
        #expect(try fixture.read("hashes/1") == upper)
        #expect(upper.count == 3 * 32)
    }

    @Test func `does not take zeros behind the hashes for promises`() async throws {
        let fixture = try await Fixture.log(of: 20)
        try fixture.change("hashes/0") { $0 += [UInt8](repeating: 0, count: 32 * 5000) }
        let log = try fixture.open()
        #expect(log.initialCount == 20)
        await log.close()
        #expect(try fixture.verify().isIntact)
    }

    @Test func `does not open a log whose promised leaves are damaged, and says where`() async throws {
        let fixture = try await Fixture.log(of: 50)
        let offset = try fixture.records()[..<49].reduce(0) { $0 + $1.count }
        try fixture.change(leaves) { $0[offset + 20] ^= 1 }
        let error = #expect(throws: EvidenceError.self) { _ = try fixture.open() }
        #expect(error?.code == .damaged)
        #expect(error?.file == fixture.folder.segment(from: 0))
        #expect(error?.offset == offset)
    }

    @Test func `does not open a log without leaves that were promised`() async throws {
        let fixture = try await Fixture.log(of: 50)
        try fixture.setRecords(try fixture.records().dropLast())
        let error = #expect(throws: EvidenceError.self) { _ = try fixture.open() }
        #expect(error?.code == .truncated)
        // Not with their hashes gone either: the checkpoint counts them.
        try FileManager.default.removeItem(at: fixture.file("hashes"))
        let again = #expect(throws: EvidenceError.self) { _ = try fixture.open() }
        #expect(again?.code == .truncated)
    }

    @Test func `does not open a log without one of its files, or with others' leaves`() async throws {
        let fixture = try await Fixture.log(of: 600, checkpoints: [10], segmentBytes: 4096)
        let log = try fixture.open()
        await log.close()
        try fixture.change("checkpoints") { $0 = [] }
        let segments = try fixture.folder.segments()
        try FileManager.default.removeItem(atPath: segments[1].path)
        let error = #expect(throws: EvidenceError.self) { _ = try fixture.open() }
        #expect(error?.code == .damaged)
        #expect(error?.file == segments[2].path)

        let changed = try await Fixture.log(of: 30)
        var records = try changed.records()
        records.swapAt(1, 2)
        try changed.setRecords(records)
        let forked = #expect(throws: EvidenceError.self) { _ = try changed.open() }
        #expect(forked?.code == .forked)
    }

    @Test func `cuts off an unfinished checkpoint, and refuses a changed one`() async throws {
        let fixture = try await Fixture.log(of: 50, checkpoints: [40])
        let original = try fixture.read("checkpoints")
        for length in 1..<(original.count / 2) {
            try fixture.write(original + original.prefix(length), "checkpoints")
            await (try fixture.open()).close()
            #expect(try fixture.read("checkpoints") == original)
        }
        for place in (original.count / 2)..<original.count {
            var bytes = original
            bytes[place] ^= 0x11
            try fixture.write(bytes, "checkpoints")
            #expect(throws: EvidenceError.self, "byte \(place)") { _ = try fixture.open() }
        }
    }

    @Test func `finds the newest checkpoint in a long history`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open()
        for number in 0..<400 {
            _ = try await log.append(Fixture.leaf(number))
            _ = try await log.checkpoint()
        }
        await log.close()
        #expect(try fixture.read("checkpoints").count > 64 * 1024)
        #expect(try fixture.newest.checkpoint.size == 400)
        #expect(try fixture.verify().checkpoints == 400)
    }

    // MARK: Killed processes

    /// Where the killed process notes what it was promised.
    private static let folderVariable = "REDOUBT_EVIDENCE_TEST_FOLDER"

    @Test func `loses no promised leaf when it is killed at any moment`() async throws {
        let fixture = try Fixture()
        try FileManager.default.createDirectory(at: fixture.url, withIntermediateDirectories: true)
        let promises = fixture.file("promises")
        try Data().write(to: promises)
        setenv(Self.folderVariable, fixture.url.path, 1)
        var promised = 0
        for _ in 0..<20 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                try await RecoveryTests.appendUntilKilled()
            }
            let text = try String(contentsOf: promises, encoding: .utf8)
            let log = try fixture.open()
            _ = try await log.checkpoint()
            await log.close()
            let report = try fixture.verify()
            #expect(report.isIntact, "\(report)")
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            // The last line may be half a line.
            lines.removeLast()
            let kept = try Self.hashes(in: fixture)
            for line in lines.dropFirst(promised) {
                let fields = line.split(separator: " ")
                let index = try #require(Int(fields[0]))
                #expect(index < kept.count && "\(kept[index])" == fields[1], "leaf \(index)")
            }
            promised = lines.count
            try Data(text.utf8.prefix(lines.reduce(0) { $0 + $1.utf8.count + 1 })).write(to: promises)
        }
        #expect(promised > 0)
    }

    private static func hashes(in fixture: Fixture) throws -> [MerkleHash] {
        let archive = try EvidenceArchive(fixture.folder)
        var hashes: [MerkleHash] = []
        try archive.forEachLeaf(in: 0..<archive.count) { _, leaf throws(EvidenceError) in
            hashes.append(MerkleHash(leaf: leaf))
        }
        return hashes
    }

    /// Appends from four tasks, notes each promise, and is killed some milliseconds later.
    private static func appendUntilKilled() async throws {
        guard let path = ProcessInfo.processInfo.environment[folderVariable] else { return }
        var settings = EvidenceLog.Settings()
        settings.origin = "example.com/test"
        settings.segmentBytes = 64 * 1024
        settings.checkpointInterval = .milliseconds(3)
        let log = try EvidenceLog(LogFolder(path), settings, time: 5)
        let promises = open(path + "/promises", O_WRONLY | O_APPEND)
        Thread.detachNewThread {
            usleep(UInt32.random(in: 1_000...60_000))
            kill(getpid(), SIGKILL)
        }
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for number in 0... {
                        let leaf = Fixture.leaf(task * 1_000_000 + number, padding: number % 900)
                        guard let position = try? await log.append(leaf) else { return }
                        let line = Array("\(position.index) \(position.hash)\n".utf8)
                        _ = line.withUnsafeBytes { write(promises, $0.baseAddress, $0.count) }
                    }
                }
            }
        }
    }
}
