// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A proof of one leaf that stands on its own, in the format C2SP tlog-proof; its extra data is the leaf.
package struct EvidenceProof: Sendable, Hashable {
    package let index: Int
    /// The bytes of the leaf.
    package let leaf: [UInt8]
    /// From the leaf's neighbour to the root's child.
    package let hashes: [MerkleHash]
    package let checkpoint: SignedCheckpoint

    static let firstLine = "c2sp.org/tlog-proof@v1"

    init(index: Int, leaf: [UInt8], hashes: [MerkleHash], checkpoint: SignedCheckpoint) {
        self.index = index
        self.leaf = leaf
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    /// Reads a proof without believing it.
    ///
    /// - Throws: ``EvidenceError/Code/malformed``.
    package init(_ bytes: [UInt8]) throws(EvidenceError) {
        guard bytes.count <= SignedNote.maximumLength, let text = String(validating: bytes, as: UTF8.self) else {
            throw EvidenceError(.malformed, "a proof is UTF-8 of \(SignedNote.maximumLength) bytes at most")
        }
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard lines.first == Self.firstLine, let blank = lines.firstIndex(of: "") else {
            throw EvidenceError(.malformed, "a proof begins with the line \(Self.firstLine) and has a blank line")
        }
        var head = lines[1..<blank]
        guard let extra = head.popFirst(), extra.hasPrefix("extra "),
            let leaf = Base64.decode(String(extra.dropFirst(6)))
        else { throw EvidenceError(.malformed, "line 2 of a proof of ours is \"extra\" and the leaf in Base 64") }
        guard let place = head.popFirst(), place.hasPrefix("index "),
            let index = Checkpoint.decimal(String(place.dropFirst(6)))
        else { throw EvidenceError(.malformed, "line 3 of a proof is \"index\" and a number") }
        var hashes: [MerkleHash] = []
        for line in head {
            guard hashes.count < 64, let hash = MerkleHash(base64: line) else {
                throw EvidenceError(.malformed, "a line of the proof is no Base 64 of 32 bytes, or one of too many")
            }
            hashes.append(hash)
        }
        let length = lines[...blank].reduce(0) { $0 + $1.utf8.count + 1 }
        checkpoint = try SignedCheckpoint(Array(bytes.dropFirst(length)))
        self.index = index
        self.leaf = leaf
        self.hashes = hashes
    }

    /// The proof as it is kept and sent.
    package var bytes: [UInt8] {
        let lines = [Self.firstLine, "extra \(Base64.encode(leaf))", "index \(index)"] + hashes.map(\.base64) + [""]
        return Array(lines.map { $0 + "\n" }.joined().utf8) + checkpoint.bytes
    }

    /// The leaf as text.
    package var leafBase64: String { Base64.encode(leaf) }

    /// Whether the hashes lead from the leaf to the checkpoint's root.
    package var isConsistent: Bool {
        MerkleTree.verifyInclusion(
            of: MerkleHash(leaf: leaf),
            index: index,
            size: checkpoint.checkpoint.size,
            root: checkpoint.checkpoint.root,
            proof: hashes
        )
    }

    /// Checks the proof.
    ///
    /// - Parameter key: the log's public key, which a proof does not bring along.
    package func verify(with key: NoteKey) -> EvidenceReport {
        var report = EvidenceReport(origin: key.name, key: key, isKeyFromEvidence: false)
        report.leaves = 1
        do throws(EvidenceError) {
            try checkpoint.verify(with: key)
            report.checkpoints = 1
            report.signedLeaves = 1
        } catch {
            let kind: EvidenceFinding.Kind = error.code == .unknownKey ? .unknownKey : .badSignature
            report.findings.append(EvidenceFinding(error.code == .forked ? .forked : kind, error.message))
        }
        if !isConsistent {
            let message = "the leaf is not leaf \(index) of the log that the checkpoint signs"
            report.findings.append(EvidenceFinding(.edited, message, leaves: index..<(index + 1)))
        }
        return report
    }
}
