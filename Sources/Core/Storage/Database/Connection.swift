// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import GRDB
internal import GRDBSQLite

/// What statements run on, inside one reading or one transaction.
///
/// Statements are compiled once for each connection and kept, so that their text should be constant. Values go in by
/// question marks, never into the text.
///
/// ```swift
/// try database.readNow { connection throws(StorageError) in
///     try connection.all("SELECT id, title FROM detection WHERE entity = ?", [.integer(entity)]) {
///         row throws(StorageError) in (try row.integer(0), try row.text(1))
///     }
/// }
/// ```
package struct Connection {
    let database: GRDB.Database
    let file: String

    /// Runs a statement that answers nothing.
    ///
    /// - Returns: the number of rows that it changed.
    @discardableResult
    package func execute(_ sql: String, _ values: [Value] = []) throws(StorageError) -> Int {
        try forEach(sql, values) { _ throws(StorageError) in true }
        return Int(sqlite3_changes(database.sqliteConnection))
    }

    /// Runs a statement that writes many rows at once: `INSERT INTO ... SELECT c0, c1, ... FROM bulk_rows(?)`.
    ///
    /// - Throws: ``StorageError``; then none of the rows is written.
    package func insert(_ sql: String, _ rows: BulkRows) throws(StorageError) {
        guard !rows.isEmpty else { return }
        guard !rows.isRagged, rows.columns <= BulkTable.mostColumns else {
            throw StorageError(.statement, "rows of \(rows.columns) columns lack values", file: file)
        }
        let statement = try compiled(sql)
        guard let handle = OpaquePointer(UnsafeRawPointer(bitPattern: Int(bitPattern: statement.sqliteStatement))),
            sqlite3_bind_parameter_count(handle) == 1
        else {
            throw StorageError(.statement, "the statement wants more than the rows", file: file)
        }
        let code = rows.cells.withUnsafeBufferPointer { cells in
            rows.bytes.withUnsafeBufferPointer { bytes in
                var source = BulkTable.Source(cells: cells, bytes: bytes, columns: rows.columns)
                return withUnsafeMutablePointer(to: &source) { source in
                    defer {
                        sqlite3_reset(handle)
                        sqlite3_clear_bindings(handle)
                    }
                    let code = BulkTable.bind(source, to: handle)
                    return code == SQLITE_OK ? sqlite3_step(handle) : code
                }
            }
        }
        guard code == SQLITE_DONE else { throw lastError }
    }

    /// Lets the connection keep more pages while the body runs: where each row goes into many indexes, their pages would
    /// otherwise be written and read again and again.
    ///
    /// - Parameter bytes: what it keeps then; nothing changes where that is less than it keeps anyway.
    package func withCache<Output>(bytes: Int, _ body: () throws -> Output) throws -> Output {
        let before = try first("PRAGMA cache_size") { row throws(StorageError) in try row.integer(0) } ?? 0
        // Less than nothing is kibibytes, more than nothing pages.
        guard before < 0, -before < bytes / 1024 else { return try body() }
        try executeScript("PRAGMA cache_size = -\(bytes / 1024)")
        let outcome = Result { try body() }
        try executeScript("PRAGMA cache_size = \(before)")
        return try outcome.get()
    }

    /// Runs statements one after another, as a script; without values, and not kept.
    package func executeScript(_ sql: String) throws(StorageError) {
        try StorageError.mapping(file) { try database.execute(sql: sql) }
    }

    /// Hands each row to the body, till it returns false.
    package func forEach(
        _ sql: String,
        _ values: [Value] = [],
        _ body: (borrowing Row) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let statement = try compiled(sql)
        guard let handle = OpaquePointer(UnsafeRawPointer(bitPattern: Int(bitPattern: statement.sqliteStatement)))
        else {
            throw StorageError(.statement, "the statement is empty", file: file)
        }
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        try bind(values, to: handle)
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW:
                guard try body(Row(handle)) else { return }
            case SQLITE_DONE:
                return
            default:
                throw lastError
            }
        }
    }

    /// All rows, as the body reads them. The statement has to bound how many there are.
    package func all<Element>(
        _ sql: String,
        _ values: [Value] = [],
        _ read: (borrowing Row) throws(StorageError) -> Element
    ) throws(StorageError) -> [Element] {
        var elements: [Element] = []
        try forEach(sql, values) { row throws(StorageError) in
            elements.append(try read(row))
            return true
        }
        return elements
    }

    /// The first row, as the body reads it; nil where there is none.
    package func first<Element>(
        _ sql: String,
        _ values: [Value] = [],
        _ read: (borrowing Row) throws(StorageError) -> Element
    ) throws(StorageError) -> Element? {
        var element: Element?
        try forEach(sql, values) { row throws(StorageError) in
            element = try read(row)
            return false
        }
        return element
    }

    /// The row that the last INSERT made.
    package var lastInsertedRow: Int64 { database.lastInsertedRowID }

    private func compiled(_ sql: String) throws(StorageError) -> GRDB.Statement {
        try StorageError.mapping(file) {
            let statement = try database.cachedStatement(sql: sql)
            // The same statement may be running further up, as in a query inside the rows of another.
            return sqlite3_stmt_busy(statement.sqliteStatement) == 0 ? statement : try database.makeStatement(sql: sql)
        }
    }

    private func bind(_ values: [Value], to statement: OpaquePointer) throws(StorageError) {
        guard values.count == Int(sqlite3_bind_parameter_count(statement)) else {
            let wanted = sqlite3_bind_parameter_count(statement)
            throw StorageError(.statement, "the statement wants \(wanted) values and got \(values.count)", file: file)
        }
        for (index, value) in values.enumerated() {
            guard Self.bind(value, to: statement, at: Int32(index + 1)) == SQLITE_OK else { throw lastError }
        }
    }

    private static func bind(_ value: Value, to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let number): return sqlite3_bind_int64(statement, index, number)
        case .real(let number): return sqlite3_bind_double(statement, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { bytes in
                    // An empty text has no address, which would make it null.
                    guard let start = bytes.baseAddress else { return sqlite3_bind_text(statement, index, "", 0, nil) }
                    return sqlite3_bind_text(statement, index, start, Int32(bytes.count), copied)
                }
            }
        case .blob(let bytes):
            return bytes.withUnsafeBytes { bytes in
                guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
                return sqlite3_bind_blob(statement, index, bytes.baseAddress, Int32(bytes.count), copied)
            }
        }
    }

    /// Tells SQLite to copy what it is given (`SQLITE_TRANSIENT`).
    static var copied: sqlite3_destructor_type? { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private var lastError: StorageError {
        let connection = database.sqliteConnection
        let message = sqlite3_errmsg(connection).map { String(cString: $0) } ?? "no message"
        return StorageError(sqlite: sqlite3_extended_errcode(connection), message, file: file)
    }
}
