// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import Evidence

/// What somebody with write access may do to a folder, and what the verification calls it.
@Suite struct VerifierTests {
    private func kinds(_ report: EvidenceReport) -> [EvidenceFinding.Kind] {
        report.findings.map(\.kind)
    }

    private func edited(_ number: Int) -> [UInt8] {
        Fixture.record(EvidenceLeaf(kind: Fixture.kind, time: 1, content: Array("edited \(number)".utf8)))
    }

    @Test func `finds nothing wrong with a log as it was written`() async throws {
        let fixture = try await Fixture.log(of: 600, checkpoints: [1, 256, 300, 512], segmentBytes: 4096)
        let report = try fixture.verify(known: [try fixture.newest])
        #expect(report.isIntact, "\(report)")
        #expect(report.leaves == 600 && report.signedLeaves == 600)
        #expect(report.checkpoints == 5 && report.knownCheckpoints == 1)
        #expect(report.isKeyFromEvidence)
        #expect(try EvidenceVerifier.verify(fixture.folder, key: report.key).isKeyFromEvidence == false)
    }

    @Test func `names an edited leaf by number, file and offset`() async throws {
        let fixture = try await Fixture.log(of: 300, checkpoints: [100])
        var records = try fixture.records()
        let offset = records[..<42].reduce(0) { $0 + $1.count }
        records[42][records[42].count - 2] ^= 1
        try fixture.setRecords(records)
        let report = try fixture.verify()
        #expect(kinds(report) == [.edited], "\(report)")
        #expect(report.findings.first?.leaves == 42..<43)
        #expect(report.findings.first?.offset == offset)
        #expect(report.findings.first?.file == fixture.folder.segment(from: 0))
    }

    @Test func `names edited leaves whose records were made to fit`() async throws {
        let fixture = try await Fixture.log(of: 300)
        var records = try fixture.records()
        for number in [7, 8, 200] { records[number] = edited(number) }
        try fixture.setRecords(records)
        let report = try fixture.verify()
        #expect(kinds(report) == [.edited, .edited], "\(report)")
        #expect(report.findings.map(\.leaves) == [7..<9, 200..<201])
    }

    @Test func `names deleted leaves`() async throws {
        let fixture = try await Fixture.log(of: 300)
        var records = try fixture.records()
        records.remove(at: 250)
        records.removeSubrange(10..<14)
        try fixture.setRecords(records)
        let report = try fixture.verify()
        #expect(kinds(report) == [.deleted, .deleted], "\(report)")
        #expect(report.findings.map(\.leaves) == [10..<14, 250..<251])
    }

    @Test func `names a deleted file of leaves`() async throws {
        let fixture = try await Fixture.log(of: 600, segmentBytes: 4096)
        let segments = try fixture.folder.segments()
        try FileManager.default.removeItem(atPath: segments[2].path)
        let report = try fixture.verify()
        #expect(kinds(report) == [.deleted], "\(report)")
        #expect(report.findings.first?.leaves == segments[2].firstIndex..<segments[3].firstIndex)
    }

    @Test func `names leaves cut off at the end, with or without their hashes`() async throws {
        let fixture = try await Fixture.log(of: 300, checkpoints: [200])
        try fixture.setRecords(Array(try fixture.records().dropLast(20)))
        var report = try fixture.verify()
        #expect(kinds(report) == [.truncated], "\(report)")
        #expect(report.findings.first?.leaves == 280..<300)

        try fixture.change("hashes/0") { $0.removeLast(20 * 32) }
        report = try fixture.verify()
        #expect(kinds(report) == [.truncated], "\(report)")
        #expect(report.findings.first?.leaves == 280..<300)
    }

    @Test func `names leaves that were cut off together with all that knew of them`() async throws {
        let fixture = try await Fixture.log(of: 200)
        let log = try fixture.open()
        let copy = try fixture.read("checkpoints")
        let leaves = try fixture.read("leaves/00000000000000000000")
        try await fixture.append(200..<300, to: log)
        await log.close()
        let known = try fixture.newest
        try fixture.write(copy, "checkpoints")
        try fixture.write(leaves, "leaves/00000000000000000000")
        try fixture.change("hashes/0") { $0.removeLast(100 * 32) }
        // Nothing within the folder can tell; the checkpoint that was kept elsewhere does.
        #expect(try fixture.verify().isIntact)
        let report = try fixture.verify(known: [known])
        #expect(kinds(report) == [.truncated], "\(report)")
        #expect(report.findings.first?.leaves == 200..<300)
    }

    @Test func `names inserted leaves`() async throws {
        let fixture = try await Fixture.log(of: 300)
        var records = try fixture.records()
        records.insert(contentsOf: [edited(1), edited(2)], at: 30)
        try fixture.setRecords(records)
        let report = try fixture.verify()
        #expect(kinds(report) == [.inserted], "\(report)")
        #expect(report.findings.first?.leaves == 30..<32)
    }

    @Test func `names swapped leaves`() async throws {
        let fixture = try await Fixture.log(of: 300)
        var records = try fixture.records()
        records.swapAt(17, 230)
        try fixture.setRecords(records)
        let report = try fixture.verify()
        #expect(kinds(report) == [.swapped], "\(report)")
        #expect(report.findings.first?.message == "leaves 17 and 230 swapped")
    }

    @Test func `names leaves in another order`() async throws {
        let fixture = try await Fixture.log(of: 300)
        var records = try fixture.records()
        records.insert(records.remove(at: 60), at: 50)
        try fixture.setRecords(records)
        let report = try fixture.verify()
        #expect(kinds(report) == [.reordered], "\(report)")
        #expect(report.findings.first?.leaves == 50..<61)
    }

    @Test func `names the checkpoints between which all traces were changed`() async throws {
        let fixture = try await Fixture.log(of: 400, checkpoints: [100, 200, 300])
        var records = try fixture.records()
        records[150] = edited(150)
        try fixture.setRecords(records)
        let hash = MerkleHash(leaf: Array(records[150].dropFirst(LeafRecord.headerLength)))
        try fixture.change("hashes/0") { $0.replaceSubrange((150 * 32)..<(151 * 32), with: hash.bytes) }
        let report = try fixture.verify()
        #expect(kinds(report) == [.rewritten], "\(report)")
        #expect(report.findings.first?.leaves == 100..<200)
    }

    @Test func `names a log that was written and signed anew`() async throws {
        let fixture = try await Fixture.log(of: 300)
        let known = try fixture.newest
        var records = try fixture.records()
        records[5] = edited(5)
        try fixture.setRecords(records)
        try await fixture.resign()
        // With the key, folder and all can be made anew; only what was kept elsewhere tells.
        #expect(try fixture.verify().isIntact)
        let report = try fixture.verify(known: [known])
        #expect(kinds(report).contains(.forked), "\(report)")
    }

    @Test func `names two histories of different length`() async throws {
        let fixture = try await Fixture.log(of: 300)
        let known = try fixture.newest
        var records = try fixture.records()
        records[5] = edited(5)
        try fixture.setRecords(records)
        try FileManager.default.removeItem(at: fixture.file("hashes"))
        try Data().write(to: fixture.file("checkpoints"))
        let log = try fixture.open()
        try await fixture.append(300..<310, to: log)
        await log.close()
        let report = try fixture.verify(known: [known])
        #expect(kinds(report) == [.forked], "\(report)")
    }

    @Test func `names checkpoints with false signatures, and foreign ones`() async throws {
        let fixture = try await Fixture.log(of: 100, checkpoints: [50])
        let start = try fixture.newest.bytes.count
        try fixture.change("checkpoints") { bytes in
            let place = bytes.firstIndex(of: UInt8(ascii: "5")) ?? 0
            bytes[place] = UInt8(ascii: "6")
        }
        let report = try fixture.verify()
        #expect(kinds(report) == [.badSignature], "\(report)")
        #expect(report.findings.first?.offset == 0)

        let other = try NoteSigner(newKeyNamed: "example.com/test")
        let root = try fixture.newest.checkpoint.root
        let foreign = try SignedCheckpoint(
            signing: Checkpoint(origin: "example.com/test", size: 100, root: root),
            by: other
        )
        try fixture.write(CheckpointHistory.record(foreign), "checkpoints")
        #expect(kinds(try fixture.verify()) == [.unknownKey])
        try fixture.write(Array("nonsense\n\nmore\n\n".utf8), "checkpoints")
        #expect(kinds(try fixture.verify()) == [.damaged])
        #expect(start > 0)
    }

    @Test func `names a missing history, and a key that is not the expected one`() async throws {
        let fixture = try await Fixture.log(of: 10)
        let other = try NoteSigner(newKeyNamed: "example.com/test").key
        let report = try EvidenceVerifier.verify(fixture.folder, key: other)
        #expect(kinds(report) == [.forked, .unknownKey], "\(report)")
        try FileManager.default.removeItem(at: fixture.file("checkpoints"))
        #expect(kinds(try fixture.verify()) == [.damaged])
    }

    @Test func `names a place that is no leaf, and goes on behind it`() async throws {
        let fixture = try await Fixture.log(of: 600, segmentBytes: 4096)
        let segments = try fixture.folder.segments()
        let path = "leaves/" + (segments[1].path as NSString).lastPathComponent
        let offset = try fixture.records(path)[..<3].reduce(0) { $0 + $1.count }
        try fixture.change(path) { $0[offset] = 0xFF }
        let last = "leaves/" + (segments[segments.count - 1].path as NSString).lastPathComponent
        var records = try fixture.records(last)
        records[0] = edited(0)
        try fixture.setRecords(records, last)
        let report = try fixture.verify()
        #expect(kinds(report) == [.damaged, .edited], "\(report)")
        #expect(report.findings.first?.offset == offset)
        let damaged = (segments[1].firstIndex + 3)..<segments[2].firstIndex
        #expect(report.findings.first?.leaves == damaged)
        let first = segments[segments.count - 1].firstIndex
        #expect(report.findings.last?.leaves == first..<(first + 1))
    }

    @Test func `names hashes that are not those of the leaves, which are as they were`() async throws {
        let fixture = try await Fixture.log(of: 300)
        try fixture.change("hashes/0") { $0[32 * 9] ^= 1 }
        let report = try fixture.verify()
        #expect(kinds(report) == [.damaged], "\(report)")
        #expect(report.findings.first?.offset == 32 * 9)
        #expect(report.findings.first?.file == fixture.folder.hashes + "/0")
        try FileManager.default.removeItem(at: fixture.file("hashes"))
        #expect(try fixture.verify().isIntact)
    }

    @Test func `names a record whose check was changed`() async throws {
        let fixture = try await Fixture.log(of: 30)
        try fixture.change("leaves/00000000000000000000") { $0[LeafRecord.checkOffset] ^= 1 }
        let report = try fixture.verify()
        #expect(kinds(report) == [.damaged], "\(report)")
        #expect(report.findings.first?.leaves == 0..<1)
    }

    @Test func `tells of leaves that are not signed yet, and of unfinished ones`() async throws {
        let fixture = try Fixture()
        let log = try fixture.open()
        _ = try await log.checkpoint()
        try await fixture.append(0..<10, to: log)
        try fixture.change("leaves/00000000000000000000") { $0 += [0, 0, 0, 50, 1, 2] }
        let report = try fixture.verify()
        #expect(report.isIntact, "\(report)")
        #expect(report.leaves == 10 && report.signedLeaves == 0)
        #expect(report.notes.contains { $0.contains("the last 10 leaves") })
        #expect(report.notes.contains { $0.hasPrefix("6 bytes of an unfinished leaf") })
        await log.close()
    }

    @Test func `a folder without a log is an error`() throws {
        let error = #expect(throws: EvidenceError.self) { _ = try EvidenceVerifier.verify(LogFolder("/nonexistent")) }
        #expect(error?.code == .notFound)
    }

    @Test func `every changed byte of leaves and checkpoints is found`() async throws {
        let fixture = try await Fixture.log(of: 12, checkpoints: [5])
        for path in ["leaves/00000000000000000000", "checkpoints"] {
            let original = try fixture.read(path)
            for place in original.indices {
                var bytes = original
                bytes[place] ^= 0x11
                try fixture.write(bytes, path)
                #expect(!(try fixture.verify().isIntact), "\(path), byte \(place)")
            }
            try fixture.write(original, path)
        }
        #expect(try fixture.verify().isIntact)
    }
}
