// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

// The readers of checkpoints, notes, keys, leaves and proofs of the evidence log.

import Evidence

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCheckpoint(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let note = try? SignedNote(input) {
        precondition(note.bytes == input, "a note has one spelling")
        precondition(note.signatures.count <= SignedNote.maximumSignatures)
    }
    if let signed = try? SignedCheckpoint(input) {
        precondition(signed.bytes == input && signed.checkpoint.text == signed.note.text)
        precondition(signed.checkpoint.size >= 0)
    }
    if let leaf = try? EvidenceLeaf(bytes: input) {
        precondition(leaf.bytes == input, "a leaf has one spelling")
    }
    if let proof = try? EvidenceProof(input) {
        precondition(proof.bytes == input, "a proof has one spelling")
        _ = proof.isConsistent
    }
    if let key = try? NoteKey(String(decoding: input, as: UTF8.self)) {
        precondition("\(key)".utf8.elementsEqual(String(decoding: input, as: UTF8.self).utf8))
    }
    return 0
}
