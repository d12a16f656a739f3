// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import Evidence

@Suite struct BundleTests {
    private func export(_ fixture: Fixture, _ range: Range<Int>? = nil) throws -> [String] {
        var bytes: [UInt8] = []
        try EvidenceBundle.export(EvidenceArchive(fixture.folder), range: range) { piece throws(EvidenceError) in
            bytes += piece
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func verify(_ lines: [String], known: [SignedCheckpoint] = []) throws -> EvidenceReport {
        var verifier = try BundleVerifier(firstLine: Array(lines[0].utf8), key: nil, known: known)
        for line in lines.dropFirst() { try verifier.add(Array(line.utf8)) }
        return verifier.finish()
    }

    private func findings(_ lines: [String]) throws -> [String] {
        try verify(lines).findings.map { "\($0.kind.rawValue) \($0.leaves.map { "\($0)" } ?? "")" }
    }

    @Test func `a bundle of all leaves, or of some with proofs, verifies`() async throws {
        let fixture = try await Fixture.log(of: 300)
        for range in [nil, 0..<300, 0..<299, 17..<80, 299..<300, 5..<5] as [Range<Int>?] {
            let lines = try export(fixture, range)
            #expect(lines.count == 1 + (range ?? 0..<300).count)
            let report = try verify(lines, known: [try fixture.newest])
            #expect(report.isIntact, "\(report)")
            #expect(report.leaves == lines.count - 1)
        }
        #expect(throws: EvidenceError.self) { try export(fixture, 0..<301) }
    }

    @Test func `names what was done to a bundle`() async throws {
        let fixture = try await Fixture.log(of: 300)
        for range in [nil, 10..<200] as [Range<Int>?] {
            let original = try export(fixture, range)
            let first = range?.lowerBound ?? 0
            func index(_ line: Int) -> String { "\(first + line - 1)..<\(first + line)" }
            var lines = original
            let leaf = Data(Fixture.leaf(9999).bytes).base64EncodedString()
            let start = try #require(lines[8].range(of: #""leaf":""#)).upperBound
            let end = try #require(lines[8].range(of: #"","hash""#)).lowerBound
            lines[8].replaceSubrange(start..<end, with: leaf)
            #expect(try findings(lines) == ["edited \(index(8))"])

            lines = original
            lines.remove(at: 20)
            #expect(try findings(lines) == ["deleted \(index(20))"])

            lines = Array(original.dropLast(3))
            let last = range?.upperBound ?? 300
            #expect(try findings(lines) == ["truncated \(last - 3)..<\(last)"])

            lines = original
            lines.swapAt(5, 9)
            #expect(try findings(lines).allSatisfy { $0.hasPrefix("reordered") })
            #expect(try !findings(lines).isEmpty)

            lines = original
            lines.insert(original[3], at: 30)
            #expect(try findings(lines) == ["inserted \(index(3))"])
        }
    }

    @Test func `knows other checkpoints and keys`() async throws {
        let fixture = try await Fixture.log(of: 30)
        let lines = try export(fixture)
        let signer = try NoteSigner(String(decoding: fixture.read("key").dropLast(), as: UTF8.self))
        let fork = try Checkpoint(origin: signer.key.name, size: 30, root: .emptyTree)
        let other = try SignedCheckpoint(signing: fork, by: signer)
        #expect(try verify(lines, known: [other]).findings.map(\.kind) == [.forked])
        let key = try NoteSigner(newKeyNamed: "example.com/test").key
        let report = try BundleVerifier(firstLine: Array(lines[0].utf8), key: key).finish()
        #expect(report.findings.map(\.kind).prefix(2) == [.forked, .unknownKey])
    }

    @Test(arguments: [
        "", "{}", "[]", "nonsense", #"{"format":"redoubt-evidence-bundle/1"}"#,
        #"{"format":"redoubt-evidence-bundle/2","key":"a","checkpoint":"","from":0,"until":1,"proofs":true}"#,
        #"{"format":"redoubt-evidence-bundle/1","key":"a","checkpoint":"","from":2,"until":1,"proofs":true}"#,
    ])
    func `refuses what is no bundle`(line: String) {
        let error = #expect(throws: EvidenceError.self) {
            _ = try BundleVerifier(firstLine: Array(line.utf8), key: nil)
        }
        #expect(error?.code == .malformed)
    }

    @Test func `a head that claims any number of leaves costs nothing`() async throws {
        let fixture = try await Fixture.log(of: 30)
        var lines = try export(fixture, 3..<5)
        lines[0] = lines[0].replacing("\"until\":5", with: "\"until\":4611686018427387904")
        let report = try verify(lines)
        #expect(report.findings.map(\.kind) == [.damaged, .truncated])
    }

    @Test func `a proof of one leaf stands on its own`() async throws {
        let fixture = try await Fixture.log(of: 300)
        let archive = try EvidenceArchive(fixture.folder)
        for index in [0, 255, 256, 299] {
            let proof = try archive.prove(index)
            let read = try EvidenceProof(proof.bytes)
            #expect(read == proof)
            #expect(read.leaf == Fixture.leaf(index).bytes)
            #expect(read.verify(with: archive.key).isIntact)
        }
        let error = #expect(throws: EvidenceError.self) { _ = try archive.prove(300) }
        #expect(error?.code == .notFound)
    }

    @Test func `every changed byte of a proof is found`() async throws {
        let fixture = try await Fixture.log(of: 9)
        let archive = try EvidenceArchive(fixture.folder)
        let original = try archive.prove(4).bytes
        for place in original.indices {
            var bytes = original
            bytes[place] ^= 0x11
            guard let proof = try? EvidenceProof(bytes) else { continue }
            #expect(!proof.verify(with: archive.key).isIntact, "byte \(place)")
        }
    }

    @Test func `an edited leaf is not proven`() async throws {
        let fixture = try await Fixture.log(of: 9)
        var records = try fixture.records()
        records[4][20] ^= 1
        try fixture.setRecords(records)
        let error = #expect(throws: EvidenceError.self) { _ = try EvidenceArchive(fixture.folder).prove(4) }
        #expect(error?.code == .damaged)
    }
}
