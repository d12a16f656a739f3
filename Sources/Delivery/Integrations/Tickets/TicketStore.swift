// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import Storage

/// Which tickets belong to which findings, and what happened to them: `tickets.sqlite` of the data folder.
package final class TicketStore: Sendable {
    private let database: Database

    /// Opens the database, or makes a new one.
    package init(path: String) throws(StorageError) {
        var settings = Database.Settings()
        settings.overwritesDeleted = false
        settings.readers = 1
        database = try Database(path, settings, migrations: TicketSQL.migrations)
    }

    package func close() throws(StorageError) {
        try database.close()
    }

    // MARK: Links

    /// Notes that a ticket is about to be made, before it is: should nobody learn what came of it, that is known at least.
    ///
    /// - Returns: nil where its subject has a ticket in that system already.
    func begin(
        system: String,
        subject: String,
        project: String,
        findings: [String],
        now: Int
    ) throws(StorageError) -> TicketLink? {
        try database.writeNow { connection throws(StorageError) in
            guard try Self.link(system: system, subject: subject, connection) == nil else { return nil }
            try connection.execute(TicketSQL.insert, [.text(system), .text(subject), .text(project), .integer(now)])
            let id = connection.lastInsertedRow
            for finding in findings { try connection.execute(TicketSQL.insertFinding, [.integer(id), .text(finding)]) }
            return try Self.link(system: system, subject: subject, connection)
        }
    }

    /// Keeps a link as it is now, with what happened.
    func keep(
        _ link: TicketLink,
        events: [(TicketEvent, detail: String?)] = [],
        now: Int
    ) throws(StorageError) {
        try database.writeNow { connection throws(StorageError) in
            try connection.execute(
                TicketSQL.update,
                [
                    .text(link.state.rawValue), .text(orNull: link.remote?.key), .text(orNull: link.remote?.url),
                    .integer(orNull: link.remote.map { $0.isOpen ? 1 : 0 }), .text(orNull: link.remote?.status),
                    .text(orNull: link.remote?.version), .integer(link.toldIsOpen ? 1 : 0),
                    .integer(link.settledIsOpen ? 1 : 0), .integer(now), .integer(link.id),
                ]
            )
            for event in events {
                try connection.execute(
                    TicketSQL.insertEvent,
                    [.integer(link.id), .integer(now), .text(event.0.rawValue), .text(orNull: event.detail)]
                )
            }
        }
    }

    /// Forgets a ticket that was not made.
    package func forget(_ link: TicketLink) throws(StorageError) {
        try database.writeNow { connection throws(StorageError) in
            guard try connection.execute(TicketSQL.forget, [.integer(link.id)]) == 1 else { return }
            try connection.execute(TicketSQL.forgetFindings, [.integer(link.id)])
        }
    }

    package func link(system: String, subject: String) throws(StorageError) -> TicketLink? {
        try database.readNow { connection throws(StorageError) in
            try Self.link(system: system, subject: subject, connection)
        }
    }

    private static func link(
        system: String,
        subject: String,
        _ connection: Connection
    ) throws(StorageError) -> TicketLink? {
        var link = try connection.first(TicketSQL.ofSubject, [.text(system), .text(subject)], Self.read)
        if let id = link?.id { link?.findings = try findings(of: id, connection) }
        return link
    }

    /// The tickets of a finding, in all systems.
    package func links(ofFinding finding: String) throws(StorageError) -> [TicketLink] {
        try database.readNow { connection throws(StorageError) in
            try connection.all(TicketSQL.ofFinding, [.text(finding)], Self.read)
        }
    }

    /// A page of all tickets, oldest first, behind the one of a number.
    package func links(after id: Int64, limit: Int) throws(StorageError) -> [TicketLink] {
        try database.readNow { connection throws(StorageError) in
            var links = try connection.all(TicketSQL.page, [.integer(id), .integer(limit)], Self.read)
            for index in links.indices { links[index].findings = try Self.findings(of: links[index].id, connection) }
            return links
        }
    }

    /// What happened to a ticket, oldest first.
    package func events(of id: Int64) throws(StorageError) -> [(time: Int, event: String, detail: String?)] {
        try database.readNow { connection throws(StorageError) in
            try connection.all(TicketSQL.events, [.integer(id)]) { row throws(StorageError) in
                (try row.int(0), try row.text(1), try row.textOrNull(2))
            }
        }
    }

    private static func findings(of id: Int64, _ connection: Connection) throws(StorageError) -> [String] {
        try connection.all(TicketSQL.findings, [.integer(id)]) { row throws(StorageError) in try row.text(0) }
    }

    private static func read(_ row: borrowing Row) throws(StorageError) -> TicketLink {
        guard let state = TicketLink.State(rawValue: try row.text(4)) else {
            throw StorageError(.corrupt, "\(try row.text(4)) is no state of a ticket")
        }
        var remote: RemoteTicket?
        if let key = try row.textOrNull(5) {
            remote = RemoteTicket(
                key: key,
                url: try row.textOrNull(6) ?? "",
                isOpen: try row.integerOrNull(7) == 1,
                status: try row.textOrNull(8) ?? "",
                version: try row.textOrNull(9) ?? ""
            )
        }
        return TicketLink(
            id: try row.integer(0),
            system: try row.text(1),
            subject: try row.text(2),
            project: try row.text(3),
            findings: [],
            state: state,
            remote: remote,
            toldIsOpen: try row.integer(10) == 1,
            settledIsOpen: try row.integer(11) == 1
        )
    }
}
