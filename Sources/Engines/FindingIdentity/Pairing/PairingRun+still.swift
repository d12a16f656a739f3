// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Files in which no finding moved: most of every report.
extension PairingRun {
    /// Pairs the findings of each group that has the same findings at the same places in both lists, unless trusted
    /// evidence says that they are others. Groups in which two findings have the same place are left to the alignment.
    mutating func pairStillFiles() {
        let isStill = stillGroups()
        var places = HashIndex(capacity: new.count)
        var isTwice = [Bool](repeating: false, count: groupCount)
        for index in new.indices where isStill[Int(groupOfNew[index])] {
            if places.set(locationOfNew[index], index) != nil { isTwice[Int(groupOfNew[index])] = true }
        }
        for index in old.indices where !old[index].isGone {
            let group = Int(groupOfOld[index])
            guard isStill[group], !isTwice[group], let partner = places.value(locationOfOld[index]) else { continue }
            let equal = trust.count(old[index].evidence, new[partner].evidence, hasMoved: false)
            pair(index, partner, old[index].kind.hasLines ? .exactLocation : subjectRung(index, partner), equal)
        }
        trust.look(at: new)
        trust.decide()
        undoContradicted()
    }

    /// Groups whose open known findings and findings of the report have the same places, by count and sum of hashes.
    private func stillGroups() -> [Bool] {
        var counts = [Int](repeating: 0, count: groupCount)
        var sums = [UInt64](repeating: 0, count: groupCount)
        for index in old.indices where !old[index].isGone {
            let group = Int(groupOfOld[index])
            counts[group] += 1
            sums[group] &+= locationOfOld[index]
        }
        for index in new.indices {
            let group = Int(groupOfNew[index])
            counts[group] -= 1
            sums[group] &-= locationOfNew[index]
        }
        return (0..<groupCount).map { counts[$0] == 0 && sums[$0] == 0 }
    }

    /// Takes groups back in which trusted evidence of a pair differs: the code at a place is another.
    private mutating func undoContradicted() {
        guard !trust.isUndisputed else { return }
        var isContradicted = [Bool](repeating: false, count: groupCount)
        for index in old.indices where partnerOfOld[index] >= 0 {
            let evidence = trust.compare(old[index].evidence, new[Int(partnerOfOld[index])].evidence)
            if evidence.equal == nil, evidence.differs { isContradicted[Int(groupOfOld[index])] = true }
        }
        for index in old.indices where partnerOfOld[index] >= 0 && isContradicted[Int(groupOfOld[index])] {
            partnerOfNew[Int(partnerOfOld[index])] = -1
            partnerOfOld[index] = -1
        }
        nameEvidence()
    }

    /// Notes for each pair the evidence that is equal.
    private mutating func nameEvidence() {
        for index in old.indices where partnerOfOld[index] >= 0 && old[index].evidence.count > 0 {
            let partner = Int(partnerOfOld[index])
            evidence[partner] = trust.compare(old[index].evidence, new[partner].evidence).equal
        }
    }

    /// Looks at files that changed: findings whose rule and message are there once, before and after, are the same
    /// whatever their evidence says, and so tell what the evidence is worth.
    mutating func learnTrust() {
        var tokens = HashIndex(capacity: old.count + new.count)
        // One entry for each token of a group: the finding of each side, -1 for none, -2 for several.
        var sides: [(old: Int, new: Int)] = []
        for index in old.indices where isFreeOld(index) {
            let entry = tokens.insert(token(old[index])) {
                sides.append((-1, -1))
                return sides.count - 1
            }
            sides[entry].old = sides[entry].old == -1 ? index : -2
        }
        for index in new.indices where isFreeNew(index) {
            guard let entry = tokens.value(token(new[index])) else { continue }
            sides[entry].new = sides[entry].new == -1 ? index : -2
        }
        for side in sides where side.old >= 0 && side.new >= 0 {
            let (before, after) = (old[side.old], new[side.new])
            trust.count(before.evidence, after.evidence, hasMoved: before.line != after.line)
        }
        trust.decide()
    }

    private func token(_ digest: FindingDigest) -> UInt64 {
        mix(mix(digest.essence ^ digest.group) ^ digest.skeleton)
    }
}
