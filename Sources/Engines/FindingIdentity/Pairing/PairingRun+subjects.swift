// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Findings that have no lines, and findings that come back.
extension PairingRun {
    /// Pairs findings of components, addresses, secrets and resources by what they are about.
    mutating func pairSubjects() {
        func key(_ digest: FindingDigest) -> UInt64? {
            let hasSubject = !digest.kind.hasLines || (digest.kind == .secret && digest.subject != 0)
            return hasSubject ? digest.essence : nil
        }
        // The same place, host and all; the same place; the same name of the place; the subject alone.
        pairSubjects { digest in
            key(digest).map { mix(mix(mix($0 ^ digest.place) ^ digest.scope) ^ digest.version) }
        }
        pairSubjects { digest in key(digest).map { mix($0 ^ digest.place) } }
        pairSubjects { digest in key(digest).map { mix($0 ^ digest.placeName) } }
        pairSubjects { digest in
            // The end of an address must be the same, as parameters alone say little.
            digest.kind == .dast ? nil : key(digest)
        }
    }

    /// Pairs those that share a key with one other; with several only as many as are equal in everything, in order.
    private mutating func pairSubjects(by key: (FindingDigest) -> UInt64?) {
        var groups: [UInt64: Group] = [:]
        for index in old.indices where isFreeOld(index) {
            if let key = key(old[index]) { groups[key, default: Group()].old.append(index) }
        }
        for index in new.indices where isFreeNew(index) {
            if let key = key(new[index]) { groups[key, default: Group()].new.append(index) }
        }
        for group in groups.values where !group.old.isEmpty && !group.new.isEmpty {
            if group.old.count == 1, group.new.count == 1 {
                pair(group.old[0], group.new[0], subjectRung(group.old[0], group.new[0]))
            } else {
                pairEqual(group)
            }
        }
    }

    /// Pairs those of several that are equal in place, message and line.
    private mutating func pairEqual(_ group: Group) {
        var rest = Dictionary(grouping: sortedNew(group.new)) { new[$0].location }.mapValues { $0[...] }
        for index in sortedOld(group.old) {
            guard let partner = rest[old[index].location]?.popFirst() else { continue }
            pair(index, partner, .exactLocation)
        }
    }

    /// How two findings with one subject differ.
    func subjectRung(_ oldIndex: Int, _ newIndex: Int) -> Rung {
        let (before, after) = (old[oldIndex], new[newIndex])
        let isComponent = before.kind == .dependency || before.kind == .container
        if before.place != after.place {
            return before.kind == .dast ? .addressDrift : isComponent ? .manifestMove : .movedCode
        }
        if before.kind == .dast, before.scope != after.scope { return .addressDrift }
        if before.version != after.version, isComponent { return .versionBump }
        return before.line == after.line ? .exactLocation : .subject
    }

    /// Pairs findings that were closed because they were gone with those left in the report: the same subject, or the
    /// same file with equal evidence or, where there is none, rule, message and nearly the line.
    mutating func pairGone() {
        var groups: [UInt64: Group] = [:]
        for index in old.indices where old[index].isGone && partnerOfOld[index] < 0 {
            groups[goneKey(old[index]), default: Group()].old.append(index)
        }
        guard !groups.isEmpty else { return }
        for index in new.indices where isFreeNew(index) {
            let key = goneKey(new[index])
            if groups[key] != nil { groups[key]?.new.append(index) }
        }
        for group in groups.values where !group.new.isEmpty {
            pairGone(sortedOld(group.old), sortedNew(group.new))
        }
    }

    private func goneKey(_ digest: FindingDigest) -> UInt64 {
        let key = mix(digest.essence ^ digest.group)
        return digest.kind.hasLines ? mix(key ^ digest.skeleton) : key
    }

    private mutating func pairGone(_ before: [Int], _ after: [Int]) {
        guard before.count * after.count <= limits.comparisonsPerBucket else { return }
        let hasLines = old[before[0]].kind.hasLines
        for (pair, fit) in solve(before, after) where pair.margin > 0 {
            let (left, right) = (old[before[pair.old]], new[after[pair.new]])
            let distance = abs(Int(right.line) - Int(left.line))
            let isNear = left.message == right.message && !fit.isContradicted && distance <= 50 && pair.margin >= 8
            guard !hasLines || fit.equalEvidence != nil || isNear else { continue }
            self.pair(before[pair.old], after[pair.new], .reappeared, fit.equalEvidence)
        }
    }
}
