// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Evidence

@Suite struct MerkleTreeTests {
    /// The tree that implementations of Certificate Transparency test themselves with.
    @Test func `gives the known roots`() {
        let leaves: [[UInt8]] = [
            [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57),
            Array(0x60...0x6F),
        ]
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        var tree = CompactRange()
        #expect("\(tree.root)" == roots[0])
        for (place, leaf) in leaves.enumerated() {
            tree.append(MerkleHash(leaf: leaf))
            #expect("\(tree.root)" == roots[place + 1])
        }
    }

    @Test func `agrees with the definition at all sizes to 200`() {
        let leaves = NaiveTree.leaves(200)
        let stored = StoredTree(leaves)
        let naive = NaiveTree(leaves)
        var tree = CompactRange()
        for size in 0...200 {
            let root = naive.root(0..<size)
            #expect(tree.root == root)
            #expect(MerkleTree.root(size: size, node: stored.node) == root)
            #expect(CompactRange(count: size, node: stored.node) == tree)
            checkInclusion(naive, stored, size, root)
            checkConsistency(naive, stored, size, root)
            if size < 200 { tree.append(leaves[size]) }
        }
    }

    private func checkInclusion(_ naive: NaiveTree, _ stored: StoredTree, _ size: Int, _ root: MerkleHash) {
        for index in 0..<size {
            let proof = MerkleTree.inclusionProof(index: index, size: size, node: stored.node) ?? []
            #expect(proof == naive.path(index, 0..<size))
            func verify(_ index: Int, _ proof: [MerkleHash]) -> Bool {
                MerkleTree.verifyInclusion(of: naive.leaves[index], index: index, size: size, root: root, proof: proof)
            }
            #expect(verify(index, proof))
            #expect(!verify(index, proof + [root]))
            #expect(proof.isEmpty || !verify(index, Array(proof.dropLast())))
            #expect(size < 2 || !verify((index + 1) % size, proof))
        }
        #expect(MerkleTree.inclusionProof(index: size, size: size, node: stored.node) == nil)
    }

    private func checkConsistency(_ naive: NaiveTree, _ stored: StoredTree, _ size: Int, _ root: MerkleHash) {
        for first in 0...size {
            let proof = MerkleTree.consistencyProof(from: first, to: size, node: stored.node) ?? []
            if first > 0 { #expect(proof == naive.consistency(first, 0..<size)) }
            let old = (size: first, root: naive.root(0..<first))
            #expect(MerkleTree.verifyConsistency(first: old, second: (size, root), proof: proof))
            #expect(!MerkleTree.verifyConsistency(first: old, second: (size, root), proof: proof + [root]))
            guard first > 0, first < size else { continue }
            let other = MerkleHash(leaf: [1])
            #expect(!MerkleTree.verifyConsistency(first: (first, other), second: (size, root), proof: proof))
            #expect(!MerkleTree.verifyConsistency(first: old, second: (size, other), proof: proof))
            #expect(!MerkleTree.verifyConsistency(first: old, second: (size, root), proof: Array(proof.dropLast())))
        }
        #expect(MerkleTree.consistencyProof(from: size + 1, to: size, node: stored.node) == nil)
    }

    @Test func `agrees with the definition at random sizes to 100,000`() {
        var numbers = SeededNumbers(state: 1)
        let leaves = NaiveTree.leaves(100_000)
        let stored = StoredTree(leaves)
        for _ in 0..<6 {
            let size = Int.random(in: 201...100_000, using: &numbers)
            let root = MerkleTree.root(size: size, node: stored.node)
            let first = Int.random(in: 1..<size, using: &numbers)
            let old = (size: first, root: MerkleTree.root(size: first, node: stored.node))
            let consistency = MerkleTree.consistencyProof(from: first, to: size, node: stored.node) ?? []
            #expect(MerkleTree.verifyConsistency(first: old, second: (size, root), proof: consistency))
            for _ in 0..<20 {
                let index = Int.random(in: 0..<size, using: &numbers)
                var proof = MerkleTree.inclusionProof(index: index, size: size, node: stored.node) ?? []
                func verify() -> Bool {
                    MerkleTree.verifyInclusion(of: leaves[index], index: index, size: size, root: root, proof: proof)
                }
                #expect(verify())
                proof[Int.random(in: proof.indices, using: &numbers)] = root
                #expect(!verify())
            }
        }
        let size = Int.random(in: 50_000...100_000, using: &numbers)
        #expect(MerkleTree.root(size: size, node: stored.node) == NaiveTree(leaves).root(0..<size))
    }

    @Test func `tells each complete subtree once`() {
        let leaves = NaiveTree.leaves(1000)
        let stored = StoredTree(leaves)
        var tree = CompactRange()
        var counts: [Int: Int] = [:]
        for leaf in leaves {
            tree.append(leaf) { level, hash in
                let index = counts[level, default: 0]
                #expect(hash == stored.node(MerkleNode(level: level, index: index)))
                counts[level] = index + 1
            }
        }
        #expect(counts == [1: 500, 2: 250, 3: 125, 4: 62, 5: 31, 6: 15, 7: 7, 8: 3, 9: 1])
    }

    @Test func `refuses sizes that are none`() {
        let root = MerkleHash.emptyTree
        #expect(!MerkleTree.verifyInclusion(of: root, index: 0, size: 0, root: root, proof: []))
        #expect(!MerkleTree.verifyInclusion(of: root, index: -1, size: 1, root: root, proof: []))
        #expect(!MerkleTree.verifyConsistency(first: (-1, root), second: (1, root), proof: []))
        #expect(!MerkleTree.verifyConsistency(first: (2, root), second: (1, root), proof: []))
        #expect(!MerkleTree.verifyConsistency(first: (0, MerkleHash(leaf: [])), second: (1, root), proof: []))
        let path = [MerkleHash](repeating: root, count: 70)
        #expect(!MerkleTree.verifyInclusion(of: root, index: .max - 1, size: .max, root: root, proof: path))
        #expect(!MerkleTree.verifyConsistency(first: (.max - 1, root), second: (.max, root), proof: path))
    }
}
