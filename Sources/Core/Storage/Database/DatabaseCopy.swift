// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import GRDB

/// Copies of databases: how they are made, checked, and put in place.
package enum DatabaseCopy {
    /// Writes a copy of a database that is in use; its writers go on meanwhile.
    ///
    /// The copy has its name only when it is whole, checked and on disk. See https://www.sqlite.org/backup.html.
    ///
    /// - Parameter progress: pages done, of how many; false ends the copy with ``StorageError/Code/cancelled``.
    package static func write(
        _ database: Database,
        to path: String,
        progress: (Int, Int) -> Bool = { _, _ in true }
    ) throws(StorageError) {
        try write(database.pool, to: path, progress: progress)
    }

    /// Writes a copy of a database that another process may be using.
    static func write(
        databaseAt source: String,
        to path: String,
        progress: (Int, Int) -> Bool
    ) throws(StorageError) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let queue = try StorageError.mapping(source) { try DatabaseQueue(path: source, configuration: configuration) }
        try write(queue, to: path, progress: progress)
    }

    static func write(
        _ source: any DatabaseReader,
        to path: String,
        progress: (Int, Int) -> Bool = { _, _ in true }
    ) throws(StorageError) {
        let unfinished = path + ".unfinished"
        try removeFiles(of: unfinished)
        do throws(StorageError) {
            try StorageError.mapping(path) {
                let target = try DatabaseQueue(path: unfinished)
                try withoutActuallyEscaping(progress) { progress in
                    try target.writeWithoutTransaction { copy in
                        try source.read { database in
                            // The state of the database is chosen by reading; without, each step would choose anew, and
                            // begin again where another process has written meanwhile.
                            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")
                            try database.backup(to: copy, pagesPerStep: 256) { state in
                                guard progress(state.completedPageCount, state.totalPageCount) else {
                                    throw StorageError(.cancelled, "the copy was cancelled", file: path)
                                }
                            }
                        }
                    }
                }
                // The copy is one file, which needs no log beside it till it is opened for writing.
                try target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
                try target.close()
            }
            _ = try verify(unfinished)
            try FileSystem.synchronize(unfinished)
            try FileSystem.rename(unfinished, to: path)
            try FileSystem.synchronize(FileSystem.folder(of: path))
        } catch {
            try removeFiles(of: unfinished)
            throw error
        }
    }

    /// Reads a copy from end to end: each page, each index, each foreign key.
    ///
    /// - Parameter migrations: what the program knows; a newer schema is refused.
    /// - Returns: the number of its schema.
    /// - Throws: ``StorageError/Code/corrupt`` with what is wrong, ``StorageError/Code/newerSchema``,
    ///   ``StorageError/Code/notFound``.
    package static func verify(_ path: String, migrations: [Migration]? = nil) throws(StorageError) -> Int {
        guard FileSystem.exists(path) else { throw StorageError(.notFound, "there is no such file", file: path) }
        // SQLite takes an empty file for an empty database.
        guard FileSystem.size(path) != 0 else { throw StorageError(.corrupt, "the file is empty", file: path) }
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try StorageError.mapping(path) { try DatabaseQueue(path: path, configuration: configuration) }
        let version = try StorageError.mapping(path) {
            try queue.read { try check(Connection(database: $0, file: path)) }
        }
        if let migrations { _ = try Migrator(migrations, path).check(queue) }
        return version
    }

    private static func check(_ connection: Connection) throws(StorageError) -> Int {
        let faults = try connection.all("PRAGMA integrity_check(5)") { row throws(StorageError) in try row.text(0) }
        guard faults == ["ok"] else {
            throw StorageError(.corrupt, faults.joined(separator: "; "), file: connection.file)
        }
        let orphan = try connection.first("PRAGMA foreign_key_check") { row throws(StorageError) in try row.text(0) }
        if let orphan {
            throw StorageError(.corrupt, "a row of \(orphan) refers to one that is missing", file: connection.file)
        }
        return try connection.first("PRAGMA user_version") { row throws(StorageError) in try row.int(0) } ?? 0
    }

    /// Puts a checked copy in the place of a database that nobody has open.
    ///
    /// The database is replaced as a whole, or not at all; what it was stays beside it as `<name>.replaced`.
    ///
    /// - Returns: the number of its schema.
    @discardableResult
    package static func restore(
        _ copy: String,
        to path: String,
        migrations: [Migration]? = nil
    ) throws(StorageError) -> Int {
        let version = try verify(copy, migrations: migrations)
        let new = path + ".restoring"
        try removeFiles(of: new)
        do throws(StorageError) {
            var configuration = Configuration()
            configuration.readonly = true
            // Through the database rather than as a file, as a log may lie beside it.
            let source = try StorageError.mapping(copy) { try DatabaseQueue(path: copy, configuration: configuration) }
            try write(source, to: new)
            if FileSystem.exists(path) { try setAside(path) }
            try FileSystem.rename(new, to: path)
            try FileSystem.synchronize(FileSystem.folder(of: path))
        } catch {
            try removeFiles(of: new)
            throw error
        }
        return version
    }

    /// Keeps a database as `<name>.replaced`, with all that its log holds.
    private static func setAside(_ path: String) throws(StorageError) {
        let old = path + ".replaced"
        try removeFiles(of: old)
        // A log belongs to its database by name, so that both go together, the log first: the new database must not
        // find it.
        for suffix in ["-wal", "-shm"] where FileSystem.exists(path + suffix) {
            try FileSystem.rename(path + suffix, to: old + suffix)
        }
        try FileSystem.rename(path, to: old)
    }

    static func removeFiles(of path: String) throws(StorageError) {
        for suffix in ["", "-wal", "-shm", "-journal"] { try FileSystem.remove(path + suffix) }
    }
}
