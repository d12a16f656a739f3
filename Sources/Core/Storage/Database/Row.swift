// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import GRDBSQLite

/// One row of an answer, while it is read.
///
/// Reading a column as something that it is not is an error, never a guess: a file may have been changed by others.
package struct Row: ~Copyable {
    private let statement: OpaquePointer
    package let columnCount: Int

    init(_ statement: OpaquePointer) {
        self.statement = statement
        columnCount = Int(sqlite3_column_count(statement))
    }

    package func isNull(_ column: Int) -> Bool { type(of: column) == SQLITE_NULL }

    package func integer(_ column: Int) throws(StorageError) -> Int64 {
        try expect(SQLITE_INTEGER, column)
        return sqlite3_column_int64(statement, Int32(column))
    }

    package func integerOrNull(_ column: Int) throws(StorageError) -> Int64? {
        isNull(column) ? nil : try integer(column)
    }

    /// A number as an `Int`.
    package func int(_ column: Int) throws(StorageError) -> Int { Int(try integer(column)) }

    package func real(_ column: Int) throws(StorageError) -> Double {
        if type(of: column) != SQLITE_INTEGER { try expect(SQLITE_FLOAT, column) }
        return sqlite3_column_double(statement, Int32(column))
    }

    /// A text; what is not UTF-8 in it is replaced.
    package func text(_ column: Int) throws(StorageError) -> String {
        try expect(SQLITE_TEXT, column)
        guard let start = sqlite3_column_text(statement, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    package func textOrNull(_ column: Int) throws(StorageError) -> String? {
        isNull(column) ? nil : try text(column)
    }

    package func blob(_ column: Int) throws(StorageError) -> [UInt8] {
        try withBlob(column) { bytes throws(StorageError) in Array(bytes) }
    }

    /// Reads a blob where it lies; the bytes are gone when the body ends.
    package func withBlob<Result>(
        _ column: Int,
        _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try expect(SQLITE_BLOB, column)
        // The pointer first: asking for the number of bytes would otherwise convert.
        let start = sqlite3_column_blob(statement, Int32(column))
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    /// Whatever a column holds.
    package func value(_ column: Int) throws(StorageError) -> Value {
        switch type(of: column) {
        case SQLITE_INTEGER: .integer(try integer(column))
        case SQLITE_FLOAT: .real(try real(column))
        case SQLITE_TEXT: .text(try text(column))
        case SQLITE_BLOB: .blob(try blob(column))
        default: .null
        }
    }

    private func type(of column: Int) -> Int32 {
        guard column >= 0, column < columnCount else { return SQLITE_NULL }
        return sqlite3_column_type(statement, Int32(column))
    }

    private func expect(_ wanted: Int32, _ column: Int) throws(StorageError) {
        let found = type(of: column)
        guard found != wanted else { return }
        let name =
            column < columnCount ? sqlite3_column_name(statement, Int32(column)).map { String(cString: $0) } : nil
        throw StorageError(
            .corrupt,
            "column \(column) (\(name ?? "which there is not")) is \(Self.name(of: found)), not \(Self.name(of: wanted))"
        )
    }

    private static func name(of type: Int32) -> String {
        switch type {
        case SQLITE_INTEGER: "an integer"
        case SQLITE_FLOAT: "a real number"
        case SQLITE_TEXT: "text"
        case SQLITE_BLOB: "a blob"
        default: "null"
        }
    }
}
