// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Findings that stayed in their file while the file changed.
extension PairingRun {
    /// The unpaired findings of a group.
    struct Group {
        var old: [Int] = []
        var new: [Int] = []
    }

    /// The groups of findings with lines that have unpaired ones, those gone before left out.
    func freeGroups() -> [Int32: Group] {
        var groups: [Int32: Group] = [:]
        for index in old.indices where isFreeOld(index) && old[index].kind.hasLines {
            groups[groupOfOld[index], default: Group()].old.append(index)
        }
        for index in new.indices where isFreeNew(index) && new[index].kind.hasLines {
            groups[groupOfNew[index], default: Group()].new.append(index)
        }
        return groups
    }

    /// Aligns the findings of each file that has some in both lists, then those that passed their neighbours.
    mutating func alignFiles() {
        for (_, group) in freeGroups() where !group.old.isEmpty && !group.new.isEmpty {
            align(group.old, group.new, crossing: nil)
            for _ in 0..<2 {
                let old = group.old.filter { isFreeOld($0) && !isAmbiguousOld[$0] }
                let new = group.new.filter { isFreeNew($0) && !isAmbiguousNew[$0] }
                guard !old.isEmpty, !new.isEmpty else { break }
                alignMoved(old, new)
            }
        }
    }

    /// How a pair is named that an alignment across files found.
    enum Crossing {
        case renamed
        case gone
    }

    /// Aligns findings and takes the pairs that are sure enough.
    ///
    /// - Returns: how many pairs were taken.
    @discardableResult
    mutating func align(_ oldIndices: [Int], _ newIndices: [Int], crossing: Crossing?) -> Int {
        let (before, after) = (sortedOld(oldIndices), sortedNew(newIndices))
        guard before.count * after.count <= limits.comparisonsPerBucket else {
            return alignPieces(before, after, crossing: crossing)
        }
        var taken = 0
        for (pair, fit) in solve(before, after) {
            let (oldIndex, newIndex) = (before[pair.old], after[pair.new])
            guard isSure(pair, fit) else {
                if pair.margin < 4, crossing == nil {
                    isAmbiguousOld[oldIndex] = true
                    isAmbiguousNew[newIndex] = true
                }
                continue
            }
            guard isFit(pair, fit, crossing) else { continue }
            self.pair(oldIndex, newIndex, rung(oldIndex, newIndex, pair, fit, crossing), fit.equalEvidence)
            taken += 1
        }
        return taken
    }

    /// The best alignment of two lists in order, each pair with its fit.
    func solve(_ before: [Int], _ after: [Int]) -> [(FileAlignment.Pair, PairFit)] {
        var weights = [Int32](repeating: 0, count: before.count * after.count)
        for row in before.indices {
            // The best fit so far and the line where it was met first.
            var first = (weight: Int32(0), line: Int32(0))
            for column in after.indices {
                guard let fit = PairFit(old[before[row]], new[after[column]], trust) else { continue }
                let line = new[after[column]].line
                let isFar = first.weight > 0 && line &- first.line >= PairFit.Weight.copyDistance
                weights[row * after.count + column] = max(1, fit.weight - (isFar ? copyPenalty(fit, first.weight) : 0))
                if fit.weight > first.weight { first = (fit.weight, line) }
            }
        }
        let alignment = FileAlignment(
            oldLines: before.map { old[$0].line },
            newLines: after.map { new[$0].line },
            weights: weights
        )
        return alignment.pairs().compactMap { pair in
            PairFit(old[before[pair.old]], new[after[pair.new]], trust).map { (pair, $0) }
        }
    }

    /// What is taken off for a finding of the report below one that fits as well, or would but for what surrounds it.
    private func copyPenalty(_ fit: PairFit, _ firstWeight: Int32) -> Int32 {
        if fit.weight <= firstWeight { return PairFit.Weight.copy }
        let isBySurroundings = fit.equalEvidence == .rollingHash && !fit.isContradicted
        return isBySurroundings && fit.weight - PairFit.Weight.surroundings <= firstWeight
            ? PairFit.Weight.copyInPlace : 0
    }

    /// Whether a pair is much better than any other for its findings.
    private func isSure(_ pair: FileAlignment.Pair, _ fit: PairFit) -> Bool {
        if fit.equalEvidence != nil { return pair.margin > 0 }
        if fit.isContradicted || !fit.isSameMessage { return pair.isSupported && pair.margin >= 4 }
        return pair.margin >= 4
    }

    /// Whether a pair across files, or with a finding that was closed, has enough that speaks for it.
    private func isFit(_ pair: FileAlignment.Pair, _ fit: PairFit, _ crossing: Crossing?) -> Bool {
        crossing == nil || !fit.isContradicted || (crossing == .renamed && pair.isSupported)
    }

    private func rung(
        _ oldIndex: Int,
        _ newIndex: Int,
        _ pair: FileAlignment.Pair,
        _ fit: PairFit,
        _ crossing: Crossing?
    ) -> Rung {
        switch crossing {
        case .renamed: return .fileRename
        case .gone: return .reappeared
        case nil: break
        }
        if fit.equalEvidence == nil, fit.isContradicted || !fit.isSameMessage { return .editedCode }
        let (before, after) = (old[oldIndex], new[newIndex])
        if before.line == after.line, before.column == after.column { return .exactLocation }
        if fit.equalEvidence != nil { return .evidence }
        return pair.isSupported ? .alignment : .nearestLine
    }

    /// Cuts lists that are too long at findings that are there once on both sides, and aligns the pieces.
    private mutating func alignPieces(_ before: [Int], _ after: [Int], crossing: Crossing?) -> Int {
        let anchors = Anchors(before.map { key(old[$0]) }, after.map { key(new[$0]) }).pairs
        var taken = 0
        var start = (old: 0, new: 0)
        for end in anchors + [(before.count, after.count)] {
            let piece = (before[start.old..<end.0], after[start.new..<end.1])
            if end.0 < before.count {
                let (oldIndex, newIndex) = (before[end.0], after[end.1])
                let pair = FileAlignment.Pair(old: end.0, new: end.1, margin: 1, isSupported: false)
                if let fit = PairFit(old[oldIndex], new[newIndex], trust), isFit(pair, fit, crossing) {
                    self.pair(oldIndex, newIndex, rung(oldIndex, newIndex, pair, fit, crossing), fit.equalEvidence)
                    taken += 1
                }
            }
            taken += alignPiece(Array(piece.0), Array(piece.1), crossing: crossing)
            start = (end.0 + 1, end.1 + 1)
        }
        return taken
    }

    private mutating func alignPiece(_ before: [Int], _ after: [Int], crossing: Crossing?) -> Int {
        guard !before.isEmpty, !after.isEmpty else { return 0 }
        if before.count * after.count <= limits.comparisonsPerBucket {
            return align(before, after, crossing: crossing)
        }
        return crossing == .gone ? 0 : pairEqualPlaces(before, after, crossing: crossing)
    }

    /// Pairs what is equal in place and message, in order; all that is done where there is too much to compare.
    private mutating func pairEqualPlaces(_ before: [Int], _ after: [Int], crossing: Crossing?) -> Int {
        var rest: [UInt64: ArraySlice<Int>] = [:]
        for (place, indices) in Dictionary(grouping: after, by: { placeless(new[$0]) }) { rest[place] = indices[...] }
        var taken = 0
        for index in before {
            guard let partner = rest[placeless(old[index])]?.popFirst() else { continue }
            pair(index, partner, crossing == nil ? .exactLocation : .fileRename)
            taken += 1
        }
        return taken
    }

    /// Lines, rule and message without the file.
    private func placeless(_ digest: FindingDigest) -> UInt64 {
        let start = UInt64(UInt32(bitPattern: digest.line)) << 32 | UInt64(UInt32(bitPattern: digest.column))
        return mix(mix(digest.essence ^ digest.message) ^ start)
    }

    /// What tells a finding from others of its file: its trusted evidence, or else rule and message.
    private func key(_ digest: FindingDigest) -> UInt64 {
        var key = digest.essence
        for index in 0..<digest.evidence.count where trust.isTrusted(digest.evidence.algorithm(index)) {
            key = mix(key ^ digest.evidence.value(index))
        }
        return mix(key ^ digest.message)
    }

    /// Takes findings that the first alignment left because they passed their neighbours: a function that moved within
    /// its file. Equal evidence, two that moved alike or being the only one of its like are needed.
    private mutating func alignMoved(_ oldIndices: [Int], _ newIndices: [Int]) {
        let (before, after) = (sortedOld(oldIndices), sortedNew(newIndices))
        guard before.count * after.count <= limits.comparisonsPerBucket else { return }
        let solution = solve(before, after)
        for (index, (pair, fit)) in solution.enumerated() {
            let (oldIndex, newIndex) = (before[pair.old], after[pair.new])
            guard fit.isSameMessage, !fit.isContradicted, pair.margin > 0 else { continue }
            let shift = new[newIndex].line &- old[oldIndex].line
            let hasCompany = [index - 1, index + 1].contains { other in
                guard solution.indices.contains(other) else { return false }
                let (neighbour, fit) = solution[other]
                return fit.isSameMessage && new[after[neighbour.new]].line &- old[before[neighbour.old]].line == shift
            }
            let isOnly = pair.margin >= 16 && old[oldIndex].message == new[newIndex].message
            guard fit.equalEvidence != nil || hasCompany || isOnly else { continue }
            self.pair(oldIndex, newIndex, .movedCode, fit.equalEvidence)
        }
    }
}
