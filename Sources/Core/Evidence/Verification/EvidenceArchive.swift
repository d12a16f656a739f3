// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Reads a log's folder to prove things from it; a log may be written meanwhile.
package struct EvidenceArchive {
    package let folder: LogFolder
    package let key: NoteKey
    /// The newest checkpoint, whose signature is true.
    package let checkpoint: SignedCheckpoint
    private let hashes: HashFiles

    /// - Throws: ``EvidenceError/Code/notFound`` where there is no log, or none that has signed anything yet.
    package init(_ folder: LogFolder) throws(EvidenceError) {
        self.folder = folder
        key = try folder.readPublicKey()
        let file = try StorageFile(folder.checkpoints, .reading)
        guard let newest = try CheckpointHistory.newest(in: file)?.checkpoint else {
            throw EvidenceError(.notFound, "the log has not signed a checkpoint yet", file: folder.checkpoints)
        }
        try newest.verify(with: key)
        checkpoint = newest
        hashes = try HashFiles(folder, .reading)
    }

    /// The number of leaves that can be proven.
    package var count: Int { checkpoint.checkpoint.size }

    /// The hashes that show that a leaf is among those that the newest checkpoint signs.
    ///
    /// - Throws: ``EvidenceError/Code/notFound`` where it signs no such leaf.
    func inclusionProof(_ index: Int) throws(EvidenceError) -> [MerkleHash] {
        let source = hashes
        let node = { (node: MerkleNode) throws(EvidenceError) -> MerkleHash in try source.node(node) }
        let proof: [MerkleHash]?
        do {
            proof = try MerkleTree.inclusionProof(index: index, size: count, node: node)
        } catch let error as EvidenceError {
            throw error
        } catch {
            throw EvidenceError(.storage, "\(error)")
        }
        guard let proof else {
            throw EvidenceError(.notFound, "the newest checkpoint signs \(count) leaves, none with the number \(index)")
        }
        return proof
    }

    /// A proof of one leaf that stands on its own.
    ///
    /// - Throws: ``EvidenceError/Code/notFound`` where no checkpoint signs the leaf yet; ``EvidenceError/Code/damaged``
    ///   where the log's hashes do not lead from the leaf to the signed root.
    package func prove(_ index: Int) throws(EvidenceError) -> EvidenceProof {
        let hashes = try inclusionProof(index)
        var leaf: [UInt8] = []
        try forEachLeaf(in: index..<(index + 1)) { _, bytes throws(EvidenceError) in leaf = bytes }
        let proof = EvidenceProof(index: index, leaf: leaf, hashes: hashes, checkpoint: checkpoint)
        guard proof.isConsistent else {
            throw EvidenceError(.damaged, "leaf \(index) is not the one that was signed; verify the log")
        }
        return proof
    }

    /// Hands over the bytes of leaves, in order.
    ///
    /// - Throws: ``EvidenceError/Code/damaged`` where one of them cannot be read, and what `body` throws.
    func forEachLeaf(
        in range: Range<Int>,
        _ body: (Int, [UInt8]) throws(EvidenceError) -> Void
    ) throws(EvidenceError) {
        var next = range.lowerBound
        let segments = try folder.segments()
        let first = segments.lastIndex { $0.firstIndex <= range.lowerBound } ?? 0
        for segment in segments.dropFirst(first) where next < range.upperBound {
            var reader = try LeafReader(segment)
            while next < range.upperBound, let leaf = try reader.next() {
                guard leaf.index == next else { continue }
                try body(next, leaf.bytes)
                next += 1
            }
        }
        guard next == range.upperBound else {
            throw EvidenceError(.damaged, "leaf \(next) cannot be found; verify the log", file: folder.leaves)
        }
    }
}
