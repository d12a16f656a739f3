// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A signature line of a note: who signed, and the bytes of the signature.
package struct NoteSignature: Hashable, Sendable {
    /// The key's name.
    package var name: String
    /// The key's id.
    package var id: UInt32
    /// The signature itself; of what length, its algorithm says.
    package var bytes: [UInt8]

    package init(name: String, id: UInt32, bytes: [UInt8]) {
        self.name = name
        self.id = id
        self.bytes = bytes
    }
}

/// Text that one or more keys have signed, in the format C2SP signed-note v1.
///
/// The text ends in a line feed; a blank line and the signature lines follow. Reading is strict: bytes that are not
/// exactly such a note are refused with line and reason. That a note can be read says nothing about its truth;
/// ``verify(with:)`` does.
package struct SignedNote: Hashable, Sendable {
    /// What is signed, with its last line feed.
    package let text: String
    package private(set) var signatures: [NoteSignature]

    /// Longer notes are refused; one with sixteen post-quantum signatures has 80 KB.
    package static let maximumLength = 1 << 20
    /// Notes with more signatures are refused; the format asks for sixteen at least.
    package static let maximumSignatures = 100

    private static let signatureStart = "\u{2014} "

    /// Signs a text.
    ///
    /// - Throws: ``EvidenceError/Code/malformed`` for a text that no note may have.
    package init(signing text: String, by signers: [NoteSigner]) throws(EvidenceError) {
        try Self.check(text)
        self.text = text
        signatures = []
        for signer in signers {
            signatures.append(try signer.sign(Array(text.utf8)))
        }
    }

    /// Reads a note.
    ///
    /// - Throws: ``EvidenceError/Code/malformed``, with the offset at which the note stops being one.
    package init(_ bytes: [UInt8]) throws(EvidenceError) {
        guard bytes.count <= Self.maximumLength else {
            throw EvidenceError(.malformed, "a note of more than \(Self.maximumLength) bytes")
        }
        if let offset = bytes.firstIndex(where: { $0 < 0x20 && $0 != 0x0A }) {
            throw EvidenceError(.malformed, "a note holds no control characters", offset: offset)
        }
        guard let whole = String(validating: bytes, as: UTF8.self) else {
            throw EvidenceError(.malformed, "a note is UTF-8")
        }
        guard bytes.last == 0x0A else {
            throw EvidenceError(.malformed, "a note ends in a line feed", offset: bytes.count)
        }
        guard let blank = Self.lastBlankLine(in: bytes) else {
            throw EvidenceError(.malformed, "a note has a blank line before its signatures", offset: bytes.count)
        }
        let utf8 = whole.utf8
        text = String(whole[..<utf8.index(utf8.startIndex, offsetBy: blank)])
        signatures = []
        try Self.check(text)
        var offset = blank + 1
        for line in whole[utf8.index(utf8.startIndex, offsetBy: offset)...].dropLastLineFeed.splitAtLineFeeds {
            guard signatures.count < Self.maximumSignatures else {
                throw EvidenceError(.malformed, "more than \(Self.maximumSignatures) signatures", offset: offset)
            }
            guard let signature = Self.signature(line) else {
                throw EvidenceError(.malformed, "no signature line \"\u{2014} NAME BASE64\"", offset: offset)
            }
            signatures.append(signature)
            offset += line.utf8.count + 1
        }
    }

    /// The note as it is kept and sent.
    package var bytes: [UInt8] {
        var note = text + "\n"
        for signature in signatures {
            let id = (0..<4).map { UInt8(truncatingIfNeeded: signature.id >> UInt32(24 - 8 * $0)) }
            note += "\(Self.signatureStart)\(signature.name) \(Base64.encode(id + signature.bytes))\n"
        }
        return Array(note.utf8)
    }

    /// Checks the signatures of one key and ignores those of all others, as the format demands.
    ///
    /// - Throws: ``EvidenceError/Code/badSignature`` where a signature that names the key is not its own;
    ///   ``EvidenceError/Code/unknownKey`` where there is none.
    package func verify(with key: NoteKey) throws(EvidenceError) {
        let own = signatures.filter { $0.id == key.id && $0.name.utf8.elementsEqual(key.name.utf8) }
        guard !own.isEmpty else {
            throw EvidenceError(.unknownKey, "no signature by the key \(key.name)+\(NoteKey.hex(key.id))")
        }
        let text = Array(text.utf8)
        guard own.allSatisfy({ key.isValid($0.bytes, of: text) }) else {
            throw EvidenceError(.badSignature, "the signature of \(key.name)+\(NoteKey.hex(key.id)) is false")
        }
    }

    /// Adds signatures that others made, such as a witness; what they are worth, ``verify(with:)`` says.
    package mutating func add(_ signature: NoteSignature) {
        signatures.append(signature)
    }

    private static func check(_ text: String) throws(EvidenceError) {
        guard text.utf8.count > 1, text.utf8.last == 0x0A else {
            throw EvidenceError(.malformed, "a note's text is not empty and ends in a line feed")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else {
            throw EvidenceError(.malformed, "a note's text holds no control characters")
        }
    }

    /// The offset of the last line feed that ends an empty line; the text before it ends in a line feed.
    private static func lastBlankLine(in bytes: [UInt8]) -> Int? {
        bytes.indices.dropFirst().last { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }
    }

    private static func signature(_ line: Substring) -> NoteSignature? {
        // By bytes: a space that a combining mark follows is no space to String.
        guard line.utf8.starts(with: signatureStart.utf8) else { return nil }
        let parts = line.utf8.dropFirst(signatureStart.utf8.count)
            .split(separator: 0x20, omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard parts.count == 2, NoteKey.isValidName(parts[0]), let bytes = Base64.decode(parts[1]), bytes.count > 4
        else { return nil }
        let id = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return NoteSignature(name: parts[0], id: id, bytes: Array(bytes.dropFirst(4)))
    }
}

extension Substring {
    fileprivate var dropLastLineFeed: Substring {
        utf8.last == 0x0A ? Substring(utf8.dropLast()) : self
    }

    /// The lines; an empty text has one, the empty one.
    fileprivate var splitAtLineFeeds: [Substring] {
        utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }
    }
}
