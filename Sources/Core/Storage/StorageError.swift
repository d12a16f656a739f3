// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Why something could not be stored or read.
package struct StorageError: Error, Equatable, CustomStringConvertible {
    /// What kind of failure it is; bounded, for metrics.
    package enum Code: String, Sendable, CaseIterable {
        /// Another connection held the database for longer than is waited.
        case busy
        /// There is no room on the disk, or the file may not grow.
        case diskFull
        /// The system refused to read or write.
        case inputOutput
        /// What is stored is not what was written, or no database.
        case corrupt
        /// A value that the schema refuses.
        case constraint
        /// The file or folder may not be written.
        case readOnly
        /// There is no such file or row.
        case notFound
        /// Another process has the folder.
        case inUse
        /// A newer program has written the database.
        case newerSchema
        /// A migration that was applied is not the one that the program has, or one failed.
        case migration
        /// A file system on which several connections can not share a database.
        case networkFileSystem
        /// A cursor that this store did not give out for this query.
        case badCursor
        /// A query that cannot be answered as it is.
        case badQuery
        /// More waits than may wait.
        case overloaded
        /// The store has been closed.
        case closed
        /// The work was cancelled.
        case cancelled
        /// A statement that is wrong.
        case statement
    }

    package var code: Code
    package var message: String
    /// The file that it is about.
    package var file: String?

    package init(_ code: Code, _ message: String, file: String? = nil) {
        self.code = code
        self.message = message
        self.file = file
    }

    package var description: String { file.map { "\($0): \(message)" } ?? message }
}
