// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation

/// Writes leaves, hashes and checkpoints, on a thread of its own.
///
/// What waits is written in one go and brought to disk once; then its callers are told. While that goes on, the next
/// group gathers by itself, so that a lone leaf waits for nothing but the disk.
///
/// Only its own thread touches it once it runs, which is why it may be sent there.
final class LeafWriter: @unchecked Sendable {
    private let queue: LeafQueue
    private let settings: EvidenceLog.Settings
    private let witness: WitnessQueue?
    private let folder: LogFolder
    private let signer: NoteSigner
    /// Keeps the folder for this process as long as the writer lives.
    private let lock: StorageFile
    private let checkpoints: StorageFile
    private var checkpointsEnd: Int
    private var newest: SignedCheckpoint?
    private var lastCheckpointTime = ContinuousClock.now
    private var tree: CompactRange
    private var hashes: HashFiles
    private var segment: StorageFile
    private var segmentSize: Int
    /// Whether the file of leaves can be written on; after a failed flush nobody knows what is on disk.
    private var isBroken = false

    /// Under load, checkpoints keep this distance, as each has to be brought to disk too.
    private static let leastCheckpointDistance = Duration.seconds(1)

    init(_ opening: LogOpening, _ queue: LeafQueue, _ settings: EvidenceLog.Settings, witness: WitnessQueue?) {
        self.queue = queue
        self.settings = settings
        self.witness = witness
        folder = opening.folder
        signer = opening.signer
        lock = opening.lock
        checkpoints = opening.checkpoints
        checkpointsEnd = opening.checkpointsEnd
        newest = opening.newest
        tree = opening.tree
        hashes = opening.hashes
        segment = opening.segment
        segmentSize = opening.segmentSize
    }

    /// Starts the thread.
    ///
    /// - Parameter finished: called when the queue was closed and all of it is written.
    func start(finished: @escaping @Sendable () -> Void) {
        let thread = Thread { [self] in
            run()
            finished()
        }
        thread.name = "evidence"
        thread.start()
    }

    private func run() {
        var buffer: [UInt8] = []
        var isBusy = false
        while true {
            queue.waitForArrival(timeout: timeToCheckpoint)
            if isBusy, settings.gathering > .zero, !queue.isHalfFull {
                usleep(UInt32(settings.gathering / .microseconds(1)))
            }
            var group = queue.take(reusing: buffer)
            isBusy = group.completions.count > 1
            if !group.completions.isEmpty { commit(&group) }
            if isCheckpointDue || !group.checkpoints.isEmpty || (group.isLast && hasUnsigned) {
                answer(group.checkpoints)
            }
            buffer = group.bytes
            if group.isLast { return }
        }
    }

    // MARK: Leaves

    private func commit(_ group: inout LeafQueue.Group) {
        let sealed = Self.seal(&group.bytes)
        do throws(EvidenceError) {
            guard sealed.count == group.completions.count else {
                throw EvidenceError(.storage, "\(group.completions.count) leaves were given, \(sealed.count) found")
            }
            try write(group.bytes)
        } catch {
            queue.count { $0.failed += group.completions.count }
            for completion in group.completions { completion(.failure(error)) }
            return
        }
        let first = tree.count
        for hash in sealed {
            tree.append(hash) { level, node in hashes.append(node: node, level: level) }
            hashes.append(leaf: hash)
        }
        do throws(EvidenceError) {
            // Before anyone is told: that the hash is there shows later that the leaf was promised.
            try hashes.flush()
        } catch {
            queue.count { $0.retries += 1 }
        }
        queue.count {
            $0.appended += sealed.count
            $0.groups += 1
        }
        for (place, completion) in group.completions.enumerated() {
            completion(.success(EvidencePosition(index: first + place, hash: sealed[place])))
        }
    }

    /// Writes the checks of all records, and tells the hashes of their leaves.
    private static func seal(_ bytes: inout [UInt8]) -> [MerkleHash] {
        bytes.withUnsafeMutableBytes { buffer in
            var hashes: [MerkleHash] = []
            var offset = 0
            while offset < buffer.count, let (hash, end) = LeafRecord.seal(buffer, at: offset) {
                hashes.append(hash)
                offset = end
            }
            return hashes
        }
    }

    private func write(_ bytes: [UInt8]) throws(EvidenceError) {
        guard !isBroken else { throw EvidenceError(.storage, "an earlier failure broke the log", file: segment.path) }
        if segmentSize >= settings.segmentBytes { try startSegment() }
        do throws(EvidenceError) {
            try segment.write(bytes, at: segmentSize)
        } catch {
            // A full disk is no reason to give up: the file ends where it ended.
            do throws(EvidenceError) {
                try segment.truncate(to: segmentSize)
            } catch let second {
                breakDown(second)
            }
            throw error
        }
        do throws(EvidenceError) {
            try segment.synchronize()
        } catch {
            breakDown(error)
            throw error
        }
        segmentSize += bytes.count
    }

    private func breakDown(_ error: EvidenceError) {
        isBroken = true
        queue.breakDown(error)
    }

    private func startSegment() throws(EvidenceError) {
        let next = try StorageFile(folder.segment(from: tree.count), .writing)
        try StorageFolder.synchronize(folder.leaves)
        segment = next
        segmentSize = 0
    }

    // MARK: Checkpoints

    private var hasUnsigned: Bool { tree.count > newest?.checkpoint.size ?? 0 }

    /// Nanoseconds till a checkpoint is due; nil where nothing is to be signed.
    private var timeToCheckpoint: Int? {
        guard hasUnsigned else { return nil }
        let rest = settings.checkpointInterval - (ContinuousClock.now - lastCheckpointTime)
        return max(0, Int(rest / .nanoseconds(1)))
    }

    private var isCheckpointDue: Bool {
        guard hasUnsigned else { return false }
        let age = ContinuousClock.now - lastCheckpointTime
        let unsigned = tree.count - (newest?.checkpoint.size ?? 0)
        return age >= settings.checkpointInterval
            || (unsigned >= settings.checkpointLeaves && age >= Self.leastCheckpointDistance)
    }

    private func answer(_ requests: [LeafQueue.CheckpointCompletion]) {
        lastCheckpointTime = .now
        do throws(EvidenceError) {
            let checkpoint = try makeCheckpoint()
            for request in requests { request(.success(checkpoint)) }
        } catch {
            queue.count { $0.retries += 1 }
            for request in requests { request(.failure(error)) }
        }
    }

    /// Signs the tree as it is and brings that to disk; the newest checkpoint where nothing has come since.
    private func makeCheckpoint() throws(EvidenceError) -> SignedCheckpoint {
        if let newest, newest.checkpoint.size == tree.count { return newest }
        let checkpoint = try Checkpoint(origin: signer.key.name, size: tree.count, root: tree.root)
        let signed = try SignedCheckpoint(signing: checkpoint, by: signer)
        let record = CheckpointHistory.record(signed)
        do throws(EvidenceError) {
            try checkpoints.write(record, at: checkpointsEnd)
            try checkpoints.synchronize()
        } catch {
            // What is left of it is no checkpoint that anybody has seen; the next one is written over it.
            try checkpoints.truncate(to: checkpointsEnd)
            throw error
        }
        checkpointsEnd += record.count
        newest = signed
        queue.count { $0.checkpoints += 1 }
        witness?.offer(signed)
        return signed
    }
}
