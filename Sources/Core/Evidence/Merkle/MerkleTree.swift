// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A complete subtree: `2^level` leaves from `index * 2^level` on.
package struct MerkleNode: Hashable, Sendable {
    package var level: Int
    package var index: Int

    package init(level: Int, index: Int) {
        self.level = level
        self.index = index
    }
}

/// Proofs of a Merkle tree, made and verified as RFC 9162, sections 2.1.3 and 2.1.4, says.
///
/// The tree itself lies elsewhere: what makes a proof asks for hashes of complete subtrees, about
/// `log2(size)` squared of them at most. Verifying takes one node for each hash of the proof.
package enum MerkleTree {
    /// The complete subtrees that a range of leaves consists of, from the left.
    ///
    /// - Parameter range: begins at a multiple of the largest power of two that it holds, as all ranges of a tree do.
    static func completeSubtrees(of range: Range<Int>) -> [MerkleNode] {
        var nodes: [MerkleNode] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let level = Int.bitWidth - 1 - (range.upperBound - start).leadingZeroBitCount
            nodes.append(MerkleNode(level: level, index: start >> level))
            start += 1 << level
        }
        return nodes
    }

    /// The root of the tree of the first `size` leaves.
    package static func root(size: Int, node: (MerkleNode) throws -> MerkleHash) rethrows -> MerkleHash {
        try hash(of: 0..<size, node: node)
    }

    private static func hash(of range: Range<Int>, node: (MerkleNode) throws -> MerkleHash) rethrows -> MerkleHash {
        var hashes = try completeSubtrees(of: range).map(node)
        guard var hash = hashes.popLast() else { return .emptyTree }
        while let left = hashes.popLast() {
            hash = MerkleHash(left: left, right: hash)
        }
        return hash
    }

    /// The largest power of two below a number; the number is at least 2.
    private static func split(_ count: Int) -> Int {
        1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }

    // MARK: Inclusion

    /// The hashes that lead from a leaf to the root, the leaf's neighbour first (RFC 9162, 2.1.3.1).
    ///
    /// - Returns: nil where the tree has no such leaf.
    package static func inclusionProof(
        index: Int,
        size: Int,
        node: (MerkleNode) throws -> MerkleHash
    ) rethrows -> [MerkleHash]? {
        guard index >= 0, index < size else { return nil }
        var ranges: [Range<Int>] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = range.lowerBound + split(range.count)
            if index < middle {
                ranges.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                ranges.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        return try ranges.reversed().map { try hash(of: $0, node: node) }
    }

    /// Whether a proof shows that a tree holds a leaf (RFC 9162, 2.1.3.2).
    ///
    /// - Parameters:
    ///   - leaf: the leaf's hash.
    ///   - index: the place it is said to have.
    ///   - size: the number of leaves of the tree with this root.
    package static func verifyInclusion(
        of leaf: MerkleHash,
        index: Int,
        size: Int,
        root: MerkleHash,
        proof: [MerkleHash]
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var position = index
        var last = size - 1
        var hash = leaf
        for sibling in proof {
            guard last != 0 else { return false }
            if position & 1 == 1 || position == last {
                hash = MerkleHash(left: sibling, right: hash)
                climbToRightChild(&position, &last)
            } else {
                hash = MerkleHash(left: hash, right: sibling)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    // MARK: Consistency

    /// The hashes that show that a tree continues a smaller one (RFC 9162, 2.1.4.1).
    ///
    /// - Returns: nothing for a tree and itself or the empty one; nil where the first is larger than the second.
    package static func consistencyProof(
        from first: Int,
        to second: Int,
        node: (MerkleNode) throws -> MerkleHash
    ) rethrows -> [MerkleHash]? {
        guard first >= 0, first <= second else { return nil }
        guard first > 0, first < second else { return [] }
        var ranges: [Range<Int>] = []
        var range = 0..<second
        while first < range.upperBound {
            let middle = range.lowerBound + split(range.count)
            if first <= middle {
                ranges.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                ranges.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        // What starts at 0 is the smaller tree itself, whose root the verifier knows.
        if range.lowerBound > 0 { ranges.append(range) }
        return try ranges.reversed().map { try hash(of: $0, node: node) }
    }

    /// Whether a proof shows that the second tree begins with the leaves of the first (RFC 9162, 2.1.4.2).
    package static func verifyConsistency(
        first: (size: Int, root: MerkleHash),
        second: (size: Int, root: MerkleHash),
        proof: [MerkleHash]
    ) -> Bool {
        guard first.size >= 0, first.size <= second.size else { return false }
        if first.size == 0 { return proof.isEmpty && first.root == .emptyTree }
        if first.size == second.size { return proof.isEmpty && first.root == second.root }
        var path = proof[...]
        let isPowerOfTwo = first.size & (first.size - 1) == 0
        guard let start = isPowerOfTwo ? first.root : path.popFirst() else { return false }
        // Up to the node that is the right edge of the first tree.
        let levels = (~(first.size - 1)).trailingZeroBitCount
        var position = (first.size - 1) >> levels
        var last = (second.size - 1) >> levels
        var (old, new) = (start, start)
        for sibling in path {
            guard last != 0 else { return false }
            if position & 1 == 1 || position == last {
                old = MerkleHash(left: sibling, right: old)
                new = MerkleHash(left: sibling, right: new)
                climbToRightChild(&position, &last)
            } else {
                new = MerkleHash(left: new, right: sibling)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && old == first.root && new == second.root
    }

    /// Skips the levels on which a node at the right edge has no neighbour.
    private static func climbToRightChild(_ position: inout Int, _ last: inout Int) {
        while position & 1 == 0, position != 0 {
            position >>= 1
            last >>= 1
        }
    }
}
