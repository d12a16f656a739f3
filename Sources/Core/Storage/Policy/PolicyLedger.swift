// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
internal import Dispatch
package import Evidence
package import Policy
internal import Synchronization

/// The policy of a data folder: what people have decided, who, when and why, and nothing that is not recorded.
///
/// A change is first written to a journal, then into the evidence log, and only then in force. After a crash in between,
/// the log tells: a change whose leaf is not in it never was in force, and is taken back. See `docs/policy.md`.
///
/// ```swift
/// let ledger = try PolicyLedger(folder, evidence: log, in: logFolder, time: now)
/// let made = try await ledger.apply(.setMode(setting), by: author, expecting: revision)
/// let stance = ledger.inForce.snapshot.stance(of: .webFirewall, for: facts, at: now)
/// ```
package final class PolicyLedger: Sendable {
    /// A change with its record.
    package struct Entry: Sendable {
        package let applied: AppliedChange
        package let decision: Decision
        package let position: EvidencePosition
    }

    /// The policy by which activities are judged now.
    package let inForce: PolicyInForce
    /// What was found at the opening that was not recorded, and so is not in force; nil where all was.
    package let recovered: String?
    private let state: Mutex<LedgerState>
    private let evidence: EvidenceLog
    private let lock: FolderLock
    /// Changes wait here for one another and for the disk.
    private let queue = DispatchQueue(label: "policy")
    private let observers = Mutex<[@Sendable (Entry) -> Void]>([])

    /// Opens the policy of a folder, or begins one in which all is observed.
    ///
    /// - Parameters:
    ///   - evidence: takes each change before it is in force.
    ///   - address: how commands reach this process, such as a socket's path.
    ///   - log: where that log is, for what it says about the last change.
    /// - Throws: ``StorageError`` where the folder is in use, or what is in it is no policy; ``EvidenceError`` where the
    ///   log cannot be read.
    package init(
        _ folder: String,
        evidence: EvidenceLog,
        in log: LogFolder,
        address: String = "",
        time: Int64
    ) throws {
        lock = try FolderLock(folder: folder, address: address, time: time)
        self.evidence = evidence
        let opened = try LedgerState.open(folder, log)
        let key = try PolicyKey.read(folder + "/key")
        inForce = PolicyInForce(PolicySnapshot(opened.state.document, key: key))
        recovered = opened.recovered
        state = Mutex(opened.state)
        try state.withLock { state throws(StorageError) in try state.compact(endedBefore: time) }
    }

    /// All that is decided, as a value.
    package var document: PolicyDocument {
        state.withLock { $0.document }
    }

    /// Calls a body with each change once it is in force, one after another, before whoever made it is told.
    package func observe(_ body: @escaping @Sendable (Entry) -> Void) {
        observers.withLock { $0.append(body) }
    }

    /// Makes a change; returns when it is recorded and in force.
    ///
    /// - Parameter expected: the revision that the author has seen; nil for any.
    /// - Throws: ``PolicyError``, ``StorageError`` or ``EvidenceError``; then nothing is changed.
    package func apply(
        _ change: PolicyChange,
        by author: Authorship,
        expecting expected: Int? = nil
    ) async throws -> Entry {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                continuation.resume(with: Result { try applyNow(change, author, expected) })
            }
        }
    }

    private func applyNow(_ change: PolicyChange, _ author: Authorship, _ expected: Int?) throws -> Entry {
        var document = document
        let applied = try document.apply(change, by: author, expecting: expected)
        let decision = applied.decision(state.withLock { $0.makeIdentifier(at: author.time) })
        let leaf = try EvidenceLeaf(
            kind: .decision(.changed),
            time: decision.time,
            json: ChangeRecord(decision: decision, change: change, inverse: applied.inverse)
        )
        let before = try state.withLock { state throws(StorageError) in
            try state.write(
                JournalEntry(
                    revision: applied.revision,
                    decision: decision.id,
                    leaves: evidence.leafCount,
                    change: change,
                    by: author
                )
            )
        }
        let position: EvidencePosition
        do {
            position = try append(leaf)
        } catch {
            // Where this fails as well, the next opening finds an entry without a leaf, and takes it back.
            try state.withLock { state throws(StorageError) in try state.takeBack(to: before) }
            throw error
        }
        state.withLock { $0.document = document }
        inForce.replace(inForce.snapshot.updated(to: document, after: change))
        let entry = Entry(applied: applied, decision: decision, position: position)
        for body in observers.withLock({ $0 }) {
            body(entry)
        }
        return entry
    }

    /// Waits for the disk, on the ledger's own thread.
    private func append(_ leaf: EvidenceLeaf) throws(EvidenceError) -> EvidencePosition {
        let outcome = Mutex<Result<EvidencePosition, EvidenceError>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        try evidence.append(leaf) { result in
            outcome.withLock { $0 = result }
            isDone.signal()
        }
        isDone.wait()
        guard let result = outcome.withLock({ $0 }) else {
            throw EvidenceError(.closed, "the log ended before the change was written")
        }
        return try result.get()
    }
}
