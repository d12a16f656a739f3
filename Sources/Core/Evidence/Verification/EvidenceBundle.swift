// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Leaves of a log, what proves them, and the checkpoint that signs them, in one file of JSON lines.
///
/// The first line has `format`, `origin`, `key`, `checkpoint` (a signed note), `from`, `until` and `proofs`. A line for
/// each leaf follows: `index`, `leaf` (Base 64 of its bytes), `hash` and, where `proofs` is true, `proof`, the hashes from
/// its neighbour to the root's child. Without proofs the leaves are all that the checkpoint signs, and give its root.
package enum EvidenceBundle {
    static let format = "redoubt-evidence-bundle/1"

    /// Writes leaves of a log, piece by piece.
    ///
    /// - Parameter range: numbers of leaves that the newest checkpoint signs; nil for all of them.
    /// - Throws: ``EvidenceError/Code/notFound`` for other leaves, ``EvidenceError/Code/damaged`` where the log cannot
    ///   be read, and what `write` throws.
    package static func export(
        _ archive: EvidenceArchive,
        range: Range<Int>? = nil,
        write: ([UInt8]) throws(EvidenceError) -> Void
    ) throws(EvidenceError) {
        let all = 0..<archive.count
        let range = range ?? all
        guard range.lowerBound >= 0, range.upperBound <= all.upperBound else {
            let message = "the newest checkpoint signs \(archive.count) leaves, not up to \(range.upperBound)"
            throw EvidenceError(.notFound, message)
        }
        let hasProofs = range != all
        var json = JSONWriter()
        json.beginObject()
        for (name, text) in [
            ("format", format), ("origin", archive.key.name), ("key", "\(archive.key)"),
        ] {
            json.key(name)
            json.string(text)
        }
        json.key("checkpoint")
        json.string(archive.checkpoint.bytes)
        json.key("from")
        json.number(range.lowerBound)
        json.key("until")
        json.number(range.upperBound)
        json.key("proofs")
        json.bool(hasProofs)
        json.endObject()
        json.endLine()
        try archive.forEachLeaf(in: range) { index, leaf throws(EvidenceError) in
            let proof = hasProofs ? try archive.inclusionProof(index) : nil
            append(index, leaf, proof, to: &json)
            if json.bytes.count > 1 << 16 {
                try write(json.bytes)
                json.removeAll()
            }
        }
        try write(json.bytes)
    }

    private static func append(_ index: Int, _ leaf: [UInt8], _ proof: [MerkleHash]?, to json: inout JSONWriter) {
        json.beginObject()
        json.key("index")
        json.number(index)
        json.key("leaf")
        json.string(Base64.encode(leaf))
        json.key("hash")
        json.string(MerkleHash(leaf: leaf).base64)
        if let proof {
            json.key("proof")
            json.strings(proof.map(\.base64))
        }
        json.endObject()
        json.endLine()
    }
}
