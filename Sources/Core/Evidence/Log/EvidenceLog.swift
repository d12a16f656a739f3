// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Synchronization

/// An append-only log of what was decided and done, in a folder, that shows whether it was changed afterwards.
///
/// Leaves are hashed into a Merkle tree (RFC 6962); the log signs its root at intervals (C2SP tlog-checkpoint). A leaf
/// whose position has been told is on disk: it survives the end of the process and of the power supply. One process writes
/// a folder at a time; any number may read it. See `docs/evidence.md` for what this proves and what it does not.
///
/// ```swift
/// let log = try EvidenceLog(LogFolder("/var/lib/redoubt/evidence"))
/// let position = try await log.append(EvidenceLeaf(kind: kind, time: now, content: json))
/// // Only now is the answer sent.
/// await log.close()
/// ```
package final class EvidenceLog: Sendable {
    /// How a log behaves; the defaults fit a gateway.
    package struct Settings: Sendable {
        /// The origin of a new log, a URL without scheme such as `example.com/redoubt`; one is made up otherwise.
        package var origin: String?
        /// How long a busy writer waits for more leaves before it brings them to disk, 5 ms at most.
        package var gathering: Duration = .milliseconds(1)
        /// How many bytes of leaves may wait for the disk.
        package var maximumPendingBytes = 8 << 20
        /// A file of leaves that has this size is followed by another.
        package var segmentBytes = 16 << 20
        /// The longest that leaves go without a checkpoint.
        package var checkpointInterval: Duration = .seconds(60)
        /// How many leaves make a checkpoint due before that.
        package var checkpointLeaves = 1000
        /// A checkpoint from elsewhere: the log does not open where it does not contain it, such as after an old
        /// backup was put in its place.
        package var known: SignedCheckpoint?
        /// Who is given each checkpoint.
        package var witness: EvidenceWitness?

        package init() {}
    }

    /// The key that signs; its name is the log's origin.
    package let key: NoteKey
    /// What had to be cut off when the log was opened; nil after an orderly end.
    package let recovery: EvidenceRecovery?
    /// The number of leaves when the log was opened.
    package let initialCount: Int
    private let queue: LeafQueue
    private let witness: WitnessQueue?
    private let end = Mutex(End())

    /// Whether the writer has ended, and who waits for that.
    private struct End {
        var isReached = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Opens a log, or makes a new one.
    ///
    /// - Parameter time: now, in nanoseconds since 1970, for the leaf that tells of a recovery.
    /// - Throws: ``EvidenceError``: ``EvidenceError/Code/inUse`` where another process has it;
    ///   ``EvidenceError/Code/damaged``, ``EvidenceError/Code/truncated`` and ``EvidenceError/Code/forked`` where it is
    ///   not what it was, with file and offset.
    package init(_ folder: LogFolder, _ settings: Settings = Settings(), time: Int64) throws(EvidenceError) {
        var settings = settings
        settings.gathering = min(max(settings.gathering, .zero), .milliseconds(5))
        let opening = try LogOpening(folder, name: settings.origin, known: settings.known)
        key = opening.signer.key
        recovery = opening.recovery
        initialCount = opening.tree.count
        queue = LeafQueue(maximumBytes: max(settings.maximumPendingBytes, 2 * EvidenceLeaf.maximumLength))
        if let receiver = settings.witness {
            witness = try WitnessQueue(receiver, folder, newest: opening.newest)
        } else {
            witness = nil
        }
        let writer = LeafWriter(opening, queue, settings, witness: witness)
        if let recovery { try Self.record(recovery, in: queue, time: time) }
        writer.start { [weak self] in self?.endReached() }
    }

    deinit {
        queue.close()
        witness?.abandon()
    }

    private static func record(
        _ recovery: EvidenceRecovery,
        in queue: LeafQueue,
        time: Int64
    ) throws(EvidenceError) {
        let content = #"{"cut_bytes":\#(recovery.byteCount),"at_leaf":\#(recovery.index)}"#
        // If it cannot be written the next leaf cannot be either, and whoever appends that is told.
        try queue.enqueue(EvidenceLeaf(kind: .recovered, time: time, content: Array(content.utf8))) { _ in }
    }

    /// Appends a leaf without waiting for anything; fit for event loops.
    ///
    /// - Parameter completion: called once the leaf is on disk, or could not be written; on the writer's thread, so it has
    ///   to hand over at once.
    /// - Throws: ``EvidenceError/Code/overloaded`` where too many leaves wait, ``EvidenceError/Code/tooLarge``,
    ///   ``EvidenceError/Code/closed``, or the failure that broke the log; the completion is then not called.
    package func append(
        _ leaf: EvidenceLeaf,
        completion: @escaping @Sendable (Result<EvidencePosition, EvidenceError>) -> Void
    ) throws(EvidenceError) {
        try queue.enqueue(leaf, completion)
    }

    /// Appends a leaf, and returns when it is on disk; waits for room where too many leaves wait.
    ///
    /// - Throws: ``EvidenceError`` where it could not be written.
    package func append(_ leaf: EvidenceLeaf) async throws(EvidenceError) -> EvidencePosition {
        while true {
            let result = await withCheckedContinuation { continuation in
                do throws(EvidenceError) {
                    try queue.enqueue(leaf) { continuation.resume(returning: $0) }
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            guard case .failure(let error) = result, error.code == .overloaded else { return try result.get() }
            await queue.waitForRoom()
        }
    }

    /// Signs the log as it is, with all leaves that were appended before, and brings that to disk.
    ///
    /// - Throws: ``EvidenceError`` where that failed.
    package func checkpoint() async throws(EvidenceError) -> SignedCheckpoint {
        let result = await withCheckedContinuation { continuation in
            do throws(EvidenceError) {
                try queue.requestCheckpoint { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    /// Writes what waits, signs it, and ends the writer. Leaves that come later are refused.
    package func close() async {
        queue.close()
        await withCheckedContinuation { continuation in
            let isReached = end.withLock { end in
                if !end.isReached { end.waiting.append(continuation) }
                return end.isReached
            }
            if isReached { continuation.resume() }
        }
        await witness?.close()
    }

    private func endReached() {
        let waiting = end.withLock { end in
            end.isReached = true
            return end.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// How many leaves are on disk.
    package var leafCount: Int { initialCount + statistics.appended }

    /// What has been done since the log was opened.
    package var statistics: EvidenceStatistics { queue.statistics }

    /// What became of checkpoints for the witness; nil without one.
    package var witnessStatistics: WitnessStatistics? { witness?.statistics }
}
