// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Bytes at the log's end that a crash had left in pieces, and that were cut off when it was opened.
package struct EvidenceRecovery: Sendable, Equatable {
    /// The file that they were cut from.
    package let file: String
    /// Where they began.
    package let offset: Int
    package let byteCount: Int
    /// The number of the leaf that they had begun to be.
    package let index: Int
}

/// Brings a folder into the state in which its log can be continued, or says why it cannot.
///
/// A writer may die at any moment, so there may be bytes of leaves that nobody was promised: they are cut off, kept in
/// `torn`, and told of. That a leaf was promised shows in three ways: its hash is in the hash file, which is written
/// after the leaf is on disk; a checkpoint counts it; or there are leaves in a later file. What is wrong with such a
/// leaf is damage, which nothing here mends.
struct LogOpening {
    let folder: LogFolder
    let lock: StorageFile
    let signer: NoteSigner
    let checkpoints: StorageFile
    private(set) var checkpointsEnd: Int
    let newest: SignedCheckpoint?
    private(set) var tree = CompactRange()
    private(set) var hashes: HashFiles
    private(set) var segment: StorageFile
    private(set) var segmentSize = 0
    private(set) var recovery: EvidenceRecovery?

    /// - Parameters:
    ///   - name: the origin of a log that is new; nil for one made up.
    ///   - known: a checkpoint from elsewhere, which the log must contain.
    init(_ folder: LogFolder, name: String?, known: SignedCheckpoint?) throws(EvidenceError) {
        self.folder = folder
        for path in [folder.path, folder.leaves, folder.hashes] { try StorageFolder.create(path) }
        lock = try StorageFile(folder.lock, .writing)
        try lock.lock()
        checkpoints = try StorageFile(folder.checkpoints, .writing)
        var segments = try folder.segments()
        signer = try LogKeys.load(folder, newName: name, isNew: try checkpoints.size() == 0 && segments.isEmpty)
        let last = try Self.newestCheckpoint(in: checkpoints, signer.key)
        newest = last?.checkpoint
        checkpointsEnd = last?.end ?? 0
        if segments.isEmpty {
            let first = LeafSegment(path: folder.segment(from: 0), firstIndex: 0)
            segment = try StorageFile(first.path, .creating)
            try StorageFolder.synchronize(folder.leaves)
            segments = [first]
        } else {
            segment = try StorageFile(segments[segments.count - 1].path, .writing)
        }
        hashes = try HashFiles(folder, .writing)
        try read(segments)
        if let known { try check(known) }
    }

    /// The newest checkpoint; what a crash left of a further one is cut off, as nobody has seen it.
    private static func newestCheckpoint(
        in file: StorageFile,
        _ key: NoteKey
    ) throws(EvidenceError) -> (checkpoint: SignedCheckpoint, end: Int)? {
        let newest = try CheckpointHistory.newest(in: file)
        let end = newest?.end ?? 0
        let rest = try file.size() - end
        guard rest <= 4096, CheckpointHistory.isUnfinished(try file.read(rest, at: end)) else {
            throw EvidenceError(.damaged, "\(rest) bytes are no checkpoint", file: file.path, offset: end)
        }
        if rest > 0 { try file.truncate(to: end) }
        do throws(EvidenceError) {
            try newest?.checkpoint.verify(with: key)
        } catch {
            throw EvidenceError(error.code, "the newest checkpoint: \(error.message)", file: file.path)
        }
        return newest
    }

    // MARK: Leaves

    /// Reads the leaves behind the newest checkpoint and those before it in the same file; all of them where the
    /// hashes on disk are not those that were signed.
    private mutating func read(_ segments: [LeafSegment]) throws(EvidenceError) {
        let signed = newest?.checkpoint.size ?? 0
        let promised = max(try hashes.trustedCount(), signed)
        let start = segments.lastIndex { $0.firstIndex <= signed && hashes.isComplete(for: $0.firstIndex) } ?? 0
        do throws(EvidenceError) {
            try read(segments, from: start, promised: promised)
        } catch  where error.code == .forked && start > 0 {
            try read(segments, from: 0, promised: promised)
        }
        guard tree.count >= promised else {
            let message = "the log ends before leaf \(tree.count), but \(promised) leaves were written"
            throw EvidenceError(.truncated, message, file: segment.path, offset: segmentSize)
        }
    }

    private mutating func read(
        _ segments: [LeafSegment],
        from start: Int,
        promised: Int
    ) throws(EvidenceError) {
        let first = start == 0 ? 0 : segments[start].firstIndex
        try hashes.truncate(to: first)
        tree = CompactRange()
        if first > 0 {
            let nodes = try MerkleTree.completeSubtrees(of: 0..<first).map { node throws(EvidenceError) in
                (node, try hashes.node(node))
            }
            let known = Dictionary(uniqueKeysWithValues: nodes)
            tree = CompactRange(count: first) { known[$0] ?? .emptyTree }
        }
        try compareWithNewest()
        for (place, item) in segments.enumerated().dropFirst(start) {
            guard item.firstIndex == tree.count else {
                let message = "begins with leaf \(item.firstIndex), but \(tree.count) leaves lie before it"
                throw EvidenceError(.damaged, message, file: item.path, offset: 0)
            }
            try read(item, isLast: place == segments.count - 1, promised: promised)
        }
        try hashes.flush()
    }

    private mutating func read(_ item: LeafSegment, isLast: Bool, promised: Int) throws(EvidenceError) {
        var reader = try LeafReader(item)
        var end = 0
        while let leaf = try reader.next(), leaf.isIntact {
            append(leaf.hash)
            end = reader.offset
            if tree.count & 0xFFFF == 0 { try hashes.flush() }
            try compareWithNewest()
        }
        segmentSize = end
        guard end < reader.fileSize else { return }
        guard isLast, tree.count >= promised else {
            throw EvidenceError(.damaged, "leaf \(tree.count) is damaged", file: item.path, offset: end)
        }
        try cut(reader.fileSize - end, at: end)
    }

    private mutating func append(_ leaf: MerkleHash) {
        tree.append(leaf) { level, node in hashes.append(node: node, level: level) }
        hashes.append(leaf: leaf)
    }

    /// - Throws: ``EvidenceError/Code/forked`` where the tree has the size of the newest checkpoint and another root.
    private func compareWithNewest() throws(EvidenceError) {
        guard let checkpoint = newest?.checkpoint, checkpoint.size == tree.count, checkpoint.root != tree.root else {
            return
        }
        let message = "the first \(checkpoint.size) leaves are not those that the newest checkpoint signs"
        throw EvidenceError(.forked, message, file: folder.leaves)
    }

    /// Puts the bytes at the end aside and cuts them off.
    private mutating func cut(_ count: Int, at offset: Int) throws(EvidenceError) {
        let kept = try segment.read(min(count, 16 << 20), at: offset)
        try StorageFolder.replace("torn", in: folder.path, with: kept)
        try segment.truncate(to: offset)
        try segment.synchronize()
        recovery = EvidenceRecovery(file: segment.path, offset: offset, byteCount: count, index: tree.count)
    }

    /// Refuses to continue a log that is behind a checkpoint from elsewhere, or beside it.
    private func check(_ known: SignedCheckpoint) throws(EvidenceError) {
        try known.verify(with: signer.key)
        guard known.checkpoint.size <= tree.count else {
            let message = "\(known.checkpoint.size) leaves are known to have been written, the log has \(tree.count)"
            throw EvidenceError(.truncated, message, file: folder.leaves)
        }
        let nodes = try MerkleTree.completeSubtrees(of: 0..<known.checkpoint.size)
            .map { node throws(EvidenceError) in (node, try hashes.node(node)) }
        let hashOf = Dictionary(uniqueKeysWithValues: nodes)
        guard MerkleTree.root(size: known.checkpoint.size, node: { hashOf[$0] ?? .emptyTree }) == known.checkpoint.root
        else {
            let message = "the log is not the one of which a checkpoint of \(known.checkpoint.size) leaves is known"
            throw EvidenceError(.forked, message, file: folder.leaves)
        }
    }
}

/// The key of a log, made when the log is.
enum LogKeys {
    /// - Parameter isNew: whether the log has neither leaves nor checkpoints; only then a key is made.
    static func load(
        _ folder: LogFolder,
        newName: String?,
        isNew: Bool
    ) throws(EvidenceError) -> NoteSigner {
        let signer: NoteSigner
        do throws(EvidenceError) {
            signer = try read(folder)
        } catch  where error.code == .notFound && isNew {
            signer = try NoteSigner(newKeyNamed: newName ?? madeUpName())
            try StorageFolder.replace("key", in: folder.path, with: Array((signer.privateText + "\n").utf8))
        } catch  where error.code == .notFound {
            throw EvidenceError(.notFound, "the log's key is missing, it cannot be continued", file: folder.privateKey)
        }
        if let newName, newName != signer.key.name {
            let message = "the key is that of \(signer.key.name), not of \(newName)"
            throw EvidenceError(.forked, message, file: folder.privateKey)
        }
        do throws(EvidenceError) {
            guard try folder.readPublicKey() == signer.key else {
                let message = "is not the public half of the log's key"
                throw EvidenceError(.damaged, message, file: folder.publicKey)
            }
        } catch  where error.code == .notFound {
            try StorageFolder.replace("key.pub", in: folder.path, with: Array("\(signer.key)\n".utf8))
        }
        return signer
    }

    private static func read(_ folder: LogFolder) throws(EvidenceError) -> NoteSigner {
        let file = try StorageFile(folder.privateKey, .reading)
        guard try file.permissions() & 0o077 == 0 else {
            throw EvidenceError(.storage, "may be read by its owner alone: chmod 600", file: file.path)
        }
        let text = try file.readAll(limit: 4096)
        do throws(EvidenceError) {
            return try NoteSigner(String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self))
        } catch {
            throw EvidenceError(error.code, error.message, file: file.path)
        }
    }

    private static func madeUpName() -> String {
        let number = UInt64.random(in: .min ... .max)
        let digits = String(number, radix: 16)
        return "redoubt/" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
