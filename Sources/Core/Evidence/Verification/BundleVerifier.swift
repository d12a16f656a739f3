// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes

/// Checks a bundle line by line, and names what was done to it.
package struct BundleVerifier {
    private var report: EvidenceReport
    private let checkpoint: Checkpoint
    private let range: Range<Int>
    private let hasProofs: Bool
    private var next: Int
    private var seen: Set<Int> = []
    private var tree = CompactRange()
    private var lineNumber = 1

    /// Longer lines are refused.
    package static let maximumLineLength = 256 * 1024

    /// Reads the first line.
    ///
    /// - Parameters:
    ///   - line: the bundle's first line.
    ///   - key: the log's public key as it is known elsewhere; nil to take the bundle's word for it.
    ///   - known: checkpoints that were kept elsewhere.
    /// - Throws: ``EvidenceError/Code/malformed`` for what is no bundle.
    package init(
        firstLine line: [UInt8],
        key: NoteKey?,
        known: [SignedCheckpoint] = []
    ) throws(EvidenceError) {
        let head = try Self.object(line, 1)
        guard head["format"]?.text == EvidenceBundle.format, let keyText = head["key"]?.text,
            let note = head["checkpoint"]?.bytes, let from = head["from"]?.integer,
            let until = head["until"]?.integer, let hasProofs = head["proofs"]?.bool, from >= 0, from <= until
        else { throw EvidenceError(.malformed, "line 1 is not the head of a \(EvidenceBundle.format)") }
        let own = try NoteKey(keyText)
        let signed = try SignedCheckpoint(note)
        checkpoint = signed.checkpoint
        range = from..<until
        next = from
        self.hasProofs = hasProofs
        report = EvidenceReport(origin: own.name, key: key ?? own, isKeyFromEvidence: key == nil)
        if let key, key != own {
            report.findings.append(EvidenceFinding(.forked, "the bundle's key is \(own), not the expected \(key)"))
        }
        check(signed)
        if until > checkpoint.size || (!hasProofs && range != 0..<checkpoint.size) {
            let message =
                "the bundle claims the leaves from \(from) to \(until), the checkpoint signs \(checkpoint.size)"
            report.findings.append(EvidenceFinding(.damaged, message, offset: 0))
        }
        for other in known { compare(other) }
    }

    private mutating func check(_ signed: SignedCheckpoint) {
        do throws(EvidenceError) {
            try signed.verify(with: report.key)
            report.checkpoints = 1
        } catch {
            let kind: EvidenceFinding.Kind = error.code == .badSignature ? .badSignature : .unknownKey
            report.findings.append(EvidenceFinding(kind, error.message))
        }
    }

    /// A bundle has one root; what is known of other sizes cannot be compared with it.
    private mutating func compare(_ known: SignedCheckpoint) {
        do throws(EvidenceError) {
            try known.verify(with: report.key)
        } catch {
            report.findings.append(EvidenceFinding(.badSignature, "the known checkpoint: \(error.message)"))
            return
        }
        let other = known.checkpoint
        if other.size == checkpoint.size {
            report.knownCheckpoints += 1
            if other.root != checkpoint.root {
                let message = "the bundle's checkpoint and the known one sign different logs of \(other.size) leaves"
                report.findings.append(EvidenceFinding(.forked, message, leaves: 0..<other.size))
            }
        } else if other.size > checkpoint.size {
            report.notes.append("the bundle is older than the known checkpoint of \(other.size) leaves")
        } else {
            report.notes.append("the known checkpoint of \(other.size) leaves is older than the bundle")
        }
    }

    /// Reads a further line.
    ///
    /// - Throws: ``EvidenceError/Code/malformed`` where it is no line of a bundle.
    package mutating func add(_ line: [UInt8]) throws(EvidenceError) {
        lineNumber += 1
        let item = try Self.object(line, lineNumber)
        guard let index = item["index"]?.integer, let leaf = item["leaf"]?.text.flatMap(Base64.decode),
            let recorded = item["hash"]?.text.flatMap({ MerkleHash(base64: $0) })
        else { throw EvidenceError(.malformed, "line \(lineNumber) has no index, leaf and hash") }
        let place = index..<(index < Int.max ? index + 1 : index)
        checkOrder(index, place)
        let hash = MerkleHash(leaf: leaf)
        report.leaves += 1
        tree.append(recorded)
        if hash != recorded {
            report.findings.append(EvidenceFinding(.edited, "leaf \(index) edited, line \(lineNumber)", leaves: place))
        } else if hasProofs {
            let proof = (item["proof"]?.elements ?? []).map { $0.text.flatMap { MerkleHash(base64: $0) } }
            let isProven = MerkleTree.verifyInclusion(
                of: hash,
                index: index,
                size: checkpoint.size,
                root: checkpoint.root,
                proof: proof.compactMap { $0 }
            )
            if !isProven || proof.contains(nil) {
                let message = "line \(lineNumber) is not leaf \(index) of the log that the checkpoint signs"
                report.findings.append(EvidenceFinding(.edited, message, leaves: place))
            }
        }
    }

    private mutating func checkOrder(_ index: Int, _ place: Range<Int>) {
        if !range.contains(index) || seen.contains(index) {
            let message = "line \(lineNumber): leaf \(index) does not belong there"
            report.findings.append(EvidenceFinding(.inserted, message, leaves: place))
        } else if index < next {
            let message = "line \(lineNumber): leaf \(index) behind leaf \(next - 1)"
            report.findings.append(EvidenceFinding(.reordered, message, leaves: place))
        }
        seen.insert(index)
        if range.contains(index) { next = max(next, index + 1) }
    }

    /// What the whole bundle is worth.
    package consuming func finish() -> EvidenceReport {
        for gap in gaps().prefix(VerificationDiagnosis.maximumFindings) {
            let isEnd = gap.upperBound == range.upperBound
            let message =
                isEnd
                ? "the bundle ends before leaf \(gap.lowerBound), it had those before \(gap.upperBound)"
                : "\(VerificationDiagnosis.name(gap)) deleted"
            report.findings.append(EvidenceFinding(isEnd ? .truncated : .deleted, message, leaves: gap))
        }
        if !hasProofs, report.findings.isEmpty, tree.root != checkpoint.root {
            let message = "the leaves are not all those that the checkpoint signs; nothing tells which"
            report.findings.append(EvidenceFinding(.rewritten, message, leaves: range))
        }
        report.signedLeaves = report.isIntact ? report.leaves : 0
        if report.isKeyFromEvidence {
            report.notes.append("the key is the bundle's own; compare it with one kept elsewhere: \(report.key)")
        }
        return report
    }

    /// The leaves that the bundle should have and has not; takes time by what it has, not by what it claims.
    private func gaps() -> [Range<Int>] {
        var gaps: [Range<Int>] = []
        var expected = range.lowerBound
        for index in seen.filter(range.contains).sorted() {
            if index > expected { gaps.append(expected..<index) }
            expected = index + 1
        }
        if expected < range.upperBound { gaps.append(expected..<range.upperBound) }
        return gaps
    }

    private static func object(_ line: [UInt8], _ number: Int) throws(EvidenceError) -> JSONValue {
        guard line.count <= maximumLineLength else {
            throw EvidenceError(.malformed, "line \(number) has more than \(maximumLineLength) bytes")
        }
        do throws(JSONError) {
            return try JSONReader.read(line, maximumDepth: 8)
        } catch {
            throw EvidenceError(.malformed, "line \(number) is no JSON: \(error)")
        }
    }
}
