// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Matching
import Testing

@testable import WebFirewall

struct BackendReportTests {
    private func report(_ backend: ScanBackend.Choice) throws -> BackendReport {
        let text = """
            SecRule ARGS "@rx attack[0-9]+" "id:1,phase:1,pass"
            SecRule ARGS "@rx (?:union|select)\\s" "id:2,phase:1,pass"
            SecRule REQUEST_URI "@rx ^.{3}" "id:3,phase:1,pass"
            """
        let rules = try RuleSources(texts: [.init(name: "rules", text: text)]).compile()
        return BackendReport(PatternCache(directory: nil, backend: backend).library(for: rules).library)
    }

    @Test func `counts what the scanner decides, in text and in JSON`() throws {
        let report = try report(.portable)
        #expect(report.isSound)
        #expect(report.text.hasPrefix("scanner: literals (portable)\n"), "\(report.text)")
        let json = try JSONReader.read(report.json)
        #expect(json["backend"]?.text == "literals (portable)")
        let patterns = try #require(json["patterns"]?.integer)
        let undecided = try #require(json["undecided"]?.integer)
        #expect(patterns + undecided >= 3 && undecided >= 1, "\(report.text)")
        #expect(json["missed"]?.integer == 0)
        #expect(
            report.text.contains("\n\(patterns) patterns\n") && report.text.contains("\n0 missed in the self-test\n")
        )
        // Each pattern that runs without a scan is named with the reason.
        #expect(report.text.split(separator: "\n").count { $0.contains(", pattern ") } == undecided)
    }

    @Test func `says why Hyperscan is not used`() throws {
        let report = try report(.automatic)
        let json = try JSONReader.read(report.json)
        let isFallback = json["fallback_reason"]?.text != nil
        #expect(isFallback == report.text.contains("Hyperscan is not used: "))
        #expect(isFallback == (json["backend"]?.text == "literals (portable)"))
    }
}
