// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Files that have another name.
extension PairingRun {
    /// A file that vanished and one that appeared, with what speaks for their being one.
    private struct Candidate {
        var from: Int32
        var to: Int32
        var votes: Int
    }

    /// Pairs the findings of renamed files: those that the version control system names, then files of which one has
    /// only known findings and the other only new ones, where most of the findings fit.
    mutating func pairRenamedFiles(_ renames: [UInt64: UInt64]) {
        let groups = freeGroups()
        pairNamed(renames, groups)
        let appeared = appearedGroups()
        let from = groups.filter { $0.value.new.isEmpty && !$0.value.old.isEmpty && appeared.vanished.contains($0.key) }
        let to = groups.filter { $0.value.old.isEmpty && !$0.value.new.isEmpty && appeared.appeared.contains($0.key) }
        guard !from.isEmpty, !to.isEmpty else { return }
        for candidate in mutualBest(candidates(from, to)) {
            guard let old = from[candidate.from]?.old, let new = to[candidate.to]?.new else { continue }
            pairRenamed(old.filter { isFreeOld($0) }, new.filter { isFreeNew($0) })
        }
    }

    private mutating func pairNamed(_ renames: [UInt64: UInt64], _ groups: [Int32: Group]) {
        guard !renames.isEmpty else { return }
        var groupOfPlace: [UInt64: Int32] = [:]
        for index in new.indices { groupOfPlace[new[index].group] = groupOfNew[index] }
        for group in groups.values {
            guard let first = group.old.first, let place = renames[old[first].place] else { continue }
            var target = FindingDigest(kind: old[first].kind)
            target.place = place
            guard let to = groupOfPlace[target.group], let partners = groups[to]?.new else { continue }
            align(group.old.filter { isFreeOld($0) }, partners.filter { isFreeNew($0) }, crossing: .renamed)
        }
    }

    /// Groups that have no finding in the report, and groups that had no open one before.
    private func appearedGroups() -> (vanished: Set<Int32>, appeared: Set<Int32>) {
        var isInNew = [Bool](repeating: false, count: groupCount)
        var isInOld = [Bool](repeating: false, count: groupCount)
        for group in groupOfNew { isInNew[Int(group)] = true }
        for index in old.indices where !old[index].isGone { isInOld[Int(groupOfOld[index])] = true }
        let all = 0..<Int32(groupCount)
        return (
            Set(all.filter { !isInNew[Int($0)] }),
            Set(all.filter { !isInOld[Int($0)] })
        )
    }

    /// Counts for each vanished file the appeared files that share findings with it.
    private func candidates(_ from: [Int32: Group], _ to: [Int32: Group]) -> [Candidate] {
        var places: [UInt64: [Int32]] = [:]
        for (group, members) in to {
            for index in members.new where new[index].kind.hasLines {
                for key in Set(voteKeys(new[index])) { places[key, default: []].append(group) }
            }
        }
        var candidates: [Candidate] = []
        let limit = candidateLimit
        for (group, members) in from {
            var votes: [Int32: Int] = [:]
            for index in members.old where old[index].kind.hasLines {
                for (strength, key) in voteKeys(old[index]).enumerated() {
                    guard let files = places[key], files.count <= limit else { continue }
                    for file in files { votes[file, default: 0] += strength == 0 ? 1 : 4 }
                }
            }
            for (file, count) in votes { candidates.append(Candidate(from: group, to: file, votes: count)) }
        }
        return candidates
    }

    /// What two findings of a renamed file share: rule and message; these at the same line; the file's name; evidence.
    private func voteKeys(_ digest: FindingDigest) -> [UInt64] {
        let base = mix(digest.essence ^ digest.skeleton)
        var keys = [base, mix(base ^ UInt64(UInt32(bitPattern: digest.line))), mix(base ^ digest.placeName)]
        for index in 0..<digest.evidence.count where trust.isTrusted(digest.evidence.algorithm(index)) {
            keys.append(mix(mix(digest.essence ^ digest.evidence.value(index)) ^ 1))
        }
        return keys
    }

    /// Candidates that are the one best for both files.
    private func mutualBest(_ candidates: [Candidate]) -> [Candidate] {
        func best(_ side: (Candidate) -> Int32) -> [Int32: (votes: Int, isTied: Bool)] {
            var best: [Int32: (votes: Int, isTied: Bool)] = [:]
            for candidate in candidates {
                let known = best[side(candidate)]
                if known == nil || candidate.votes > known?.votes ?? 0 {
                    best[side(candidate)] = (candidate.votes, false)
                } else if candidate.votes == known?.votes {
                    best[side(candidate)] = (candidate.votes, true)
                }
            }
            return best
        }
        let bestFrom = best { $0.from }
        let bestTo = best { $0.to }
        return candidates.filter { candidate in
            guard let from = bestFrom[candidate.from], let to = bestTo[candidate.to] else { return false }
            return !from.isTied && !to.isTied && from.votes == candidate.votes && to.votes == candidate.votes
        }
    }

    /// Pairs two files' findings if enough of them fit to call it a rename.
    private mutating func pairRenamed(_ before: [Int], _ after: [Int]) {
        guard !before.isEmpty, !after.isEmpty, before.count * after.count <= limits.comparisonsPerBucket else { return }
        let (before, after) = (sortedOld(before), sortedNew(after))
        let solution = solve(before, after)
        let good = solution.filter { $0.1.isSameMessage && !$0.1.isContradicted }
        guard good.count * 2 >= min(before.count, after.count) else { return }
        let isProved = good.contains { pair, fit in
            let (left, right) = (old[before[pair.old]], new[after[pair.new]])
            return fit.equalEvidence != nil || left.placeName == right.placeName
                || (left.line == right.line && left.message == right.message)
        }
        guard isProved || good.count(where: { $0.0.isSupported }) >= 2 else { return }
        align(before, after, crossing: .renamed)
    }
}
