// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
package import Storage
internal import Synchronization

/// What waits to be delivered, what could not be, and how much Redoubt is used: `outputs.sqlite`.
///
/// A message is on disk before it is sent for the first time, and until its receiver has taken it.
package final class OutputStore: Sendable {
    let database: Database
    private let identifiers = IdentifierSource()

    /// Messages of an output that may wait, and that may be dead letters.
    static let mostWaiting = 20_000
    static let mostDead = 10_000

    /// Opens the database, or makes a new one.
    package init(path: String) throws(StorageError) {
        var settings = Database.Settings()
        // What lies here lies in the events' files too, without secrets.
        settings.overwritesDeleted = false
        settings.readers = 2
        database = try Database(path, settings, migrations: OutputSQL.migrations)
    }

    package func close() throws(StorageError) {
        try database.close()
    }

    func identifier() -> String {
        identifiers.next()
    }

    // MARK: Deliveries

    /// A message that has not been stored yet.
    struct Message: Sendable {
        var uid: String
        var topic: OutputTopic
        var body: [UInt8]
    }

    /// A message that is due.
    struct Delivery: Sendable {
        var id: Int64
        var uid: String
        var body: [UInt8]
        var attempts: Int
    }

    /// Stores messages of an output.
    ///
    /// - Returns: how many had no room, the last ones.
    func add(_ messages: [Message], to output: String, now: Int64) async throws(StorageError) -> Int {
        try await database.write { connection throws(StorageError) in
            let waiting = try Self.count(OutputSQL.waiting, output, connection)
            let kept = messages.prefix(max(0, Self.mostWaiting - waiting))
            for message in kept {
                try connection.execute(
                    OutputSQL.insert,
                    [
                        .text(message.uid), .text(output), .text(message.topic.name), .integer(now),
                        .blob(message.body), .integer(now),
                    ]
                )
            }
            return messages.count - kept.count
        }
    }

    private static func count(_ sql: String, _ output: String, _ connection: Connection) throws(StorageError) -> Int {
        try connection.first(sql, [.text(output)]) { row throws(StorageError) in try row.int(0) } ?? 0
    }

    /// The messages of an output that are due, oldest first.
    func due(_ output: String, now: Int64, limit: Int) async throws(StorageError) -> [Delivery] {
        try await database.read { connection throws(StorageError) in
            try connection.all(OutputSQL.due, [.text(output), .integer(now), .integer(limit)]) {
                row throws(StorageError) in
                Delivery(
                    id: try row.integer(0),
                    uid: try row.text(1),
                    body: try row.blob(2),
                    attempts: try row.int(3)
                )
            }
        }
    }

    /// When the next message of an output is due, and how many wait and are dead.
    func state(_ output: String) async throws(StorageError) -> (next: Int64?, waiting: Int, dead: Int) {
        try await database.read { connection throws(StorageError) in
            let next = try connection.first(OutputSQL.nextDue, [.text(output)]) { row throws(StorageError) in
                try row.integerOrNull(0)
            }
            return (
                next ?? nil, try Self.count(OutputSQL.waiting, output, connection),
                try Self.count(OutputSQL.dead, output, connection)
            )
        }
    }

    /// What became of an attempt.
    enum Result: Sendable {
        case delivered
        /// To be tried again.
        case postponed(due: Int64, status: Int?, error: String)
        case dead(status: Int?, error: String)
    }

    /// Notes what became of attempts.
    ///
    /// - Returns: dead letters that made room.
    func note(_ results: [(Delivery, Result)], of output: String, now: Int64) async throws(StorageError) -> Int {
        guard !results.isEmpty else { return 0 }
        return try await database.write { connection throws(StorageError) in
            for (delivery, result) in results {
                let id = Value.integer(delivery.id)
                let attempts = Value.integer(delivery.attempts + 1)
                switch result {
                case .delivered: try connection.execute(OutputSQL.remove, [id])
                case .postponed(let due, let status, let error):
                    let code = status.map { Value.integer($0) } ?? .null
                    try connection.execute(OutputSQL.postpone, [attempts, .integer(due), code, .text(error), id])
                case .dead(let status, let error):
                    let code = status.map { Value.integer($0) } ?? .null
                    try connection.execute(OutputSQL.bury, [attempts, .integer(now), code, .text(error), id])
                }
            }
            let excess = try Self.count(OutputSQL.dead, output, connection) - Self.mostDead
            guard excess > 0 else { return 0 }
            return try connection.execute(OutputSQL.forgetOldest, [.text(output), .integer(excess)])
        }
    }

    /// Gives up what waits for outputs that are not there.
    ///
    /// - Returns: how many messages.
    func buryOrphans(except names: Set<String>, now: Int64) async throws(StorageError) -> Int {
        try await database.write { connection throws(StorageError) in
            let outputs = try connection.all(OutputSQL.outputsWithWaiting) { row throws(StorageError) in
                try row.text(0)
            }
            var count = 0
            for output in outputs where !names.contains(output) {
                count += try connection.execute(OutputSQL.buryOutput, [.integer(now), .text(output)])
            }
            return count
        }
    }

    /// Makes due what a clock that ran ahead has put off too far.
    func pullForward(_ output: String, now: Int64, longest: Int64) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            try connection.execute(
                OutputSQL.pullForward,
                [.integer(now), .text(output), .integer(now &+ longest)]
            )
        }
    }
}

/// An object of its own: with the lock in the store, Swift 6.3 cannot compile the store's initializer with optimization.
private final class IdentifierSource: Sendable {
    private let generator = Mutex(IdentifierGenerator())

    func next() -> String {
        let random = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        return "\(generator.withLock { $0.next(time: Clocks.now, random: random) })"
    }
}
