// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The secret of a database, 128 bits, under which its store hashes what comes from outside.
///
/// It is made with the database and kept in it, in a table of one row: what is hashed under it stands in the database,
/// too, and means nothing elsewhere.
package struct InstanceKey: Sendable, Hashable {
    /// The first eight bytes and the last, the lowest first.
    package let low: UInt64
    package let high: UInt64

    /// The key as bytes.
    package var bytes: [UInt8] {
        [low, high].flatMap { half in withUnsafeBytes(of: half.littleEndian) { Array($0) } }
    }

    /// Part of the first migration of a database that has a key.
    package static let schema = "CREATE TABLE instance(id INTEGER PRIMARY KEY CHECK(id = 1), key BLOB NOT NULL) STRICT;"

    private static let select = "SELECT key FROM instance WHERE id = 1"
    private static let insert = "INSERT INTO instance(id, key) VALUES (1, ?) ON CONFLICT(id) DO NOTHING"
    private static let count = 16

    /// The key of a database, which is made where there is none.
    ///
    /// - Throws: ``StorageError/Code/corrupt`` where what is kept is no key.
    package static func of(_ database: Database) throws(StorageError) -> InstanceKey {
        if let key = try database.readNow(read) { return key }
        return try database.writeNow { connection throws(StorageError) in
            var random = SystemRandomNumberGenerator()
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            // Another process may have been first.
            try connection.execute(insert, [.blob(bytes)])
            guard let key = try read(connection) else {
                throw StorageError(.corrupt, "the key cannot be read back", file: database.path)
            }
            return key
        }
    }

    private static func read(_ connection: Connection) throws(StorageError) -> InstanceKey? {
        try connection.first(select) { row throws(StorageError) in
            let bytes = try row.blob(0)
            guard bytes.count == count else {
                throw StorageError(.corrupt, "the key has \(bytes.count) bytes, not \(count)")
            }
            return bytes.withUnsafeBytes {
                InstanceKey(
                    low: UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)),
                    high: UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
        }
    }
}
