// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import TestSupport
import Testing

@testable import Matching

/// Both backends against PCRE2: what a scan calls final has to be what PCRE2 says.
///
/// A sample of the patterns and values is tried. `REDOUBT_SCAN_MUTATIONS=1000000`, best in a release build, tries all
/// patterns on all values of the rule set's regression tests and on so many mutations of them.
@Suite struct ScanDifferentialTests {
    private static let folder = "waf/crs-3.3.4/tests"
    /// Nil for the sample.
    private static let mutations = ProcessInfo.processInfo.environment["REDOUBT_SCAN_MUTATIONS"].flatMap(Int.init)

    /// Read once for all backends.
    private static let values = Result { try ScanCorpus.values(in: TestData.url(folder)) }

    private static func corpusIsThere() -> Bool {
        let isThere = FileManager.default.fileExists(atPath: ScanCorpus.rulesFolder.path)
        if !isThere { print("NOT RUN: ScanDifferentialTests: the package modsecurity-crs is missing") }
        let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
        return TestData.available(folder, for: "ScanDifferentialTests") && (isThere || isCI)
    }

    @Test(.enabled(if: corpusIsThere()), arguments: [ScanBackend.Choice.automatic, .portable])
    func `agrees with PCRE2 on the Core Rule Set`(choice: ScanBackend.Choice) throws {
        let all = try ScanCorpus.patterns()
        #expect(all.count > 400)
        let entries = Self.mutations == nil ? all.enumerated().filter { $0.offset % 5 == 1 }.map(\.element) : all
        let groups = stride(from: 0, to: entries.count, by: 20).map { start in
            entries[start..<min(start + 20, entries.count)].map(\.pattern)
        }
        let library = PatternLibrary.compile(groups, backend: choice)
        #expect(library.selfTest.isSound, "\(library.selfTest.failed)")
        // Of all, 10 can match nothing at all, and 28 more need no literal.
        #expect(library.selfTest.undecided.count * (choice == .portable ? 10 : 30) < entries.count)
        var comparison = ScanComparison(library, groups)
        let values = try Self.values.get()
        #expect(values.count > 5_000)
        var random = SplitMix64(seed: 2026)
        for value in Self.mutations == nil ? (0..<300).map({ _ in values.randomElement(using: &random) ?? [] }) : values
        {
            comparison.compare(value)
        }
        for _ in 0..<(Self.mutations ?? 300) {
            comparison.compare(Mutation.of(values.randomElement(using: &random) ?? [], values, &random))
        }
        print("\(library.backend): \(comparison.summary)")
        #expect(comparison.falseNegatives.isEmpty, "\(comparison.falseNegatives.prefix(5))")
        #expect(comparison.falsePositives.isEmpty, "\(comparison.falsePositives.prefix(5))")
        #expect(comparison.matches > 100)
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
