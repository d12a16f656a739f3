// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import Storage

/// A message that its receiver did not take.
package struct DeadLetter: Sendable, Hashable {
    /// Its place in lists.
    package var number: Int64
    /// What the receiver knows it by, `webhook-id`.
    package var uid: String
    package var output: String
    package var topic: String
    /// When it was made, and given up, in nanoseconds since 1970.
    package var made: Int64
    package var ended: Int64
    package var attempts: Int
    /// What the receiver answered last; nil for nothing.
    package var status: Int?
    package var error: String
    package var bytes: Int
}

/// Which dead letters are meant.
package enum DeadLetterChoice: Sendable, Hashable {
    case one(uid: String)
    case output(String)
    case all
}

extension OutputStore {
    /// Dead letters, newest first.
    ///
    /// - Parameter place: the number of the last one of the page before.
    package func deadLetters(
        of output: String? = nil,
        before place: Int64? = nil,
        limit: Int
    ) async throws(StorageError) -> [DeadLetter] {
        let sql = output == nil ? OutputSQL.letters : OutputSQL.lettersOfOutput
        let values: [Value] =
            (output.map { [.text($0)] } ?? []) + [
                .integer(place ?? .max), .integer(min(max(1, limit), 500)),
            ]
        return try await database.read { connection throws(StorageError) in
            try connection.all(sql, values) { row throws(StorageError) in
                DeadLetter(
                    number: try row.integer(0),
                    uid: try row.text(1),
                    output: try row.text(2),
                    topic: try row.text(3),
                    made: try row.integer(4),
                    ended: try row.integerOrNull(6) ?? 0,
                    attempts: try row.int(5),
                    status: try row.integerOrNull(7).map { Int(clamping: $0) },
                    error: try row.textOrNull(8) ?? "",
                    bytes: try row.int(9)
                )
            }
        }
    }

    /// How many dead letters each output has.
    package func deadCounts() async throws(StorageError) -> [String: Int] {
        let counts = try await database.read { connection throws(StorageError) in
            try connection.all(OutputSQL.deadOfEach) { row throws(StorageError) in
                (name: try row.text(0), count: try row.int(1))
            }
        }
        return Dictionary(counts.map { ($0.name, $0.count) }, uniquingKeysWith: +)
    }

    /// Lets messages be sent again, with all their attempts.
    ///
    /// - Returns: how many.
    package func revive(_ choice: DeadLetterChoice, now: Int64) async throws(StorageError) -> Int {
        try await database.write { connection throws(StorageError) in
            switch choice {
            case .one(let uid): try connection.execute(OutputSQL.revive, [.integer(now), .text(uid)])
            case .output(let name): try connection.execute(OutputSQL.reviveOutput, [.integer(now), .text(name)])
            case .all: try connection.execute(OutputSQL.reviveAll, [.integer(now)])
            }
        }
    }

    /// Removes messages for good.
    ///
    /// - Returns: how many.
    package func drop(_ choice: DeadLetterChoice) async throws(StorageError) -> Int {
        try await database.write { connection throws(StorageError) in
            switch choice {
            case .one(let uid): try connection.execute(OutputSQL.drop, [.text(uid)])
            case .output(let name): try connection.execute(OutputSQL.dropOutput, [.text(name)])
            case .all: try connection.execute(OutputSQL.dropAll)
            }
        }
    }
}
