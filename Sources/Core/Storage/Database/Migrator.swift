// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Foundation
internal import GRDB

/// Brings a database to the newest schema.
///
/// Before an existing database is changed a copy of it is put beside it, `<name>.before-<number>`. All steps run in one
/// transaction; if one fails, the database gets the copy's content back, also where a step ended the transaction.
struct Migrator {
    private let migrations: [Migration]
    private let path: String

    init(_ migrations: [Migration], _ path: String) {
        self.migrations = migrations
        self.path = path
    }

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migration(
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL, applied TEXT NOT NULL
        ) STRICT
        """

    func run(on pool: DatabasePool) throws(StorageError) {
        guard !migrations.isEmpty else { return }
        guard migrations.enumerated().allSatisfy({ $0.element.number == $0.offset + 1 }) else {
            throw StorageError(.migration, "the program's migrations do not count from 1 without gaps", file: path)
        }
        let applied = try check(pool)
        let pending = Array(migrations.dropFirst(applied))
        guard !pending.isEmpty else { return }
        let snapshot = applied == 0 ? nil : try makeSnapshot(of: pool, before: pending)
        do throws(StorageError) {
            try apply(pending, on: pool)
        } catch {
            if let snapshot { try restore(snapshot, on: pool, because: error) }
            throw error
        }
    }

    /// The number of the newest step that a database has had.
    ///
    /// - Throws: ``StorageError/Code/newerSchema``, or ``StorageError/Code/migration`` where a step was another one.
    func check(_ reader: any DatabaseReader) throws(StorageError) -> Int {
        let steps = try StorageError.mapping(path) {
            try reader.read { try Self.appliedSteps(Connection(database: $0, file: path)) }
        }
        if let newest = steps.last, newest.number > migrations.count {
            throw StorageError(
                .newerSchema,
                "has schema \(newest.number) (\(newest.name)), this program knows \(migrations.count); use a newer program",
                file: path
            )
        }
        for (step, migration) in zip(steps, migrations) {
            guard step.number == migration.number, step.hash == Self.hash(of: migration) else {
                throw StorageError(
                    .migration,
                    "was made by another step \(step.number) (\(step.name)) than this program has",
                    file: path
                )
            }
        }
        return steps.count
    }

    private static func appliedSteps(
        _ connection: Connection
    ) throws(StorageError) -> [(number: Int, name: String, hash: [UInt8])] {
        let isKnown = try connection.first("SELECT 1 FROM sqlite_master WHERE name = 'schema_migration'") {
            row throws(StorageError) in true
        }
        guard isKnown == true else { return [] }
        return try connection.all("SELECT number, name, sha256 FROM schema_migration ORDER BY number") {
            row throws(StorageError) in (try row.int(0), try row.text(1), try row.blob(2))
        }
    }

    private static func hash(of migration: Migration) -> [UInt8] {
        Array(SHA256.hash(data: Array(migration.sqlite.utf8)))
    }

    private func apply(_ pending: [Migration], on pool: DatabasePool) throws(StorageError) {
        do {
            try pool.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    try database.execute(sql: Self.table)
                    for migration in pending { try apply(migration, on: database) }
                    return .commit
                }
            }
        } catch let error as StorageError {
            throw error
        } catch {
            throw StorageError(.migration, "a migration failed: \(error)", file: path)
        }
    }

    private func apply(_ migration: Migration, on database: GRDB.Database) throws {
        do {
            try database.execute(sql: migration.sqlite)
            guard database.isInsideTransaction else {
                throw StorageError(.migration, "it ended the transaction", file: path)
            }
            let connection = Connection(database: database, file: path)
            try connection.execute(
                "INSERT INTO schema_migration VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ'))",
                [.integer(migration.number), .text(migration.name), .blob(Self.hash(of: migration))]
            )
            try database.execute(sql: "PRAGMA user_version = \(migration.number)")
        } catch {
            throw StorageError(
                .migration,
                "migration \(migration.number) (\(migration.name)) failed: \(error)",
                file: path
            )
        }
    }

    // MARK: The snapshot

    private func makeSnapshot(of pool: DatabasePool, before pending: [Migration]) throws(StorageError) -> String {
        let snapshot = "\(path).before-\(pending.first?.number ?? 0)"
        try DatabaseCopy.write(pool, to: snapshot)
        return snapshot
    }

    private func restore(
        _ snapshot: String,
        on pool: DatabasePool,
        because failure: StorageError
    ) throws(StorageError) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            // One transaction: whoever opens the database finds either all of it or none.
            try DatabaseQueue(path: snapshot, configuration: configuration).backup(to: pool)
        } catch {
            throw StorageError(
                .migration,
                "\(failure.message); and the database could not be restored from \(snapshot): \(error)",
                file: path
            )
        }
    }
}
