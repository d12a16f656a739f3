// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// One SQLite database in WAL mode: one writer, several readers that do not wait for it.
///
/// Work that is written from many tasks is gathered: while one transaction is brought to disk the next gathers, and each
/// piece of work succeeds or fails by itself inside of it. See https://www.sqlite.org/wal.html.
///
/// ```swift
/// let database = try Database(path, migrations: migrations)
/// try await database.write { connection throws(StorageError) in
///     try connection.execute("INSERT INTO note(text) VALUES (?)", [.text(text)])
/// }
/// ```
package final class Database: Sendable {
    /// How a database behaves.
    package struct Settings: Sendable {
        /// Connections that read at the same time.
        package var readers = 4
        /// How long a connection waits for another process, or for a checkpoint.
        package var busyTimeout: Duration = .seconds(5)
        /// Whether what was written survives the loss of power, or only the end of the process.
        package var survivesPowerLoss = true
        /// Whether deleted content is overwritten with zeros.
        package var overwritesDeleted = true
        /// The bytes of a page of a new database: a power of two from 512 to 65,536.
        package var pageBytes = 4096
        /// Pages in the log at which a writer moves them into the database by itself.
        package var checkpointPages = 1000
        /// The bytes to which the log is cut after a checkpoint.
        package var logBytes = 64 << 20
        /// The bytes of pages that each connection keeps.
        package var cacheBytes = 2 << 20
        /// Pieces of work that may wait for the writer.
        package var maximumWaiting = 10_000
        /// Bounds the size of the file, for tests and quotas; nil for any.
        package var maximumPages: Int?
        /// Whether to open the database even where the file system cannot share memory between processes.
        package var allowsNetworkFileSystem = false
        /// Tests that SQL text can call.
        package var predicates: [SQLPredicate] = []

        package init() {}
    }

    package let path: String
    let pool: DatabasePool
    private let survivesPowerLoss: Bool
    private let queue: WriteQueue

    /// Opens a database, or makes a new one, and brings it to the newest schema.
    ///
    /// - Throws: ``StorageError``: ``StorageError/Code/networkFileSystem``, ``StorageError/Code/newerSchema``,
    ///   ``StorageError/Code/migration``, ``StorageError/Code/corrupt`` where the file is no database.
    package init(
        _ path: String,
        _ settings: Settings = Settings(),
        migrations: [Migration] = []
    ) throws(StorageError) {
        self.path = path
        survivesPowerLoss = settings.survivesPowerLoss
        if !settings.allowsNetworkFileSystem { try FileSystem.requireLocal(path) }
        pool = try StorageError.mapping(path) {
            let pool = try DatabasePool(path: path, configuration: Self.configuration(settings))
            try pool.writeWithoutTransaction { database in
                // WAL mode sets this to NORMAL, so it comes last.
                try database.execute(sql: "PRAGMA synchronous = \(settings.survivesPowerLoss ? "FULL" : "NORMAL")")
                if let maximum = settings.maximumPages {
                    try database.execute(sql: "PRAGMA max_page_count = \(maximum)")
                }
            }
            return pool
        }
        try Migrator(migrations, path).run(on: pool)
        queue = WriteQueue(
            pool,
            path,
            maximumWaiting: settings.maximumWaiting,
            survivesPowerLoss: settings.survivesPowerLoss
        )
    }

    deinit {
        queue.close()
    }

    private static func configuration(_ settings: Settings) -> Configuration {
        var configuration = Configuration()
        configuration.maximumReaderCount = max(1, settings.readers)
        configuration.busyMode = .timeout(settings.busyTimeout / .seconds(1))
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA page_size = \(settings.pageBytes);
                    PRAGMA cache_size = -\(max(1, settings.cacheBytes / 1024));
                    PRAGMA wal_autocheckpoint = \(settings.checkpointPages);
                    PRAGMA journal_size_limit = \(settings.logBytes);
                    PRAGMA secure_delete = \(settings.overwritesDeleted ? "ON" : "OFF");
                    PRAGMA temp_store = MEMORY;
                    PRAGMA trusted_schema = OFF;
                    """
            )
            let code = BulkTable.register(database.sqliteConnection)
            guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
            for predicate in settings.predicates { database.add(function: predicate.function) }
        }
        return configuration
    }

    // MARK: Reading

    /// Reads one state of the database on the calling thread; later writes are not seen.
    package func readNow<Output>(_ body: (Connection) throws(StorageError) -> Output) throws(StorageError) -> Output {
        try StorageError.mapping(path) {
            try pool.read { try body(Connection(database: $0, file: path)) }
        }
    }

    /// Reads one state of the database on a thread for that; later writes are not seen.
    package func read<Output: Sendable>(
        _ body: @escaping @Sendable (Connection) throws(StorageError) -> Output
    ) async throws(StorageError) -> Output {
        let path = path
        let result = await withCheckedContinuation { continuation in
            pool.asyncRead { access in
                continuation.resume(returning: Self.answer(access, path, body))
            }
        }
        return try result.get()
    }

    private static func answer<Output>(
        _ access: Result<GRDB.Database, any Error>,
        _ path: String,
        _ body: (Connection) throws(StorageError) -> Output
    ) -> Result<Output, StorageError> {
        do throws(StorageError) {
            let database = try StorageError.mapping(path) { try access.get() }
            return .success(try body(Connection(database: database, file: path)))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Writing

    /// Writes in a transaction together with what others write meanwhile; returns when it is on disk.
    ///
    /// - Parameter survivesPowerLoss: false where it is enough that it survives the end of the process, and the loss of
    ///   power once a later transaction does.
    /// - Throws: what the body throws, and only its own work is undone; or why the transaction failed.
    @discardableResult
    package func write<Output: Sendable>(
        survivesPowerLoss: Bool = true,
        _ body: @escaping @Sendable (Connection) throws(StorageError) -> Output
    ) async throws(StorageError) -> Output {
        try await withCheckedContinuation { continuation in
            queue.enqueue(survivesPowerLoss: survivesPowerLoss, body) { continuation.resume(returning: $0) }
        }
        .get()
    }

    /// Writes in a transaction of its own, on the calling thread.
    ///
    /// - Parameter survivesPowerLoss: false where it is enough that it survives the end of the process, and the loss of
    ///   power once a later transaction does; then nothing waits for the disk.
    @discardableResult
    package func writeNow<Output>(
        survivesPowerLoss: Bool = true,
        _ body: (Connection) throws(StorageError) -> Output
    ) throws(StorageError) -> Output {
        try StorageError.mapping(path) {
            try pool.writeWithoutTransaction { database in
                try database.hurried(self.survivesPowerLoss && !survivesPowerLoss) { try transact(database, body) }
            }
        }
    }

    private func transact<Output>(
        _ database: GRDB.Database,
        _ body: (Connection) throws(StorageError) -> Output
    ) throws -> Output {
        var result: Output?
        try database.inTransaction(.immediate) {
            result = try body(Connection(database: database, file: path))
            return .commit
        }
        guard let result else { throw StorageError(.statement, "the transaction did not run", file: path) }
        return result
    }

    // MARK: Care

    /// How far the log is moved into the database.
    package enum Checkpoint: Sendable {
        /// As far as it goes without waiting for anyone.
        case passive
        /// All of it, waiting for readers, so that the log begins anew.
        case restart
        /// All of it, and cuts the log's file to nothing.
        case truncate
    }

    /// Moves what the log holds into the database.
    ///
    /// - Returns: pages in the log, and how many of them are in the database now.
    @discardableResult
    package func checkpoint(_ kind: Checkpoint) throws(StorageError) -> (pages: Int, done: Int) {
        try StorageError.mapping(path) {
            try pool.writeWithoutTransaction { database in
                let mode: GRDB.Database.CheckpointMode =
                    switch kind {
                    case .passive: .passive
                    case .restart: .restart
                    case .truncate: .truncate
                    }
                let result = try database.checkpoint(mode)
                return (result.walFrameCount, result.checkpointedFrameCount)
            }
        }
    }

    /// The bytes of the database, and of its log.
    package var fileSizes: (database: Int, log: Int) {
        (FileSystem.size(path) ?? 0, FileSystem.size(path + "-wal") ?? 0)
    }

    /// Writes what waits and lets go of the file. What comes later is refused.
    package func close() throws(StorageError) {
        queue.close()
        queue.waitForEnd()
        // The pool closes its readers last, which may not empty the log. Where others still read, they do it later.
        do throws(StorageError) {
            try checkpoint(.truncate)
        } catch {
            guard error.code == .busy || error.code == .readOnly else { throw error }
        }
        try StorageError.mapping(path) { try pool.close() }
    }
}
