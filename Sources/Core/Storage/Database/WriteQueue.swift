// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import GRDB
internal import Synchronization

/// The work that waits for the writer of a database, and the thread that does it.
///
/// Many tasks put in, one thread takes all at once and puts it into one transaction; a piece of work that fails undoes what
/// itself did, and no other. Those who wait are told when the transaction is on disk.
final class WriteQueue: Sendable {
    private struct Work: Sendable {
        /// - Returns: why it failed.
        var run: @Sendable (Connection) -> StorageError?
        var finish: @Sendable (StorageError?) -> Void
        var survivesPowerLoss: Bool
    }

    private struct State {
        var works: [Work] = []
        var isClosed = false
        /// Whether there is a thread; a database that is only read has none.
        var isStarted = false
    }

    private let pool: DatabasePool
    private let path: String
    private let maximumWaiting: Int
    /// Whether transactions wait for the disk where nothing else is said.
    private let survivesPowerLoss: Bool
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)

    init(_ pool: DatabasePool, _ path: String, maximumWaiting: Int, survivesPowerLoss: Bool) {
        self.survivesPowerLoss = survivesPowerLoss
        self.pool = pool
        self.path = path
        self.maximumWaiting = max(1, maximumWaiting)
    }

    private func start() {
        let thread = Thread { self.run() }
        thread.name = "database-writer"
        thread.start()
    }

    func enqueue<Success: Sendable>(
        survivesPowerLoss: Bool,
        _ body: @escaping @Sendable (Connection) throws(StorageError) -> Success,
        _ completion: @escaping @Sendable (Result<Success, StorageError>) -> Void
    ) {
        let box = OutcomeBox<Success>()
        let run: @Sendable (Connection) -> StorageError? = { connection in
            do throws(StorageError) {
                let value = try body(connection)
                box.outcome.withLock { $0 = .success(value) }
                return nil
            } catch {
                return error
            }
        }
        let finish: @Sendable (StorageError?) -> Void = { failure in
            if let failure { return completion(.failure(failure)) }
            let missing = StorageError(.statement, "the work did not run")
            completion(box.outcome.withLock { $0 } ?? .failure(missing))
        }
        let work = Work(run: run, finish: finish, survivesPowerLoss: survivesPowerLoss)
        let refusal = state.withLock { state -> StorageError? in
            if state.isClosed { return StorageError(.closed, "the database is closed", file: path) }
            guard state.works.count < maximumWaiting else {
                return StorageError(.overloaded, "\(state.works.count) transactions wait", file: path)
            }
            if state.works.isEmpty { arrival.signal() }
            state.works.append(work)
            if !state.isStarted {
                state.isStarted = true
                start()
            }
            return nil
        }
        if let refusal { work.finish(refusal) }
    }

    /// Takes no work any more; what waits is still done.
    func close() {
        let (wasClosed, isStarted) = state.withLock { state in
            defer { state.isClosed = true }
            return (state.isClosed, state.isStarted)
        }
        guard !wasClosed else { return }
        if isStarted { arrival.signal() } else { end.signal() }
    }

    /// Waits till the last work is done, once it is closed.
    func waitForEnd() {
        end.wait()
        // For whoever else waits.
        end.signal()
    }

    // MARK: The writer's thread

    private func run() {
        while true {
            arrival.wait()
            let (works, isLast) = state.withLock { state in
                let works = state.works
                state.works = []
                return (works, state.isClosed)
            }
            if !works.isEmpty { perform(works) }
            if isLast { break }
        }
        end.signal()
    }

    private func perform(_ works: [Work]) {
        var failures = [StorageError?](repeating: nil, count: works.count)
        do throws(StorageError) {
            try StorageError.mapping(path) {
                try pool.writeWithoutTransaction { database in
                    try database.hurried(self.survivesPowerLoss && !works.contains(where: \.survivesPowerLoss)) {
                        try database.inTransaction(.immediate) {
                            for (place, work) in works.enumerated() {
                                failures[place] = try perform(work, on: database)
                            }
                            return .commit
                        }
                    }
                }
            }
        } catch {
            // Nothing of it is there. What failed by itself keeps its own reason.
            failures = failures.map { $0 ?? error }
        }
        for (work, failure) in zip(works, failures) { work.finish(failure) }
    }

    /// - Returns: why the work failed, if it alone did.
    /// - Throws: where the whole transaction is gone: SQLite undoes all of it for a full disk and the like.
    private func perform(_ work: Work, on database: GRDB.Database) throws -> StorageError? {
        var failure: StorageError?
        do {
            try database.inSavepoint {
                failure = work.run(Connection(database: database, file: path))
                return failure == nil ? .commit : .rollback
            }
        } catch {
            throw failure ?? error
        }
        if !database.isInsideTransaction {
            throw failure ?? StorageError(.statement, "the work ended the transaction", file: path)
        }
        return failure
    }
}

/// Holds what a piece of work returned till its transaction is on disk.
private final class OutcomeBox<Success: Sendable>: Sendable {
    let outcome = Mutex<Result<Success, StorageError>?>(nil)
}

extension GRDB.Database {
    /// Runs transactions that, where `isHurried`, do not wait for the disk.
    func hurried<Output>(_ isHurried: Bool, _ body: () throws -> Output) throws -> Output {
        guard isHurried else { return try body() }
        try execute(sql: "PRAGMA synchronous = NORMAL")
        let outcome = Result { try body() }
        try execute(sql: "PRAGMA synchronous = FULL")
        return try outcome.get()
    }
}
