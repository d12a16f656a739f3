// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// One run of the matcher: who is paired with whom so far.
struct PairingRun {
    let old: [FindingDigest]
    let new: [FindingDigest]
    let limits: FindingMatcher.Limits
    var trust = EvidenceTrust()

    /// The partner of each known finding; -1 for none.
    var partnerOfOld: [Int32]
    var partnerOfNew: [Int32]
    /// By the index of the report's finding.
    var rungs: [Rung]
    var evidence: [EvidenceAlgorithm?]
    var isAmbiguousOld: [Bool]
    var isAmbiguousNew: [Bool]

    /// The group of each finding: those of one kind in one place.
    var groupOfOld: [Int32]
    var groupOfNew: [Int32]
    var groupCount = 0
    /// ``FindingDigest/location`` of each finding: digests are large, and going through them costs more than hashing.
    var locationOfOld: [UInt64]
    var locationOfNew: [UInt64]

    init(old: [FindingDigest], new: [FindingDigest], limits: FindingMatcher.Limits) {
        self.old = old
        self.new = new
        self.limits = limits
        partnerOfOld = Array(repeating: -1, count: old.count)
        partnerOfNew = Array(repeating: -1, count: new.count)
        rungs = Array(repeating: .exactLocation, count: new.count)
        evidence = Array(repeating: nil, count: new.count)
        isAmbiguousOld = Array(repeating: false, count: old.count)
        isAmbiguousNew = Array(repeating: false, count: new.count)
        groupOfOld = Array(repeating: 0, count: old.count)
        groupOfNew = Array(repeating: 0, count: new.count)
        locationOfOld = Array(repeating: 0, count: old.count)
        locationOfNew = Array(repeating: 0, count: new.count)
        var groups = HashIndex(capacity: old.count + new.count)
        for index in old.indices {
            groupOfOld[index] = Int32(truncatingIfNeeded: group(old[index].group, in: &groups))
            locationOfOld[index] = old[index].location
        }
        for index in new.indices {
            groupOfNew[index] = Int32(truncatingIfNeeded: group(new[index].group, in: &groups))
            locationOfNew[index] = new[index].location
        }
    }

    private mutating func group(_ key: UInt64, in groups: inout HashIndex) -> Int {
        groups.insert(key) {
            groupCount += 1
            return groupCount - 1
        }
    }

    var hasLeftovers: Bool {
        partnerOfOld.contains { $0 < 0 } || partnerOfNew.contains { $0 < 0 }
    }

    /// Whether a known finding is open and has no partner yet.
    func isFreeOld(_ index: Int) -> Bool {
        partnerOfOld[index] < 0 && !old[index].isGone
    }

    func isFreeNew(_ index: Int) -> Bool {
        partnerOfNew[index] < 0
    }

    /// How many known findings are open and have no partner yet.
    var freeCount: Int {
        old.indices.count { isFreeOld($0) }
    }

    /// How many candidates are looked at for each finding that left its file: the fewer, the more have, so that all
    /// together stay below two million.
    var candidateLimit: Int {
        min(limits.candidates, max(4, 2_000_000 / max(1, freeCount)))
    }

    /// Pairs two that have no partner yet.
    mutating func pair(_ oldIndex: Int, _ newIndex: Int, _ rung: Rung, _ algorithm: EvidenceAlgorithm? = nil) {
        partnerOfOld[oldIndex] = Int32(truncatingIfNeeded: newIndex)
        partnerOfNew[newIndex] = Int32(truncatingIfNeeded: oldIndex)
        rungs[newIndex] = rung
        evidence[newIndex] = algorithm
    }

    /// The order in which findings of a file are compared; it depends on what they are, not on where they stand in a
    /// list.
    static func isBefore(_ left: borrowing FindingDigest, _ right: borrowing FindingDigest) -> Bool {
        if left.line != right.line { return left.line < right.line }
        if left.column != right.column { return left.column < right.column }
        if left.rule != right.rule { return left.rule < right.rule }
        if left.subject != right.subject { return left.subject < right.subject }
        if left.message != right.message { return left.message < right.message }
        if left.endLine != right.endLine { return left.endLine < right.endLine }
        if left.endColumn != right.endColumn { return left.endColumn < right.endColumn }
        if left.version != right.version { return left.version < right.version }
        for index in 0..<min(left.evidence.count, right.evidence.count)
        where left.evidence.value(index) != right.evidence.value(index) {
            return left.evidence.value(index) < right.evidence.value(index)
        }
        return left.evidence.count < right.evidence.count
    }

    /// Indices of known findings in the order of ``isBefore(_:_:)``; twins in that of the list, as nothing else tells
    /// them.
    func sortedOld(_ indices: [Int]) -> [Int] {
        PairingRun.sorted(indices, of: old)
    }

    func sortedNew(_ indices: [Int]) -> [Int] {
        PairingRun.sorted(indices, of: new)
    }

    private static func sorted(_ indices: [Int], of list: [FindingDigest]) -> [Int] {
        indices.sorted { left, right in
            if isBefore(list[left], list[right]) { return true }
            return !isBefore(list[right], list[left]) && left < right
        }
    }

    /// Matches and leftovers with their reasons.
    func result() -> Pairing {
        var pairing = Pairing()
        pairing.matches.reserveCapacity(new.count)
        for index in new.indices where partnerOfNew[index] >= 0 {
            let partner = Int(partnerOfNew[index])
            pairing.matches.append(
                FindingMatch(
                    old: partner,
                    new: index,
                    rung: rungs[index],
                    evidence: evidence[index],
                    shift: Int(new[index].line) - Int(old[partner].line)
                )
            )
        }
        pairing.distrusted = trust.distrusted
        guard hasLeftovers else { return pairing }
        addLeftovers(to: &pairing)
        return pairing
    }

    private func addLeftovers(to pairing: inout Pairing) {
        func tables(_ list: [FindingDigest]) -> (rules: HashIndex, places: HashIndex) {
            var rules = HashIndex(capacity: list.count)
            var places = HashIndex(capacity: list.count)
            for digest in list {
                rules.set(digest.rule, 1)
                places.set(mix(digest.rule ^ digest.group), 1)
            }
            return (rules, places)
        }
        func reason(_ digest: FindingDigest, _ other: (rules: HashIndex, places: HashIndex)) -> Unmatched {
            if other.rules.value(digest.rule) == nil { return .ruleIsNew }
            return other.places.value(mix(digest.rule ^ digest.group)) == nil ? .elsewhere : .noFit
        }
        let (oldTables, newTables) = (tables(old), tables(new))
        for index in new.indices where partnerOfNew[index] < 0 {
            pairing.new.append((index, isAmbiguousNew[index] ? .ambiguous : reason(new[index], oldTables)))
        }
        for index in old.indices where partnerOfOld[index] < 0 {
            pairing.gone.append((index, isAmbiguousOld[index] ? .ambiguous : reason(old[index], newTables)))
        }
    }
}
