// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Which algorithms of evidence may be believed in this run.
///
/// Tools put constants, new random numbers and line numbers into fingerprints. Pairs that are sure without evidence
/// tell: at the same place values must mostly be equal, and where lines moved some must still be. What hardly ever
/// differs between findings tells nothing either.
struct EvidenceTrust {
    private struct Count {
        var uses = 0
        var equal = 0
    }

    private var still = [Count](repeating: Count(), count: 256)
    private var moved = [Count](repeating: Count(), count: 256)
    private var isDistrusted = [Bool](repeating: false, count: 256)
    private var isConstant = [Bool](repeating: false, count: 256)

    /// Counts a pair that is sure for other reasons.
    ///
    /// - Returns: the strongest algorithm that agrees, whether it can be believed or not.
    @discardableResult
    mutating func count(
        _ old: borrowing EvidenceSet,
        _ new: borrowing EvidenceSet,
        hasMoved: Bool
    ) -> EvidenceAlgorithm? {
        var strongest: EvidenceAlgorithm?
        for index in 0..<old.count {
            let algorithm = old.algorithm(index)
            guard let value = new[algorithm] else { continue }
            let place = Int(algorithm.rawValue)
            let equal = value == old.value(index) ? 1 : 0
            if hasMoved {
                moved[place].uses += 1
                moved[place].equal += equal
            } else {
                still[place].uses += 1
                still[place].equal += equal
            }
            if equal == 1, strongest.map({ algorithm.rawValue < $0.rawValue }) ?? true { strongest = algorithm }
        }
        return strongest
    }

    /// Whether every counted pair agreed in all evidence, and none of it is distrusted for other reasons.
    var isUndisputed: Bool {
        still.allSatisfy { $0.uses == $0.equal } && !(0..<256).contains { isDistrusted[$0] && still[$0].uses > 0 }
    }

    /// Looks at up to 4,096 findings for algorithms whose values are all but constant.
    mutating func look(at findings: [FindingDigest]) {
        let step = max(1, findings.count / 4096)
        var samples = [Int](repeating: 0, count: 256)
        var distinct = [Int](repeating: 0, count: 256)
        var seen = HashIndex(capacity: (findings.count / step + 1) * EvidenceSet.capacity)
        for place in stride(from: 0, to: findings.count, by: step) {
            let set = findings[place].evidence
            for index in 0..<set.count {
                let algorithm = Int(set.algorithm(index).rawValue)
                samples[algorithm] += 1
                if seen.set(mix(set.value(index)) ^ UInt64(algorithm), 1) == nil { distinct[algorithm] += 1 }
            }
        }
        for algorithm in 0..<256 where samples[algorithm] >= 8 {
            isConstant[algorithm] = distinct[algorithm] * 10 <= samples[algorithm]
        }
    }

    /// Draws the conclusion from what was counted.
    mutating func decide() {
        for algorithm in 0..<256 {
            let (still, moved) = (still[algorithm], moved[algorithm])
            isDistrusted[algorithm] =
                isConstant[algorithm] || (still.uses >= 4 && still.equal * 2 < still.uses)
                || (moved.uses >= 4 && moved.equal * 4 < moved.uses)
        }
        // A tool's own identifier must have proved itself.
        let own = Int(EvidenceAlgorithm.toolIdentifier.rawValue)
        if still[own].uses < 4 || still[own].equal < still[own].uses { isDistrusted[own] = true }
    }

    var distrusted: [EvidenceAlgorithm] {
        isDistrusted.indices.filter { isDistrusted[$0] && (still[$0].uses + moved[$0].uses > 0 || isConstant[$0]) }
            .map { EvidenceAlgorithm(rawValue: UInt8($0)) }
    }

    @inline(__always)
    func isTrusted(_ algorithm: EvidenceAlgorithm) -> Bool {
        !isDistrusted[Int(algorithm.rawValue)]
    }

    /// What the evidence of two findings says: the strongest algorithm that agrees, whether one of the flagged code
    /// disagrees, and whether one of the code around does.
    func compare(
        _ old: borrowing EvidenceSet,
        _ new: borrowing EvidenceSet
    ) -> (equal: EvidenceAlgorithm?, differs: Bool, differsAround: Bool) {
        var equal: EvidenceAlgorithm?
        var differs = false
        var differsAround = false
        for index in 0..<old.count {
            let algorithm = old.algorithm(index)
            guard isTrusted(algorithm), let value = new[algorithm] else { continue }
            if value != old.value(index) {
                if algorithm.isOfFlaggedCode { differs = true } else { differsAround = true }
            } else if equal.map({ algorithm.rawValue < $0.rawValue }) ?? true {
                equal = algorithm
            }
        }
        return (equal, differs, differsAround)
    }
}
