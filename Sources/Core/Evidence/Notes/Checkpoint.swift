// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a log promises about itself at one size, in the format C2SP tlog-checkpoint: three lines, its origin, the number
/// of leaves, and the root of the tree of these leaves.
package struct Checkpoint: Hashable, Sendable {
    /// Which log it is; one line.
    package let origin: String
    /// The number of leaves.
    package let size: Int
    package let root: MerkleHash
    /// Further lines, which others may write; Redoubt writes none.
    package let extensions: [String]

    /// - Throws: ``EvidenceError/Code/malformed`` for an origin that is no line, or a negative size.
    package init(origin: String, size: Int, root: MerkleHash) throws(EvidenceError) {
        guard Self.isLine(origin), size >= 0 else {
            throw EvidenceError(.malformed, "a checkpoint has an origin of one line and a size of 0 or more")
        }
        self.origin = origin
        self.size = size
        self.root = root
        extensions = []
    }

    /// Reads the text of a note.
    ///
    /// - Throws: ``EvidenceError/Code/malformed`` with the line that is wrong.
    package init(text: String) throws(EvidenceError) {
        guard text.utf8.last == 0x0A else {
            throw EvidenceError(.malformed, "a checkpoint ends in a line feed")
        }
        let lines = text.utf8.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard lines.count >= 3 else {
            throw EvidenceError(.malformed, "a checkpoint has three lines, not \(lines.count)")
        }
        guard lines.allSatisfy(Self.isLine) else {
            throw EvidenceError(.malformed, "a checkpoint has no empty lines and no control characters")
        }
        guard let size = Self.decimal(lines[1]) else {
            throw EvidenceError(.malformed, "line 2 of a checkpoint is a decimal number without leading zeros")
        }
        guard let root = MerkleHash(base64: lines[2]) else {
            throw EvidenceError(.malformed, "line 3 of a checkpoint is the Base 64 of 32 bytes")
        }
        origin = lines[0]
        self.size = size
        self.root = root
        extensions = Array(lines.dropFirst(3))
    }

    /// The text to sign.
    package var text: String {
        ([origin, String(size), root.base64] + extensions).map { $0 + "\n" }.joined()
    }

    private static func isLine(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 }
    }

    /// A number as checkpoints and proofs write it: digits, without a needless zero before them.
    static func decimal(_ text: String) -> Int? {
        let digits = text.utf8
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.first != 0x30 || digits.count == 1 else {
            return nil
        }
        return Int(text)
    }
}

/// A checkpoint and the note that carries it.
package struct SignedCheckpoint: Hashable, Sendable {
    package let checkpoint: Checkpoint
    package let note: SignedNote

    /// Signs a checkpoint with the log's key.
    package init(signing checkpoint: Checkpoint, by signer: NoteSigner) throws(EvidenceError) {
        self.checkpoint = checkpoint
        note = try SignedNote(signing: checkpoint.text, by: [signer])
    }

    /// Reads a checkpoint without believing it.
    ///
    /// - Throws: ``EvidenceError/Code/malformed``.
    package init(_ bytes: [UInt8]) throws(EvidenceError) {
        note = try SignedNote(bytes)
        checkpoint = try Checkpoint(text: note.text)
    }

    /// Checks that the log with this key made it.
    ///
    /// - Throws: ``EvidenceError/Code/badSignature``, ``EvidenceError/Code/unknownKey``, or
    ///   ``EvidenceError/Code/forked`` where the key's log has another origin.
    package func verify(with key: NoteKey) throws(EvidenceError) {
        try note.verify(with: key)
        guard checkpoint.origin.utf8.elementsEqual(key.name.utf8) else {
            throw EvidenceError(
                .forked,
                "the checkpoint is of the log \(checkpoint.origin), the key belongs to \(key.name)"
            )
        }
    }

    package var bytes: [UInt8] { note.bytes }

    /// Reads one checkpoint, or several with a blank line behind each, as a log keeps them; believes none.
    ///
    /// - Throws: ``EvidenceError/Code/malformed``.
    package static func all(in bytes: [UInt8]) throws(EvidenceError) -> [SignedCheckpoint] {
        let (records, end) = CheckpointHistory.split(bytes)
        guard end == bytes.count, !records.isEmpty else { return [try SignedCheckpoint(bytes)] }
        var all: [SignedCheckpoint] = []
        for record in records { all.append(try SignedCheckpoint(record.bytes)) }
        return all
    }
}
