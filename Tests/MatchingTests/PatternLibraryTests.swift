// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Matching

@Suite(.enabled(if: hyperscanIsAvailable(for: "PatternLibraryTests")))
struct PatternLibraryTests {
    private func found(_ patterns: [ScanPattern], _ choice: ScanBackend.Choice, in value: String) -> Set<Int>? {
        let library = PatternLibrary.compile([patterns], backend: choice)
        return library.groups[0].found(in: Array(value.utf8), library.makeScratch())
    }

    private func decisions(_ patterns: [ScanPattern], _ choice: ScanBackend.Choice) -> [ScanDecision] {
        let library = PatternLibrary.compile([patterns], backend: choice)
        return patterns.indices.map { library.groups[0].decision($0) }
    }

    @Test func `Hyperscan finds what occurs, alone and among joined values`() {
        let patterns = [regex("(?i)union.+select"), regex("^admin$"), literals(["<script", "onload"], caseless: true)]
        #expect(found(patterns, .hyperscan, in: "1 UNION ALL SELECT 2") == [0])
        #expect(found(patterns, .hyperscan, in: "x\nadmin\n<ScRiPt>") == [1, 2])
        #expect(found(patterns, .hyperscan, in: "unio select administrator") == [])
        #expect(found(patterns, .hyperscan, in: "") == [])
    }

    @Test func `the portable backend finds literals that patterns need`() {
        let patterns = [regex("(?i)union.+select"), regex("\\d+"), literals(["<script", "onload"], caseless: true)]
        #expect(found(patterns, .portable, in: "SELECTED <SCRIPT") == [0, 2])
        #expect(found(patterns, .portable, in: "unio 12") == [])
    }

    @Test func `Hyperscan decides regular patterns, and those with anchors but for line feeds`() {
        let patterns = [
            regex("a+b"), regex("\\bab\\b"), regex("^ab"), regex("ab$"), regex("\\Aab\\z"), regex("a++b"),
            regex("(ab)\\1"),
            regex("(?<!x)ab"), regex("a*"), regex("(?-m)^ab"), regex("\\Gab"), regex("[[.x.]]"), regex("a("),
        ]
        let expected: [ScanDecision] = [
            .exact, .exact, .superset, .superset, .superset, .superset, .superset, .superset, .undecided, .superset,
            .superset, .undecided, .undecided,
        ]
        let library = PatternLibrary.compile([patterns], backend: .hyperscan)
        let group = library.groups[0]
        #expect(patterns.indices.map(group.decision) == expected)
        #expect(library.selfTest.isSound)
        #expect(library.selfTest.undecided.map(\.pattern) == [8, 11, 12])
        for anchored in 2...4 {
            #expect(group.isHitFinal(anchored, valueHasLineFeed: false))
            #expect(!group.isHitFinal(anchored, valueHasLineFeed: true))
        }
        #expect(group.isHitFinal(0, valueHasLineFeed: true))
        #expect(!group.isHitFinal(5, valueHasLineFeed: false))
        #expect(group.reason(8) == "it may match nothing at all")
        #expect(group.decision(99) == .undecided)
        #expect(!group.isHitFinal(99, valueHasLineFeed: false))
    }

    @Test func `decides literals by their place and case`() {
        let patterns = [
            literals(["Ab"], caseless: true), literals(["Ab"]), literals(["12"]), literals(["Ab"], .start),
            literals(["Ab"], .end), literals(["Ab"], .whole), literals([""]), literals([]),
        ]
        #expect(
            decisions(patterns, .hyperscan)
                == [.exact, .exact, .exact, .superset, .superset, .superset, .undecided, .exact]
        )
        #expect(
            decisions(patterns, .portable)
                == [.exact, .superset, .exact, .superset, .superset, .superset, .undecided, .exact]
        )
        #expect(found(patterns, .hyperscan, in: "xxabxx") == [0])
        #expect(found(patterns, .hyperscan, in: "Ab") == [0, 1, 3, 4, 5])
        #expect(found(patterns, .hyperscan, in: "Abc\nxAb") == [0, 1, 3, 4])
    }

    @Test func `takes NUL and every other byte in literals`() {
        let all = [[UInt8]](repeating: [], count: 256).indices.map { [UInt8($0), 0x00, UInt8($0)] }
        for choice in [ScanBackend.Choice.hyperscan, .portable] {
            let patterns = all.map { ScanPattern(.literals([$0], caseless: true, anchor: .anywhere)) }
            let library = PatternLibrary.compile([patterns], backend: choice)
            let scratch = library.makeScratch()
            for (index, text) in all.enumerated() where index != 0 {
                let hits = library.groups[0].found(in: [0x01, 0x02] + text + [0x03], scratch)
                #expect(hits?.contains(index) == true, "\(index)")
            }
        }
    }

    @Test func `takes a pattern apart that is too large, and stays exact`() throws {
        let text = Array("[;|]\\s*(?:l[\"']*s|c[\"']*a[\"']*t|w\\d{2,}|n[^c]+c)\\b".utf8)
        guard case .understood(let pattern) = PatternAnalysis(text, []) else {
            Issue.record("not understood")
            return
        }
        let fallback = HyperscanFallback(pattern, 0, reason: "Pattern is too large.")
        #expect(fallback.databases.count == 2)
        #expect(fallback.verdict == .exact)
        let source = ScratchSource()
        let engine = GroupEngine(count: 1, databases: fallback.databases, automaton: nil, source: source)
        let group = PatternGroup(engine: engine, verdicts: [fallback.verdict])
        let scratch = ScanScratch(source: source)
        for value in ["a; l\"s b", "|c'a't", "; w12", "; nxxc!"] {
            #expect(group.found(in: Array(value.utf8), scratch) == [0], "\(value)")
        }
        #expect(group.found(in: Array("; w1 ls cat".utf8), scratch) == [])
    }

    @Test func `falls back on a superset or on literals where Hyperscan refuses`() {
        let patterns = [regex("(?<!x)needle"), regex("needle(?:,|$)+"), regex("(?-m)^needle")]
        let library = PatternLibrary.compile([patterns], backend: .hyperscan)
        let group = library.groups[0]
        #expect(group.reason(0).hasPrefix("Hyperscan's own superset"))
        #expect(group.reason(1).hasPrefix("only literals that it needs"))
        #expect(group.reason(2).hasPrefix("only literals that it needs"))
        #expect((0...2).allSatisfy { group.decision($0) == .superset })
        #expect(group.found(in: Array("a needle, needle".utf8), library.makeScratch()) == [0, 1, 2])
    }

    @Test func `a scan with the scratch space of another library fails and counts everything as found`() {
        let one = PatternLibrary.compile([[regex("abc"), regex("def")]], backend: .hyperscan)
        let other = PatternLibrary.compile([[regex("abc")]], backend: .hyperscan)
        var hits: UInt64 = 0
        let isDone = Array("xyz".utf8).withUnsafeBufferPointer {
            one.groups[0].scan($0, scratch: other.makeScratch(), into: &hits)
        }
        #expect(!isDone)
        #expect(hits == 0b11)
    }

    @Test func `groups of any size have their bits`() {
        let patterns = (0..<150).map { regex("needle\($0)x") }
        for choice in [ScanBackend.Choice.hyperscan, .portable] {
            let library = PatternLibrary.compile([[], patterns, []], backend: choice)
            #expect(library.groups.map(\.count) == [0, 150, 0])
            #expect(library.groups.map(\.wordCount) == [0, 3, 0])
            let scratch = library.makeScratch()
            for index in patterns.indices {
                #expect(library.groups[1].found(in: Array("a needle\(index)x".utf8), scratch) == [index])
            }
            #expect(library.groups[0].found(in: [1], scratch) == [])
        }
    }

    @Test func `threads scan at the same time`() async {
        let library = PatternLibrary.compile([[regex("(?i)a[b-d]+e"), literals(["needle"])]], backend: .hyperscan)
        let pool = ScanScratchPool(library)
        let isRight = await withTaskGroup(of: Bool.self) { tasks in
            for number in 0..<8 {
                tasks.addTask {
                    let scratch = pool.take()
                    defer { pool.giveBack(scratch) }
                    let value = Array("\(number) needle ABCDE".utf8)
                    return (0..<200).allSatisfy { _ in library.groups[0].found(in: value, scratch) == [0, 1] }
                }
            }
            return await tasks.allSatisfy { $0 }
        }
        #expect(isRight)
    }

    @Test(arguments: ["5.4.9 2023-03-22", "5.4.1 2023-02-23", "5.4.0", "5.3.0 2020-01-01", "", "15.4.0 x"])
    func `refuses versions that are not known to be sound`(version: String) {
        #expect(Hyperscan.objection(toVersion: version) != nil)
        #expect(Hyperscan.objection(toVersion: "5.4.0 2021-01-26") == nil)
    }

    @Test func `names its backend`() {
        let portable = PatternLibrary.compile([[regex("abc")]], backend: .portable)
        #expect(portable.backend == .literals)
        #expect(portable.fallbackReason == nil)
        let automatic = PatternLibrary.compile([[regex("abc")]])
        #expect("\(automatic.backend)".hasPrefix("Hyperscan 5.4.0"))
    }
}

@Suite struct ScanSelfTestTests {
    /// A group whose automaton looks for something else than its pattern.
    private func brokenGroup(_ sets: [[String]], _ verdict: PatternVerdict) -> (PatternGroup, ScanScratch) {
        let source = ScratchSource()
        let automaton = LiteralAutomaton(sets.map { $0.map { Array($0.utf8) } })
        let engine = GroupEngine(count: sets.count, databases: [], automaton: automaton, source: source)
        let verdicts = [PatternVerdict](repeating: verdict, count: sets.count)
        return (PatternGroup(engine: engine, verdicts: verdicts), ScanScratch(source: source))
    }

    @Test func `a pattern that is missed becomes undecided and is reported`() {
        let (group, scratch) = brokenGroup([["foobar"], ["foo"]], .superset("literals"))
        var tester = ScanSelfTester(scratch: scratch)
        let tested = tester.test(group, number: 4, [regex("foo(?:bar|baz)"), regex("foo.")])
        #expect(tested.decision(0) == .undecided)
        #expect(tested.decision(1) == .superset)
        #expect(tester.report.failed.map(\.pattern) == [0])
        #expect(tester.report.failed.map(\.group) == [4])
        #expect(tester.report.passed == 1)
        #expect(!tester.report.isSound)
        #expect(tested.reason(0).contains("foobaz"))
    }

    @Test func `an exact pattern that is found too often becomes a superset`() {
        let (group, scratch) = brokenGroup([["foo"]], .exact)
        var tester = ScanSelfTester(scratch: scratch)
        let tested = tester.test(group, number: 0, [regex("foo[bar]{8}")])
        #expect(tested.decision(0) == .superset)
        #expect(tester.report.isSound)
    }

    @Test func `a pattern without a text to test it stays undecided`() {
        let (group, scratch) = brokenGroup([["a"]], .superset("literals"))
        var tester = ScanSelfTester(scratch: scratch)
        let tested = tester.test(group, number: 0, [regex("a(?!)")])
        #expect(tested.decision(0) == .undecided)
        #expect(tester.report.isSound)
    }

    @Test func `misses behind long texts are noticed`() {
        // Found only at the very start: the offsets have to show it.
        let patterns = [literals(["needle"])]
        let library = PatternLibrary.compile([[literals(["needle"], .start)]], backend: .hyperscan)
        guard case .hyperscan = library.backend else { return }
        let group = PatternGroup(engine: library.groups[0].engine, verdicts: [.exact])
        var tester = ScanSelfTester(scratch: library.makeScratch())
        #expect(tester.test(group, number: 0, patterns).decision(0) == .undecided)
    }
}
