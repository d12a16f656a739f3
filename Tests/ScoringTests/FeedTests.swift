// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport
import Testing

@testable import Scoring

struct `EPSS files` {
    private let head = "#model_version:v2025.03.14,score_date:2025-11-20T00:00:00+0000\ncve,epss,percentile\n"

    /// Reads a text in pieces of a length.
    private func read(_ text: String, pieces: Int = 7) throws -> (reader: EPSSReader, entries: [EPSSEntry]) {
        var reader = EPSSReader()
        var entries: [EPSSEntry] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try bytes[start..<min(start + pieces, bytes.count)].withUnsafeBufferPointer { part in
                try reader.read(part) { entries.append($0) }
            }
        }
        try reader.finish { entries.append($0) }
        return (reader, entries)
    }

    @Test(arguments: [1, 7, 4096])
    func `are read in pieces of any length`(pieces: Int) throws {
        let result = try read(
            head + "CVE-1999-0001,0.01022,0.76732\r\nCVE-2024-3094,1.0,1\nCVE-2020-12345,4e-05,0",
            pieces: pieces
        )
        #expect(result.reader.modelVersion == "v2025.03.14")
        #expect(result.reader.scoreDate == "2025-11-20T00:00:00+0000")
        #expect(result.entries.map(\.probability) == [10_220, 1_000_000, 40])
        #expect(result.entries.map(\.percentile) == [767_320, 1_000_000, 0])
        #expect(result.entries.map(\.cve.description) == ["CVE-1999-0001", "CVE-2024-3094", "CVE-2020-12345"])
    }

    @Test(arguments: [
        ("cve,epss,percentile\n", FeedError.Code.header, 1),
        ("#model_version:v1\ncve,epss,percentile\n", .header, 1),
        ("#model_version:v1,score_date:x\ncve,epss\n", .header, 2),
        ("", .header, 0),
        ("#model_version:v1,score_date:x\ncve,epss,percentile\nCVE-2024-1,0.1,0.1\n", .value, 3),
        ("#model_version:v1,score_date:x\ncve,epss,percentile\nCVE-2024-0001,0.1\n", .fields, 3),
        ("#model_version:v1,score_date:x\ncve,epss,percentile\nCVE-2024-0001,1.1,0.1\n", .value, 3),
        ("#model_version:v1,score_date:x\ncve,epss,percentile\nCVE-2024-0001,nan,0.1\n", .value, 3),
        ("#model_version:v1,score_date:x\ncve,epss,percentile\nCVE-2024-0001,.5,0.1\n", .value, 3),
    ])
    func `that are wrong are refused with their line`(text: String, code: FeedError.Code, line: Int) {
        let error = #expect(throws: FeedError.self) { try read(text) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }

    @Test func `a line without end is refused before it fills the memory`() {
        let error = #expect(throws: FeedError.self) { try read(head + String(repeating: "1", count: 600)) }
        #expect(error?.code == .tooLong)
        #expect(error?.line == 3)
    }

    @Test func `mutated files are read or refused, never more`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<3000 {
            var bytes = Array((head + "CVE-1999-0001,0.01022,0.76732\nCVE-2024-3094,9e-05,1\n").utf8)
            for _ in 0..<3 { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            var reader = EPSSReader()
            do throws(FeedError) {
                try bytes.withUnsafeBufferPointer { part throws(FeedError) in
                    try reader.read(part) { #expect((0...1_000_000).contains($0.probability)) }
                }
                try reader.finish { _ in }
            } catch {
                #expect((0...9).contains(error.line))
            }
        }
    }
}

@Suite(.enabled(if: TestData.available("vuln/kev", for: "KEV catalog")))
struct `KEV catalog` {
    private func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: TestData.url("vuln/kev/known_exploited_vulnerabilities.\(name)")))
    }

    @Test func `CSV and JSON hold the same entries`() throws {
        let csv = try KEVCatalog.read(try file("csv"))
        let json = try KEVCatalog.read(try file("json"))
        #expect(csv.count == 1404)
        #expect(csv == json)
        #expect(csv.count(where: \.isUsedByRansomware) > 200)
    }

    @Test func `mutated files are read or refused, never more`() throws {
        var random = SeededRandom(seed: 8)
        let csv = Array(try file("csv").prefix(6000))
        for _ in 0..<300 {
            var bytes = csv
            for _ in 0..<4 { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            do throws(FeedError) {
                _ = try KEVCatalog.read(bytes)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }
}

struct `KEV entries` {
    private let head =
        "cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,"
        + "knownRansomwareCampaignUse,notes,cwes\n"

    @Test func `keep commas, quotes and line ends of quoted fields`() throws {
        let text =
            head
            + "CVE-2024-3094,xz,xz,\"a \"\"b\"\", c\",2024-03-29,\"two\nlines\",do,2024-04-19,Known,,\"CWE-506, CWE-1\"\n"
        let entry = try #require(try KEVCatalog.read(Array(text.utf8)).first)
        #expect(entry.name == "a \"b\", c")
        #expect(entry.summary == "two\nlines")
        #expect(entry.cwes == ["CWE-506", "CWE-1"])
        #expect(entry.isUsedByRansomware)
    }

    @Test(arguments: [
        ("CVE-2024-3094,xz,xz,n,2024-02-30,s,r,2024-04-19,Known,,\n", FeedError.Code.value, 2),
        ("CVE-2024-3094,xz,xz,n,2024-03-29,s,r,2024-04-19,maybe,,\n", .value, 2),
        ("CVE-2024-3094,xz,xz,n,2024-03-29,s,r,2024-04-19,Known,\n", .fields, 2),
        ("CVE-2024-3094,\"xz,xz,n\n", .quoting, 3),
        ("CVE-2024-3094,x\"z,xz,n,2024-03-29,s,r,2024-04-19,Known,,\n", .quoting, 2),
        (
            "CVE-2024-3094,a,b,n,2024-03-29,s,r,2024-04-19,Known,,\ncve-2024-3094,a,b,n,2024-03-29,s,r,2024-04-19,Known,,\n",
            .duplicate, 0
        ),
    ])
    func `that are wrong are refused with their line`(text: String, code: FeedError.Code, line: Int) {
        let error = #expect(throws: FeedError.self) { try KEVCatalog.read(Array((head + text).utf8)) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }

    @Test func `a JSON catalog that was cut off is refused`() {
        let error = #expect(throws: FeedError.self) {
            try KEVCatalog.read(Array(#"{"count": 2, "vulnerabilities": []}"#.utf8))
        }
        #expect(error?.code == .incomplete)
    }

    @Test(arguments: [
        "CVE-2024-1", "CVE-1998-0001", "CVE-2024-1234567890", "CVE-2024_1234", "XCVE-2024-1234", "CVE-2024-12a4",
    ])
    func `what is no CVE identifier is none`(text: String) {
        #expect(CVEIdentifier(text.utf8) == nil)
    }
}
