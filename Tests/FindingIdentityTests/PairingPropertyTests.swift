// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FindingIdentity
import Testing

/// What must hold for any two lists, made of so few values that everything collides.
struct `Properties of pairing` {
    private func digest(_ random: inout SeededRandom, isOld: Bool) -> FindingDigest {
        var digest = FindingDigest(kind: FindingKind.allCases[min(random.below(12), 7)])
        digest.rule = UInt64(1 + random.below(2))
        digest.place = UInt64(11 + random.below(3))
        digest.placeName = UInt64(21 + random.below(2))
        digest.message = UInt64(31 + random.below(2))
        digest.skeleton = 41
        digest.subject = digest.kind.hasLines ? 0 : UInt64(random.below(3))
        digest.version = UInt64(random.below(3))
        digest.scope = UInt64(random.below(2))
        digest.line = Int32(random.below(12))
        digest.column = Int32(random.below(2))
        digest.endLine = digest.line
        digest.isGone = isOld && random.below(6) == 0
        for _ in 0..<random.below(3) {
            digest.evidence.add(EvidenceAlgorithm(rawValue: UInt8(1 + random.below(9))), UInt64(1 + random.below(6)))
        }
        return digest
    }

    private func list(_ random: inout SeededRandom, isOld: Bool) -> [FindingDigest] {
        (0..<random.below(40)).map { _ in digest(&random, isOld: isOld) }
    }

    @Test func `each finding is in one place of the result, and pairs are of one kind, rule and subject`() {
        var random = SeededRandom(seed: 20)
        for _ in 0..<3000 {
            let old = list(&random, isOld: true)
            let new = list(&random, isOld: false)
            var limits = FindingMatcher.Limits()
            limits.comparisonsPerBucket = [10, 100, 40_000][random.below(3)]
            let pairing = FindingMatcher.pair(old: old, new: new, limits: limits)
            #expect((pairing.matches.map(\.old) + pairing.gone.map(\.index)).sorted() == Array(old.indices))
            #expect((pairing.matches.map(\.new) + pairing.new.map(\.index)).sorted() == Array(new.indices))
            for match in pairing.matches {
                let (before, after) = (old[match.old], new[match.new])
                #expect(before.kind == after.kind && before.rule == after.rule && before.subject == after.subject)
                #expect(!match.why.isEmpty)
                #expect(before.isGone == (match.rung == .reappeared))
            }
        }
    }

    @Test func `a report that comes again in another order has nothing new and nothing gone`() {
        var random = SeededRandom(seed: 21)
        for _ in 0..<3000 {
            let report = list(&random, isOld: false)
            let pairing = FindingMatcher.pair(old: report, new: report.shuffled(using: &random))
            #expect(pairing.new.isEmpty && pairing.gone.isEmpty)
        }
    }

    @Test func `a report that comes again far down in each file has nothing new and nothing gone`() {
        var random = SeededRandom(seed: 22)
        for _ in 0..<500 {
            let report = list(&random, isOld: false)
            var moved = report
            for index in moved.indices where moved[index].kind.hasLines {
                moved[index].line += 1000
                moved[index].endLine += 1000
            }
            let pairing = FindingMatcher.pair(old: report, new: moved.shuffled(using: &random))
            #expect(pairing.new.isEmpty && pairing.gone.isEmpty)
        }
    }

    @Test func `an empty list on either side is no trouble`() {
        var random = SeededRandom(seed: 23)
        let report = list(&random, isOld: false) + [digest(&random, isOld: false)]
        #expect(FindingMatcher.pair(old: [], new: report).new.count == report.count)
        #expect(FindingMatcher.pair(old: report, new: []).gone.count == report.count)
        #expect(FindingMatcher.pair(old: [], new: []).matches.isEmpty)
    }
}
