// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The text of all statements on day files.
enum EventSQL {
    static let migrations = [
        Migration(
            1,
            "blocks of events",
            sqlite: """
                CREATE TABLE block(
                    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
                    count INTEGER NOT NULL, line_bytes INTEGER NOT NULL, content_bytes INTEGER NOT NULL,
                    classes INTEGER NOT NULL, severity INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX block_last ON block(last);
                CREATE INDEX block_first ON block(first);
                CREATE TABLE block_filter(id INTEGER PRIMARY KEY REFERENCES block, filter BLOB NOT NULL) STRICT;
                CREATE TABLE block_data(
                    id INTEGER PRIMARY KEY REFERENCES block, sha256 BLOB NOT NULL, data BLOB NOT NULL
                ) STRICT;
                """
        )
    ]

    static let insertBlock = """
        INSERT INTO block(stream, first, last, count, line_bytes, content_bytes, classes, severity)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    static let insertFilter = "INSERT INTO block_filter VALUES (?, ?)"
    static let insertData = "INSERT INTO block_data VALUES (?, ?, ?)"

    static let range = "SELECT min(first), max(last) FROM block"

    private static let columns = "id, stream, first, last, count, line_bytes, content_bytes, classes, severity"
    private static let condition = "last >= ? AND first <= ? AND severity >= ? AND classes & ? != 0"

    /// Blocks that a query may have hits in, newest first, behind a place.
    static let blocks = """
        SELECT \(columns) FROM block
        WHERE (last, id) < (?, ?) AND \(condition)
        ORDER BY last DESC, id DESC LIMIT 512
        """
    static let total = "SELECT count(*) FROM block WHERE \(condition)"
    static let block = "SELECT \(columns) FROM block WHERE id = ?"
    static let filter = "SELECT filter FROM block_filter WHERE id = ?"
    static let data = """
        SELECT sha256, data, filter FROM block_data JOIN block_filter USING (id) WHERE id = ?
        """
}
