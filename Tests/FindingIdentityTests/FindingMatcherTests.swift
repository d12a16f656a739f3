// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import FindingIdentity
import Testing

struct `Pairing of findings` {
    private let digester = FindingDigester(key: .init(low: 7, high: 8))

    private func finding(
        _ rule: String,
        _ path: String,
        _ line: Int,
        message: String = "Weak",
        snippet: String = "",
        fingerprints: [(EvidenceAlgorithm, String)] = []
    ) -> FindingDigest {
        var facts = FindingFacts(kind: .sast)
        facts.identifiers = [.init(type: "rule", value: rule)]
        facts.message = message
        facts.path = path
        facts.line = line
        facts.snippet = snippet
        facts.fingerprints = fingerprints.map { (algorithm: $0.0, value: $0.1) }
        return digester.digest(facts)
    }

    private func gone(_ digest: FindingDigest) -> FindingDigest {
        var digest = digest
        digest.isGone = true
        return digest
    }

    private func pairs(_ pairing: Pairing) -> [[Int]] {
        pairing.matches.map { [$0.old, $0.new] }
    }

    @Test func `lines inserted above move all findings alike`() {
        let old = [finding("a", "f.c", 10), finding("a", "f.c", 14), finding("b", "f.c", 30)]
        let new = [finding("a", "f.c", 14), finding("a", "f.c", 18), finding("b", "f.c", 34)]
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairs(pairing) == [[0, 0], [1, 1], [2, 2]])
        #expect(pairing.matches.map(\.rung) == [.alignment, .alignment, .alignment])
        #expect(pairing.matches[0].why == "same rule and message, 4 lines further down like its neighbours in the file")
    }

    @Test func `quoted code decides against the line`() {
        let old = [finding("a", "f.c", 10, snippet: "strcpy(a, b)"), finding("a", "f.c", 14, snippet: "strcpy(c, d)")]
        let new = [finding("a", "f.c", 10, snippet: "  strcpy(c, d)")]
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairs(pairing) == [[1, 0]])
        #expect(pairing.matches.first?.evidence == .snippet)
        #expect(pairing.matches.first?.why == "same file, 4 lines further up: the quoted code is equal")
        #expect(pairing.gone.first?.reason == .noFit)
    }

    @Test func `a copy is new and the original stays`() {
        let old = [finding("a", "f.c", 10, snippet: "x"), finding("b", "f.c", 12, snippet: "y")]
        let new = old + [finding("a", "f.c", 40, snippet: "x"), finding("b", "f.c", 42, snippet: "y")]
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairs(pairing) == [[0, 0], [1, 1]])
        #expect(pairing.new.map(\.index) == [2, 3])
    }

    @Test func `what fits twice equally well is left alone`() {
        // One of two went, and the line between them says nothing.
        let old = [finding("a", "f.c", 10), finding("a", "f.c", 20)]
        let new = [finding("a", "f.c", 15)]
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairing.matches.isEmpty)
        #expect(pairing.new.first?.reason == .ambiguous)
        #expect(pairing.gone.map(\.reason).contains(.ambiguous))
        #expect(pairing.new.first?.reason.whyNew == "several known findings fit equally well, so none was taken")
    }

    @Test func `a file that was renamed keeps its findings`() {
        let old = [finding("a", "src/old.c", 10), finding("b", "src/old.c", 30), finding("a", "src/other.c", 5)]
        let new = [finding("a", "src/new.c", 10), finding("b", "src/new.c", 30), finding("a", "src/other.c", 5)]
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairs(pairing) == [[0, 0], [1, 1], [2, 2]])
        #expect(pairing.matches.map(\.rung) == [.fileRename, .fileRename, .exactLocation])
    }

    @Test func `a map of renames settles what findings alone do not`() {
        let old = [finding("a", "x/one.c", 10), finding("a", "x/two.c", 90)]
        let new = [finding("a", "y/three.c", 95), finding("a", "y/four.c", 17)]
        #expect(FindingMatcher.pair(old: old, new: new).matches.isEmpty)
        let renames = [
            digester.place(ofFile: "x/one.c"): digester.place(ofFile: "y/four.c"),
            digester.place(ofFile: "x/two.c"): digester.place(ofFile: "y/three.c"),
        ]
        let pairing = FindingMatcher.pair(old: old, new: new, renames: renames)
        #expect(pairs(pairing) == [[1, 0], [0, 1]])
    }

    @Test func `a function that moved to another file takes its findings along`() {
        let old = [
            finding("a", "one.c", 10), finding("b", "one.c", 13), finding("c", "one.c", 50), finding("c", "two.c", 9),
        ]
        let new = [
            finding("c", "one.c", 40), finding("c", "two.c", 9), finding("a", "two.c", 70), finding("b", "two.c", 73),
        ]
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairs(pairing) == [[2, 0], [3, 1], [0, 2], [1, 3]])
        #expect(pairing.matches[2].rung == .movedCode)
    }

    @Test func `a finding that was gone is taken up again only where it fits`() {
        let old = [gone(finding("a", "f.c", 10, snippet: "x"))]
        let again = FindingMatcher.pair(old: old, new: [finding("a", "f.c", 210, snippet: "x")])
        #expect(again.matches.map(\.rung) == [.reappeared])
        let other = FindingMatcher.pair(old: old, new: [finding("a", "f.c", 10, snippet: "y")])
        #expect(other.matches.isEmpty)
        let elsewhere = FindingMatcher.pair(old: [gone(finding("a", "f.c", 10))], new: [finding("a", "f.c", 210)])
        #expect(elsewhere.matches.isEmpty)
    }

    @Test func `an open finding is preferred to one that was gone`() {
        let old = [gone(finding("a", "f.c", 12)), finding("a", "f.c", 10)]
        let pairing = FindingMatcher.pair(old: old, new: [finding("a", "f.c", 12)])
        #expect(pairs(pairing) == [[1, 0]])
    }

    @Test func `fingerprints that change in every scan are not believed`() {
        func report(_ scan: Int, shift: Int) -> [FindingDigest] {
            (0..<20).map { index in
                finding(
                    "r\(index % 3)",
                    "f\(index / 5).c",
                    index * 7 + shift,
                    fingerprints: [(.toolIdentifier, "\(scan)-\(index)"), (.fingerprint, "\(scan)/\(index)")]
                )
            }
        }
        let pairing = FindingMatcher.pair(old: report(1, shift: 0), new: report(2, shift: 0))
        #expect(pairing.matches.count == 20)
        #expect(Set(pairing.distrusted) == [.toolIdentifier, .fingerprint])
    }

    @Test func `fingerprints that are the same for all findings are not believed`() {
        func report(_ shift: Int) -> [FindingDigest] {
            (0..<20).map { finding("r", "f\($0 / 5).c", $0 * 7 + shift, fingerprints: [(.fingerprint, "none")]) }
        }
        let pairing = FindingMatcher.pair(old: report(0), new: report(3))
        #expect(pairing.matches.count == 20)
        #expect(pairing.distrusted == [.fingerprint])
    }

    @Test func `fingerprints made of the line are not believed where lines moved`() {
        func report(_ shift: Int) -> [FindingDigest] {
            (0..<24).map { index in
                let line = index * 4 + shift
                return finding(
                    "r",
                    "f.c",
                    line,
                    message: "Weak '\(index)'x\(index)",
                    fingerprints: [(.fingerprint, "f.c:\(line)")]
                )
            }
                + (0..<6).map {
                    finding(
                        "once\($0)",
                        "f.c",
                        200 + $0 * 9 + shift,
                        fingerprints: [(.fingerprint, "f.c:\(200 + $0 * 9 + shift)")]
                    )
                }
        }
        let pairing = FindingMatcher.pair(old: report(0), new: report(4))
        #expect(pairing.matches.allSatisfy { $0.old == $0.new })
        #expect(pairing.matches.count == 30)
        #expect(pairing.distrusted == [.fingerprint])
    }

    @Test func `two findings of different rules or kinds are never one`() {
        var secret = finding("a", "f.c", 10, fingerprints: [(.fingerprint, "same")])
        secret.kind = .secret
        let old = [finding("b", "f.c", 10, fingerprints: [(.fingerprint, "same")]), secret]
        let pairing = FindingMatcher.pair(
            old: old,
            new: [finding("a", "f.c", 10, fingerprints: [(.fingerprint, "same")])]
        )
        #expect(pairing.matches.isEmpty)
    }

    @Test func `a file with more findings than may be compared is cut at what is sure`() {
        let old = (0..<3000).map { finding("a", "f.c", $0 * 3, message: $0 % 10 == 0 ? "Weak \($0)" : "Weak") }
        let new = (0..<3000).map { finding("a", "f.c", $0 * 3 + 7, message: $0 % 10 == 0 ? "Weak \($0)" : "Weak") }
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairing.matches.count { $0.old == $0.new } == 3000)
    }

    @Test func `many findings that are all alike cost no more than their number`() {
        let old = (0..<20_000).map { finding("a", "f.c", $0) }
        let new = (0..<20_000).map { finding("a", "f.c", $0 + 1) }
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairing.matches.count { $0.rung == .exactLocation } == 19_999)
    }

    @Test func `thousands of findings that all left their files take bounded work`() {
        // Each has as many look-alikes in other files as the limit allows.
        let old = (0..<12_000).map { finding("a\($0 % 200)", "old\($0 / 60).c", $0 % 977) }
        let new = (0..<12_000).map { finding("a\($0 % 200)", "new\($0 / 60).c", $0 % 971) }
        let pairing = FindingMatcher.pair(old: old, new: new)
        #expect(pairing.matches.count + pairing.new.count == 12_000)
    }
}
