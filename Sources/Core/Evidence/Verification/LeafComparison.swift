// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What has to be done to a sequence of leaves to get another one; names what was done to a log.
///
/// Equal beginnings and ends are left out; then leaves are looked up by their hashes, so that the whole takes time in
/// proportion to the number of leaves. Leaves that are equal in all bytes, time included, count as one.
struct LeafComparison {
    enum Change: Hashable {
        case edited(Range<Int>)
        case deleted(Range<Int>)
        case truncated(Range<Int>)
        /// Before the leaf that should have this number.
        case inserted(at: Int, count: Int)
        case swapped(Int, Int)
        case reordered(Range<Int>)
    }

    private(set) var changes: [Change] = []

    /// - Parameters:
    ///   - expected: the hashes that the leaves had.
    ///   - actual: those they have. More leaves at the end are no change, as a log grows.
    init(expected: [MerkleHash], actual: [MerkleHash]) {
        let shorter = min(expected.count, actual.count)
        let start = (0..<shorter).first { expected[$0] != actual[$0] } ?? shorter
        guard start < expected.count else { return }
        guard start < actual.count else {
            changes = [.truncated(start..<expected.count)]
            return
        }
        var suffix = 0
        while suffix < shorter - start,
            expected[expected.count - 1 - suffix] == actual[actual.count - 1 - suffix]
        {
            suffix += 1
        }
        let before = expected[start..<(expected.count - suffix)]
        let after = actual[start..<(actual.count - suffix)]
        if let change = Self.permutation(before, after) {
            changes = [change]
        } else {
            walk(before, after, isAtEnd: suffix == 0)
        }
    }

    /// The change where the leaves are the same in another order; both slices begin at the same number.
    private static func permutation(
        _ before: ArraySlice<MerkleHash>,
        _ after: ArraySlice<MerkleHash>
    ) -> Change? {
        guard before.count == after.count else { return nil }
        var counts: [MerkleHash: Int] = [:]
        for hash in before { counts[hash, default: 0] += 1 }
        for hash in after { counts[hash, default: 0] -= 1 }
        guard counts.values.allSatisfy({ $0 == 0 }) else { return nil }
        let moved = before.indices.filter { before[$0] != after[$0] }
        return moved.count == 2 ? .swapped(moved[0], moved[1]) : .reordered(before.indices)
    }

    private mutating func walk(
        _ before: ArraySlice<MerkleHash>,
        _ after: ArraySlice<MerkleHash>,
        isAtEnd: Bool
    ) {
        let places = Dictionary(zip(before, before.indices)) { first, _ in first }
        let found = Set(after)
        var remaining = after.reduce(into: [MerkleHash: Int]()) { $0[$1, default: 0] += 1 }
        var moved: Set<MerkleHash> = []
        var (old, new) = (before.startIndex, after.startIndex)
        func pass() {
            remaining[after[new], default: 1] -= 1
            new += 1
        }
        while old < before.endIndex, new < after.endIndex {
            if before[old] == after[new] {
                pass()
                old += 1
            } else if moved.contains(before[old]) {
                old += 1
            } else if let place = places[after[new]] {
                if place < old {
                    add(.inserted(at: old, count: 1))
                    pass()
                } else if found.contains(before[old]), remaining[before[old], default: 0] > 0 {
                    // Both are still to come on the other side: this one was put before its place.
                    add(.reordered(old..<(place + 1)))
                    moved.insert(after[new])
                    pass()
                } else {
                    add(.deleted(old..<(old + 1)))
                    old += 1
                }
            } else if found.contains(before[old]) {
                add(.inserted(at: old, count: 1))
                pass()
            } else {
                add(.edited(old..<(old + 1)))
                pass()
                old += 1
            }
        }
        while old < before.endIndex, moved.contains(before[old]) { old += 1 }
        if old < before.endIndex {
            let rest = old..<before.endIndex
            add(isAtEnd ? .truncated(rest) : .deleted(rest))
        } else if new < after.endIndex, !isAtEnd {
            add(.inserted(at: old, count: after.endIndex - new))
        }
    }

    /// Adds a change, or lets it join the one before.
    private mutating func add(_ change: Change) {
        switch (changes.last, change) {
        case (.edited(let last), .edited(let next)) where last.upperBound == next.lowerBound:
            changes[changes.count - 1] = .edited(last.lowerBound..<next.upperBound)
        case (.deleted(let last), .deleted(let next)) where last.upperBound == next.lowerBound:
            changes[changes.count - 1] = .deleted(last.lowerBound..<next.upperBound)
        case (.inserted(let last, let count), .inserted(let next, let more)) where last == next:
            changes[changes.count - 1] = .inserted(at: last, count: count + more)
        case (.reordered(let last), .reordered(let next)) where last.overlaps(next):
            let bounds = min(last.lowerBound, next.lowerBound)..<max(last.upperBound, next.upperBound)
            changes[changes.count - 1] = .reordered(bounds)
        default:
            changes.append(change)
        }
    }
}
