// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

@testable import Evidence

/// The tree as the RFC defines it, by recursion over lists of leaves; slow, and easy to believe.
enum NaiveTree {
    static func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        guard leaves.count > 1 else { return leaves.first ?? .emptyTree }
        let middle = leaves.startIndex + split(leaves.count)
        return MerkleHash(left: root(leaves[..<middle]), right: root(leaves[middle...]))
    }

    /// RFC 9162, 2.1.3.1.
    static func path(_ index: Int, _ leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        guard leaves.count > 1 else { return [] }
        let middle = leaves.startIndex + split(leaves.count)
        return index < middle
            ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(index, leaves[middle...]) + [root(leaves[..<middle])]
    }

    /// RFC 9162, 2.1.4.1.
    static func consistency(_ first: Int, _ leaves: ArraySlice<MerkleHash>, isWhole: Bool = true) -> [MerkleHash] {
        if first == leaves.count { return isWhole ? [] : [root(leaves)] }
        let half = split(leaves.count)
        let middle = leaves.startIndex + half
        return first <= half
            ? consistency(first, leaves[..<middle], isWhole: isWhole) + [root(leaves[middle...])]
            : consistency(first - half, leaves[middle...], isWhole: false) + [root(leaves[..<middle])]
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
