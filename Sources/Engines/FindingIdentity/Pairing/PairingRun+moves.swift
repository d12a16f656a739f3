// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Findings that left their file.
extension PairingRun {
    /// Pairs findings of different files whose trusted evidence is there once among all known and once among all new
    /// ones: code that moved. Findings that stayed in their file are left to the alignment. Where a rule's findings often
    /// have equal evidence, so that chance could make two equal, two of them must have gone the same way.
    mutating func pairUniqueEvidenceAcrossFiles() {
        var table = EvidenceTable(capacity: freeCount * EvidenceSet.capacity)
        for index in old.indices where isFreeOld(index) && old[index].kind.hasLines {
            for key in keys(old[index]) { table.admit(key) }
        }
        for index in old.indices where !old[index].isGone && old[index].kind.hasLines {
            for key in keys(old[index]) { table.count(key, old: index) }
        }
        for index in new.indices where new[index].kind.hasLines {
            for key in keys(new[index]) { table.count(key, new: index) }
        }
        var claims: [Claim] = []
        for index in old.indices where isFreeOld(index) && old[index].kind.hasLines {
            let partners = Set(keys(old[index]).compactMap { table.partner($0) })
            guard partners.count == 1, let partner = partners.first, isFreeNew(partner) else { continue }
            guard groupOfOld[index] != groupOfNew[partner] else { continue }
            claims.append(Claim(old: index, new: partner))
        }
        guard !claims.isEmpty else { return }
        let variety = RuleVariety(new) { keys($0).last }
        take(claims, rung: .movedCode) { variety.isVaried($0.rule) }
    }

    /// Two findings that may be one.
    private struct Claim {
        var old: Int
        var new: Int
    }

    /// The trusted evidence of a finding with its rule.
    private func keys(_ digest: FindingDigest) -> [UInt64] {
        (0..<digest.evidence.count).compactMap { index in
            let algorithm = digest.evidence.algorithm(index)
            guard trust.isTrusted(algorithm) else { return nil }
            return mix(mix(digest.essence ^ digest.evidence.value(index)) ^ UInt64(algorithm.rawValue))
        }
    }

    /// Pairs claims that no other claim contests, and that are sure by themselves or not alone in going from one file to
    /// another.
    private mutating func take(_ claims: [Claim], rung: Rung, ifSure isSure: (FindingDigest) -> Bool) {
        let wanted = Dictionary(claims.map { ($0.new, 1) }, uniquingKeysWith: +)
        let good = claims.filter { wanted[$0.new] == 1 && partnerOfOld[$0.old] < 0 && isFreeNew($0.new) }
        func way(_ claim: Claim) -> Block { Block(from: groupOfOld[claim.old], to: groupOfNew[claim.new], shift: 0) }
        let company = Dictionary(good.map { (way($0), 1) }, uniquingKeysWith: +)
        for claim in good where isSure(old[claim.old]) || company[way(claim), default: 0] >= 2 {
            let equal = trust.compare(old[claim.old].evidence, new[claim.new].evidence).equal
            pair(claim.old, claim.new, rung, equal)
        }
    }

    /// Pairs code that moved to another file: several findings that keep their distances, evidence that is there once
    /// among those left, and messages that are there once at all and name something.
    mutating func pairMovedCode() {
        guard hasFreeLines else { return }
        pairMovedBlocks()
        let evidenceVariety = RuleVariety(new) { keys($0).last }
        pairLeft(by: { run, digest in run.keys(digest).first }, ifSure: { evidenceVariety.isVaried($0.rule) })
        let messageVariety = RuleVariety(new) { messageKey($0) }
        let unique = uniqueMessages()
        pairLeft(
            by: { run, digest in
                let key = run.messageKey(digest)
                return unique.contains(key) ? key : nil
            },
            ifSure: { messageVariety.isVaried($0.rule) }
        )
    }

    /// Whether both sides have findings left that have lines.
    private var hasFreeLines: Bool {
        old.indices.contains { isFreeOld($0) && old[$0].kind.hasLines }
            && new.indices.contains { isFreeNew($0) && new[$0].kind.hasLines }
    }

    private func messageKey(_ digest: FindingDigest) -> UInt64 {
        mix(digest.essence ^ digest.message)
    }

    /// Pairs findings with lines that share a key with exactly one other that is left.
    private mutating func pairLeft(
        by key: (PairingRun, FindingDigest) -> UInt64?,
        ifSure isSure: (FindingDigest) -> Bool
    ) {
        var places: [UInt64: (old: Int, new: Int)] = [:]
        for index in old.indices where isFreeOld(index) && old[index].kind.hasLines {
            guard let key = key(self, old[index]) else { continue }
            places[key] = (places[key] == nil ? index : -1, -1)
        }
        for index in new.indices where isFreeNew(index) && new[index].kind.hasLines {
            guard let key = key(self, new[index]), let place = places[key] else { continue }
            places[key] = (place.old, place.new == -1 ? index : -2)
        }
        let claims = places.filter { $0.value.old >= 0 && $0.value.new >= 0 }
            .filter { !isContradicted($0.value.old, $0.value.new) }
            .map { Claim(old: $0.value.old, new: $0.value.new) }
        take(claims, rung: .movedCode, ifSure: isSure)
    }

    private func isContradicted(_ oldIndex: Int, _ newIndex: Int) -> Bool {
        let evidence = trust.compare(old[oldIndex].evidence, new[newIndex].evidence)
        return evidence.equal == nil && evidence.differs
    }

    /// Messages that are there once on each side.
    private func uniqueMessages() -> Set<UInt64> {
        var counts: [UInt64: (old: Int, new: Int)] = [:]
        for digest in old where !digest.isGone { counts[messageKey(digest), default: (0, 0)].old += 1 }
        for digest in new { counts[messageKey(digest), default: (0, 0)].new += 1 }
        return Set(counts.filter { $0.value == (1, 1) }.keys)
    }

    /// Pairs two or more findings that left one file for another and kept rule, message, column and distances.
    private mutating func pairMovedBlocks() {
        var candidates: [UInt64: [Int]] = [:]
        for index in new.indices where isFreeNew(index) && new[index].kind.hasLines {
            candidates[blockToken(new[index]), default: []].append(index)
        }
        var votes: [Block: [(old: Int, new: Int)]] = [:]
        let limit = candidateLimit
        for index in old.indices where isFreeOld(index) && old[index].kind.hasLines {
            guard let partners = candidates[blockToken(old[index])], partners.count <= limit else {
                continue
            }
            for partner in partners where !isContradicted(index, partner) {
                let block = Block(
                    from: groupOfOld[index],
                    to: groupOfNew[partner],
                    shift: new[partner].line &- old[index].line
                )
                votes[block, default: []].append((index, partner))
            }
        }
        takeBlocks(votes)
    }

    private struct Block: Hashable {
        var from: Int32
        var to: Int32
        var shift: Int32
    }

    private func blockToken(_ digest: FindingDigest) -> UInt64 {
        mix(mix(digest.essence ^ digest.message) ^ UInt64(UInt32(bitPattern: digest.column)))
    }

    /// Takes the largest blocks first; of blocks of one size that contest a finding none is taken.
    private mutating func takeBlocks(_ votes: [Block: [(old: Int, new: Int)]]) {
        let blocks = votes.values.filter { $0.count >= 2 }
        for size in Set(blocks.map(\.count)).sorted(by: >) {
            let free = blocks.filter { $0.count == size }
                .map { $0.filter { isFreeOld($0.old) && isFreeNew($0.new) } }.filter { $0.count >= 2 }
            var claimsOfOld: [Int: Int] = [:]
            var claimsOfNew: [Int: Int] = [:]
            for pair in free.joined() {
                claimsOfOld[pair.old, default: 0] += 1
                claimsOfNew[pair.new, default: 0] += 1
            }
            for pair in free.joined() where claimsOfOld[pair.old] == 1 && claimsOfNew[pair.new] == 1 {
                let equal = trust.compare(old[pair.old].evidence, new[pair.new].evidence).equal
                self.pair(pair.old, pair.new, .movedCode, equal)
            }
        }
    }
}

/// How often evidence stands on each side, for evidence that was admitted.
private struct EvidenceTable {
    private var index: HashIndex
    private var sides: [(old: Int, new: Int)] = []

    init(capacity: Int) {
        index = HashIndex(capacity: capacity)
    }

    mutating func admit(_ key: UInt64) {
        _ = index.insert(key) {
            sides.append((-1, -1))
            return sides.count - 1
        }
    }

    mutating func count(_ key: UInt64, old finding: Int) {
        guard let entry = index.value(key) else { return }
        sides[entry].old = sides[entry].old == -1 ? finding : -2
    }

    mutating func count(_ key: UInt64, new finding: Int) {
        guard let entry = index.value(key) else { return }
        sides[entry].new = sides[entry].new == -1 ? finding : -2
    }

    /// The one finding of the report that has the evidence, where also one known finding alone has it.
    func partner(_ key: UInt64) -> Int? {
        guard let entry = index.value(key), sides[entry].old >= 0, sides[entry].new >= 0 else { return nil }
        return sides[entry].new
    }
}

/// How much the findings of each rule differ in some property.
private struct RuleVariety {
    private var varied: Set<UInt64> = []

    /// - Parameters:
    ///   - findings: those of the report.
    ///   - property: what may be equal; findings without it are left out.
    init(_ findings: [FindingDigest], property: (FindingDigest) -> UInt64?) {
        var counts: [UInt64: [UInt64: Int]] = [:]
        for finding in findings where finding.kind.hasLines {
            guard let value = property(finding) else { continue }
            counts[finding.rule, default: [:]][value, default: 0] += 1
        }
        for (rule, values) in counts {
            let count = values.values.reduce(0, +)
            let equalPairs = values.values.reduce(0) { $0 + $1 * ($1 - 1) }
            if values.count >= 4, equalPairs * 20 <= count * (count - 1) { varied.insert(rule) }
        }
    }

    /// Whether two findings of the rule that are equal in the property are hardly so by chance: fewer than one in twenty
    /// pairs are.
    func isVaried(_ rule: UInt64) -> Bool {
        varied.contains(rule)
    }
}
