// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Everything that the detection of SQL injection looks up, built at first use.
struct SQLTables: Sendable {
    let bytes = SQLByteTable()
    let keywords = SQLKeywords()
    let fingerprints = SQLFingerprintSet()

    /// The one copy, which is never freed.
    nonisolated(unsafe) static let shared: UnsafePointer<SQLTables> = {
        let tables = UnsafeMutablePointer<SQLTables>.allocate(capacity: 1)
        tables.initialize(to: SQLTables())
        return UnsafePointer(tables)
    }()
}
