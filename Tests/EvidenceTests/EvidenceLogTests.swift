// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Synchronization
import Testing

@testable import Evidence

@Suite struct EvidenceLogTests {
    @Test func `appends, signs, closes and continues`() async throws {
        let fixture = try Fixture()
        var expected = CompactRange()
        for round in 0..<3 {
            let log = try fixture.open()
            #expect(log.initialCount == round * 300)
            #expect(log.recovery == nil)
            for number in (round * 300)..<(round * 300 + 299) {
                try log.append(Fixture.leaf(number)) { _ in }
                expected.append(MerkleHash(leaf: Fixture.leaf(number).bytes))
            }
            let position = try await log.append(Fixture.leaf(round * 300 + 299))
            expected.append(position.hash)
            #expect(position.index == round * 300 + 299)
            #expect(position.hash == MerkleHash(leaf: Fixture.leaf(position.index).bytes))
            let signed = try await log.checkpoint()
            #expect(signed.checkpoint.size == expected.count)
            #expect(signed.checkpoint.root == expected.root)
            #expect(signed.checkpoint.origin == "example.com/test")
            try signed.verify(with: log.key)
            await log.close()
        }
        let report = try fixture.verify()
        #expect(report.isIntact, "\(report)")
        #expect(report.leaves == 900 && report.signedLeaves == 900 && report.checkpoints == 3)
    }

    @Test func `tells callbacks in order, each once, what their leaves became`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open()
        let positions = Mutex<[Int]>([])
        for number in 0..<2000 {
            try log.append(Fixture.leaf(number)) { result in
                let index = (try? result.get().index) ?? -1
                positions.withLock { $0.append(index) }
            }
        }
        await log.close()
        #expect(positions.withLock { $0 } == Array(0..<2000))
        #expect(log.statistics.appended == 2000)
        #expect(log.statistics.groups < 2000)
    }

    @Test func `many tasks append at once and are held back by a full queue`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open { $0.maximumPendingBytes = 1 }
        let indexes = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<64 {
                group.addTask { try await log.append(Fixture.leaf(number, padding: 20_000)).index }
            }
            var indexes: [Int] = []
            for try await index in group { indexes.append(index) }
            return indexes
        }
        #expect(indexes.sorted() == Array(0..<64))
        await log.close()
        #expect(try fixture.verify().isIntact)
    }

    @Test func `refuses at once what a callback cannot wait for, and counts it`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open { $0.maximumPendingBytes = 1 }
        var refused = 0
        for number in 0..<100 {
            do {
                try log.append(Fixture.leaf(number, padding: 50_000)) { _ in }
            } catch {
                #expect(error.code == .overloaded)
                refused += 1
            }
        }
        await log.close()
        #expect(refused > 0)
        #expect(log.statistics.refused == refused)
        #expect(log.statistics.appended == 100 - refused)
    }

    @Test func `refuses leaves that are too large or too late`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open()
        let large = await #expect(throws: EvidenceError.self) {
            _ = try await log.append(Fixture.leaf(0, padding: EvidenceLeaf.maximumLength))
        }
        #expect(large?.code == .tooLarge)
        await log.close()
        await log.close()
        let late = await #expect(throws: EvidenceError.self) { _ = try await log.append(Fixture.leaf(0)) }
        #expect(late?.code == .closed)
        let checkpoint = await #expect(throws: EvidenceError.self) { _ = try await log.checkpoint() }
        #expect(checkpoint?.code == .closed)
    }

    @Test func `one writer at a time`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open()
        let error = #expect(throws: EvidenceError.self) { _ = try fixture.open() }
        #expect(error?.code == .inUse)
        await log.close()
    }

    @Test func `signs when leaves are enough or old enough`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open { $0.checkpointInterval = .milliseconds(1) }
        _ = try await log.append(Fixture.leaf(0))
        while log.statistics.checkpoints == 0 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(try fixture.newest.checkpoint.size == 1)
        await log.close()
    }

    @Test func `starts files of leaves by size and reads them in order`() async throws {
        let fixture = try await Fixture.log(of: 1000, checkpoints: [700], segmentBytes: 4096)
        #expect(try fixture.folder.segments().count > 5)
        #expect(try fixture.verify().isIntact)
        let log = try fixture.open()
        #expect(log.initialCount == 1000)
        await log.close()
        #expect(try EvidenceArchive(fixture.folder).prove(555).isConsistent)
    }

    @Test func `the key is for its owner alone, and is not made twice`() async throws {
        let fixture = try await Fixture.log(of: 3)
        var status = stat()
        #expect(stat(fixture.folder.privateKey, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(stat(fixture.folder.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)

        chmod(fixture.folder.privateKey, 0o644)
        #expect(throws: EvidenceError.self) { _ = try fixture.open() }
        try FileManager.default.removeItem(at: fixture.file("key"))
        let missing = #expect(throws: EvidenceError.self) { _ = try fixture.open() }
        #expect(missing?.code == .notFound)
        #expect(missing?.file == fixture.folder.privateKey)
    }

    @Test func `a disk without room fails the leaves, and the log goes on when there is room`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open { $0.segmentBytes = 1 }
        _ = try await log.append(Fixture.leaf(0))
        // The next file of leaves cannot be made where something else has its name.
        let blocked = fixture.folder.segment(from: 1)
        #expect(mkdir(blocked, 0o700) == 0)
        await #expect(throws: EvidenceError.self) { _ = try await log.append(Fixture.leaf(1)) }
        #expect(log.statistics.failed == 1)
        #expect(rmdir(blocked) == 0)
        #expect(try await log.append(Fixture.leaf(1)).index == 1)
        await log.close()
        #expect(try fixture.verify().isIntact)
    }

    @Test func `does not open behind or beside a checkpoint from elsewhere`() async throws {
        let fixture = try await Fixture.log(of: 100)
        let known = try fixture.newest
        let continued = try fixture.open { $0.known = known }
        await continued.close()

        // An old backup in its place.
        let signer = try NoteSigner(String(decoding: fixture.read("key").dropLast(), as: UTF8.self))
        let later = try Checkpoint(origin: signer.key.name, size: 101, root: .emptyTree)
        let ahead = try SignedCheckpoint(signing: later, by: signer)
        let truncated = #expect(throws: EvidenceError.self) { _ = try fixture.open { $0.known = ahead } }
        #expect(truncated?.code == .truncated)
        let aside = try Checkpoint(origin: signer.key.name, size: 77, root: .emptyTree)
        let other = try SignedCheckpoint(signing: aside, by: signer)
        let forked = #expect(throws: EvidenceError.self) { _ = try fixture.open { $0.known = other } }
        #expect(forked?.code == .forked)
    }

    @Test func `proves how it has grown`() async throws {
        let fixture = try await Fixture.log(of: 700, checkpoints: [300])
        let hashes = try HashFiles(fixture.folder, .reading)
        let proof = try MerkleTree.consistencyProof(from: 300, to: 700) { try hashes.node($0) } ?? []
        var sizes: [(size: Int, root: MerkleHash)] = []
        _ = try CheckpointHistory.forEach(in: try StorageFile(fixture.folder.checkpoints, .reading)) { record in
            if let item = try? SignedCheckpoint(record.bytes).checkpoint { sizes.append((item.size, item.root)) }
        }
        #expect(sizes.map(\.size) == [300, 700])
        #expect(MerkleTree.verifyConsistency(first: sizes[0], second: sizes[1], proof: proof))
    }

    // MARK: Witness

    @Test func `the witness gets each checkpoint, again after failures`() async throws {
        let fixture = try Fixture()
        let seen = Mutex<[Int]>([])
        let failures = Mutex(2)
        var witness = EvidenceWitness { signed in
            let fails = failures.withLock { left in
                left -= 1
                return left >= 0
            }
            if fails { throw EvidenceError(.storage, "not now") }
            seen.withLock { $0.append(signed.checkpoint.size) }
        }
        witness.firstDelay = .milliseconds(1)
        let receiver = witness
        let log = try fixture.open { $0.witness = receiver }
        for number in 0..<3 {
            _ = try await log.append(Fixture.leaf(number))
            _ = try await log.checkpoint()
        }
        while log.witnessStatistics?.witnessedSize != 3 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(seen.withLock { $0 } == [1, 2, 3])
        #expect(log.witnessStatistics?.failed == 2)
        await log.close()
        #expect(try SignedCheckpoint(fixture.read("witnessed")).checkpoint.size == 3)

        let again = try fixture.open { $0.witness = receiver }
        #expect(again.witnessStatistics?.offeredSize == 0)
        await again.close()
    }

    @Test func `counts what it could not keep about the witness, and offers that again`() async throws {
        let fixture = try Fixture()
        let seen = Mutex<[Int]>([])
        let witness = EvidenceWitness { signed in seen.withLock { $0.append(signed.checkpoint.size) } }
        let log = try fixture.open { $0.witness = witness }
        // A folder that is not empty cannot be replaced by a file.
        let inTheWay = fixture.file("witnessed/x")
        try FileManager.default.createDirectory(at: inTheWay, withIntermediateDirectories: true)
        try await fixture.append(0..<2, to: log)
        _ = try await log.checkpoint()
        while log.witnessStatistics?.delivered != 1 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(log.witnessStatistics?.notesFailed == 1)
        await log.close()
        try FileManager.default.removeItem(at: fixture.file("witnessed"))
        let again = try fixture.open { $0.witness = witness }
        while again.witnessStatistics?.delivered != 1 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(seen.withLock { $0 } == [2, 2] && again.witnessStatistics?.notesFailed == 0)
        await again.close()
    }

    @Test func `a checkpoint that no witness took is offered after a restart`() async throws {
        let fixture = try await Fixture.log(of: 5)
        let seen = Mutex<[Int]>([])
        let witness = EvidenceWitness { signed in seen.withLock { $0.append(signed.checkpoint.size) } }
        let log = try fixture.open { $0.witness = witness }
        while log.witnessStatistics?.witnessedSize != 5 { try await Task.sleep(for: .milliseconds(1)) }
        await log.close()
        #expect(seen.withLock { $0 } == [5])
    }

    @Test func `a silent witness costs a bounded queue`() async throws {
        let fixture = try Fixture()
        let witness = EvidenceWitness { _ in throw EvidenceError(.storage, "never") }
        let log = try fixture.open { $0.witness = witness }
        for number in 0..<(WitnessQueue.capacity + 6) {
            _ = try await log.append(Fixture.leaf(number))
            _ = try await log.checkpoint()
        }
        #expect((log.witnessStatistics?.skipped ?? 0) == 6)
        await log.close()
    }

    // MARK: Leaves

    @Test func `leaves are read as they were written`() throws {
        let leaf = EvidenceLeaf(kind: Fixture.kind, time: .max, content: Array(0...255))
        #expect(try EvidenceLeaf(bytes: leaf.bytes) == leaf)
        #expect(leaf.bytes.starts(with: Array("1 test.leaf 9223372036854775807\n".utf8)))
        #expect(EvidenceLeaf(kind: Fixture.kind, time: -5, content: []).time == 0)
        #expect(EvidenceLeaf(kind: Fixture.kind, time: 0, content: []).bytes == Array("1 test.leaf 0\n".utf8))
    }

    @Test(arguments: [
        "", "\n", "1 a 0", "2 a 0\n", "1 A 0\n", "1 a 00\n", "1 a -1\n", "1 a\n", "1  0\n", "1 a 0 \n",
        "1 a 99999999999999999999\n", "1 a\u{E9} 0\n",
    ])
    func `refuses what is no leaf`(text: String) {
        #expect(throws: EvidenceError.self) { try EvidenceLeaf(bytes: Array(text.utf8)) }
    }
}
