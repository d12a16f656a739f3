// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import GRDB
internal import GRDBSQLite

extension StorageError {
    /// The error for a result code of SQLite, see https://www.sqlite.org/rescode.html.
    init(sqlite code: Int32, _ message: String, file: String?) {
        self.init(Self.code(forSQLite: code), "\(message) (SQLite \(code))", file: file)
    }

    private static func code(forSQLite code: Int32) -> Code {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .busy
        case SQLITE_FULL, SQLITE_TOOBIG: .diskFull
        case SQLITE_IOERR, SQLITE_NOLFS, SQLITE_NOMEM: .inputOutput
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT: .corrupt
        case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE: .constraint
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readOnly
        case SQLITE_CANTOPEN, SQLITE_NOTFOUND: .notFound
        case SQLITE_INTERRUPT, SQLITE_ABORT: .cancelled
        default: .statement
        }
    }

    /// Runs what throws any error, and throws ours.
    static func mapping<Result>(_ file: String?, _ body: () throws -> Result) throws(StorageError) -> Result {
        do {
            return try body()
        } catch let error as StorageError {
            throw error
        } catch let error as DatabaseError {
            throw StorageError(
                sqlite: error.extendedResultCode.rawValue,
                error.message ?? "no message",
                file: file
            )
        } catch is CancellationError {
            throw StorageError(.cancelled, "cancelled", file: file)
        } catch {
            throw StorageError(.inputOutput, "\(error)", file: file)
        }
    }
}
