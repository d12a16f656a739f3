// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import TestSupport
import Testing

/// Entries as a database keeps them, against the records that they come from.
@Suite(.enabled(if: TestData.available("vuln/osv-pypi", for: "stored entries of advisories")))
struct AffectedEntryTests {
    /// Read once for all tests.
    private static let all = Result { try read() }

    private static func records() throws -> [OSVRecord] { try all.get() }

    private static func read() throws -> [OSVRecord] {
        try SharedRecords.names("osv-pypi", ending: ".yaml").map {
            try OSVRecord(YAMLRecords.read(SharedRecords.file("osv-pypi/\($0)")))
        }
    }

    @Test func `a stored entry says what its record says`() throws {
        var affected = 0
        var open = 0
        for record in try Self.records() where !record.isWithdrawn {
            for entry in record.affected {
                let package = try #require(entry.package)
                let bytes = try #require(AffectedEntry.encoded(entry))
                let stored = try AffectedEntry(bytes)
                #expect(stored.name == package.indexKey.name && stored.ecosystem == "pypi")
                let bounds = try #require(CoarseBounds(entry, scheme: package.rules?.scheme))
                let events = entry.ranges.filter { $0.kind != .git }.flatMap(\.events).map(\.version)
                let around = events.map { $0 + ".post1" } + ["0.0.1", "9999"]
                for version in events + entry.versions.prefix(40) + around {
                    var alone = record
                    alone.affected = [entry]
                    let expected = alone.verdict(on: package, version: version).isAffected
                    let verdict = try stored.verdict(on: version, rules: package.rules)
                    let isAffected = if case .affected = verdict { true } else { false }
                    #expect(isAffected == expected, "\(record.id) \(version)")
                    guard expected else {
                        open += 1
                        continue
                    }
                    affected += 1
                    let asked = CoarseBounds(of: version, scheme: package.rules?.scheme)
                    #expect(bounds.low <= asked.high && bounds.high >= asked.low, "\(record.id) \(version)")
                }
                #expect(
                    stored.fixes(above: "0", scheme: .pypi)
                        == record.fixes(for: package, above: "0").filter {
                            entry.ranges.flatMap(\.events).map(\.version).contains($0)
                        } || record.affected.count > 1
                )
            }
        }
        #expect(affected > 2000 && open > 500, "\(affected) \(open)")
    }

    @Test(arguments: 0..<200)
    func `damaged bytes are an error or another entry, never a crash`(seed: UInt64) throws {
        var random = SeededGenerator(seed)
        let record = try #require(try Self.records().randomElement(using: &random))
        let entry = try #require(record.affected.first)
        var bytes = try #require(AffectedEntry.encoded(entry))
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
        guard let stored = try? AffectedEntry(bytes) else { return }
        _ = try? stored.verdict(on: "1.0", rules: entry.package?.rules)
        #expect(stored.ranges.count <= bytes.count)
    }
}
