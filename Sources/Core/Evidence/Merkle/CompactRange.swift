// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The right edge of a growing tree: all that is needed to append leaves and to tell the root.
///
/// Holds one hash for each bit that is set in the number of leaves, of the complete subtree of that size, largest
/// first. Appending costs one node per leaf on average, telling the root one per held hash.
package struct CompactRange: Sendable, Equatable {
    /// The number of leaves.
    package private(set) var count: Int
    private var hashes: [MerkleHash]

    /// A tree without leaves.
    package init() {
        count = 0
        hashes = []
    }

    /// Continues a tree of which the complete subtrees are known.
    ///
    /// - Parameter node: gives the hash of a complete subtree.
    /// - Throws: what `node` throws.
    package init(count: Int, node: (MerkleNode) throws -> MerkleHash) rethrows {
        self.count = count
        hashes = try MerkleTree.completeSubtrees(of: 0..<count).map(node)
    }

    /// Appends a leaf.
    ///
    /// - Parameter completed: is given the level and hash of each node above the leaf that is now complete.
    package mutating func append(_ leaf: MerkleHash, completed: (Int, MerkleHash) -> Void = { _, _ in }) {
        var hash = leaf
        var level = 0
        while count >> level & 1 == 1, let left = hashes.popLast() {
            hash = MerkleHash(left: left, right: hash)
            level += 1
            completed(level, hash)
        }
        hashes.append(hash)
        count += 1
    }

    /// The root of the tree as it is now.
    package var root: MerkleHash {
        guard var root = hashes.last else { return .emptyTree }
        for left in hashes.dropLast().reversed() {
            root = MerkleHash(left: left, right: root)
        }
        return root
    }
}
