// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

@testable import Evidence

/// The tree as the RFC defines it, by recursion over lists of leaves; easy to believe. Remembers roots it has computed.
final class NaiveTree {
    let leaves: [MerkleHash]
    private var roots: [Range<Int>: MerkleHash] = [:]

    init(_ leaves: [MerkleHash]) {
        self.leaves = leaves
    }

    func root(_ range: Range<Int>) -> MerkleHash {
        guard range.count > 1 else { return range.isEmpty ? .emptyTree : leaves[range.lowerBound] }
        if let root = roots[range] { return root }
        let middle = range.lowerBound + Self.split(range.count)
        let root = MerkleHash(
            left: root(range.lowerBound..<middle),
            right: root(middle..<range.upperBound)
        )
        roots[range] = root
        return root
    }

    /// RFC 9162, 2.1.3.1.
    func path(_ index: Int, _ range: Range<Int>) -> [MerkleHash] {
        guard range.count > 1 else { return [] }
        let middle = range.lowerBound + Self.split(range.count)
        return index < middle
            ? path(index, range.lowerBound..<middle) + [root(middle..<range.upperBound)]
            : path(index, middle..<range.upperBound) + [root(range.lowerBound..<middle)]
    }

    /// RFC 9162, 2.1.4.1.
    func consistency(_ first: Int, _ range: Range<Int>, isWhole: Bool = true) -> [MerkleHash] {
        if first == range.count { return isWhole ? [] : [root(range)] }
        let half = Self.split(range.count)
        let middle = range.lowerBound + half
        return first <= half
            ? consistency(first, range.lowerBound..<middle, isWhole: isWhole) + [root(middle..<range.upperBound)]
            : consistency(first - half, middle..<range.upperBound, isWhole: false)
                + [root(range.lowerBound..<middle)]
    }

    /// The largest power of two below a number.
    private static func split(_ count: Int) -> Int {
        var half = 1
        while half * 2 < count { half *= 2 }
        return half
    }

    static func leaves(_ count: Int) -> [MerkleHash] {
        (0..<count).map { MerkleHash(leaf: Array("leaf \($0)".utf8)) }
    }
}

/// All complete subtrees of a tree, level by level.
struct StoredTree {
    private var levels: [[MerkleHash]]

    init(_ leaves: [MerkleHash]) {
        levels = [leaves]
        while let last = levels.last, last.count > 1 {
            levels.append((0..<(last.count / 2)).map { MerkleHash(left: last[2 * $0], right: last[2 * $0 + 1]) })
        }
    }

    func node(_ node: MerkleNode) -> MerkleHash {
        levels[node.level][node.index]
    }
}

/// Numbers that look random and are the same each time.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
