// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation
import TestSupport
import Testing

@testable import ReportFormats

/// The reports of the shared data, each with the number of findings that are in it.
@Suite(.enabled(if: TestData.available("vuln/reports/index.json", for: "sample reports")))
struct SampleReportTests {
    struct Sample: CustomTestStringConvertible {
        var file: String
        var format: String
        var counts: [Int]
        var cves: [String]
        var cwes: [Int]

        var testDescription: String { file }

        static let all: [Sample] = {
            guard let data = try? Data(contentsOf: TestData.url("vuln/reports/index.json")),
                let index = try? JSONReader.read(Array(data))
            else {
                return []
            }
            return (index.elements ?? []).map { entry in
                Sample(
                    file: entry["file"]?.text ?? "",
                    format: entry["format"]?.text ?? "",
                    counts: [entry["findings"]?.integer ?? -1]
                        + (entry["also_right"]?.elements ?? []).compactMap(\.integer),
                    cves: (entry["cve"]?.elements ?? []).compactMap(\.text),
                    cwes: (entry["cwe"]?.elements ?? []).compactMap(\.integer)
                )
            }
        }()
    }

    private func bytes(_ sample: Sample) throws -> [UInt8] {
        Array(try Data(contentsOf: TestData.url("vuln/reports/\(sample.file)")))
    }

    @Test(arguments: Sample.all)
    func `finds what is in it`(sample: Sample) throws {
        var findings: [ReportedFinding] = []
        let summary = try ReportReader().read(ArraySource(try bytes(sample))) { findings.append($0) }
        // DefectDojo keeps this report of coverage fuzzing among those of API fuzzing.
        let isCoverage = sample.format == "gitlab-api-fuzzing" && summary.format?.format == .gitLabCoverageFuzzing
        #expect(summary.format?.format.rawValue == sample.format || isCoverage)
        #expect(sample.counts.contains(findings.count), "\(findings.count) findings, not \(sample.counts)")
        let identifiers = Set(findings.flatMap(\.identifiers).map(\.value))
        #expect(identifiers.isSuperset(of: sample.cves))
        #expect(identifiers.isSuperset(of: sample.cwes.map { "CWE-\($0)" }))
        #expect(findings.allSatisfy { !$0.title.isEmpty })
        // What somebody wrote down by hand may have no identifier.
        #expect(sample.format == "defectdojo-generic" || findings.allSatisfy { !$0.identifiers.isEmpty })
    }
}
