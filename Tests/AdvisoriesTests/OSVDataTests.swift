// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import Bytes
import TestSupport
import Testing

/// Evaluation over the shared records.
@Suite(.enabled(if: TestData.available("vuln/osv-pypi", for: "evaluation of OSV records")))
struct OSVDataTests {
    /// Listed versions of PyPI's database that its own ranges leave out.
    private static let knownFaults: Set<String> = ["PYSEC-2021-114 2.11.6"]

    @Test func `every listed version lies in the ranges of its entry`() throws {
        var inside = 0
        var outside: Set<String> = []
        for file in try SharedRecords.names("osv-pypi", ending: ".yaml") {
            var record = try OSVRecord(YAMLRecords.read(SharedRecords.file("osv-pypi/\(file)")))
            for index in record.affected.indices {
                let entry = record.affected[index]
                guard entry.ranges.contains(where: { $0.kind == .ecosystem }) else {
                    continue
                }
                // Without the list only the ranges are left to decide.
                record.affected[index].versions = []
                let package = try #require(entry.package)
                for version in entry.versions {
                    if record.verdict(on: package, version: version).isAffected {
                        inside += 1
                    } else {
                        outside.insert("\(record.id) \(version)")
                    }
                }
                record.affected[index].versions = entry.versions
                for version in entry.versions {
                    #expect(record.verdict(on: package, version: version).isAffected)
                }
            }
        }
        #expect(outside == Self.knownFaults, "\(outside.sorted())")
        #expect(inside > 10_000, "\(inside)")
    }

    @Test func `introductions of Go's records are affected and fixes are not`() throws {
        var introduced = 0
        var fixed = 0
        for file in try SharedRecords.names("osv-go", ending: ".json") {
            let record = try OSVRecord(SharedRecords.json("osv-go/\(file)"))
            for entry in record.affected {
                let package = try #require(entry.package)
                for event in entry.ranges.flatMap(\.events) {
                    // The origin stands below every version, pseudo-versions of Go included.
                    let version = event.version == "0" ? "0.0.0-0" : event.version
                    let verdict = record.verdict(on: package, version: version)
                    let prefixed = record.verdict(on: package, version: "v" + version)
                    guard !record.isWithdrawn else {
                        #expect(verdict == .notAffected(.withdrawn))
                        continue
                    }
                    #expect(verdict == prefixed)
                    if event.kind == .introduced {
                        introduced += 1
                        #expect(verdict.isAffected, "\(record.id) \(event)")
                    } else if event.kind == .fixed {
                        fixed += 1
                        #expect(!verdict.isAffected, "\(record.id) \(event)")
                    }
                }
            }
        }
        #expect(introduced > 300, "\(introduced)")
        #expect(fixed > 200, "\(fixed)")
    }
}
