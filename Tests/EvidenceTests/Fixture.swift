// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Synchronization
import Testing

@testable import Evidence

/// A log in a folder of its own, which goes away with it.
final class Fixture: Sendable {
    let url: URL
    let folder: LogFolder

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("redoubt-evidence-\(UUID().uuidString)")
        folder = LogFolder(url.path)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    static let kind = EvidenceKind("test.leaf") ?? .recovered

    static func leaf(_ number: Int, padding: Int = 0) -> EvidenceLeaf {
        let content = Array("{\"number\":\(number)}".utf8) + [UInt8](repeating: 0x20, count: padding)
        return EvidenceLeaf(kind: kind, time: Int64(1_000_000 + number), content: content)
    }

    func open(_ change: (inout EvidenceLog.Settings) -> Void = { _ in }) throws -> EvidenceLog {
        var settings = EvidenceLog.Settings()
        settings.origin = "example.com/test"
        // Tests sign when they say so, however long they take.
        settings.checkpointInterval = .seconds(86_400)
        change(&settings)
        return try EvidenceLog(folder, settings, time: 5)
    }

    /// Appends leaves and waits for the last one.
    func append(_ numbers: Range<Int>, to log: EvidenceLog, padding: Int = 0) async throws {
        for number in numbers.dropLast() {
            try log.append(Self.leaf(number, padding: padding)) { _ in }
        }
        if let last = numbers.last { _ = try await log.append(Self.leaf(last, padding: padding)) }
    }

    /// A closed log of a number of leaves, with a checkpoint for each given size.
    static func log(of count: Int, checkpoints: [Int] = [], segmentBytes: Int = 1 << 20) async throws -> Fixture {
        let fixture = try Fixture()
        let log = try fixture.open { $0.segmentBytes = segmentBytes }
        var done = 0
        for size in checkpoints + [count] where size > done {
            // In steps, so that files of leaves fill one after another.
            for start in stride(from: done, to: size, by: 50) {
                try await fixture.append(start..<min(start + 50, size), to: log)
            }
            _ = try await log.checkpoint()
            done = size
        }
        await log.close()
        return fixture
    }

    func file(_ path: String) -> URL { url.appendingPathComponent(path) }

    func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: file(path))) }

    func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: file(path)) }

    func change(_ path: String, _ body: (inout [UInt8]) throws -> Void) throws {
        var bytes = try read(path)
        try body(&bytes)
        try write(bytes, path)
    }

    /// The records of the first file of leaves.
    func records(_ path: String = "leaves/00000000000000000000") throws -> [[UInt8]] {
        var bytes = try read(path)[...]
        var records: [[UInt8]] = []
        while !bytes.isEmpty {
            let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } + LeafRecord.headerLength
            records.append(Array(bytes.prefix(length)))
            bytes = bytes.dropFirst(length)
        }
        return records
    }

    func setRecords(_ records: [[UInt8]], _ path: String = "leaves/00000000000000000000") throws {
        try write(records.flatMap { $0 }, path)
    }

    static func record(_ leaf: EvidenceLeaf) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = LeafRecord.append(leaf, to: &bytes)
        _ = bytes.withUnsafeMutableBytes { LeafRecord.seal($0, at: 0) }
        return bytes
    }

    func verify(known: [SignedCheckpoint] = []) throws -> EvidenceReport {
        try EvidenceVerifier.verify(folder, known: known)
    }

    var newest: SignedCheckpoint {
        get throws { try EvidenceArchive(folder).checkpoint }
    }

    /// Makes hashes and checkpoints agree with the leaves as they are now, as somebody with the key can.
    func resign() async throws {
        try FileManager.default.removeItem(at: file("hashes"))
        try Data().write(to: file("checkpoints"))
        let log = try open()
        _ = try await log.checkpoint()
        await log.close()
    }
}
