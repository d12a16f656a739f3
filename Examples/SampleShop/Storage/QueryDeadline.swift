// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import GRDB
import GRDBSQLite
import Synchronization

/// Stops a query that runs too long, and bounds the size of its values.
///
/// SQLite asks a progress handler every few thousand steps of its machine whether to go on
/// ([documentation](https://www.sqlite.org/c3ref/progress_handler.html)).
final class QueryDeadline: Sendable {
    private let end = Mutex<ContinuousClock.Instant?>(nil)

    /// Sets the handler and the limit on a new connection; the connection must not outlive the deadline.
    func watch(_ database: Database) {
        sqlite3_limit(database.sqliteConnection, SQLITE_LIMIT_LENGTH, 1 << 20)
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(
            database.sqliteConnection,
            5000,
            { context in
                guard let context else { return 0 }
                return Unmanaged<QueryDeadline>.fromOpaque(context).takeUnretainedValue().hasPassed ? 1 : 0
            },
            context
        )
    }

    /// Runs queries that fail with `SQLITE_INTERRUPT` once the time is up.
    func limit<Result>(to duration: Duration, _ body: () throws -> Result) rethrows -> Result {
        end.withLock { $0 = .now + duration }
        defer { end.withLock { $0 = nil } }
        return try body()
    }

    private var hasPassed: Bool {
        end.withLock { end in
            guard let end else { return false }
            return ContinuousClock.now > end
        }
    }
}
