// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Storage

@Suite struct InstanceKeyTests {
    private static let migrations = [
        Migration(1, "a key", sqlite: "\(InstanceKey.schema) CREATE TABLE pair(a INTEGER, b INTEGER) STRICT;")
    ]

    @Test func `a database keeps its key, and another one has another`() throws {
        let folder = try TestFolder()
        let first = try Database(folder.file("first.sqlite"), migrations: Self.migrations)
        let key = try InstanceKey.of(first)
        #expect(try InstanceKey.of(first) == key)
        try first.close()
        let again = try Database(folder.file("first.sqlite"), migrations: Self.migrations)
        #expect(try InstanceKey.of(again) == key)
        let other = try Database(folder.file("other.sqlite"), migrations: Self.migrations)
        #expect(try InstanceKey.of(other) != key)
        #expect(key.bytes.count == 16 && Set(key.bytes).count > 1)
        try again.close()
        try other.close()
    }

    @Test func `a key of another length is told as damage`() throws {
        let folder = try TestFolder()
        let database = try Database(folder.file("test.sqlite"), migrations: Self.migrations)
        try database.writeNow { connection throws(StorageError) in
            try connection.execute("INSERT INTO instance(id, key) VALUES (1, ?)", [.blob([1, 2, 3])])
        }
        #expect(throws: StorageError.self) { try InstanceKey.of(database) }
        try database.close()
    }

    @Test func `integers of some columns are replaced, and nothing else`() throws {
        var rows = BulkRows(columns: 4)
        for number in 0..<3 {
            rows.append(number)
            rows.append(number)
            rows.append("\(number)")
            if number == 1 { rows.appendNull() } else { rows.append(number) }
        }
        try rows.replaceIntegers(in: 1..<9) { number throws(StorageError) in number + 100 }
        #expect(rows.cells.map(\.number) == [0, 100, 0, 100, 1, 101, 1, 0, 2, 102, 2, 102])
        #expect(rows.cells[7].kind == .null && rows.cells[6].kind == .text)
    }

    @Test func `a larger cache ends with the body, whether it fails or not`() throws {
        let folder = try TestFolder()
        let database = try Database(folder.file("test.sqlite"), migrations: Self.migrations)
        func size(_ connection: Connection) throws(StorageError) -> Int64? {
            try connection.first("PRAGMA cache_size") { row throws(StorageError) in try row.integer(0) }
        }
        let sizes = try database.writeNow { connection throws(StorageError) -> [Int64?] in
            var sizes = [try size(connection)]
            var hasFailed = false
            do {
                sizes.append(try connection.withCache(bytes: 64 << 20) { try size(connection) })
                try connection.withCache(bytes: 64 << 20) { () throws -> Void in throw StorageError(.cancelled, "no") }
            } catch {
                hasFailed = true
            }
            sizes.append(try size(connection))
            return sizes + [hasFailed ? 1 : 0]
        }
        #expect(sizes[1] == -65_536 && sizes[0] != sizes[1] && sizes[2] == sizes[0] && sizes[3] == 1)
        try database.close()
    }
}
