// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport
import Testing

@testable import Matching

/// Both backends against PCRE2: what a scan calls final has to be what PCRE2 says.
///
/// `REDOUBT_SCAN_VALUES` and `REDOUBT_SCAN_MUTATIONS` set how many values of the rule set's regression tests and how
/// many mutations of them are tried; the soundness run of the benchmark asks for all and for 1,000,000.
@Suite struct ScanDifferentialTests {
    private static let folder = "waf/crs-3.3.4/tests"

    private static func count(_ variable: String, default count: Int) -> Int {
        ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? count
    }

    private static func corpusIsThere() -> Bool {
        let isThere = FileManager.default.fileExists(atPath: ScanCorpus.rulesFolder.path)
        if !isThere { print("NOT RUN: ScanDifferentialTests: the package modsecurity-crs is missing") }
        let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
        return TestData.available(folder, for: "ScanDifferentialTests") && (isThere || isCI)
    }

    @Test(.enabled(if: corpusIsThere()), arguments: [ScanBackend.Choice.automatic, .portable])
    func `agrees with PCRE2 on the Core Rule Set`(choice: ScanBackend.Choice) throws {
        let entries = try ScanCorpus.patterns()
        #expect(entries.count > 400)
        let groups = stride(from: 0, to: entries.count, by: 20).map { start in
            entries[start..<min(start + 20, entries.count)].map(\.pattern)
        }
        let library = PatternLibrary.compile(groups, backend: choice)
        #expect(library.selfTest.isSound, "\(library.selfTest.failed)")
        // Nearly all are decided: 10 patterns of the rule set match nothing at all.
        #expect(library.selfTest.undecided.count < (choice == .portable ? 60 : 15))
        var comparison = ScanComparison(library, groups)
        let all = try ScanCorpus.values(in: TestData.url(Self.folder))
        #expect(all.count > 5_000)
        var random = SplitMix64(seed: 2026)
        let wanted = Self.count("REDOUBT_SCAN_VALUES", default: 500)
        for value in wanted >= all.count
            ? all : (0..<wanted).map({ _ in all[Int.random(in: 0..<all.count, using: &random)] })
        {
            comparison.compare(value)
        }
        for _ in 0..<Self.count("REDOUBT_SCAN_MUTATIONS", default: 500) {
            comparison.compare(Mutation.of(all[Int.random(in: 0..<all.count, using: &random)], all, &random))
        }
        print("\(library.backend): \(comparison.summary)")
        #expect(comparison.falseNegatives.isEmpty, "\(comparison.falseNegatives.prefix(5))")
        #expect(comparison.falsePositives.isEmpty, "\(comparison.falsePositives.prefix(5))")
        #expect(comparison.matches > 500)
    }

    @Test(arguments: [ScanBackend.Choice.automatic, .portable])
    func `agrees with PCRE2 on small patterns of all kinds`(choice: ScanBackend.Choice) {
        var regexes = RandomRegexes(seed: 21)
        let options: [Regex.Options] = [
            [], .caseless, .dotMatchesLineEnds, .multiline, [.dotMatchesLineEnds, .dollarMatchesEndOnly],
        ]
        let groups = (0..<15).map { _ in (0..<20).map { _ in regex(regexes.pattern(), regexes.pick(options)) } }
        let library = PatternLibrary.compile(groups, backend: choice)
        #expect(library.selfTest.isSound, "\(library.selfTest.failed)")
        var comparison = ScanComparison(library, groups)
        for _ in 0..<400 { comparison.compare(regexes.value()) }
        #expect(comparison.falseNegatives.isEmpty, "\(comparison.falseNegatives.prefix(5))")
        #expect(comparison.falsePositives.isEmpty, "\(comparison.falsePositives.prefix(5))")
        #expect(comparison.matches > 1_000)
    }
}
