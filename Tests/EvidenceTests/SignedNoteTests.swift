// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Evidence

@Suite struct SignedNoteTests {
    /// The example in the documentation of Go's package `sumdb/note`.
    private let goKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private let goNote = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """

    /// The example of C2SP tlog-checkpoint.
    private let checkpoint = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        \u{2014} example.com/behind-the-sofa \
        Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

        """

    @Test func `verifies what Go's implementation signed`() throws {
        let key = try NoteKey(goKey)
        #expect("\(key)" == goKey)
        let note = try SignedNote(Array(goNote.utf8))
        #expect(note.bytes == Array(goNote.utf8))
        try note.verify(with: key)
    }

    @Test func `signs, writes, reads and verifies`() throws {
        let signer = try NoteSigner(newKeyNamed: "example.com/log")
        let note = try SignedNote(signing: "one\n\ntwo\n", by: [signer])
        let read = try SignedNote(note.bytes)
        #expect(read == note)
        #expect(read.text == "one\n\ntwo\n")
        try read.verify(with: signer.key)
        let again = try NoteSigner(signer.privateText)
        #expect(again.key == signer.key)
        try SignedNote(signing: "x\n", by: [again]).verify(with: signer.key)
    }

    @Test func `ignores signatures of unknown keys, and refuses false ones of the known key`() throws {
        let signer = try NoteSigner(newKeyNamed: "log")
        let sameName = try NoteSigner(newKeyNamed: "log")
        var note = try SignedNote(signing: "text\n", by: [sameName, signer])
        note.add(NoteSignature(name: "witness", id: 7, bytes: [1, 2, 3]))
        note.add(NoteSignature(name: "other", id: signer.key.id, bytes: [1]))
        let read = try SignedNote(note.bytes)
        try read.verify(with: signer.key)
        #expect(throws: EvidenceError.self) { try read.verify(with: try NoteSigner(newKeyNamed: "log").key) }

        note.add(NoteSignature(name: "log", id: signer.key.id, bytes: [UInt8](repeating: 0, count: 64)))
        let error = #expect(throws: EvidenceError.self) { try note.verify(with: signer.key) }
        #expect(error?.code == .badSignature)
    }

    @Test func `takes sixteen signatures and more, and not any number`() throws {
        let signer = try NoteSigner(newKeyNamed: "log")
        var note = try SignedNote(signing: "text\n", by: [signer])
        for id in 1..<UInt32(SignedNote.maximumSignatures) {
            note.add(NoteSignature(name: "w", id: id, bytes: [UInt8](repeating: 1, count: 5000)))
        }
        try SignedNote(note.bytes).verify(with: signer.key)
        note.add(NoteSignature(name: "w", id: 1000, bytes: [1]))
        #expect(throws: EvidenceError.self) { try SignedNote(note.bytes) }
    }

    @Test(arguments: [
        "", "\n", "\n\n", "a", "a\n", "a\n\n", "a\n\nb\n", "\n\n\u{2014} k AAAAAAA=\n", "a\n\n\u{2014} k AAAAAAA=",
        "a\n\n- k AAAAAAA=\n", "a\n\n\u{2014}  AAAAAAA=\n", "a\n\n\u{2014} k AAAA\n", "a\n\n\u{2014} k AAAAAAA\n",
        "a\n\n\u{2014} k AAAAAAB=\n", "a\n\n\u{2014} k AAAAAAA= \n", "a\n\n\u{2014} k+ AAAAAAA=\n",
        "a\n\n\u{2014} k\u{A0}k AAAAAAA=\n", "a\r\n\n\u{2014} k AAAAAAA=\n", "a\t\n\n\u{2014} k AAAAAAA=\n",
        "a\n\n\u{2014} k AAAAAAA=\nx\n", "a\n\n\u{2014} k AA AAAAA=\n", "a\n\n\u{2014} k AAAAAAA=\n\n",
        "a\u{0}\n\n\u{2014} k AAAAAAA=\n", "a\n\n\u{2014} \u{301}k  AAAAAAA=\n",
    ])
    func `refuses what is no note`(text: String) {
        let error = #expect(throws: EvidenceError.self) { try SignedNote(Array(text.utf8)) }
        #expect(error?.code == .malformed)
    }

    @Test func `refuses bytes that are no UTF-8, and notes without bound`() {
        #expect(throws: EvidenceError.self) { try SignedNote([0xFF, 0x0A, 0x0A] + Array(goNote.utf8)) }
        let long = [UInt8](repeating: 0x61, count: SignedNote.maximumLength) + Array(goNote.utf8)
        #expect(throws: EvidenceError.self) { try SignedNote(long) }
    }

    @Test func `any changed byte makes a note invalid or leaves text and signature as they were`() throws {
        let key = try NoteKey(goKey)
        let original = try SignedNote(Array(goNote.utf8))
        var numbers = SeededNumbers(state: 2)
        for place in goNote.utf8.indices.indices where place < goNote.utf8.endIndex {
            var bytes = Array(goNote.utf8)
            let offset = goNote.utf8.distance(from: goNote.utf8.startIndex, to: place)
            bytes[offset] ^= UInt8.random(in: 1...255, using: &numbers)
            guard let note = try? SignedNote(bytes), (try? note.verify(with: key)) != nil else { continue }
            Issue.record("byte \(offset) made no difference: \(note == original)")
        }
    }

    @Test(arguments: [
        "", "a", "a+b", "a+00000000+", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T=",
    ])
    func `refuses what is no key`(text: String) {
        #expect(throws: EvidenceError.self) { try NoteKey(text) }
        #expect(throws: EvidenceError.self) { try NoteSigner("PRIVATE+KEY+" + text) }
    }

    // MARK: Checkpoints

    @Test func `reads and writes the checkpoint of the specification`() throws {
        let signed = try SignedCheckpoint(Array(checkpoint.utf8))
        #expect(signed.checkpoint.origin == "example.com/behind-the-sofa")
        #expect(signed.checkpoint.size == 20_852_163)
        #expect(signed.checkpoint.root.base64 == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
        #expect(signed.bytes == Array(checkpoint.utf8))
        #expect(signed.checkpoint.text == signed.note.text)
    }

    @Test func `keeps extension lines`() throws {
        let text = "o\n0\n\(MerkleHash.emptyTree.base64)\nmore\nlines\n"
        let read = try Checkpoint(text: text)
        #expect(read.extensions == ["more", "lines"])
        #expect(read.text == text)
    }

    @Test(arguments: [
        "", "\n", "o\n", "o\n1\n", "\n1\nR\n", "o\n01\nR\n", "o\n-1\nR\n", "o\n+1\nR\n", "o\n1 \nR\n", "o\n\nR\n",
        "o\n99999999999999999999\nR\n", "o\n1\nAAAA\n", "o\n1\nR", "o\n1\nR\n\n", "o\n1\n\nR\n", "o\n1\nR\n\nx\n",
        "o\n\u{661}\nR\n",
    ])
    func `refuses what is no checkpoint`(text: String) {
        let text = text.replacing("R", with: MerkleHash.emptyTree.base64)
        let error = #expect(throws: EvidenceError.self) { try Checkpoint(text: text) }
        #expect(error?.code == .malformed)
    }

    @Test func `a checkpoint of another log is refused though its signature is true`() throws {
        let signer = try NoteSigner(newKeyNamed: "log")
        let other = try Checkpoint(origin: "other", size: 0, root: .emptyTree)
        let signed = try SignedCheckpoint(signing: other, by: signer)
        let error = #expect(throws: EvidenceError.self) { try signed.verify(with: signer.key) }
        #expect(error?.code == .forked)
    }

    @Test func `reads random bytes and changed checkpoints without harm`() throws {
        var numbers = SeededNumbers(state: 3)
        let pieces = ["\n", "\u{2014} ", "a", "0", "AAAA", "=", " ", "\n\n", "+", "\u{0}", "\u{FFFD}"]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...12, using: &numbers)
            let text = (0..<count).map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
            if let note = try? SignedNote(Array(text.utf8)) { #expect(note.bytes == Array(text.utf8)) }
            if let read = try? Checkpoint(text: text) { #expect(read.text == text) }
        }
    }
}
