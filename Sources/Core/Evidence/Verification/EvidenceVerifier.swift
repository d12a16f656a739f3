// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Checks a log's folder without any server, and names what was done to it.
///
/// Every leaf is hashed, and the roots are compared with all signed checkpoints, those of the folder and those that were
/// kept elsewhere. While all is well it needs no memory to speak of; to name what is wrong, 64 bytes for each leaf.
/// A log may be verified while it is written.
package struct EvidenceVerifier {
    private let folder: LogFolder
    private let known: [SignedCheckpoint]
    private var report: EvidenceReport
    private var promises: [Promise] = []

    /// A checkpoint whose signature is true.
    struct Promise {
        let size: Int
        let root: MerkleHash
        /// Where it comes from, for people.
        let source: String
    }

    /// - Parameters:
    ///   - key: the log's public key as it is known elsewhere; nil to take the folder's word for it.
    ///   - known: checkpoints that were kept elsewhere, such as by a witness.
    /// - Throws: ``EvidenceError/Code/notFound`` where there is no log.
    package init(
        _ folder: LogFolder,
        key: NoteKey? = nil,
        known: [SignedCheckpoint] = []
    ) throws(EvidenceError) {
        self.folder = folder
        self.known = known
        let own: NoteKey
        do throws(EvidenceError) {
            own = try folder.readPublicKey()
        } catch {
            // Without the folder's own key, a key from elsewhere does; the folder itself has to be there.
            guard let key, error.code == .notFound, try !folder.segments().isEmpty else { throw error }
            own = key
        }
        let key = key ?? own
        report = EvidenceReport(origin: key.name, key: key, isKeyFromEvidence: false)
        if own != key {
            let message = "the log's key is \(own), not the expected \(key)"
            report.findings.append(EvidenceFinding(.forked, message, file: folder.publicKey))
        }
    }

    /// Verifies the folder.
    ///
    /// - Parameter key: nil to take the folder's word for it.
    /// - Throws: ``EvidenceError`` where there is no log or it cannot be read.
    package static func verify(
        _ folder: LogFolder,
        key: NoteKey? = nil,
        known: [SignedCheckpoint] = []
    ) throws(EvidenceError) -> EvidenceReport {
        var verifier = try EvidenceVerifier(folder, key: key, known: known)
        verifier.report.isKeyFromEvidence = key == nil
        try verifier.readCheckpoints()
        verifier.readKnown()
        verifier.compareCheckpoints()
        try verifier.readLeaves()
        return verifier.report
    }

    // MARK: Checkpoints

    private mutating func readCheckpoints() throws(EvidenceError) {
        let file: StorageFile
        do throws(EvidenceError) {
            file = try StorageFile(folder.checkpoints, .reading)
        } catch  where error.code == .notFound {
            report.findings.append(EvidenceFinding(.damaged, "the checkpoints are missing", file: folder.checkpoints))
            return
        }
        let (end, size) = try CheckpointHistory.forEach(in: file) { add($0) }
        if !CheckpointHistory.isUnfinished(try file.read(min(size - end, 8192), at: end)) {
            let message = "\(size - end) bytes are no checkpoint"
            report.findings.append(EvidenceFinding(.damaged, message, file: file.path, offset: end))
        } else if size > end {
            report.notes.append("\(size - end) bytes of an unfinished checkpoint at the end")
        }
    }

    private mutating func add(_ record: CheckpointHistory.Record) {
        do throws(EvidenceError) {
            let signed = try SignedCheckpoint(record.bytes)
            try signed.verify(with: report.key)
            report.checkpoints += 1
            let checkpoint = signed.checkpoint
            if let last = promises.last, last.size > checkpoint.size {
                let message = "a checkpoint of \(checkpoint.size) leaves behind one of \(last.size)"
                report.findings.append(
                    EvidenceFinding(.reordered, message, file: folder.checkpoints, offset: record.offset)
                )
            }
            let source = "\(folder.checkpoints), byte \(record.offset)"
            promises.append(Promise(size: checkpoint.size, root: checkpoint.root, source: source))
        } catch {
            report.findings.append(Self.finding(error, file: folder.checkpoints, offset: record.offset))
        }
    }

    private mutating func readKnown() {
        for (number, signed) in known.enumerated() {
            let source = "known checkpoint \(number + 1)"
            do throws(EvidenceError) {
                try signed.verify(with: report.key)
                report.knownCheckpoints += 1
                let checkpoint = signed.checkpoint
                promises.append(Promise(size: checkpoint.size, root: checkpoint.root, source: source))
            } catch {
                var finding = Self.finding(error, file: nil, offset: nil)
                finding.message = "\(source): \(finding.message)"
                report.findings.append(finding)
            }
        }
    }

    private static func finding(_ error: EvidenceError, file: String?, offset: Int?) -> EvidenceFinding {
        let kind: EvidenceFinding.Kind =
            switch error.code {
            case .badSignature: .badSignature
            case .unknownKey: .unknownKey
            case .forked: .forked
            default: .damaged
            }
        return EvidenceFinding(kind, error.message, file: file, offset: offset)
    }

    /// Looks for promises of the same size and different trees.
    private mutating func compareCheckpoints() {
        promises.sort { $0.size < $1.size }
        for (one, other) in zip(promises, promises.dropFirst())
        where one.size == other.size && one.root != other.root {
            let message = "two checkpoints of \(one.size) leaves with different roots: \(one.source); \(other.source)"
            report.findings.append(EvidenceFinding(.forked, message, leaves: 0..<one.size))
        }
    }

    // MARK: Leaves

    private mutating func readLeaves() throws(EvidenceError) {
        var pass = try VerificationPass(folder, promises, keepsHashes: false)
        report.leaves = pass.count
        report.signedLeaves = pass.kept.last?.size ?? 0
        if pass.isSuspicious {
            pass = try VerificationPass(folder, promises, keepsHashes: true)
            let diagnosis = try VerificationDiagnosis(folder, promises, pass)
            report.findings += diagnosis.findings
        }
        if let torn = pass.tornTail {
            report.notes.append("\(torn.byteCount) bytes of an unfinished leaf at the end of \(torn.file)")
        }
        let unsigned = pass.count - report.signedLeaves
        if unsigned > 0 {
            report.notes.append("no checkpoint signs the last \(unsigned) leaves yet")
        }
        if report.isKeyFromEvidence {
            report.notes.append("the key is the folder's own; compare it with one kept elsewhere: \(report.key)")
        }
    }
}
