// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import Glibc
import Synchronization
import Testing

@testable import Storage

@Suite struct DatabaseTests {
    private static let migrations = [
        Migration(
            1,
            "notes",
            sqlite: "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT UNIQUE, number REAL, bytes BLOB) STRICT"
        )
    ]

    private func open(
        _ folder: TestFolder,
        _ change: (inout Database.Settings) -> Void = { _ in }
    ) throws -> Database {
        var settings = Database.Settings()
        change(&settings)
        return try Database(folder.file("test.sqlite"), settings, migrations: Self.migrations)
    }

    private func texts(_ database: Database) throws -> [String] {
        try database.readNow { connection throws(StorageError) in
            try connection.all("SELECT text FROM note ORDER BY id") { row throws(StorageError) in try row.text(0) }
        }
    }

    private static func insert(_ text: String) -> @Sendable (Connection) throws(StorageError) -> Int {
        { connection throws(StorageError) in
            try connection.execute("INSERT INTO note(text) VALUES (?)", [.text(text)])
        }
    }

    @Test(arguments: [
        "", "plain", "a\u{0}b", "'; DROP TABLE note; --", "\u{202E}txt", "🦆", "line\nline", "=1+1", "\u{1B}[31m",
    ])
    func `gives text back as it was, whatever is in it`(text: String) async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        try await database.write(Self.insert(text))
        #expect(try texts(database) == [text])
        try database.close()
    }

    @Test func `gives numbers, bytes and nothing back as they were`() async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        let rows: [[Value]] = [
            [.integer(.min), .null, .real(-0.5), .blob([])],
            [.integer(.max), .text("x"), .null, .blob([0, 255, 10])],
        ]
        for row in rows {
            try await database.write { connection throws(StorageError) in
                try connection.execute("INSERT INTO note VALUES (?, ?, ?, ?)", row)
            }
        }
        let read = try await database.read { connection throws(StorageError) in
            try connection.all("SELECT * FROM note ORDER BY id") { row throws(StorageError) in
                [try row.value(0), try row.value(1), try row.value(2), try row.value(3)]
            }
        }
        #expect(read == rows)
        try database.close()
    }

    // MARK: Many rows at once

    private static let bulk = "INSERT INTO note(id, text, bytes) SELECT c0, c1, c2 FROM bulk_rows(?)"

    @Test func `writes many rows in one run, whatever is in them`() async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        var random = SystemRandomNumberGenerator()
        let texts =
            ["", "a\u{0}b", "🦆", "'; DROP TABLE note; --"]
            + (0..<500).map { "\($0) " + String(repeating: "x", count: Int.random(in: 0..<300, using: &random)) }
        var rows = BulkRows(columns: 3)
        var others = BulkRows(columns: 3)
        for (place, text) in texts.enumerated() {
            // What is put together from two parts is as what was put in one by one.
            if place < 100 { Self.append(place, text, to: &rows) } else { Self.append(place, text, to: &others) }
        }
        rows.append(contentsOf: others)
        #expect(rows.count == texts.count)
        let written = rows
        try await database.write { connection throws(StorageError) in try connection.insert(Self.bulk, written) }
        let read = try database.readNow { connection throws(StorageError) in
            try connection.all("SELECT id, text, bytes FROM note ORDER BY id") { row throws(StorageError) in
                [try row.value(0), try row.value(1), try row.value(2)]
            }
        }
        #expect(read == texts.enumerated().map { [.integer($0.offset), .text($0.element), .null] })
        try database.close()
    }

    private static func append(_ id: Int, _ text: String, to rows: inout BulkRows) {
        rows.append(id)
        rows.append(text)
        rows.appendNull()
    }

    @Test func `of rows of which one is refused none is written`() async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        var rows = BulkRows(columns: 3)
        for (id, text) in [(1, "one"), (2, "two"), (3, "one")] { Self.append(id, text, to: &rows) }
        let refused = rows
        let error = await #expect(throws: StorageError.self) {
            try await database.write { connection throws(StorageError) in try connection.insert(Self.bulk, refused) }
        }
        #expect(error?.code == .constraint)
        #expect(try texts(database).isEmpty)
        // Rows that lack a value are told, and so are statements that want something else.
        rows.append(4)
        let ragged = rows
        for (sql, rows) in [(Self.bulk, ragged), ("INSERT INTO note(id) VALUES (1)", refused)] {
            let error = await #expect(throws: StorageError.self) {
                try await database.write { connection throws(StorageError) in try connection.insert(sql, rows) }
            }
            #expect(error?.code == .statement)
        }
        #expect(try texts(database).isEmpty)
        try database.close()
    }

    @Test func `no SQL text makes a table of foreign memory`() throws {
        let folder = try TestFolder()
        let database = try open(folder)
        for value in [Value.integer(4096), .text("redoubt-bulk-rows"), .null] {
            let count = try database.readNow { connection throws(StorageError) in
                try connection.first("SELECT count(*) FROM bulk_rows(?)", [value]) { row throws(StorageError) in
                    try row.int(0)
                }
            }
            #expect(count == 0)
        }
        #expect(throws: StorageError.self) {
            try database.readNow { connection throws(StorageError) in
                try connection.first("SELECT count(*) FROM bulk_rows") { row throws(StorageError) in try row.int(0) }
            }
        }
        try database.close()
    }

    @Test func `a hurried transaction is followed by those that survive the loss of power`() throws {
        let folder = try TestFolder()
        let database = try open(folder)
        func synchronous() throws -> Int? {
            try database.writeNow { connection throws(StorageError) in
                try connection.first("PRAGMA synchronous") { row throws(StorageError) in try row.int(0) }
            }
        }
        #expect(try synchronous() == 2)
        try database.writeNow(survivesPowerLoss: false) { connection throws(StorageError) in
            try connection.execute("INSERT INTO note(text) VALUES ('hurried')")
            #expect(try connection.first("PRAGMA synchronous") { row throws(StorageError) in try row.int(0) } == 1)
        }
        #expect(throws: StorageError.self) {
            try database.writeNow(survivesPowerLoss: false) { connection throws(StorageError) in
                try connection.execute("INSERT INTO note(text) VALUES ('hurried')")
            }
        }
        #expect(try synchronous() == 2)
        #expect(try texts(database) == ["hurried"])
        try database.close()
    }

    @Test func `does not guess what a column holds`() async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        try await database.write(Self.insert("x"))
        let error = #expect(throws: StorageError.self) {
            try database.readNow { connection throws(StorageError) in
                try connection.first("SELECT text FROM note") { row throws(StorageError) in try row.integer(0) }
            }
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message == "column 0 (text) is text, not an integer")
        #expect(throws: StorageError.self) {
            try database.readNow { connection throws(StorageError) in
                try connection.first("SELECT text FROM note") { row throws(StorageError) in try row.text(7) }
            }
        }
        #expect(throws: StorageError.self) {
            try database.readNow { connection throws(StorageError) in
                try connection.execute("SELECT text FROM note WHERE id = ?", [])
            }
        }
        try database.close()
    }

    @Test func `a query may run inside the rows of the same query`() async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        for text in ["a", "b", "c"] { try await database.write(Self.insert(text)) }
        let sql = "SELECT text FROM note ORDER BY id"
        let pairs = try database.readNow { connection throws(StorageError) in
            try connection.all(sql) { outer throws(StorageError) in
                let inner = try connection.all(sql) { row throws(StorageError) in try row.text(0) }
                return try outer.text(0) + inner.joined()
            }
        }
        #expect(pairs == ["aabc", "babc", "cabc"])
        try database.close()
    }

    @Test func `readers see one state, and do not wait for the writer`() async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        try await database.write(Self.insert("old"))
        try database.readNow { connection throws(StorageError) in
            let count = { () throws(StorageError) in
                try connection.first("SELECT count(*) FROM note") { row throws(StorageError) in try row.int(0) }
            }
            let before = try count()
            try database.writeNow(Self.insert("new"))
            let after = try count()
            #expect(before == 1 && after == 1)
        }
        #expect(try texts(database) == ["old", "new"])
        #expect(throws: StorageError.self) { try database.readNow(Self.insert("reader")) }
        try database.close()
    }

    @Test func `work that fails undoes itself and no other of its group`() async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        let outcomes = await withTaskGroup(of: (Int, StorageError.Code?).self) { group in
            for number in 0..<200 {
                group.addTask {
                    do throws(StorageError) {
                        try await database.write { connection throws(StorageError) in
                            try connection.execute("INSERT INTO note(text) VALUES (?)", [.text("\(number)")])
                            if number % 3 == 0 { throw StorageError(.notFound, "by itself") }
                            if number % 5 == 0 {
                                try connection.execute("INSERT INTO note(text) VALUES (?)", [.text("\(number)")])
                            }
                        }
                        return (number, nil)
                    } catch {
                        return (number, error.code)
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for number in 0..<200 {
            #expect(outcomes[number] ?? nil == (number % 3 == 0 ? .notFound : number % 5 == 0 ? .constraint : nil))
        }
        #expect(Set(try texts(database)) == Set((0..<200).filter { $0 % 3 != 0 && $0 % 5 != 0 }.map { "\($0)" }))
        try database.close()
    }

    @Test func `a full file fails what it has no room for, and takes the next when there is room`() async throws {
        let folder = try TestFolder()
        let database = try open(folder) { $0.maximumPages = 20 }
        let large = [UInt8](repeating: 7, count: 200_000)
        let error = await #expect(throws: StorageError.self) {
            try await database.write { connection throws(StorageError) in
                try connection.execute("INSERT INTO note(bytes) VALUES (?)", [.blob(large)])
            }
        }
        #expect(error?.code == .diskFull)
        try await database.write(Self.insert("small"))
        #expect(try texts(database) == ["small"])
        try database.close()
    }

    @Test func `a database that is locked for a while is written when it is free`() async throws {
        let folder = try TestFolder()
        let database = try open(folder) { $0.busyTimeout = .seconds(60) }
        let other = try open(folder)
        let holds = DispatchSemaphore(value: 0)
        let isReleased = Mutex(false)
        Thread.detachNewThread {
            try? other.writeNow { _ throws(StorageError) in
                holds.signal()
                usleep(100_000)
                isReleased.withLock { $0 = true }
            }
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                holds.wait()
                continuation.resume()
            }
        }
        try await database.write(Self.insert("late"))
        #expect(isReleased.withLock { $0 })
        #expect(try texts(database) == ["late"])
        try database.close()
        try other.close()
    }

    @Test func `a database that stays locked is an error, not a wait without end`() throws {
        let folder = try TestFolder()
        let database = try open(folder) { $0.busyTimeout = .milliseconds(10) }
        let other = try open(folder)
        try other.writeNow { _ throws(StorageError) in
            let error = #expect(throws: StorageError.self) { try database.writeNow(Self.insert("x")) }
            #expect(error?.code == .busy)
        }
        try database.close()
        try other.close()
    }

    @Test func `what comes after the end is refused`() async throws {
        let folder = try TestFolder()
        let database = try open(folder)
        try database.close()
        let error = await #expect(throws: StorageError.self) { try await database.write(Self.insert("x")) }
        #expect(error?.code == .closed)
    }

    @Test func `a file that is no database is said to be damaged`() throws {
        let folder = try TestFolder()
        try folder.write([UInt8](repeating: 0x55, count: 8192), "test.sqlite")
        let error = #expect(throws: StorageError.self) { try open(folder) }
        #expect(error?.code == .corrupt)
        #expect(error?.file == folder.file("test.sqlite"))
    }

    @Test(arguments: [(0x6969, "NFS"), (0x6573_5546, "FUSE"), (0xFF53_4D42, "CIFS")] as [(UInt, String)])
    func `file systems of several machines are known`(type: UInt, name: String) {
        #expect(FileSystem.remoteName(ofType: type) == name)
    }

    @Test(arguments: [0xEF53, 0x0102_1994, 0x5846_5342, 0x9123_683E, 0x794C_7630, 0] as [UInt])
    func `local file systems are taken`(type: UInt) {
        #expect(FileSystem.remoteName(ofType: type) == nil)
    }

    // MARK: Killed processes

    private static let folderVariable = "REDOUBT_STORAGE_TEST_FOLDER"

    @Test func `loses nothing that was told to be written when it is killed at any moment`() async throws {
        let folder = try TestFolder()
        setenv(Self.folderVariable, folder.path, 1)
        try folder.write([], "promises")
        for _ in 0..<10 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                try await DatabaseTests.writeUntilKilled()
            }
            let database = try open(folder)
            let kept = Set(try texts(database))
            try database.close()
            let promised = String(decoding: try folder.read("promises"), as: UTF8.self).split(separator: "\n")
            for promise in promised where promise.hasSuffix(".") { #expect(kept.contains(String(promise))) }
        }
        #expect(try folder.read("promises").count > 0)
        #expect(try DatabaseCopy.verify(folder.file("test.sqlite")) == 1)
    }

    private static func writeUntilKilled() async throws {
        guard let path = ProcessInfo.processInfo.environment[folderVariable] else { return }
        let database = try Database(path + "/test.sqlite", migrations: migrations)
        let promises = Glibc.open(path + "/promises", O_WRONLY | O_APPEND)
        Thread.detachNewThread {
            usleep(UInt32.random(in: 5_000...80_000))
            kill(getpid(), SIGKILL)
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while true {
                        let text = "\(UUID().uuidString)."
                        guard (try? await database.write(insert(text))) != nil else { return }
                        let line = Array("\(text)\n".utf8)
                        _ = line.withUnsafeBytes { Glibc.write(promises, $0.baseAddress, $0.count) }
                    }
                }
            }
        }
    }

    /// Tests run side by side, so each names its folder by itself.
    private static let limitVariable = "REDOUBT_STORAGE_TEST_LIMIT"

    @Test func `a file that may not grow any more is an error and no damage`() async throws {
        let folder = try TestFolder()
        setenv(Self.limitVariable, folder.path, 1)
        await #expect(processExitsWith: .success) {
            try DatabaseTests.fillUntilRefused()
        }
        #expect(try DatabaseCopy.verify(folder.file("test.sqlite")) == 1)
    }

    private static func fillUntilRefused() throws {
        guard let path = ProcessInfo.processInfo.environment[limitVariable] else { return }
        let database = try Database(path + "/test.sqlite", migrations: migrations)
        var limit = rlimit(rlim_cur: 400_000, rlim_max: 400_000)
        signal(SIGXFSZ, SIG_IGN)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(2) }
        for number in 0..<1000 {
            do throws(StorageError) {
                try database.writeNow { connection throws(StorageError) in
                    try connection.execute(
                        "INSERT INTO note(bytes) VALUES (?)",
                        [.blob([UInt8](repeating: UInt8(number & 255), count: 10_000))]
                    )
                }
            } catch {
                exit(error.code == .diskFull || error.code == .inputOutput ? 0 : 3)
            }
        }
        exit(4)
    }
}
