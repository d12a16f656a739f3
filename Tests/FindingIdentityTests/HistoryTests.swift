// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FindingIdentity
import Foundation
import Testing

/// Identity through edits, measured on generated histories: 40 files in five languages, 10 steps of 10 edits.
struct `Identity through edits` {
    /// Follows histories of several seeds with one method.
    private func measure(_ method: Method, _ richness: Richness, seeds: Range<UInt64>) -> HistoryMeasure.Sum {
        var sum = HistoryMeasure.Sum()
        for seed in seeds {
            var generator = HistoryGenerator(seed: seed &* 7919 &+ 11, files: 40)
            var measure = HistoryMeasure(method: method)
            var random = SeededRandom(seed: seed)
            measure.scan(generator.tree.report(richness, shuffledBy: &random))
            for _ in 0..<10 {
                generator.advance(edits: 10)
                measure.scan(generator.tree.report(richness, shuffledBy: &random))
            }
            sum.add(measure)
        }
        return sum
    }

    /// What must be kept where the report quotes the flagged code, by what happened to it.
    private let least: [(EditKind, Double)] = [
        (.insertLines, 0.99), (.licenceHeader, 0.99), (.moveFunction, 0.98), (.moveToOtherFile, 0.85),
        (.copyFunction, 0.97), (.renameFile, 0.98), (.renameSymbol, 0.98), (.reindent, 0.99), (.readdFunction, 0.95),
    ]

    @Test(arguments: Richness.allCases)
    func `keeps 98 of 100 findings of edited files and merges fewer than one in a thousand`(richness: Richness) {
        let sum = measure(.ladder, richness, seeds: 100..<102)
        #expect(sum.all.present > 5000)
        #expect(sum.all.keptShare >= 0.98)
        #expect(sum.all.wrongShare <= 0.001)
        // Findings of files that were edited since the last scan, one in five: the rest is easy.
        #expect(sum.touched.keptShare >= 0.98)
        #expect(sum.touched.wrongShare <= 0.005)
        #expect(sum.byEdit[.untouched]?.keptShare == 1)
        #expect(sum.byEdit[.untouched]?.wrong == 0)
        for (edit, share) in least where richness == .snippet {
            #expect((sum.byEdit[edit]?.keptShare ?? 1) >= share, "\(edit)")
        }
    }

    @Test(arguments: [Method.pathAndLine, .ruleAndText, .ruleAndPath])
    func `the same histories are too hard for simple keys`(method: Method) {
        let sum = measure(method, .snippet, seeds: 100..<101)
        #expect(sum.all.keptShare < 0.98 && sum.all.wrongShare > 0.01)
    }

    /// Prints what is kept and wrongly merged by method, richness and edit, over more histories than the tests above take.
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["REDOUBT_FIGURES"] == "1", "REDOUBT_FIGURES=1 prints them"),
        arguments: Richness.allCases
    )
    func `figures`(richness: Richness) {
        func line(_ name: String, _ score: Score) -> String {
            let kept = String(format: "%.3f", score.keptShare * 100)
            let wrong = String(format: "%.3f", score.wrongShare * 100)
            return
                "\(richness.rawValue) \(name): kept \(kept) % of \(score.present), wrong \(wrong) % of \(score.reported)"
        }
        for method in Method.allCases {
            let sum = measure(method, richness, seeds: 0..<8)
            print(line("\(method.rawValue), all", sum.all))
            print(line("\(method.rawValue), edited files", sum.touched))
            guard method == .ladder else { continue }
            for edit in EditKind.allCases { print(line("  \(edit.rawValue)", sum.byEdit[edit] ?? Score())) }
        }
    }

    @Test func `the order of both lists does not matter`() {
        var generator = HistoryGenerator(seed: 5, files: 20)
        var random = SeededRandom(seed: 9)
        let digester = FindingDigester(key: .init(low: 3, high: 4))
        let before = generator.tree.report(.snippet, shuffledBy: &random)
        for _ in 0..<3 { generator.advance(edits: 20) }
        let after = generator.tree.report(.snippet, shuffledBy: &random)
        func pairs(_ before: [ReportedFinding], _ after: [ReportedFinding]) -> Set<[Int]> {
            let pairing = FindingMatcher.pair(
                old: before.map { digester.digest($0.facts) },
                new: after.map { digester.digest($0.facts) }
            )
            return Set(pairing.matches.map { [before[$0.old].identity, after[$0.new].identity] })
        }
        let first = pairs(before, after)
        #expect(first.count > 100)
        for _ in 0..<5 {
            let other = pairs(before.shuffled(using: &random), after.shuffled(using: &random))
            // Twins, which no report tells apart, may change places.
            #expect(Set(other.flatMap { $0 }) == Set(first.flatMap { $0 }))
            #expect(other.subtracting(first).count <= first.count / 50)
        }
    }

    @Test func `every finding is paired, new or gone, once`() {
        var generator = HistoryGenerator(seed: 6, files: 20)
        var random = SeededRandom(seed: 10)
        let digester = FindingDigester(key: .init(low: 3, high: 4))
        let old = generator.tree.report(.line, shuffledBy: &random).map { digester.digest($0.facts) }
        generator.advance(edits: 60)
        let new = generator.tree.report(.line, shuffledBy: &random).map { digester.digest($0.facts) }
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect((pairing.matches.map(\.old) + pairing.gone.map(\.index)).sorted() == Array(old.indices))
        #expect((pairing.matches.map(\.new) + pairing.new.map(\.index)).sorted() == Array(new.indices))
    }
}
