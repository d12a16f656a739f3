// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Testing

@testable import Storage

@Suite struct MigrationTests {
    private let first = Migration(1, "first", sqlite: "CREATE TABLE a(x INTEGER) STRICT; INSERT INTO a VALUES (1)")
    private let second = Migration(2, "second", sqlite: "CREATE TABLE b(y INTEGER) STRICT; INSERT INTO b VALUES (2)")

    private func open(_ folder: TestFolder, _ migrations: [Migration]) throws -> Database {
        try Database(folder.file("test.sqlite"), migrations: migrations)
    }

    private func tables(_ database: Database) throws -> [String] {
        try database.readNow { connection throws(StorageError) in
            try connection.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
                row throws(StorageError) in try row.text(0)
            }
        }
    }

    @Test func `steps run once, in order, and a copy is kept from before the second`() throws {
        let folder = try TestFolder()
        try open(folder, [first]).close()
        #expect(!folder.names.contains { $0.contains("before") })
        let database = try open(folder, [first, second])
        #expect(try tables(database) == ["a", "b", "schema_migration"])
        try database.close()
        let again = try open(folder, [first, second])
        let count = try again.readNow { connection throws(StorageError) in
            try connection.first("SELECT count(*) FROM a") { row throws(StorageError) in try row.int(0) }
        }
        #expect(count == 1)
        try again.close()
        #expect(try DatabaseCopy.verify(folder.file("test.sqlite.before-2")) == 1)
        #expect(try DatabaseCopy.verify(folder.file("test.sqlite"), migrations: [first, second]) == 2)
    }

    @Test(arguments: [
        "CREATE TABLE c(z INTEGER) STRICT; INSERT INTO missing VALUES (1)",
        "CREATE TABLE c(z INTEGER) STRICT; DELETE FROM a; COMMIT; INSERT INTO missing VALUES (1)",
        "DELETE FROM a; COMMIT",
    ])
    func `a step that fails leaves what was there, even where it ended the transaction`(text: String) throws {
        let folder = try TestFolder()
        try open(folder, [first]).close()
        let error = #expect(throws: StorageError.self) {
            try open(folder, [first, second, Migration(3, "wrong", sqlite: text)])
        }
        #expect(error?.code == .migration)
        #expect(error?.message.contains("migration 3 (wrong)") == true)
        let database = try open(folder, [first])
        #expect(try tables(database) == ["a", "schema_migration"])
        let rows = try database.readNow { connection throws(StorageError) in
            try connection.all("SELECT x FROM a") { row throws(StorageError) in try row.int(0) }
        }
        #expect(rows == [1])
        try database.close()
    }

    @Test func `a database of a newer program is refused and stays as it is`() throws {
        let folder = try TestFolder()
        try open(folder, [first, second]).close()
        let error = #expect(throws: StorageError.self) { try open(folder, [first]) }
        #expect(error?.code == .newerSchema)
        #expect(error?.message.contains("schema 2 (second)") == true)
        let restored = #expect(throws: StorageError.self) {
            try DatabaseCopy.verify(folder.file("test.sqlite"), migrations: [first])
        }
        #expect(restored?.code == .newerSchema)
        try open(folder, [first, second]).close()
    }

    @Test func `a step that was changed after it had run is refused`() throws {
        let folder = try TestFolder()
        try open(folder, [first]).close()
        let changed = Migration(1, "first", sqlite: first.sqlite + " ")
        let error = #expect(throws: StorageError.self) { try open(folder, [changed]) }
        #expect(error?.code == .migration)
    }

    @Test func `steps that do not count from one are refused`() throws {
        let folder = try TestFolder()
        #expect(throws: StorageError.self) { try open(folder, [second]) }
    }
}

@Suite struct DatabaseCopyTests {
    private let migrations = [
        Migration(
            1,
            "parents",
            sqlite: """
                CREATE TABLE parent(id INTEGER PRIMARY KEY, text TEXT) STRICT;
                CREATE TABLE child(parent INTEGER NOT NULL REFERENCES parent) STRICT;
                """
        )
    ]

    private func filled(_ folder: TestFolder, _ name: String = "test.sqlite", rows: Int = 2000) throws -> Database {
        let database = try Database(folder.file(name), migrations: migrations)
        try database.writeNow { connection throws(StorageError) in
            for number in 0..<rows {
                try connection.execute(
                    "INSERT INTO parent(text) VALUES (?)",
                    [.text("\(number) " + String(repeating: "x", count: 100))]
                )
            }
        }
        return database
    }

    private func count(_ path: String) throws -> Int? {
        let database = try Database(path, migrations: migrations)
        defer { try? database.close() }
        return try database.readNow { connection throws(StorageError) in
            try connection.first("SELECT count(*) FROM parent") { row throws(StorageError) in try row.int(0) }
        }
    }

    @Test func `a copy is whole while its database is written, and can be put back`() async throws {
        let folder = try TestFolder()
        let database = try filled(folder)
        let writing = Task {
            for _ in 0..<50 {
                try await database.write { connection throws(StorageError) in
                    try connection.execute("INSERT INTO parent(text) VALUES ('later')")
                }
            }
        }
        let copy = folder.file("copy.sqlite")
        try DatabaseCopy.write(database, to: copy)
        try await writing.value
        try database.close()
        #expect(folder.names.filter { $0.hasPrefix("copy") } == ["copy.sqlite"])
        let copied = try #require(try count(copy))
        #expect((2000...2050).contains(copied))
        let target = folder.file("test.sqlite")
        #expect(try DatabaseCopy.restore(copy, to: target, migrations: migrations) == 1)
        #expect(try count(target) == copied)
        #expect(try count(target + ".replaced") == 2050)
    }

    @Test func `a damaged copy is named and never put in place`() throws {
        let folder = try TestFolder()
        try filled(folder, "copy.sqlite").close()
        try filled(folder, "test.sqlite", rows: 3).close()
        let sound = try folder.read("copy.sqlite")
        var damaged: [[UInt8]] = [Array(sound.prefix(sound.count / 2)), [], Array("not a database".utf8)]
        var torn = sound
        for place in 4096 * 5..<4096 * 6 { torn[place] = 0 }
        damaged.append(torn)
        for bytes in damaged {
            try folder.write(bytes, "copy.sqlite")
            #expect(throws: StorageError.self) {
                try DatabaseCopy.restore(
                    folder.file("copy.sqlite"),
                    to: folder.file("test.sqlite"),
                    migrations: migrations
                )
            }
            #expect(try count(folder.file("test.sqlite")) == 3)
        }
    }

    @Test func `a copy whose rows refer to nothing is refused`() throws {
        let folder = try TestFolder()
        let path = folder.file("copy.sqlite")
        let database = try Database(path, migrations: migrations)
        // Foreign keys are always checked, so the table learns of them when it is too late.
        try database.writeNow { connection throws(StorageError) in
            try connection.executeScript(
                """
                CREATE TABLE orphan(parent INTEGER);
                INSERT INTO orphan VALUES (7);
                PRAGMA writable_schema = ON;
                UPDATE sqlite_master SET sql = 'CREATE TABLE orphan(parent INTEGER REFERENCES parent)'
                WHERE name = 'orphan';
                """
            )
        }
        try database.close()
        let error = #expect(throws: StorageError.self) { try DatabaseCopy.verify(path) }
        #expect(error?.message == "a row of orphan refers to one that is missing")
    }

    @Test func `a copy that is cancelled leaves nothing behind`() throws {
        let folder = try TestFolder()
        let database = try filled(folder, rows: 20_000)
        let error = #expect(throws: StorageError.self) {
            try DatabaseCopy.write(database, to: folder.file("copy.sqlite")) { done, total in done < total / 2 }
        }
        #expect(error?.code == .cancelled)
        #expect(!folder.names.contains { $0.hasPrefix("copy") })
        try database.close()
    }
}
