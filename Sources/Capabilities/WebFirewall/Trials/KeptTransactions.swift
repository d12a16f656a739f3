// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import Foundation
package import Storage
internal import Synchronization

/// The transactions that were kept, read on all processors.
package struct KeptTransactions: Sendable {
    private let vault: PayloadVault

    package init(_ vault: PayloadVault) {
        self.vault = vault
    }

    /// What became of a walk through them.
    package struct Walk: Sendable {
        /// Those that were handed over.
        package var count = 0
        /// Blocks and payloads that could not be read.
        package var damaged = 0
        /// Whether it was told to end.
        package var isCut = false
    }

    /// Hands over every transaction of a stretch of time. The order is that of the workers, so whoever collects sorts.
    ///
    /// - Parameters:
    ///   - start: makes what a worker collects.
    ///   - progress: is told what share is done; returns false to end.
    ///   - body: is called by several threads, each with what it collects.
    ///   - finish: makes a result of that.
    /// - Returns: what each worker has collected.
    func walk<Scratch, Part: Sendable>(
        in times: ClosedRange<Int64>,
        start: @escaping @Sendable () -> Scratch,
        progress: @escaping @Sendable (Double) -> Bool,
        each body: @escaping @Sendable (inout Scratch, KeptTransaction) -> Void,
        finish: @escaping @Sendable (Scratch) -> Part
    ) throws(StorageError) -> (parts: [Part], walk: Walk) {
        vault.flushNow()
        let total = max(1, try vault.count(in: times))
        let channel = WorkChannel<[Payload]>(capacity: 2 * ParallelWork.threads)
        let results = Mutex<(parts: [Part], damaged: Int)>(([], 0))
        let workers = DispatchGroup()
        workers.enter()
        // A thread of the caller's, as the workers are as low as the one that starts them.
        let runner = Thread {
            ParallelWork.run { _ in
                var scratch = start()
                var damaged = 0
                while let payloads = channel.take() {
                    for payload in payloads {
                        if let kept = KeptTransaction(encoded: payload.bytes) {
                            body(&scratch, kept)
                        } else {
                            damaged += 1
                        }
                    }
                }
                let part = finish(scratch)
                results.withLock { results in
                    results.parts.append(part)
                    results.damaged += damaged
                }
            }
            workers.leave()
        }
        runner.start()
        var walk = Walk()
        var piece: [Payload] = []
        let reading = Result { () throws(StorageError) in
            try vault.forEach(in: times) { payload throws(StorageError) in
                piece.append(payload)
                walk.count += 1
                guard piece.count == Self.pieceLength else { return true }
                channel.put(piece)
                piece = []
                walk.isCut = !progress(min(1, Double(walk.count) / Double(total)))
                return !walk.isCut
            }
        }
        if !piece.isEmpty { channel.put(piece) }
        channel.end(ParallelWork.threads)
        workers.wait()
        walk.damaged = try reading.get()
        let (parts, damaged) = results.withLock { $0 }
        walk.damaged += damaged
        return (parts, walk)
    }

    private static let pieceLength = 32

    /// One transaction, by its identifier.
    ///
    /// - Parameter times: in which it was, in nanoseconds since 1970.
    /// - Returns: nil where it was not kept, or is not any more.
    package func transaction(_ name: [UInt8], in times: ClosedRange<Int64>) throws(StorageError) -> KeptTransaction? {
        vault.flushNow()
        var found: KeptTransaction?
        _ = try vault.forEach(in: times) { payload throws(StorageError) in
            guard payload.name == name else { return true }
            found = KeptTransaction(encoded: payload.bytes)
            return false
        }
        return found
    }
}
