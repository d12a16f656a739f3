// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Names what was done to a log that does not keep what it promised.
///
/// The hash file says what each leaf was, as far as a signed root confirms it. Where it was changed as well, the
/// checkpoints still say between which of them the leaves are others.
struct VerificationDiagnosis {
    private(set) var findings: [EvidenceFinding] = []
    private let promises: [EvidenceVerifier.Promise]
    private let pass: VerificationPass
    private let folder: LogFolder

    /// More changes are only counted.
    static let maximumFindings = 100

    init(
        _ folder: LogFolder,
        _ promises: [EvidenceVerifier.Promise],
        _ pass: VerificationPass
    ) throws(EvidenceError) {
        self.folder = folder
        self.promises = promises
        self.pass = pass
        for item in pass.breaks {
            let message = "\(Self.name(item.leaves)) cannot be read: the file holds no leaf there"
            findings.append(
                EvidenceFinding(.damaged, message, leaves: item.leaves, file: item.file, offset: item.offset)
            )
        }
        try judge()
        for (index, place) in pass.unsealed where !isNamed(index) {
            let message = "the check before leaf \(index) is not that of the leaf"
            findings.append(finding(.damaged, message, index..<(index + 1), place))
        }
        if findings.isEmpty { addUnnamed() }
    }

    private mutating func judge() throws(EvidenceError) {
        let recorded = try Self.recordedHashes(folder)
        let confirmed = Self.confirmed(recorded, promises)
        if let fork = fork() {
            findings.append(fork)
        } else if pass.broken.isEmpty, pass.breaks.isEmpty, confirmed < promises.last?.size ?? 0 {
            // The leaves are those that were signed, so it is the hashes that are not.
            let place = zip(recorded, pass.actual).enumerated().first { $1.0 != $1.1 }?.offset ?? recorded.count
            let message = "the hash of leaf \(place) is not that of the leaf, which is as it was signed"
            let offset = place * MerkleHash.byteCount
            findings.append(EvidenceFinding(.damaged, message, file: "\(folder.hashes)/0", offset: offset))
        } else if confirmed > 0 || promises.isEmpty || promises.last?.size == 0 {
            name(LeafComparison(expected: recorded, actual: pass.actual).changes)
            nameRewritten(confirmed: confirmed)
        } else {
            nameRewritten(confirmed: 0)
        }
    }

    private static func recordedHashes(_ folder: LogFolder) throws(EvidenceError) -> [MerkleHash] {
        do throws(EvidenceError) {
            let files = try HashFiles(folder, .reading)
            return try files.hashes(level: 0, 0..<(try files.trustedCount()))
        } catch  where error.code == .notFound {
            return []
        }
    }

    /// The size of the largest promise that the hashes in the hash file keep.
    private static func confirmed(_ hashes: [MerkleHash], _ promises: [EvidenceVerifier.Promise]) -> Int {
        var tree = CompactRange()
        var confirmed = 0
        var pending = promises[...].drop { $0.size == 0 }
        for hash in hashes {
            tree.append(hash)
            guard pending.first?.size == tree.count else { continue }
            let root = tree.root
            while let promise = pending.first, promise.size == tree.count {
                if promise.root == root { confirmed = promise.size }
                pending.removeFirst()
            }
        }
        return confirmed
    }

    /// A true signature below a size at which the leaves keep another one: there were two histories.
    private func fork() -> EvidenceFinding? {
        guard let broken = pass.broken.first, let kept = pass.kept.last, kept.size > broken.size else { return nil }
        let common = pass.kept.last { $0.size < broken.size }?.size ?? 0
        let message =
            "the log was written anew from leaf \(common) on: a checkpoint of \(broken.size) leaves "
            + "(\(broken.source)) was signed for other leaves than these, which a checkpoint of \(kept.size) signs"
        return EvidenceFinding(.forked, message, leaves: common..<broken.size)
    }

    // MARK: Changes

    private mutating func name(_ changes: [LeafComparison.Change]) {
        for change in changes.prefix(Self.maximumFindings) {
            findings.append(finding(change))
        }
        if changes.count > Self.maximumFindings {
            let message = "and \(changes.count - Self.maximumFindings) changes more"
            findings.append(EvidenceFinding(.rewritten, message))
        }
    }

    private func finding(_ change: LeafComparison.Change) -> EvidenceFinding {
        switch change {
        case .edited(let leaves):
            return finding(.edited, "\(Self.name(leaves)) edited", leaves)
        case .deleted(let leaves):
            return finding(.deleted, "\(Self.name(leaves)) deleted", leaves)
        case .truncated(let leaves):
            let message = "the log ends before leaf \(leaves.lowerBound), it had \(leaves.upperBound) leaves"
            return finding(.truncated, message, leaves)
        case .inserted(let index, let count):
            return finding(.inserted, "\(count) foreign leaves before leaf \(index)", index..<(index + count))
        case .swapped(let one, let other):
            return finding(.swapped, "leaves \(one) and \(other) swapped", one..<(other + 1))
        case .reordered(let leaves):
            return finding(.reordered, "\(Self.name(leaves)) in another order", leaves)
        }
    }

    private func finding(
        _ kind: EvidenceFinding.Kind,
        _ message: String,
        _ leaves: Range<Int>,
        _ place: VerificationPass.Place? = nil
    ) -> EvidenceFinding {
        let place = place ?? (leaves.lowerBound < pass.places.count ? pass.places[leaves.lowerBound] : nil)
        let file = place.map { pass.segments[$0.file].path }
        return EvidenceFinding(kind, message, leaves: leaves, file: file, offset: place?.offset)
    }

    static func name(_ leaves: Range<Int>) -> String {
        leaves.count == 1
            ? "leaf \(leaves.lowerBound)" : "leaves \(leaves.lowerBound) to \(leaves.upperBound - 1)"
    }

    private func isNamed(_ index: Int) -> Bool {
        findings.contains { $0.leaves?.contains(index) ?? false }
    }

    /// Adds what only the checkpoints tell: a promise that is broken though the hash file knows of no change.
    private mutating func nameRewritten(confirmed: Int) {
        guard let broken = pass.broken.first(where: { $0.size > confirmed }) else { return }
        guard broken.size <= pass.count else {
            guard !findings.contains(where: { $0.kind == .truncated || $0.kind == .deleted }) else { return }
            let message =
                "the log ends before leaf \(pass.count), a checkpoint (\(broken.source)) promises \(broken.size) leaves"
            findings.append(finding(.truncated, message, pass.count..<broken.size))
            return
        }
        guard findings.isEmpty else { return }
        let common = pass.kept.last { $0.size < broken.size }?.size ?? 0
        let message =
            "\(Self.name(common..<broken.size)) are not all those that were signed (\(broken.source)); "
            + "the hashes were changed too, so nothing tells which"
        findings.append(finding(.rewritten, message, common..<broken.size))
    }

    /// Something is wrong that no rule above has named.
    private mutating func addUnnamed() {
        guard pass.isSuspicious else { return }
        let message = "the files of leaves are not named by their first leaves, or hashes and leaves disagree"
        findings.append(EvidenceFinding(.damaged, message, file: folder.leaves))
    }
}
