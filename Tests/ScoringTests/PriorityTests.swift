// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Scoring
import Testing

struct `Priorities` {
    private func inputs(_ severity: PriorityInputs.Severity) -> PriorityInputs {
        PriorityInputs(severity: Sourced(severity, source: "trivy"))
    }

    @Test func `follows the formula`() {
        var high = inputs(.high)
        #expect(Priority(high).score == 15)  // 0.02 * 0.75
        high.epss = Sourced(431_200, source: "EPSS v4")
        #expect(Priority(high).score == 323)  // 0.4312 * 0.75
        high.baseScores = [Sourced(CVSSScore(tenths: 98), source: "NVD"), Sourced(CVSSScore(tenths: 0), source: "x")]
        #expect(Priority(high).score == 373)  // 0.4312 * (7.5 + 9.8) / 20
        high.criticality = Sourced(.high, source: "label")
        high.exposure = Sourced(.open, source: "network")
        #expect(Priority(high).score == 630)
        high.reachability = Sourced(.unreachable, source: "govulncheck")
        #expect(Priority(high).score == 315)
        high.knownExploited = Sourced(true, source: "CISA KEV")
        #expect(Priority(high).score == 767)  // 1 * 0.865 * 1.69 * 0.5 * 1.05
        high.ransomware = Sourced(true, source: "CISA KEV")
        #expect(Priority(high).score == 844)
        high.reachability = nil
        #expect(Priority(high).score == 1000)
    }

    @Test func `every number has a source`() {
        var critical = inputs(.critical)
        critical.observedAttack = Sourced(true, source: "web firewall, 14 requests")
        critical.exposure = Sourced(.open, source: "ingress")
        let factors = Priority(critical).factors
        #expect(factors.map(\.name) == ["threat", "severity", "asset", "exposure", "reachability"])
        #expect(factors[0].description == "threat: attacked here (web firewall, 14 requests)")
        #expect(factors.allSatisfy { !$0.source.isEmpty })
    }

    @Test func `what is worse never counts less`() {
        var random = SeededRandom(seed: 6)
        for _ in 0..<4000 {
            let before = randomInputs(&random)
            for after in worse(than: before, &random) {
                #expect(Priority(after).score >= Priority(before).score)
            }
        }
    }

    @Test func `what is unknown is not held against a finding`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<1000 {
            var known = randomInputs(&random)
            known.reachability = Sourced(.potential, source: "x")
            known.exposure = Sourced(.controlled, source: "x")
            known.criticality = Sourced(.medium, source: "x")
            var unknown = known
            unknown.reachability = nil
            unknown.exposure = nil
            unknown.criticality = nil
            #expect(Priority(known).score == Priority(unknown).score)
        }
    }

    private func randomInputs(_ random: inout SeededRandom) -> PriorityInputs {
        var inputs = inputs([.unknown, .info, .low, .medium, .high, .critical][random.below(6)])
        for _ in 0..<random.below(3) {
            inputs.baseScores.append(Sourced(CVSSScore(tenths: 1 + random.below(100)), source: "x"))
        }
        if random.below(2) == 0 { inputs.epss = Sourced(random.below(1_000_001), source: "x") }
        if random.below(2) == 0 { inputs.exploitation = Sourced(.allCases[random.below(3)], source: "x") }
        if random.below(4) == 0 { inputs.knownExploited = Sourced(random.below(2) == 0, source: "x") }
        if random.below(4) == 0 { inputs.ransomware = Sourced(random.below(2) == 0, source: "x") }
        if random.below(4) == 0 { inputs.observedAttack = Sourced(random.below(2) == 0, source: "x") }
        inputs.criticality = Sourced(.allCases[random.below(3)], source: "x")
        inputs.exposure = Sourced(.allCases[random.below(3)], source: "x")
        inputs.reachability = Sourced(.allCases[random.below(5)], source: "x")
        return inputs
    }

    /// The same with one input each that is worse.
    private func worse(than inputs: PriorityInputs, _ random: inout SeededRandom) -> [PriorityInputs] {
        var results: [PriorityInputs] = []
        func add(_ change: (inout PriorityInputs) -> Void) {
            var changed = inputs
            change(&changed)
            results.append(changed)
        }
        let more = random.below(100_000)
        let order: [PriorityInputs.Severity] = [.info, .low, .medium, .high, .critical]
        add { $0.epss = Sourced(min(1_000_000, ($0.epss?.value ?? 0) + more), source: "x") }
        add { $0.exploitation = Sourced(.active, source: "x") }
        add { $0.knownExploited = Sourced(true, source: "x") }
        add { $0.ransomware = Sourced(true, source: "x") }
        add { $0.observedAttack = Sourced(true, source: "x") }
        add { $0.criticality = Sourced(.high, source: "x") }
        add { $0.exposure = Sourced(.open, source: "x") }
        add { $0.reachability = Sourced(.atRuntime, source: "x") }
        add { changed in
            let place = order.firstIndex(of: changed.severity.value) ?? 2
            changed.severity = Sourced(order[min(place + 1, 4)], source: "x")
        }
        add { changed in
            changed.baseScores = changed.baseScores.map {
                Sourced(CVSSScore(tenths: $0.value.tenths + more % 20), source: "x")
            }
        }
        return results
    }
}

struct `Grades` {
    @Test func `the worst open finding decides and is named`() {
        var counts = SeverityCounts()
        #expect(Grade(counts).description == "A: no finding above info is open")
        counts.low = 3
        #expect(Grade(counts).description == "B: 3 low findings are open")
        counts.medium = 1
        #expect(Grade(counts).description == "C: 1 medium finding is open")
        counts.unknown = 1
        #expect(Grade(counts).description == "D: 1 unrated finding is open")
        counts.high = 2
        #expect(Grade(counts).description == "D: 2 high findings are open")
        counts.critical = 1
        #expect(
            Grade(counts, example: "CVE-2024-3094 in pay-api, known exploited").description
                == "F: 1 critical finding is open: CVE-2024-3094 in pay-api, known exploited"
        )
        #expect(Grade(counts).letter > Grade.Letter.a)
    }

    @Test func `other tools' numbers are computed as they do`() {
        var counts = SeverityCounts()
        #expect(counts.healthScore == 100)
        counts.low = 4
        #expect(counts.healthScore == 91)
        counts.high = 3
        #expect(counts.healthScore == 50)
        counts.critical = 2
        #expect(counts.healthScore == 25)
        counts.medium = 100
        #expect(counts.healthScore == 5)
        counts.unknown = 2
        #expect(counts.riskScore == 20 + 15 + 300 + 4 + 10)
    }
}
